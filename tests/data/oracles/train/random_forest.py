#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes random_forest.json: how good scikit-learn's RandomForestClassifier is on a made-up problem, over seeds.
Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(9)


def table(rows):
    x = np.round(random.randn(rows, 6), 2).astype(np.float32)
    score = x[:, 0] + x[:, 1] * x[:, 2] + 0.7 * random.randn(rows)
    return x, np.digitize(score, [-0.6, 0.8])


x, y = table(400)
test, test_y = table(300)
models = [RandomForestClassifier(200, oob_score=True, random_state=s).fit(x, y) for s in range(8)]
accuracies = [m.score(test, test_y) for m in models]
probabilities = [m.predict_proba(test) for m in models]
out = {"x": x.astype(float).round(2).tolist(), "y": y.tolist(), "test": test.astype(float).round(2).tolist(),
       "test_y": test_y.tolist(), "accuracy": float(np.mean(accuracies)), "spread": float(np.std(accuracies) + 1e-3),
       "out_of_bag": float(np.mean([m.oob_score_ for m in models])),
       "probabilities": np.mean(probabilities, axis=0).round(4).tolist(),
       "difference": float(np.mean([np.abs(p - np.mean(probabilities, axis=0)).mean() for p in probabilities]))}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
