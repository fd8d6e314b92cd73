#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's LinearSVC (liblinear) on the rows that `bench_train_linear_svm rows ROWS` wrote.

    peer.py ROWS WEIGHTS ROUNDS   prints the seconds of a fit (the median) with its default tolerance, and with the
                                  loosest power of ten that is enough for the objective asked for

WEIGHTS is what `bench_train_linear_svm time` wrote. Ends with 1 unless its objective, the sum of that of all labels, is at
most 1.0001 times the one LinearSVC reaches with its default tolerance: that is the objective asked for of both.
"""
import statistics
import sys
import time

import numpy as np
import scipy.sparse
from sklearn.svm import LinearSVC

ENOUGH = 1.0001


def read(path, dtypes):
    parts = []
    with open(path, "rb") as f:
        for dtype in dtypes:
            n = int(np.frombuffer(f.read(8), np.uint64)[0])
            parts.append(np.frombuffer(f.read(n * np.dtype(dtype).itemsize), dtype))
    return parts


def objective(x, y, weights, intercepts):
    scores = x @ weights.T + intercepts
    signs = np.where(y[:, None] == np.unique(y)[None, :], 1.0, -1.0)
    size = (weights ** 2).sum() + (intercepts ** 2).sum()
    return 0.5 * size + (np.maximum(0, 1 - signs * scores) ** 2).sum()


def fit(x, y, tolerance):
    start = time.perf_counter()
    model = LinearSVC(tol=tolerance, random_state=1).fit(x, y)
    taken = time.perf_counter() - start
    return taken, objective(x, y, model.coef_, model.intercept_)


def measure(x, y, tolerance, rounds):
    return statistics.median(fit(x, y, tolerance)[0] for _ in range(rounds))


def main(rows, learned, rounds):
    y, offsets, columns, values = read(rows, (np.uint32, np.uint64, np.uint32, np.float32))
    weights, intercepts = read(learned, (np.float32, np.float32))
    weights = weights.reshape(-1, len(intercepts)).T.astype(float)
    x = scipy.sparse.csr_matrix((values.astype(float), columns.astype(np.int32), offsets.astype(np.int32)),
                                (len(y), weights.shape[1]))
    ours, theirs = objective(x, y, weights, intercepts.astype(float)), fit(x, y, 1e-4)[1]
    print(f"objective {ours:.4f}, LinearSVC's {theirs:.4f}", file=sys.stderr)
    if not ours <= theirs * ENOUGH:
        sys.exit(f"peer.py: the objective {ours} is more than {ENOUGH} times LinearSVC's {theirs}")
    loosest = next(t for t in (10.0, 1.0, 0.1, 0.01, 1e-3, 1e-4) if fit(x, y, t)[1] <= theirs * ENOUGH)
    print(f"LinearSVC reaches it with a tolerance of {loosest}", file=sys.stderr)
    print(f"{measure(x, y, 1e-4, rounds):.4f} {measure(x, y, loosest, rounds):.4f}")


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
