#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's LinearSVC and fastText on the same texts; C by 3-fold cross-validation on training rows.

    peer.py linear_svc ag_news|banking77    accuracy on the test rows: words and pairs; for banking77 words 1-3, characters 3-5
    peer.py linear_svc chnsenticorp         mean accuracy over 5 folds (record i in fold i mod 5), words by jieba
    peer.py fasttext ROUNDS                 AG News: seconds of training from its file (the median), and accuracy

With QUICK in the environment every eighth training row only: a smoke test.
"""
import csv
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import jieba
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

DATA = os.environ["BESPOKE_DATA"]


def read(name, file):
    with open(os.path.join(DATA, name, file), encoding="utf-8", newline="") as f:
        rows = list(csv.reader(f))
    if "QUICK" in os.environ and file != "test.csv":
        rows = rows[:1] + rows[1::8] if name != "ag_news" else rows[::8]
    if name == "ag_news":
        return [a + " " + b for _, a, b in rows], np.array([y for y, _, _ in rows])
    if name == "banking77":
        return [x for x, _ in rows[1:]], np.array([y for _, y in rows[1:]])
    return [x for _, x in rows[1:]], np.array([y for y, _ in rows[1:]])


def features(name):
    if name == "ag_news":
        return TfidfVectorizer(ngram_range=(1, 2))
    if name == "banking77":
        return make_union(TfidfVectorizer(ngram_range=(1, 3), min_df=2, sublinear_tf=True),
                          TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True))
    return TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+")  # of words that jieba found


def chosen(name, x, y):
    search = GridSearchCV(make_pipeline(features(name), LinearSVC()), {"linearsvc__C": [0.3, 1, 3]}, cv=3, n_jobs=2)
    return search.fit(x, y).best_estimator_


def linear_svc(name):
    if name == "chnsenticorp":
        x, y = read(name, "ChnSentiCorp_htl_all.csv")
        jieba.setLogLevel(60)
        x = [" ".join(jieba.lcut(text)) for text in x]
        fold = np.arange(len(y)) % 5
        part = lambda mask: [t for t, m in zip(x, mask) if m]
        return np.mean([chosen(name, part(fold != k), y[fold != k]).score(part(fold == k), y[fold == k]) for k in range(5)])
    model = chosen(name, *read(name, "train_subset.csv" if name == "ag_news" else "train.csv"))
    return model.score(*read(name, "test.csv"))


def write_fasttext(path, x, y):
    with open(path, "w", encoding="utf-8") as f:
        for text, label in zip(x, y):
            f.write(f"__label__{label} " + " ".join(re.findall(r"\w+|[^\w\s]", text.lower())) + "\n")


def fasttext(rounds):
    with tempfile.TemporaryDirectory() as folder:
        train, test, model = (os.path.join(folder, n) for n in ("train", "test", "model"))
        write_fasttext(train, *read("ag_news", "train_subset.csv"))
        write_fasttext(test, *read("ag_news", "test.csv"))
        taken = []
        for _ in range(rounds):
            start = time.perf_counter()
            subprocess.run(["fasttext", "supervised", "-input", train, "-output", model, "-dim", "10", "-lr", "0.25",
                            "-wordNgrams", "2", "-minCount", "1", "-bucket", "10000000", "-epoch", "25", "-thread", "2"],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            taken.append(time.perf_counter() - start)
        found = subprocess.run(["fasttext", "test", model + ".bin", test], check=True, capture_output=True, text=True)
        precision = float(re.search(r"P@1\s+([\d.]+)", found.stdout).group(1))
        print(f"{statistics.median(taken):.4f} {precision:.4f}")


if sys.argv[1] == "linear_svc":
    print(f"{linear_svc(sys.argv[2]):.4f}")
else:
    fasttext(int(sys.argv[2]))
