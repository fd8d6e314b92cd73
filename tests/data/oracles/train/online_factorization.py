#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes online_factorization.json: the predictions of River's BiasedMF (2 · error as gradient, the mean updated first, all
steps from the old numbers), written anew in double precision with the library's starting factors, which follow from the seed
and a user's or item's number. Users and items have no factors before their first rating."""
import json
import math
import pathlib
import random

ALL = (1 << 64) - 1


def stirred(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & ALL
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & ALL
    return z ^ (z >> 31)


def mix(a, b):
    return stirred((a + 0x9E3779B97F4A7C15 * (b + 1)) & ALL)


class Numbers:
    def __init__(self, seed):
        self.state, self.second = seed, None

    def unit(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & ALL
        return (stirred(self.state) >> 11) * 2.0**-53

    def normal(self):
        if self.second is not None:
            second, self.second = self.second, None
            return second
        square = 1
        while square >= 1 or square <= 0:
            x, y = 2 * self.unit() - 1, 2 * self.unit() - 1
            square = x * x + y * y
        scale = math.sqrt(-2 * math.log(square) / square)
        self.second = y * scale
        return x * scale


class Learner:
    def __init__(self, factors=10, bias_rate=0.025, factor_rate=0.05, deviation=0.1, bias_l2=0.0, factor_l2=0.0, seed=1):
        self.p = (factors, bias_rate, factor_rate, deviation, bias_l2, factor_l2, seed)
        self.known, self.mean, self.n = ({}, {}), 0.0, 0

    def row(self, side, number):
        factors, deviation, seed = self.p[0], self.p[3], self.p[6]
        if number not in self.known[side]:
            numbers = Numbers(mix(mix(seed, side), number))
            self.known[side][number] = [0.0, [deviation * numbers.normal() for _ in range(factors)]]
        return self.known[side][number]

    def predict(self, user, item):
        empty = [0.0, [0.0] * self.p[0]]
        u, i = self.known[0].get(user, empty), self.known[1].get(item, empty)
        return self.mean + u[0] + i[0] + sum(a * b for a, b in zip(u[1], i[1]))

    def learn(self, user, item, value):
        _, bias_rate, factor_rate, _, bias_l2, factor_l2, _ = self.p
        self.n += 1
        self.mean += (value - self.mean) / self.n
        u, i = self.row(0, user), self.row(1, item)
        gradient = 2 * (self.predict(user, item) - value)
        for side in (u, i):
            side[0] -= bias_rate * (gradient + bias_l2 * side[0])
        new_u = [a - factor_rate * (gradient * b + factor_l2 * a) for a, b in zip(u[1], i[1])]
        i[1] = [b - factor_rate * (gradient * a + factor_l2 * b) for a, b in zip(u[1], i[1])]
        u[1] = new_u


def case(name, **parameters):
    learner, events, predictions = Learner(**parameters), [], []
    for _ in range(400):
        user, item = int(12 * random.random() ** 2), int(20 * random.random() ** 2)
        value = min(5, max(1, round(3 + math.sin(user) + math.cos(1 + item) + random.gauss(0, 0.5))))
        predictions.append(learner.predict(user, item))
        learner.learn(user, item, value)
        events.append([user, item, value])
    return {"name": name, "parameters": parameters, "events": events, "predictions": predictions}


random.seed(3)
cases = [
    case("defaults"),
    case("pulled to zero", factors=7, bias_rate=0.05, factor_rate=0.03, deviation=0.3, bias_l2=0.02, factor_l2=0.1, seed=9),
    case("biases alone", factors=0, seed=2),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
