#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes linear_svm.json: objectives and answers of scikit-learn's LinearSVC (liblinear), tightly converged.
Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.svm import LinearSVC

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(11)


def table(rows, columns, labels, share):
    x = random.randn(rows, columns)
    x[random.rand(rows, columns) > share] = 0
    x = np.round(x, 2).astype(np.float32)
    scores = x @ random.randn(columns, labels) + random.randn(rows, labels)
    return x, scores.argmax(axis=1)


def objectives(model, x, y):
    x = x.astype(np.float64)
    out = []
    for k in range(model.coef_.shape[0]):
        sign = np.where(y == (1 if len(model.classes_) == 2 else model.classes_[k]), 1.0, -1.0)
        loss = np.maximum(0, 1 - sign * (x @ model.coef_[k] + np.atleast_1d(model.intercept_)[k if model.fit_intercept else 0]))
        loss = loss if model.loss == "hinge" else loss ** 2
        bias = np.atleast_1d(model.intercept_)[k] / model.intercept_scaling if model.fit_intercept else 0.0
        out.append(0.5 * (model.coef_[k] @ model.coef_[k] + bias * bias) + model.C * loss.sum())
    return out


def case(name, x, y, test, **options):
    model = LinearSVC(tol=1e-9, max_iter=1000000, dual=True, random_state=1, **options).fit(x, y)
    return {"name": name, "c": model.C, "loss": model.loss, "intercept": model.fit_intercept,
            "intercept_scaling": model.intercept_scaling, "x": x.astype(float).round(2).tolist(), "y": y.tolist(),
            "test": test.astype(float).round(2).tolist(), "objectives": objectives(model, x, y),
            "coef": model.coef_.round(6).tolist(), "predicted": model.predict(test).tolist()}


two, two_y = table(60, 8, 2, 1.0)
three, three_y = table(90, 10, 3, 0.5)
six, six_y = table(120, 12, 6, 0.4)
fresh = lambda columns: table(40, columns, 2, 0.8)[0]
cases = [
    case("two labels", two, two_y, fresh(8)),
    case("hinge", two, two_y, fresh(8), loss="hinge", C=0.5),
    case("three labels", three, three_y, fresh(10), C=2.0),
    case("three labels, hinge", three, three_y, fresh(10), loss="hinge"),
    case("no intercept", three, three_y, fresh(10), fit_intercept=False),
    case("scaled intercept", two, two_y, fresh(8), intercept_scaling=5.0),
    case("six labels", six, six_y, fresh(12), C=0.25),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
