#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes item_neighbors.json and user_neighbors.json: neighbours by scikit-learn's cosine_similarity, with the formulas that
the headers state written out over whole matrices. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(12)
users, items = 26, 19
stars = random.randint(1, 11, (users, items)) / 2 * (random.rand(users, items) < 0.35)
stars[7, :], stars[:, 4] = 0, 0  # a user and an item without interactions
stars[9] = 3.0 * (stars[9] > 0)  # a user whose values are all equal
stars[11] = stars[3]             # two with the same history
have = stars > 0


def less_mean(x, there, axis):
    return np.where(there, x - x.sum(axis, keepdims=True) / np.maximum(there.sum(axis, keepdims=True), 1), 0)


def compared(case, own):
    """Values as they are compared. own: the axis along which the rows that are compared run."""
    if case["similarity"] == "cosine":
        return stars if case["by_value"] else have.astype(float)
    return less_mean(stars, have, own if case["similarity"] == "pearson" else 1 - own)


def similarities(rows, there, shrinkage):
    common = there.astype(float) @ there.T
    return (cosine_similarity(rows) * common / np.maximum(common + shrinkage, 1e-300)).round(12)


def nearest(similar, k):
    """The k largest above 0 of each row, of equal ones the first; others 0."""
    kept = np.zeros_like(similar)
    for row, to in zip(similar, kept):
        best = [j for j in np.argsort(-row, kind="stable")[:k] if row[j] > 0]
        to[best] = row[best]
    return kept


def baselines():
    mean = stars[have].mean()
    item = np.where(have, stars - mean, 0).sum(0) / (have.sum(0) + 10)
    user = np.where(have, stars - mean - item, 0).sum(1) / (have.sum(1) + 15)
    return mean + user[:, None] + item[None, :], mean + item


def item_scores(kept, case):
    x = stars if case["by_value"] else have.astype(float)
    if not case["predicted"]:
        return np.where(have.any(1)[:, None], x @ kept.T, x.mean(0))
    base, prior = baselines()
    weight = have @ kept.T
    near = np.where(have, stars - base, 0) @ kept.T / np.where(weight > 0, weight, 1)
    return np.where(have.any(1)[:, None], base + near, prior)


def user_scores(kept, case):
    x = stars if case["by_value"] else have.astype(float)
    if not case["predicted"]:
        return np.where(kept.any(1)[:, None], kept @ x, x.mean(0))
    base, _ = baselines()
    weight = kept @ have
    return base + kept @ np.where(have, stars - base, 0) / np.where(weight > 0, weight, 1)


def cases(own):
    for by_value, similarity, predicted in [(False, "cosine", False), (True, "cosine", False), (True, "cosine", True),
                                            (True, "adjusted_cosine", True), (True, "pearson", False), (True, "pearson", True)]:
        for k, shrinkage in [(4, 0.0), (6, 3.0)] if predicted or similarity == "pearson" else [(4, 0.0), (99, 0.5)]:
            case = {"by_value": by_value, "similarity": similarity, "predicted": predicted, "k": k, "shrinkage": shrinkage}
            rows, there = (compared(case, own), have) if own == 1 else (compared(case, own).T, have.T)
            similar = similarities(rows, there, shrinkage)
            if own == 1:  # whoever has the same history is no neighbour
                counted = stars if by_value else have.astype(float)
                similar[(counted[:, None, :] == counted[None, :, :]).all(2)] = 0
            np.fill_diagonal(similar, 0)
            kept = nearest(similar, k)
            if own == 0 and by_value and similarity == "cosine" and k == 4:  # the same neighbours as scikit-learn's search finds
                some = np.flatnonzero(rows.any(1))
                found = NearestNeighbors(n_neighbors=k + 1, metric="cosine", algorithm="brute").fit(rows[some])
                for i, near in zip(some, found.kneighbors(rows[some])[1]):
                    assert set(np.flatnonzero(kept[i])) == set(some[near]) - {i}, i
            case["neighbors"] = [[int(i), int(j), kept[i, j].round(8)] for i, j in np.argwhere(kept)]
            case["scores"] = (user_scores if own == 1 else item_scores)(kept, case)[::2].round(6).tolist()
            yield case


for name, own in [("item_neighbors", 0), ("user_neighbors", 1)]:
    data = {"users": users, "items": items, "cases": list(cases(own)),
            "ratings": [[int(u), int(i), float(stars[u, i])] for u, i in np.argwhere(have)]}
    pathlib.Path(__file__).with_name(name + ".json").write_text(json.dumps(data) + "\n")
