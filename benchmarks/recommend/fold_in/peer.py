#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Folds users in with numpy in float, with the library's defaults, on one thread; of items and histories that bench_recommend
wrote, whose rows must be the same.

    peer.py GROUPS FILE   prints the median microseconds of a user
"""
import sys
import time

import numpy as np
from threadpoolctl import threadpool_limits

FACTORS, WEIGHT, REGULARIZATION, USERS, STEP = 64, .3, .007, 6040, 302


def read(file, dtype):
    n = int(np.fromfile(file, np.uint64, 1)[0])
    return np.fromfile(file, dtype, n)


def fold_in(items, shared, history):
    own = items[history]
    a = shared + own.T @ own
    a.flat[::FACTORS + 1] += REGULARIZATION * (len(history) + WEIGHT * len(items))
    return np.linalg.solve(a, own.sum(0))


def main(groups, path):
    taken = []
    with open(path, "rb") as file, threadpool_limits(1):
        for group in range(groups):
            items = read(file, np.float32).reshape(-1, FACTORS)
            histories = [read(file, np.uint32) for _ in range(group, USERS, STEP)]
            ours = read(file, np.float32).reshape(-1, FACTORS)
            shared = np.float32(WEIGHT) * items.T @ items
            theirs = np.array([fold_in(items, shared, h) for h in histories])
            assert np.abs(ours - theirs).max() < 1e-3, np.abs(ours - theirs).max()
            for history in histories:
                start = time.perf_counter()
                fold_in(items, shared, history)
                taken.append(1e6 * (time.perf_counter() - start))
    print(f"{np.median(taken):.2f}")


main(int(sys.argv[1]), sys.argv[2])
