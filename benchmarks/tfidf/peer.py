#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's TfidfVectorizer on AG News' training rows, words and pairs.

    peer.py time THREADS RULE ROUNDS   prints megabytes of text a second (the median; THREADS is of no effect)
    peer.py check FILE                 compares its terms and rows with those that `bench_tfidf rows sklearn FILE` wrote:
                                       ends with 1 where a value differs by more than 1e-6
RULE: sklearn (its default pattern), or unicode (single characters kept: the nearest that it has).
"""
import csv
import os
import statistics
import sys
import time

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer


def texts():
    path = os.path.join(os.environ["BESPOKE_DATA"], "ag_news", "train_subset.csv")
    with open(path, encoding="utf-8", newline="") as f:
        return [title + " " + description for _, title, description in csv.reader(f)]


def measure(rule, rounds):
    x = texts()
    megabytes = sum(len(t.encode()) for t in x) / 1e6
    pattern = r"(?u)\b\w\w+\b" if rule == "sklearn" else r"(?u)\b\w+\b"
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        TfidfVectorizer(ngram_range=(1, 2), token_pattern=pattern).fit_transform(x)
        taken.append(time.perf_counter() - start)
    print(f"{megabytes / statistics.median(taken):.3f}")


def read(path):
    parts = []
    with open(path, "rb") as f:
        for dtype in (np.uint8, np.uint64, np.uint32, np.float32):
            n = int(np.frombuffer(f.read(8), np.uint64)[0])
            parts.append(np.frombuffer(f.read(n * np.dtype(dtype).itemsize), dtype))
    names, offsets, columns, values = parts
    return names.tobytes().decode().split("\n")[:-1], offsets, columns, values


def check(path):
    names, offsets, columns, values = read(path)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2))
    theirs = vectorizer.fit_transform(texts())
    if sorted(names) != sorted(vectorizer.vocabulary_):
        sys.exit(f"peer.py: {len(names)} terms here, {len(vectorizer.vocabulary_)} there, not the same ones")
    to = np.array([vectorizer.vocabulary_[n] for n in names])
    ours = scipy.sparse.csr_matrix((values.astype(float), to[columns], offsets.astype(np.int64)), theirs.shape)
    difference = abs(ours - theirs).max()
    if ours.nnz != theirs.nnz or not difference <= 1e-6:
        sys.exit(f"peer.py: {ours.nnz} and {theirs.nnz} values, the largest difference is {difference}")
    print(f"{len(names)} terms, {ours.nnz} values, largest difference {difference:.1e}", file=sys.stderr)


if sys.argv[1] == "time":
    measure(sys.argv[3], int(sys.argv[4]))
else:
    check(sys.argv[2])
