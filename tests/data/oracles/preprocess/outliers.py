#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes outliers.json: scores by numpy's mean, std and percentile; c(n) and the AUC of scikit-learn 1.2.1's isolation forest."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length
from sklearn.metrics import roc_auc_score

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(7)
x = np.round(random.randn(60, 3) * [1, 20, 0.1] + [5, 0, 2], 3).astype(np.float32)
x[:3] += np.float32(4) * x.std(axis=0)
wide = x.astype(np.float64)


def iqr(column):
    low, high = np.percentile(column, [25, 75])
    return np.maximum(np.maximum(low - column, column - high), 0) / (high - low)


z = np.abs(wide - wide.mean(axis=0)) / wide.std(axis=0)
sizes = [0, 1, 2, 3, 5, 10, 256, 1000, 65536]

# A ring of the usual with outliers inside of it and around it: no column alone tells them.
angle = random.rand(300) * 2 * np.pi
ring = np.column_stack([np.cos(angle), np.sin(angle)]) * 5 + random.randn(300, 2) * 0.3
odd = np.vstack([random.randn(6, 2) * 0.5, random.randn(6, 2) * 0.3 + 9])
planted = np.round(np.vstack([ring, odd]), 3).astype(np.float32)
truth = np.r_[np.zeros(300), np.ones(12)]
areas = [roc_auc_score(truth, -IsolationForest(random_state=s).fit(planted).score_samples(planted)) for s in range(10)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({
    "x": x.tolist(), "z_score": z.max(axis=1).tolist(), "iqr": np.column_stack([iqr(c) for c in wide.T]).max(axis=1).tolist(),
    "sizes": sizes, "average_path_length": _average_path_length(np.array(sizes)).tolist(),
    "planted": planted.tolist(), "truth": truth.tolist(), "auc": areas}) + "\n")
