#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The best 10 items of users by numpy and by faiss, of factors and with answers that bench_recommend wrote: these must agree
before anything is timed.

    peer.py one N FILE          prints the median microseconds of one user's answer, on one thread, over N users
    peer.py all THREADS FILE    prints users a second, of all users at once
"""
import sys
import time

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

K, WIDTH = 10, 64


def read(file, dtype):
    n = int(np.fromfile(file, np.uint64, 1)[0])
    return np.fromfile(file, dtype, n)


def numpy_best(items, users):
    scores = users @ items.T
    some = np.argpartition(-scores, K, axis=1)[:, :K]
    order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
    return np.take_along_axis(some, order, 1)


def check(ours, theirs, items, users):
    """The same items, or others of the same score."""
    a, b = (np.einsum("uki,ui->uk", items[best].astype(np.float64), users.astype(np.float64)) for best in (ours, theirs))
    assert np.abs(a - b).max() < 1e-5, "other items are the best"
    assert (ours == theirs).mean() > .999, "many other items"


def seconds(answer):
    start = time.perf_counter()
    answer()
    return time.perf_counter() - start


def main(what, number, path):
    with open(path, "rb") as file:
        users, items = (read(file, np.float32).reshape(-1, WIDTH) for _ in range(2))
        ours = read(file, np.uint32).reshape(-1, K)
    threads = 1 if what == "one" else number
    faiss.omp_set_num_threads(threads)
    index = faiss.IndexFlatIP(WIDTH)
    index.add(items)
    with threadpool_limits(threads):
        check(ours, numpy_best(items, users), items, users)
        check(ours, index.search(users, K)[1], items, users)
        peers = (lambda some: numpy_best(items, some)), (lambda some: index.search(some, K))
        for best in peers:
            if what == "one":
                taken = 1e6 * np.median([seconds(lambda: best(users[u:u + 1])) for u in range(min(number, len(users)))])
            else:
                taken = len(users) / np.median([seconds(lambda: best(users)) for _ in range(7)])
            print(f"{taken:.2f}", end=" " if best is peers[0] else "\n")


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
