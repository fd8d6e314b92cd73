#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes recommender_metrics.json: figures of made-up recommenders. Where scikit-learn has a figure it is scikit-learn's (NDCG,
average precision, the area under the ROC curve, squared and absolute errors), the others are defined here. Run with
scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.metrics import (average_precision_score, mean_absolute_error, mean_squared_error, ndcg_score,
                             roc_auc_score)

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(11)
USERS, ITEMS, CUTS = 25, 30, [1, 5, 10, 50]


def made_up(ties):
    """Who has which item, what of it is held, and scores that single precision holds exactly."""
    chosen = random.rand(USERS, ITEMS) < 0.35 * np.linspace(1.6, 0.3, ITEMS)
    held = chosen & (random.rand(USERS, ITEMS) < 0.4)
    held[3] = False  # nothing held
    held[4] = chosen[4]  # nothing learned
    train = chosen & ~held
    held[5, np.flatnonzero(train[5])[:1]] = True  # held, although it is in training
    values = random.randint(1, 11, (USERS, ITEMS)) / 2
    if ties:
        scores = random.randint(0, 6, (USERS, ITEMS)).astype(float)
    else:
        scores = np.array([random.permutation(ITEMS) for _ in range(USERS)]) / 8 + 0.5
    scores += held * (2.0 if not ties else 1.0)
    if not ties:  # the additions made some equal again
        scores += np.arange(ITEMS) / 1024
    return train, held, values, scores


def of_list(relevant, k):
    """`relevant`: of the ranked candidates, best first, whether each is relevant."""
    top = relevant[:k]
    found = np.flatnonzero(top)
    precisions = [(i + 1) / (place + 1) for i, place in enumerate(found)]
    return {"hit rate": float(len(found) > 0), "precision": len(found) / k, "recall": len(found) / relevant.sum(),
            "MAP": sum(precisions) / min(k, relevant.sum()), "MRR": 1 / (found[0] + 1) if len(found) else 0.0}


def gini(counts):
    """Half the mean absolute difference of all pairs, relative to the mean."""
    counts = np.asarray(counts, float)
    return np.abs(counts[:, None] - counts[None, :]).mean() / (2 * counts.mean())


def user_figures(train, held, scores, ties):
    figures = {}
    for u in range(USERS):
        candidates = np.flatnonzero(~train[u])
        relevant, own = held[u, candidates], scores[u, candidates]
        if not relevant.any():
            continue
        # equal scores: what is not relevant stands before what is
        order = np.lexsort((relevant, -own))
        for k in CUTS:
            for name, value in of_list(relevant[order], k).items():
                figures.setdefault(f"{name}@{k}", []).append(value)
            # of ties scikit-learn takes the mean, so it is given the places instead
            places = np.empty(len(own))
            places[order] = -np.arange(len(own))
            figures.setdefault(f"NDCG@{k}", []).append(ndcg_score([relevant], [places], k=k))
        figures.setdefault("AUC", []).append(roc_auc_score(relevant, own) if not relevant.all() else None)
        if not ties:
            assert np.isclose(figures["MAP@50"][-1], average_precision_score(relevant, own))
            assert np.isclose(figures["NDCG@5"][-1], ndcg_score([relevant], [own], k=5))
    return figures


def shown_figures(train, held, scores, features):
    users = [u for u in range(USERS) if (held[u] & ~train[u]).any()]
    active = (train.sum(axis=1) > 0).sum()
    bits = -np.log2(np.maximum(train.sum(axis=0), 1) / active)
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    figures = {}
    for k in CUTS:
        counts, novelty, diversity = np.zeros(ITEMS), [], []
        for u in users:
            candidates = np.flatnonzero(~train[u])
            shown = candidates[np.lexsort((candidates, -scores[u, candidates]))][:k]
            counts[shown] += 1
            novelty.append(bits[shown].mean())
            alike = (unit[shown] @ unit[shown].T)[np.triu_indices(len(shown), 1)]
            if len(shown) > 1:
                diversity.append(1 - alike.mean())
        figures |= {f"coverage@{k}": (counts > 0).mean(), f"Gini@{k}": gini(counts),
                    f"novelty@{k}": float(np.mean(novelty))}
        figures[f"diversity@{k}"] = float(np.mean(diversity)) if diversity else None
    return figures


def rating_figures(held, values, scores, low, high):
    guesses = np.clip(scores, low, high)
    users = [u for u in range(USERS) if held[u].any()]
    pairs = [(values[u, held[u]], guesses[u, held[u]]) for u in users]
    together = [np.concatenate(side) for side in zip(*pairs)]
    return {"RMSE": mean_squared_error(*together, squared=False), "MAE": mean_absolute_error(*together),
            "RMSE by user": np.mean([mean_squared_error(*p, squared=False) for p in pairs]),
            "MAE by user": np.mean([mean_absolute_error(*p) for p in pairs])}


def rows(mask):
    return [np.flatnonzero(row).tolist() for row in mask]


def case(name, ties):
    train, held, values, scores = made_up(ties)
    features = random.randint(-2, 3, (ITEMS, 4)).astype(float)
    by_user = user_figures(train, held, scores, ties)
    return {"name": name, "items": ITEMS, "cut_offs": CUTS, "train": rows(train), "held": rows(held),
            "values": values.tolist(), "scores": scores.tolist(), "features": features.tolist(),
            "users": [u for u in range(USERS) if (held[u] & ~train[u]).any()], "by_user": by_user,
            "shown": shown_figures(train, held, scores, features),
            "ratings": rating_figures(held, values, scores, 1.5, 4.5)}


cases = [case("all scores different", False), case("many equal scores", True)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
