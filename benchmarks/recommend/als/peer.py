#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""iALS by exact least squares with numpy in double, with the library's defaults: 64 factors, unobserved weight .3,
regularization .007 · (interactions + .3 · rows of the other side).

    peer.py ITERATIONS FILE   reads the interactions that bench_recommend wrote; prints the objective
"""
import sys

import numpy as np
from threadpoolctl import threadpool_limits

FACTORS, WEIGHT, REGULARIZATION = 64, .3, .007


def read(file, dtype):
    n = int(np.fromfile(file, np.uint64, 1)[0])
    return np.fromfile(file, dtype, n)


def transposed(offsets, columns, width):
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    counts = np.bincount(columns, minlength=width)
    return np.concatenate([[0], np.cumsum(counts)]), rows[np.argsort(columns, kind="stable")]


def penalties(offsets, others):
    return REGULARIZATION * (np.diff(offsets) + WEIGHT * others)


def solve(offsets, columns, y):
    gram, x = WEIGHT * y.T @ y, np.zeros((len(offsets) - 1, FACTORS))
    for i, l2 in enumerate(penalties(offsets, len(y))):
        own = y[columns[offsets[i]:offsets[i + 1]]]
        if len(own):
            x[i] = np.linalg.solve(gram + own.T @ own + l2 * np.eye(FACTORS), own.sum(0))
    return x


def objective(users, items, x, y):
    offsets, columns = users
    rows = np.repeat(np.arange(len(x)), np.diff(offsets))
    missing = 1 - np.einsum("ij,ij->i", x[rows], y[columns])
    return (missing @ missing + WEIGHT * ((x.T @ x) * (y.T @ y)).sum()
            + penalties(offsets, len(y)) @ (x ** 2).sum(1) + penalties(items[0], len(x)) @ (y ** 2).sum(1))


def main(iterations, path):
    with open(path, "rb") as file:
        users = read(file, np.uint64).astype(np.int64), read(file, np.uint32)
    width = int(users[1].max()) + 1
    items = transposed(*users, width)
    x = np.random.RandomState(1).normal(0, .1 / np.sqrt(FACTORS), (len(users[0]) - 1, FACTORS))
    with threadpool_limits(1):  # systems as small as these are slower on two threads
        for _ in range(iterations):
            y = solve(*items, x)
            x = solve(*users, y)
    print(f"{objective(users, items, x, y):.2f}")


main(int(sys.argv[1]), sys.argv[2])
