#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ials.json: iALS in float64, from the formulas of the papers that train/ials.hpp names, with numpy 1.24.2. It begins
with the same numbers as the library does: SplitMix64 and Marsaglia's polar method are written out here, too.

The case "as implicit" is the program implicit 0.7.3's AlternatingLeastSquares (use_cg, 3 steps) written down from its published
algorithm: confidences alpha·value, all other pairs 1, the same regularization for all rows; users are solved before items, so
that it is given our items as its users. It begins with our numbers, not with its own."""
import json
import math
import pathlib

import numpy as np

assert np.__version__ == "1.24.2", np.__version__
WORD = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & WORD
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return z ^ (z >> 31)

    def unit(self):
        return (self.next() >> 11) * 2.0 ** -53


def normal_numbers(seed, a, b):
    random = SplitMix64(SplitMix64(SplitMix64(SplitMix64(seed).next() ^ a).next() ^ b).next())
    while True:
        x, y = 2 * random.unit() - 1, 2 * random.unit() - 1
        square = x * x + y * y
        if 0 < square < 1:
            scale = math.sqrt(-2 * math.log(square) / square)
            yield x * scale
            yield y * scale


def begin(rows, side, spec):
    streams = [normal_numbers(spec["seed"], side, i) for i in range(rows)]
    deviation = spec["stddev"] / math.sqrt(spec["factors"])
    return np.array([[deviation * next(s) for _ in range(spec["factors"])] for s in streams])


def penalties(seen, spec):
    others = seen.shape[1]
    return spec["regularization"] * ((seen > 0).sum(1) + spec["unobserved_weight"] * others) ** spec["reg_exponent"]


def system(y, c, there, l2, spec):
    own = y[there]
    everywhere = ~there if spec["only_unobserved"] else np.ones(len(y), bool)
    a = spec["unobserved_weight"] * y[everywhere].T @ y[everywhere] + l2 * np.eye(y.shape[1])
    a += own.T @ (c[there][:, None] * own)
    return a, own.T @ c[there]


def conjugate_gradients(a, b, x, steps):
    r = b - a @ x
    p, squares = r, r @ r
    for _ in range(steps):
        if squares <= 0:
            break
        length = squares / (p @ a @ p)
        x, r = x + length * p, r - length * (a @ p)
        p, squares = r + r @ r / squares * p, r @ r
    return x


def blockwise(a, b, x, block):
    x = x.copy()
    for first in range(0, len(x), block):
        part = slice(first, first + block)
        x[part] += np.linalg.solve(a[part, part], (b - a @ x)[part])
    return x


def half(x, y, c, there, spec):
    out = np.zeros_like(x)
    for i, l2 in enumerate(penalties(there, spec)):
        if not (c[i][there[i]] > 0).any():
            continue
        a, b = system(y, c[i], there[i], l2, spec)
        out[i] = blockwise(a, b, x[i], spec["block"]) if spec["block"] else conjugate_gradients(a, b, x[i], spec["cg_steps"])
    return out


def objective(x, y, c, there, spec):
    scores = x @ y.T
    everywhere = ~there if spec["only_unobserved"] else np.ones(there.shape, bool)
    return float((c * (1 - scores) ** 2)[there].sum() + spec["unobserved_weight"] * (scores ** 2)[everywhere].sum()
                 + penalties(there, spec) @ (x ** 2).sum(1) + penalties(there.T, spec) @ (y ** 2).sum(1))


def implicit_rows(x, y, confidences, regularization, steps):
    for u in range(len(x)):
        own = np.flatnonzero(confidences[u])
        if len(own) == 0:
            x[u] = 0
            continue
        c, rows = confidences[u, own], y[own]
        times = lambda v: y.T @ (y @ v) + regularization * v + rows.T @ ((c - 1) * (rows @ v))
        r = rows.T @ c - times(x[u])
        p, squares = r, r @ r
        for _ in range(steps):
            q = times(p)
            length = squares / (p @ q)
            x[u] += length * p
            r = r - length * q
            p, squares = r + r @ r / squares * p, r @ r


def implicit_loss(x, y, confidences, regularization):
    wanted, c = confidences > 0, np.where(confidences > 0, confidences, 1)
    return float((c * (wanted - x @ y.T) ** 2).sum() + regularization * ((x ** 2).sum() + (y ** 2).sum()))


def as_implicit(alpha=3.0, regularization=.01, factors=16, iterations=15):
    made = case("as implicit", users=60, items=50, factors=factors, iterations=1)
    confidences = np.zeros((60, 50))
    for u, i, value in made["ratings"]:
        confidences[u, i] = alpha * (value + .5)
    spec = {**made["spec"], "iterations": iterations, "unobserved_weight": 1.0, "regularization": regularization,
            "reg_exponent": 0.0, "by_value": True, "only_unobserved": True}
    x, y = begin(60, 0, spec), begin(50, 1, spec)
    objectives = []
    for _ in range(iterations):
        implicit_rows(y, x, confidences.T, regularization, 3)
        implicit_rows(x, y, confidences, regularization, 3)
        objectives.append(implicit_loss(x, y, confidences, regularization))
    ratings = [[int(u), int(i), float(confidences[u, i])] for u, i in zip(*np.nonzero(confidences))]
    return {**made, "spec": spec, "ratings": ratings, "objectives": objectives, "scores": (x @ y.T)[::6].round(7).tolist()}


def case(name, users=40, items=30, **changes):
    spec = {"factors": 8, "iterations": 6, "unobserved_weight": .1, "regularization": .01, "reg_exponent": 1.0, "alpha": 0.0,
            "only_unobserved": False, "by_value": False, "stddev": .1, "cg_steps": 3, "block": 0, "seed": 7, **changes}
    random = np.random.RandomState(len(name))
    liked = random.rand(users, 3) @ random.rand(3, items)
    there = random.rand(users, items) < .25 * liked / liked.mean() * random.rand(items)[None, :] * 2
    there[5], there[:, 7] = False, False  # a user and an item without interactions
    values = np.where(there, random.randint(0, 11, there.shape) / 2, 0.0)
    values[9] = 0  # with by_value: interactions that count nothing
    c = values if spec["by_value"] else 1 + spec["alpha"] * values
    x, y = begin(users, 0, spec), begin(items, 1, spec)
    objectives = []
    for _ in range(spec["iterations"]):
        y = half(y, x, c.T, there.T, spec)
        x = half(x, y, c, there, spec)
        objectives.append(objective(x, y, c, there, spec))
    ratings = [[int(u), int(i), float(values[u, i])] for u, i in zip(*np.nonzero(there))]
    return {"name": name, "spec": spec, "users": users, "items": items, "ratings": ratings, "objectives": objectives,
            "scores": (x @ y.T)[::6].round(7).tolist()}


cases = [
    case("conjugate gradients"),
    case("values, plain l2", alpha=2.0, reg_exponent=0.0, regularization=.5, unobserved_weight=1.0),
    case("by value, odd width", by_value=True, factors=11, cg_steps=2),
    case("exact least squares", block=8),
    case("in blocks of three", block=3, alpha=.5),
    case("weight on unobserved pairs only", only_unobserved=True, alpha=1.5, unobserved_weight=.4),
    case("exactly, on unobserved pairs only", only_unobserved=True, by_value=True, unobserved_weight=1.0, block=5),
    as_implicit(),
    case("more factors than one vector has", factors=20, cg_steps=5, iterations=3),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
