#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes blend.json: weights of blends. For lists the documented search with numpy over full rankings, and the best of all
weights in tenths; for values scipy's optimum of the squared error. Run with numpy 1.24.2, scipy 1.10.1."""
import itertools
import json
import pathlib

import numpy as np
import scipy
from scipy.optimize import minimize

assert np.__version__ == "1.24.2", np.__version__
assert scipy.__version__ == "1.10.1", scipy.__version__
random = np.random.RandomState(11)
USERS, ITEMS, CUT = 40, 60, 3


def rank_of(scores, relevant, item):
    """Places before an item; of equal scores those that are not relevant stand before it."""
    other = ~relevant
    return ((scores > scores[item]) | (other & (scores == scores[item]))).sum()


def ndcg(scores, known, held):
    total = []
    for u in range(USERS):
        if not held[u]:
            continue
        s = np.where(known[u], -np.inf, scores[u])
        relevant = np.zeros(ITEMS, bool)
        relevant[held[u]] = True
        ranks = sorted(rank_of(s, relevant, i) for i in held[u])
        gain = sum(1 / np.log2(r + 2) for r in ranks if r < CUT)
        total.append(gain / sum(1 / np.log2(r + 2) for r in range(min(CUT, len(held[u])))))
    return float(np.mean(total))


def scaled(member, known):
    scale = np.mean([member[u, ~known[u]].std() for u in range(USERS) if known[u].any()])
    return member / scale, scale


def search(members, quality):
    n = len(members)
    alone = [quality(np.eye(n)[m]) for m in range(n)]
    best, weights = max(alone), np.eye(n)[int(np.argmax(alone))]
    while True:
        start, at = best, weights
        for m, tenths in itertools.product(range(n), range(11)):
            rest = 1 - at[m]
            if rest <= 1e-9 and tenths < 10:
                continue
            w = at / rest * (1 - tenths / 10) if rest > 1e-9 else 0 * at
            w[m] = tenths / 10
            if quality(w) > best + 1e-12:
                best, weights = quality(w), w
        if best == start:
            return weights, best


def lists_case():
    truth = random.randn(USERS, ITEMS)
    members = [(size * (truth + noise * random.randn(USERS, ITEMS))).round(3) for size, noise in [(1, 1), (9, 1.1), (3, 2)]]
    chosen = truth > 1.2
    held_mask = chosen & (random.rand(USERS, ITEMS) < 0.3)
    known = chosen & ~held_mask
    held = [np.flatnonzero(h).tolist() for h in held_mask]
    parts = [scaled(m, known) for m in members]
    quality = lambda w: ndcg(sum(v * p for v, (p, _) in zip(w, parts)), known, held)
    weights, best = search(members, quality)
    tenths = [np.array(c) / 10 for c in itertools.product(range(11), repeat=3) if sum(c) == 10]
    return {"members": [m.tolist() for m in members], "known": [np.flatnonzero(k).tolist() for k in known], "held": held,
            "cut_off": CUT, "weights": weights.tolist(), "quality": best, "best_of_tenths": max(map(quality, tenths)),
            "scales": [float(s) for _, s in parts]}


def values_case(noises):
    stars = random.randint(1, 11, (12, 9)) / 2
    members = [(stars + bias + noise * random.randn(12, 9)).round(3) for noise, bias in noises]
    held = random.rand(12, 9) < 0.4
    x, y = np.stack([m[held] for m in members], 1), stars[held]
    n = len(members)
    found = minimize(lambda w: ((x @ w - y) ** 2).sum(), np.full(n, 1 / n), jac=lambda w: 2 * x.T @ (x @ w - y),
                     bounds=[(0, 1)] * n, constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, method="SLSQP",
                     options={"ftol": 1e-15, "maxiter": 1000})
    assert found.success, found.message
    return {"members": [m.tolist() for m in members], "held": [[int(u), int(i), float(stars[u, i])] for u, i in np.argwhere(held)],
            "weights": found.x.tolist()}


data = {"lists": lists_case(),
        "values": [values_case([(0.5, 0), (0.7, 0.3), (1, 0)]), values_case([(0.2, 0), (0.2, 1.5)])]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(data) + "\n")
