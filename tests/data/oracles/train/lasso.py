#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lasso.json: what scikit-learn's Lasso and ElasticNet learn from small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(37)


def case(name, rows, columns, share, alpha, l1_ratio=1.0, intercept=True, weighted=False, shift=0):
    x = random.randn(rows, columns)
    x[random.rand(rows, columns) > share] = 0
    x = np.round(x + shift, 2).astype(np.float32)
    truth = random.randn(columns) * (random.rand(columns) < 0.4)
    y = x.astype(float) @ truth + random.randn(rows) / 2 + 3
    weights = np.round(random.rand(rows) * 3, 1).astype(np.float32) if weighted else None
    model = ElasticNet(alpha=alpha, l1_ratio=l1_ratio, fit_intercept=intercept, tol=1e-13, max_iter=1000000)
    model.fit(x.astype(float), y, sample_weight=None if weights is None else weights.astype(float))
    return {"name": name, "alpha": alpha, "l1_ratio": l1_ratio, "intercept": intercept,
            "weights": [] if weights is None else weights.astype(float).round(1).tolist(),
            "x": x.astype(float).round(2).tolist(), "y": y.tolist(), "coef": model.coef_.tolist(),
            "b": float(model.intercept_), "predicted": model.predict(x.astype(float)).tolist()}


cases = [
    case("lasso", 60, 12, 1.0, 0.1),
    case("lasso, no intercept", 60, 8, 1.0, 0.05, intercept=False),
    case("lasso, sparse, weights", 80, 12, 0.4, 0.02, weighted=True),
    case("lasso, more columns than rows", 20, 40, 0.5, 0.05),
    case("lasso, columns far from 0", 50, 6, 1.0, 0.1, shift=100),
    case("lasso, all weights 0", 30, 5, 1.0, 50.0),
    case("elastic net", 60, 12, 1.0, 0.2, l1_ratio=0.5),
    case("elastic net, sparse, weights", 60, 12, 0.4, 0.1, l1_ratio=0.2, weighted=True),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
