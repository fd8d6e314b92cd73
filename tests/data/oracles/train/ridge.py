#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ridge.json: what scikit-learn's Ridge learns from small tables, and numpy where its answer is not unique.
Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import Ridge

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(31)


def case(name, rows, columns, share, alpha, intercept=True, weighted=False, rank=None, scale=1):
    x = random.randn(rows, columns)
    if rank:
        x = np.round(x[:, :rank] * 3) @ random.randint(-2, 3, (rank, columns))
    x[random.rand(rows, columns) > share] = 0
    x = np.round(x * scale, 2).astype(np.float32)
    y = x.astype(float) @ random.randn(columns) + random.randn(rows) + 7
    weights = np.round(random.rand(rows) * 3, 1).astype(np.float32) if weighted else None
    model = Ridge(alpha=alpha, fit_intercept=intercept, solver="cholesky")
    model.fit(x.astype(float), y, sample_weight=None if weights is None else weights.astype(float))
    if rank:  # scikit-learn divides by rounding errors here; numpy gives the shortest of the best weights
        model.coef_ = np.linalg.lstsq(x - x.mean(0, dtype=float), y - y.mean(), rcond=None)[0]
        model.intercept_ = y.mean() - x.mean(0, dtype=float) @ model.coef_
    return {"name": name, "alpha": alpha, "intercept": intercept,
            "weights": [] if weights is None else weights.astype(float).round(1).tolist(),
            "x": x.astype(float).round(2).tolist(), "y": y.tolist(), "coef": model.coef_.tolist(),
            "b": float(model.intercept_), "predicted": model.predict(x.astype(float)).tolist()}


cases = [
    case("dense", 50, 8, 1.0, 1.0),
    case("no intercept", 50, 8, 1.0, 0.5, intercept=False),
    case("sparse, weights", 60, 10, 0.4, 2.0, weighted=True),
    case("more columns than rows", 15, 30, 0.5, 1.0),
    case("weak penalty", 40, 5, 1.0, 0.001, weighted=True),
    case("no penalty", 40, 5, 1.0, 0.0),
    case("no penalty, columns that follow from others", 40, 6, 1.0, 0.0, rank=3),
    case("large numbers", 40, 5, 1.0, 10.0, scale=1000),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
