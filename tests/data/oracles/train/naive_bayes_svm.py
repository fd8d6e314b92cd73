#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes naive_bayes_svm.json: scikit-learn's LinearSVC on columns scaled by their naive Bayes log ratios (numpy).
Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.svm import LinearSVC

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)


def table(rows, columns, labels):
    x = np.round(random.rand(rows, columns) * 3, 2)
    x[random.rand(rows, columns) > 0.4] = 0
    scores = x @ random.randn(columns, labels) + random.randn(rows, labels)
    return x, scores.argmax(axis=1)


def ratios(x, inside, smoothing):
    p, q = x[inside].sum(axis=0) + smoothing, x[~inside].sum(axis=0) + smoothing
    return np.abs(np.log(p / p.sum()) - np.log(q / q.sum()))


def case(name, x, y, test, c, smoothing):
    labels = np.unique(y)
    weights, intercepts, scores = [], [], []
    for label in labels[1:] if len(labels) == 2 else labels:
        r = ratios(x, y == label, smoothing)
        model = LinearSVC(C=c, tol=1e-9, max_iter=1000000, random_state=1).fit(x * r, y == label)
        weights.append((model.coef_[0] * r).round(6).tolist())
        intercepts.append(round(float(model.intercept_[0]), 6))
        scores.append((model.decision_function(test * r)).round(6).tolist())
    return {"name": name, "c": c, "smoothing": smoothing, "x": x.tolist(), "y": y.tolist(), "test": test.tolist(),
            "weights": weights, "intercepts": intercepts, "scores": scores}


two, two_y = table(60, 8, 2)
four, four_y = table(120, 15, 4)
cases = [case("two labels", two, two_y, table(10, 8, 2)[0], 1.0, 0.1),
         case("four labels", four, four_y, table(10, 15, 4)[0], 0.5, 1.0)]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
