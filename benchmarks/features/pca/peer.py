#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's randomized PCA on the rows of the benchmark.

    peer.py make FILE ROWS                        writes ROWS images of Fashion-MNIST's training set as floats, or where it
                                                  is not installed made-up rows of 784 columns; prints which
    peer.py time FILE ROWS COMPONENTS THREADS ROUNDS    prints seconds for a fit: the median
    peer.py rows FILE ROWS COMPONENTS THREADS ROUNDS    the same for the fit and the training rows (fit_transform)
    peer.py check FILE ROWS COMPONENTS FOUND      compares the components in FOUND with all eigenvectors of the covariance,
                                                  beside its own: ends with 1 unless they hold as much variance and lie as
                                                  near the exact subspace, and are orthonormal
"""
import gzip
import os
import statistics
import sys
import time

import numpy as np
import scipy.linalg
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

COLUMNS = 784
IMAGES = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"


def make(path, rows):
    if os.path.exists(IMAGES):
        with gzip.open(IMAGES) as f:
            x = np.frombuffer(f.read()[16:], np.uint8).reshape(-1, COLUMNS)[:rows]
        print("fashion_mnist")
    else:
        random = np.random.RandomState(1)
        strength = 100 * np.arange(1, 201) ** -1.0
        x = (random.randn(rows, 200) * strength) @ random.randn(200, COLUMNS) + random.randn(rows, COLUMNS)
        print("made_up")
    x.astype(np.float32).tofile(path)


def read(path, rows):
    return np.fromfile(path, np.float32).reshape(rows, COLUMNS)


def fitted(x, components):
    return PCA(components, svd_solver="randomized", random_state=0)


def measure(path, rows, components, threads, rounds, with_rows):
    x = read(path, rows)
    taken = []
    with threadpool_limits(threads):
        for _ in range(rounds):
            start = time.perf_counter()
            pca = fitted(x, components)
            pca.fit_transform(x) if with_rows else pca.fit(x)
            taken.append(time.perf_counter() - start)
    print(f"{statistics.median(taken):.4f}")


def check(path, rows, components, found):
    x = read(path, rows)
    ours = np.fromfile(found, np.float32).reshape(components, COLUMNS).astype(float)
    theirs = fitted(x, components).fit(x).components_.astype(float)
    covariance = np.cov(x.astype(float), rowvar=False)
    exact = np.linalg.eigh(covariance)[1][:, ::-1][:, :components]
    total = np.trace(exact.T @ covariance @ exact)

    def far(vectors, n=components):
        return scipy.linalg.subspace_angles(vectors[:n].T, exact[:, :n]).max()

    def held(vectors):
        return np.trace(vectors @ covariance @ vectors.T) / total

    print(f"of the exact subspace's variance ours holds {held(ours):.7f}, scikit-learn's {held(theirs):.7f}; "
          f"largest angle to it {far(ours):.4f} and {far(theirs):.4f} rad, of the first {components // 2} components "
          f"{far(ours, components // 2):.1e} and {far(theirs, components // 2):.1e}", file=sys.stderr)
    orthonormal = np.abs(ours @ ours.T - np.eye(components)).max() < 1e-5
    if not orthonormal or held(ours) < held(theirs) - 1e-6 or far(ours) > 1.05 * far(theirs) + 1e-3:
        sys.exit("peer.py: that is not the same subspace")


what, path, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
if what == "make":
    make(path, rows)
elif what == "check":
    check(path, rows, int(sys.argv[4]), sys.argv[5])
else:
    measure(path, rows, *map(int, sys.argv[4:7]), what == "rows")
