#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes user_profile.json: what scikit-learn's Ridge learns from small tables of ratings. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import Ridge

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(17)


def case(name, rows, columns, share, l2, intercept, ratings):
    x = np.round(random.randn(rows, columns), 2)
    x[random.rand(rows, columns) > share] = 0
    x = x.astype(np.float32).astype(np.float64)
    y = x @ random.randn(columns) + random.randn(rows)
    y = (y > 0).astype(float) if ratings == "choices" else np.clip(np.round(y + 3), 1, 5)
    model = Ridge(alpha=l2, fit_intercept=intercept, solver="cholesky").fit(x, y)
    return {"name": name, "l2": l2, "intercept": intercept, "x": x.round(2).tolist(), "y": y.tolist(),
            "weights": model.coef_.tolist(), "b": float(model.intercept_), "predicted": model.predict(x).tolist()}


cases = [
    case("choices", 50, 8, 1.0, 1.0, False, "choices"),
    case("ratings", 60, 6, 0.6, 0.5, True, "ratings"),
    case("more columns than ratings", 12, 20, 0.5, 2.0, True, "ratings"),
    case("weak penalty", 40, 5, 1.0, 0.001, True, "ratings"),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
