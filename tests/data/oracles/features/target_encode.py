#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes target_encode.json: the formula of a target encoding, written out with numpy for small tables."""
import json
import pathlib

import numpy as np

random = np.random.RandomState(11)


def average(y, w, mine, smoothing):
    """The smoothed mean of the targets y of the records `mine`, weights w."""
    mean = np.average(y, weights=w)
    if w[mine].sum() == 0:
        return mean
    if smoothing is not None:
        return ((y * w)[mine].sum() + smoothing * mean) / (w[mine].sum() + smoothing)
    within = np.average((y[mine] - np.average(y[mine], weights=w[mine])) ** 2, weights=w[mine])
    overall = np.average((y - mean) ** 2, weights=w)
    share = overall * w[mine].sum() / (overall * w[mine].sum() + within)
    return share * np.average(y[mine], weights=w[mine]) + (1 - share) * mean


def case(categories, targets, asked, smoothing, weights=None):
    names = sorted(set(targets))
    w = np.ones(len(targets)) if weights is None else np.array(weights)
    if isinstance(targets[0], str):
        columns = [np.array([t == n for t in targets], dtype=float) for n in (names[1:] if len(names) == 2 else names)]
    else:
        columns = [np.array(targets)]
    out = [[average(y, w, np.array([c == a for c in categories]), smoothing) for y in columns] for a in asked]
    return {"categories": categories, "targets": targets, "weights": weights, "smoothing": smoothing, "asked": asked,
            "out": out}


n = 60
shops = [f"shop {i}" for i in (random.rand(n) ** 2 * 8).astype(int)]
asked = sorted(set(shops)) + ["another"]
sales = np.round(random.randn(n) * 3 + [int(s[-1]) for s in shops], 3).tolist()
two = [["no", "yes"][int(v > 3)] for v in sales]
three = [["high", "low", "middle"][int(v > 1) + int(v > 4)] for v in sales]
weights = [float(w) for w in np.round(random.rand(n) * 3, 2)]
cases = {name: [case(shops, targets, asked, m, w) for m in [None, 0, 2.5] for w in [None, weights]]
         for name, targets in [("numbers", sales), ("two", two), ("three", three)]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
