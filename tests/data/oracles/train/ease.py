#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ease.json: EASE by its formula, with numpy's inverse of the items × items matrix. Run with numpy 1.24.2."""
import json
import pathlib

import numpy as np

assert np.__version__ == "1.24.2", np.__version__
random = np.random.RandomState(5)


def ease(x, l2):
    p = np.linalg.inv(x.T @ x + l2 * np.eye(x.shape[1]))
    b = p / -np.diag(p)
    np.fill_diagonal(b, 0)
    likeness = -p / np.sqrt(np.outer(np.diag(p), np.diag(p)))
    np.fill_diagonal(likeness, 1)
    return b, likeness


stars = random.randint(1, 11, (23, 14)) / 2 * (random.rand(23, 14) < 0.3)
data = {"cases": []}
for ratings in [stars, stars.T]:  # items × items is the smaller problem, then users × users
    for by_value in [False, True]:
        for l2 in [0.01, 20.0]:
            x = ratings if by_value else (ratings > 0).astype(float)
            b, likeness = ease(x, l2)
            data["cases"].append({"ratings": [[int(u), int(i), float(ratings[u, i])] for u, i in np.argwhere(ratings)],
                                  "users": ratings.shape[0], "items": ratings.shape[1], "by_value": by_value, "l2": l2,
                                  "weights": b.round(8).tolist(), "scores": (x @ b)[:5].round(7).tolist(),
                                  "likeness": likeness[3].round(8).tolist()})
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(data) + "\n")
