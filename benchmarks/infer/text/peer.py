#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's pipeline of TfidfVectorizer and LinearSVC on AG News, words and pairs, asked for one text at a time.

    peer.py TEXTS   prints p50 and p99 in microseconds over the first TEXTS test texts, and the share of right labels
"""
import csv
import os
import sys
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC


def read(name):
    path = os.path.join(os.environ["BESPOKE_DATA"], "ag_news", name)
    with open(path, encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    return [title + " " + description for _, title, description in rows], [label for label, _, _ in rows]


def main(n):
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LinearSVC()).fit(*read("train_subset.csv"))
    texts, labels = (part[:n] for part in read("test.csv"))
    taken, right = [], 0
    for text in texts[:50]:
        model.predict([text])
    for text, label in zip(texts, labels):
        start = time.perf_counter()
        answer = model.predict([text])
        taken.append((time.perf_counter() - start) * 1e6)
        right += answer[0] == label
    print(f"{np.percentile(taken, 50):.1f} {np.percentile(taken, 99):.1f} {right / len(texts):.4f}")


main(int(sys.argv[1]))
