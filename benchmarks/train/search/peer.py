#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same search by scikit-learn: the same 60 candidates, folds and rows.

    peer.py grid|halving EVERY JOBS    prints the seconds and the best candidate's mean accuracy on all folds
"""
import csv
import os
import sys
import time
import warnings

from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

warnings.filterwarnings("ignore")
os.environ["PYTHONWARNINGS"] = "ignore"


def main(how, every, jobs):
    path = os.path.join(os.environ["BESPOKE_DATA"], "ag_news", "train_subset.csv")
    with open(path, encoding="utf-8", newline="") as f:
        rows = [r for i, r in enumerate(csv.reader(f)) if i % every == 0]
    x, y = [title + " " + description for _, title, description in rows], [topic for topic, _, _ in rows]
    spec = Pipeline([("tfidf", TfidfVectorizer(ngram_range=(1, 2))), ("svm", LinearSVC(random_state=0))])
    grid = {"tfidf__min_df": [1, 2, 3], "tfidf__sublinear_tf": [False, True],
            "svm__C": [0.05, 0.1, 0.2, 0.4, 0.7, 1, 2, 4, 8, 16]}
    search = {"grid": GridSearchCV, "halving": HalvingGridSearchCV}[how]
    options = {"random_state": 1} if how == "halving" else {}
    start = time.perf_counter()
    found = search(spec, grid, cv=StratifiedKFold(5), n_jobs=jobs, refit=False, **options).fit(x, y)
    taken = time.perf_counter() - start
    best = spec.set_params(**found.best_params_)  # halving's own figure is of a part of the rows: all of them, for both
    print(f"{taken:.3f} {cross_val_score(best, x, y, cv=StratifiedKFold(5), n_jobs=jobs).mean():.6f}")
    print("best:", found.best_params_, file=sys.stderr)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
