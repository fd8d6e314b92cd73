#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes nearest_neighbors.json: answers of scikit-learn's nearest neighbours, by brute force. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(8)


def table(rows, columns, share):
    x = random.randn(rows, columns)
    x[random.rand(rows, columns) > share] = 0
    return x.round(3).astype(np.float32)


x, test = table(70, 11, 0.6), table(20, 11, 0.6)
test[3], test[7] = x[5], x[40]  # rows at distance 0
y = (x[:, :3] + 0.3 * random.randn(70, 3)).argmax(axis=1)
values = (x[:, 0] - 2 * x[:, 4] + 0.1 * random.randn(70)).round(3)
data = {"x": x.astype(float).round(3).tolist(), "test": test.astype(float).round(3).tolist(), "y": y.tolist(),
        "values": values.tolist(), "cases": []}
for metric in ["euclidean", "cosine", "manhattan"]:
    for weights in ["uniform", "distance"]:
        for k in [1, 5, 12]:
            options = dict(n_neighbors=k, metric=metric, weights=weights, algorithm="brute")
            wide, wide_test = x.astype(np.float64), test.astype(np.float64)
            classes = KNeighborsClassifier(**options).fit(wide, y)
            numbers = KNeighborsRegressor(**options).fit(wide, values)
            distances, found = classes.kneighbors(wide_test)
            data["cases"].append({"metric": metric, "weights": weights, "k": k,
                                  "probabilities": classes.predict_proba(wide_test).round(7).tolist(),
                                  "predicted": numbers.predict(wide_test).round(6).tolist()})
            if k == 5:
                data["cases"][-1].update(distances=distances.round(7).tolist(), found=found.tolist())
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(data) + "\n")
