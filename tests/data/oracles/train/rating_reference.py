# SPDX-License-Identifier: Apache-2.0
"""A plain reference, in float64 and one step after the other, of the models of ratings that are learned by gradient
descent. What biased_factorization.py and svd_plus_plus.py stand on."""
import math

import numpy as np

MASK = (1 << 64) - 1


class NormalNumbers:
    """SplitMix64 and Marsaglia's polar method, as the library draws its numbers."""

    def __init__(self, seed):
        self.state, self.second = seed, None

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def unit(self):
        return (self.bits() >> 11) * 2.0**-53

    def draw(self):
        if self.second is not None:
            second, self.second = self.second, None
            return second
        while True:
            x = 2 * self.unit() - 1
            y = 2 * self.unit() - 1
            square = x * x + y * y
            if 0 < square < 1:
                break
        scale = math.sqrt(-2 * math.log(square) / square)
        self.second = y * scale
        return x * scale

    def rows(self, n, d, spread):
        return np.array([[self.draw() * spread for _ in range(d)] for _ in range(n)]).reshape(n, d)


def learn(ratings, users, items, factors, epochs, learning_rate, l2, spread, constant_rate=False, biases=True,
          history=False, seed=1):
    """`ratings` are (user, item, rating), ascending. Gives mean, deviation, b_u, b_i, p, q, y."""
    values = np.array([r for _, _, r in ratings], dtype=np.float64)
    mean, deviation = (values.mean(), values.std()) if biases else (0.0, 1.0)
    random = NormalNumbers(seed)
    p, q = random.rows(users, factors, spread), random.rows(items, factors, spread)
    y = random.rows(items, factors, spread) if history else np.zeros((items, factors))
    of_user = [[i for v, i, _ in ratings if v == u] for u in range(users)]
    rated = {i for _, i, _ in ratings}
    for i in range(items):
        if i not in rated:
            y[i] = 0
    bu, bi = np.zeros(users), np.zeros(items)
    for epoch in range(epochs):
        rate = learning_rate if constant_rate else learning_rate * (1 - epoch / epochs)
        for u, i, r in ratings:
            own = of_user[u]
            root = 1 / math.sqrt(len(own))
            z = y[own].sum(axis=0) * root
            e = (r - mean) / deviation - (bu[u] + bi[i] + q[i] @ (p[u] + z))
            if biases:
                bu[u] += rate * (e - l2 * bu[u])
                bi[i] += rate * (e - l2 * bi[i])
            before = q[i].copy()
            q[i] += rate * (e * (p[u] + z) - l2 * q[i])
            p[u] += rate * (e * before - l2 * p[u])
            if history:
                y[own] += rate * (e * before * root - l2 * y[own])
    return mean, deviation, bu, bi, p, q, y


def history_sum(y, own):
    return y[own].sum(axis=0) / math.sqrt(len(own)) if own else np.zeros(y.shape[1])


def predictions(learned, ratings, users, items):
    """Of every user for every item; a user or an item without ratings has no factors and no bias."""
    mean, deviation, bu, bi, p, q, y = learned
    known_user, known_item = {u for u, _, _ in ratings}, {i for _, i, _ in ratings}
    of_user = [[i for v, i, _ in ratings if v == u] for u in range(users)]
    table = np.zeros((users, items))
    for u in range(users):
        for i in range(items):
            fit = q[i] @ (p[u] + history_sum(y, of_user[u])) if u in known_user and i in known_item else 0
            table[u, i] = mean + deviation * (bu[u] + bi[i] + fit)
    return table


def folded(learned, ratings, items, l2, history):
    """Predictions for somebody new of whom `history` is known: pairs of item and rating; and the parts of item 0's."""
    mean, deviation, _, bi, _, q, y = learned
    rated = {i for _, i, _ in ratings}
    x = np.array([np.append(q[i] if i in rated else 0 * q[i], 1) for i in range(items)])
    z = np.append(history_sum(y, [j for j, _ in history]), 0) * deviation
    known = np.array([j for j, _ in history])
    errors = np.array([r for _, r in history]) - mean - deviation * bi[known] - x[known] @ z
    a = x[known].T @ x[known] + l2 * len(history) * np.eye(x.shape[1])
    delta = np.linalg.solve(a, x[known].T @ errors)
    parts = (x[known] @ np.linalg.solve(a, x[0])) * errors
    parts += deviation * (y[known] @ x[0][:-1]) / math.sqrt(len(history))
    return mean + deviation * bi + x @ (delta + z), parts


def made_up(users, items, share, seed):
    """Half stars with structure; the last user and the last item have none."""
    random = np.random.RandomState(seed)
    a, b = random.randn(users, 2), random.randn(items, 2)
    table = 3.4 + 0.5 * random.randn(users)[:, None] + 0.5 * random.randn(items) + 0.6 * a @ b.T
    table = np.clip(np.round(2 * (table + 0.3 * random.randn(users, items))) / 2, 0.5, 5)
    return [(u, i, float(table[u, i])) for u in range(users - 1) for i in range(items - 1) if random.rand() < share]


def case(name, users, items, share, data_seed, **parameters):
    ratings = made_up(users, items, share, data_seed)
    learned = learn(ratings, users, items, **parameters)
    history = [(1, 4.5), (4, 2.0), (5, 3.5), (9, 5.0)]
    result = {"name": name, "users": users, "items": items, "parameters": parameters, "ratings": ratings,
              "predicted": predictions(learned, ratings, users, items).round(9).tolist()}
    if parameters.get("biases", True):
        scores, parts = folded(learned, ratings, items, parameters["l2"], history)
        result.update(history=history, folded=scores.round(9).tolist(), parts=parts.round(9).tolist())
    return result
