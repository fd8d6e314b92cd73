#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes gradient_boosting.json: answers of scikit-learn's HistGradientBoosting estimators.
Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(12)
rows, columns = 500, 5
x = np.round(random.randn(rows, columns), 2).astype(np.float32)
x[:, 4] = random.randint(0, 4, rows)
score = x[:, 0] + 0.8 * x[:, 1] * x[:, 2] + 0.4 * x[:, 4] + 0.5 * random.randn(rows)
two = (score > 0.7).astype(int)
three = np.digitize(score, [0.0, 1.3])
number = np.round(score, 3)
weights = np.round(random.rand(rows) * 2 + 0.25, 2)
holes = x.copy()
holes[random.rand(rows) < 0.15, 0] = np.nan
holes[:, 2][(two == 1) & (random.rand(rows) < 0.3)] = np.nan
test = np.round(random.randn(40, columns), 2).astype(np.float32)
test[:, 4] = random.randint(0, 4, 40)
test_holes = holes[:40]  # scikit-learn sends values that a question saw none of in training right, bespoke with the most


def listed(a):
    return [[None if np.isnan(v) else round(float(v), 2) for v in row] for row in a]


def case(name, kind, y, missing=False, weighted=False, **options):
    model = kind(early_stopping=False, random_state=0, **options)
    model.fit(holes if missing else x, y, sample_weight=weights if weighted else None)
    t = test_holes if missing else test
    answers = model.predict_proba(t) if kind is c else model.predict(t)
    return {"name": name, "y": y.tolist(), "missing": missing, "weighted": weighted, "options": options,
            "answers": answers.tolist()}


c, r = HistGradientBoostingClassifier, HistGradientBoostingRegressor
cases = [
    case("two labels", c, two, max_iter=20),
    case("two labels, missing", c, two, missing=True, max_iter=20),
    case("two labels, weighted", c, two, weighted=True, max_iter=10),
    case("three labels", c, three, max_iter=10),
    case("bins", c, three, max_iter=10, max_bins=16),
    case("leaves", c, two, max_iter=30, max_leaf_nodes=5, learning_rate=0.3),
    case("depth", c, two, max_iter=15, max_depth=2, min_samples_leaf=5),
    case("l2", c, two, max_iter=20, l2_regularization=2.0),
    case("regression", r, number, max_iter=20),
    case("regression, missing", r, number, missing=True, max_iter=20),
    case("regression, weighted", r, number, weighted=True, max_iter=10, l2_regularization=0.5),
]
out = {"x": listed(x), "holes": listed(holes), "weights": weights.tolist(), "test": listed(test),
       "test_holes": listed(test_holes), "cases": cases}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
