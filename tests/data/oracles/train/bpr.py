#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes bpr.json and warp.json: both in float64, a step at a time, from the formulas of the papers that train/bpr.hpp and
train/warp.hpp name, with numpy 1.24.2. What is drawn is drawn as the library does: SplitMix64, Marsaglia's polar method, the
blocks of users and items, and the order of steps are written out here, too."""
import json
import math
import pathlib

import numpy as np

assert np.__version__ == "1.24.2", np.__version__
WORD = (1 << 64) - 1


class Numbers:
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

    def below(self, n):
        return ((self.next() >> 32) * n) >> 32


def stream(seed, a, b):
    return Numbers(Numbers(Numbers(Numbers(seed).next() ^ a).next() ^ b).next())


def normals(random, n):
    drawn = []
    while len(drawn) < n:
        x, y = 2 * random.unit() - 1, 2 * random.unit() - 1
        square = x * x + y * y
        if 0 < square < 1:
            scale = math.sqrt(-2 * math.log(square) / square)
            drawn += [x * scale, y * scale]
    return drawn[:n]


def deal(n, blocks, random):
    order = list(range(n))
    for i in range(n - 1):
        j = i + random.below(n - i)
        order[i], order[j] = order[j], order[i]
    return [order[b * n // blocks:(b + 1) * n // blocks] for b in range(blocks)]


def shuffled(some, random, then=None):
    """Each is put at a random place; `then` makes of it what is put there, or None."""
    out = []
    for one in some:
        one = then(one) if then else one
        if one is None:
            continue
        place = random.below(len(out) + 1)
        out.append(None)
        out[-1] = out[place]
        out[place] = one
    return out


class Model:
    def __init__(self, case):
        p = self.p = case["parameters"]
        self.items, self.warp = case["items"], "max_sampled" in p
        self.liked = [set() for _ in range(case["users"])]
        for u, i, value in case["interactions"]:
            if value > 0:
                self.liked[u].add(i)
        deviation, d = p["stddev"] / math.sqrt(p["factors"]), p["factors"]
        self.x = np.array([[deviation * v for v in normals(stream(p["seed"], 0, u), d)] if self.liked[u] else [0.0] * d
                           for u in range(case["users"])])
        self.y = np.array([[deviation * v for v in normals(stream(p["seed"], 1, i), d)] for i in range(self.items)])
        self.b = np.zeros(self.items)

    def score(self, x, i):
        return self.b[i] + x @ self.y[i]

    def against(self, x, i, liked, draw):
        """The item that a step is made against, and the slope."""
        if self.warp:
            for n in range(1, self.p["max_sampled"] + 1):
                j = draw()
                margin = self.score(x, j) - self.score(x, i) + 1
                assert abs(margin) > 1e-5, "too near for float"
                if margin > 0 and j not in liked:
                    return j, math.log(max(1, (self.items - 1) // n))
            return None, 0
        for _ in range(10):
            j = draw()
            if j not in liked:
                return j, 1 / (1 + math.exp(self.score(x, i) - self.score(x, j)))
        return None, 0

    def step(self, u, i, j, slope, rate):
        l2, x, y, z = self.p["l2"], self.x[u].copy(), self.y[i].copy(), self.y[j].copy()
        self.x[u] += rate * (slope * (y - z) - l2 * x)
        self.y[i] += rate * (slope * x - l2 * y)
        self.y[j] += rate * (-slope * x - l2 * z)
        self.b[i] += rate * (slope - l2 * self.b[i])
        self.b[j] += rate * (-slope - l2 * self.b[j])

    def tile(self, users, items, random, rate):
        all = [(u, i) for u in users for i in sorted(self.liked[u] & set(items))]
        draw = lambda: items[random.below(len(items))]
        if self.warp:
            for u, i in shuffled(all, random):
                j, slope = self.against(self.x[u], i, self.liked[u], draw)
                if slope > 0:
                    self.step(u, i, j, slope, rate)
            return

        def with_other(pair):
            never = self.liked[pair[0]] if self.p.get("verify_negatives", True) else {pair[1]}
            for _ in range(10):
                j = draw()
                if j not in never:
                    return (*pair, j)
        for u, i, j in shuffled(all, random, with_other):
            slope = 1 / (1 + math.exp(self.score(self.x[u], i) - self.score(self.x[u], j)))
            self.step(u, i, j, slope, rate)

    def learn(self):
        p, users = self.p, len(self.liked)
        blocks = max(1, min(16, min(users, self.items) // 32))
        for epoch in range(p["epochs"]):
            rate = p["learning_rate"] * (1 if p.get("constant_rate") else 1 - epoch / p["epochs"])
            random = stream(p["seed"], 2, epoch)
            of_users, of_items = deal(users, blocks, random), deal(self.items, blocks, random)
            for shift in range(blocks):
                for b in range(blocks):
                    other = (b + shift) % blocks
                    self.tile(of_users[b], of_items[other], stream(p["seed"], 3 + epoch, b * blocks + other), rate)

    def fold_in(self, history):
        """The row, and its part from each interaction."""
        p, random = self.p, Numbers(1)
        liked = {i for i, value in history if value > 0}
        x, parts = np.zeros(p["factors"]), np.zeros((len(history), p["factors"]))
        epochs = min(p["epochs"], 25)
        for epoch in range(epochs):
            rate = min(4, p["epochs"] / epochs) * p["learning_rate"] * (1 - epoch / epochs)
            for h, (i, value) in enumerate(history):
                if value <= 0:
                    continue
                j, slope = self.against(x, i, liked, lambda: random.below(self.items))
                if slope <= 0:
                    continue
                parts *= 1 - rate * p["l2"]
                parts[h] += rate * slope * (self.y[i] - self.y[j])
                x = parts.sum(0)
        return x, parts


def numbers(values):
    return [round(float(v), 9) for v in np.ravel(values)]


def made_up(users, items, share, seed):
    random = Numbers(seed)
    return [[u, i, 1 if random.unit() < 0.9 else -1] for u in range(users) for i in range(items)
            if random.unit() < (2 * share if i % 3 == u % 3 else share / 2)]


def answered(name, users, items, interactions, history, asked, **parameters):
    case = {"name": name, "users": users, "items": items, "interactions": interactions, "history": history, "asked": asked,
            "parameters": {"seed": 1, "stddev": 1.0, **parameters}}
    model = Model(case)
    model.learn()
    x, parts = model.fold_in(history)
    shown = range(0, users, max(1, users // 9))
    return {**case, "shown": list(shown), "users_factors": numbers(model.x[list(shown)]),
            "items_factors": numbers(model.y[::max(1, items // 9)]), "biases": numbers(model.b), "folded": numbers(x),
            "parts": numbers(parts @ model.y[asked])}


SMALL = [[0, 0, 1], [0, 1, 2], [0, 4, 5], [1, 1, 1], [1, 2, 1], [2, 0, 3], [2, 3, 1], [2, 5, -1], [4, 2, 1], [4, 5, 1],
         [4, 6, 0]]
HISTORY = [[0, 1], [2, 4], [5, -1]]
LARGE = made_up(70, 99, 0.12, 5)
LONG = [[3, 1], [6, 2], [8, -2], [30, 1], [60, 1], [63, 1]]

here = pathlib.Path(__file__).parent
small = dict(users=5, items=7, interactions=SMALL, history=HISTORY, asked=4, factors=3)
large = dict(users=70, items=99, interactions=LARGE, history=LONG, asked=9, factors=17)
(here / "bpr.json").write_text(json.dumps([
    answered("small", **small, epochs=5, learning_rate=0.1, l2=0.05),
    answered("small, more", **small, epochs=60, learning_rate=0.05, l2=0.01, constant_rate=True, verify_negatives=False),
    answered("two blocks", **large, epochs=4, learning_rate=0.1, l2=0.02)]) + "\n")
(here / "warp.json").write_text(json.dumps([
    answered("small", **small, epochs=5, learning_rate=0.05, l2=0.05, max_sampled=5),
    answered("two blocks", **large, epochs=3, learning_rate=0.02, l2=0.02, max_sampled=12)]) + "\n")
