#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes logistic.json: what scikit-learn's LogisticRegression learns, tightly converged. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(29)


def table(rows, columns, labels, share):
    x = random.randn(rows, columns)
    x[random.rand(rows, columns) > share] = 0
    x = np.round(x, 2).astype(np.float32)
    scores = x @ random.randn(columns, labels) + random.randn(rows, labels)
    return x, scores.argmax(axis=1)


def case(name, x, y, test, weighted=False, **options):
    weights = np.round(random.rand(len(y)) * 3, 1).astype(np.float32) if weighted else None
    model = LogisticRegression(solver="newton-cg", tol=1e-7, max_iter=1000, **options)
    model.fit(x.astype(np.float64), y, sample_weight=None if weights is None else weights.astype(np.float64))
    return {"name": name, "c": model.C, "intercept": model.fit_intercept, "balanced": model.class_weight == "balanced",
            "weights": [] if weights is None else weights.astype(float).round(1).tolist(),
            "x": x.astype(float).round(2).tolist(), "y": y.tolist(), "test": test.astype(float).round(2).tolist(),
            "coef": model.coef_.round(9).tolist(), "b": np.atleast_1d(model.intercept_).round(9).tolist(),
            "probabilities": model.predict_proba(test.astype(np.float64)).round(9).tolist()}


two, two_y = table(60, 8, 2, 1.0)
three, three_y = table(90, 10, 3, 0.5)
five, five_y = table(120, 12, 5, 0.4)
wide, wide_y = table(20, 40, 3, 0.3)
shifted = (two * np.array([1, 50, 0.02, 1, 1, 1, 1, 1]) + np.array([0, 30, 0, 0, 0, 0, 0, 5])).round(2).astype(np.float32)
fresh = lambda columns: table(20, columns, 2, 0.8)[0]
cases = [
    case("two labels", two, two_y, fresh(8)),
    case("two labels, weights", two, two_y, fresh(8), weighted=True, C=0.5),
    case("columns of different sizes", shifted, two_y, shifted[:20] + np.float32(1), C=2.0),
    case("three labels", three, three_y, fresh(10), C=2.0),
    case("three labels, weights, balanced", three, three_y, fresh(10), weighted=True, class_weight="balanced"),
    case("no intercept", three, three_y, fresh(10), fit_intercept=False),
    case("five labels, close fit", five, five_y, fresh(12), C=100.0),
    case("more columns than rows", wide, wide_y, fresh(40)),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
