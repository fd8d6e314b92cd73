#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes kernel_svm.json: decision functions and objectives of scikit-learn's SVC (libsvm), and distributions coupled from
pairs. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.svm import SVC

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(17)


def rings(rows, labels, columns):
    x = random.randn(rows, columns)
    x[random.rand(rows, columns) < 0.2] = 0
    x = x.round(2).astype(np.float32)
    y = np.minimum((np.linalg.norm(x[:, :3], axis=1) + 0.2 * random.randn(rows)) / 1.1, labels - 0.5).clip(0).astype(int)
    return x, y


def objective(model, gamma):
    # Of two labels only: dual coefficients are y times alpha. Where weights are 0, support_ counts without those records.
    support, signed = model.support_vectors_, model.dual_coef_[0]
    product = support @ support.T
    if model.kernel == "rbf":
        size = np.diag(product)
        kernel = np.exp(-gamma * np.maximum(size[:, None] + size[None, :] - 2 * product, 0))
    else:
        kernel = product if model.kernel == "linear" else (gamma * product + model.coef0) ** model.degree
    return 0.5 * signed @ kernel @ signed - np.abs(signed).sum()


def case(name, data, test, weights=None, tolerance=1e-3, **options):
    x, y = data
    wide = x.astype(np.float64)
    model = SVC(tol=tolerance, cache_size=50, **options).fit(wide, y, weights)
    scores = model.decision_function(test.astype(np.float64))
    case = {"name": name, "tolerance": tolerance, "options": options, "x": x.astype(float).round(2).tolist(), "y": y.tolist(),
            "test": test.astype(float).round(2).tolist(), "weights": [] if weights is None else weights.tolist(),
            "gamma": model._gamma, "scores": [[round(v, 9) for v in np.atleast_1d(s).tolist()] for s in scores],
            "vectors": len(model.support_)}
    if len(model.classes_) == 2:
        case["objective"] = objective(model, model._gamma)
    return case


two, four = rings(60, 2, 4), rings(80, 4, 3)
test_two, test_four = rings(15, 2, 4)[0], rings(15, 4, 3)[0]
weights = random.rand(60).round(2).astype(np.float32).astype(float) * 2
weights[:4] = 0
cases = [
    case("rbf", two, test_two),
    case("rbf, tight", two, test_two, tolerance=1e-7, C=10.0),
    case("rbf, gamma", two, test_two, gamma=0.7, C=0.5),
    case("polynomial", two, test_two, kernel="poly", degree=2, coef0=1.0),
    case("cubic", two, test_two, kernel="poly", gamma=0.3),
    case("linear", two, test_two, kernel="linear"),
    case("weighted", two, test_two, weights),
    case("balanced", two, test_two, class_weight="balanced"),
    case("four labels", four, test_four),
    case("four labels, tight", four, test_four, tolerance=1e-7, C=5.0),
    case("four labels, balanced", four, test_four, class_weight="balanced", tolerance=1e-7),
]


def coupled(labels):
    pairs = random.rand(labels * (labels - 1) // 2).round(4)
    q = np.zeros((labels, labels))
    at = 0
    for a in range(labels):
        for b in range(a + 1, labels):
            r = pairs[at]
            at += 1
            q[a, a] += (1 - r) ** 2
            q[b, b] += r ** 2
            q[a, b] = q[b, a] = -r * (1 - r)
    bordered = np.block([[q, np.ones((labels, 1))], [np.ones((1, labels)), np.zeros((1, 1))]])
    p = np.linalg.solve(bordered, np.r_[np.zeros(labels), 1])[:-1]
    return {"pairs": pairs.tolist(), "probabilities": p.tolist()}


data = {"cases": cases, "coupled": [coupled(n) for n in (2, 3, 5, 9)]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(data) + "\n")
