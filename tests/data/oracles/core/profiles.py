#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes profiles.json: profiles of users and items by their formulas, with numpy. Run with numpy 1.24.2."""
import itertools
import json
import pathlib

import numpy as np

assert np.__version__ == "1.24.2", np.__version__
random = np.random.RandomState(3)
USERS, ITEMS = 7, 9
HALF_LIFE = 400

touched = random.rand(USERS, ITEMS) < 0.5
touched[5] = False
values = random.randint(1, 11, (USERS, ITEMS)) / 2
times = random.randint(0, 2000, (USERS, ITEMS))
films = (random.randn(ITEMS, 6) * (random.rand(ITEMS, 6) < 0.5)).round(3)
people = (random.randn(USERS, 4) * (random.rand(USERS, 4) < 0.6)).round(3)


def weights(half_life, by_value, centred):
    left = np.where(touched, 2.0 ** (-(times[touched].max() - times) / half_life) if half_life else 1.0, 0)
    value = values if by_value else np.ones_like(values)
    if centred:
        value = value - np.array([v[t].mean() if t.any() else 0 for v, t in zip(values, touched)])[:, None]
    return left, left * value


def aggregated(by, left, weight, rows, which):
    """`which[i]` is a row of booleans: what thing i is made of."""
    out = []
    for c, w, t in zip(left, weight, which):
        parts = w[t, None] * rows[t]
        if not t.any():
            out.append(np.zeros(rows.shape[1]))
        elif by == "most":
            out.append(np.take_along_axis(parts, np.abs(parts).argmax(0)[None], 0)[0])
        else:
            out.append(parts.sum(0) / (c[t].sum() if by == "mean" else 1))
    return np.array(out).round(9).tolist()


cases = []
for by, half_life, (by_value, centred) in itertools.product(
        ["mean", "sum", "most"], [0, HALF_LIFE], [(True, False), (True, True), (False, False)]):
    if by == "most" and centred:
        continue
    left, weight = weights(half_life, by_value, centred)
    cases.append({"by": by, "half_life": half_life, "by_value": by_value, "centred": centred,
                  "users": aggregated(by, left, weight, films, touched),
                  "items": aggregated(by, left.T, weight.T, people, touched.T)})
data = {"seen": [[int(u), int(i), float(values[u, i]), int(times[u, i])] for u, i in np.argwhere(touched)],
        "films": films.tolist(), "people": people.tolist(), "cases": cases}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(data) + "\n")
