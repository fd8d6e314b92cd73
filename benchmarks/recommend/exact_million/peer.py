#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The best 10 of 1,000,000 rows by numpy and by faiss, of rows and queries and with answers that bench_recommend_exact_million
wrote: these must agree before anything is timed.

    peer.py ROUNDS THREADS FILE   prints for numpy and then for faiss the milliseconds of one query on one thread and queries a
                                  second of all at once, medians
"""
import sys
import time

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

SIZE, WIDTH, QUERIES, K = 1_000_000, 64, 60, 10


def numpy_best(rows, queries):
    scores = queries @ rows.T
    some = np.argpartition(scores, SIZE - K, axis=1)[:, -K:]
    order = np.argsort(-np.take_along_axis(scores, some, 1), axis=1, kind="stable")
    return np.take_along_axis(some, order, 1)


def check(ours, theirs, rows, queries):
    """The same rows, or others of the same score."""
    a, b = (np.einsum("qki,qi->qk", rows[best].astype(np.float64), queries.astype(np.float64)) for best in (ours, theirs))
    assert np.abs(a - b).max() < 1e-4, "other rows are the best"
    assert (ours == theirs).mean() > .99, "many other rows"


def median_seconds(answers):
    taken = []
    for answer in answers:
        start = time.perf_counter()
        answer()
        taken.append(time.perf_counter() - start)
    return np.median(taken)


def main(rounds, threads, path):
    values = np.fromfile(path, np.float32, (SIZE + QUERIES) * WIDTH)
    rows, queries = values[:SIZE * WIDTH].reshape(-1, WIDTH), values[SIZE * WIDTH:].reshape(-1, WIDTH)
    ours = np.fromfile(path, np.uint32, offset=values.nbytes).reshape(-1, K)
    index = faiss.IndexFlatIP(WIDTH)
    index.add(rows)
    figures = []
    for best in (lambda some: numpy_best(rows, some), lambda some: index.search(some, K)[1]):
        faiss.omp_set_num_threads(threads)
        with threadpool_limits(threads):
            check(ours, best(queries), rows, queries)
            many = QUERIES / median_seconds([lambda: best(queries)] * rounds)
        faiss.omp_set_num_threads(1)
        with threadpool_limits(1):
            one = median_seconds([lambda q=q: best(queries[q:q + 1]) for q in range(min(QUERIES, 20 * rounds))])
        figures += [f"{1e3 * one:.3f}", f"{many:.1f}"]
    print(*figures)


main(*map(int, sys.argv[1:3]), sys.argv[3])
