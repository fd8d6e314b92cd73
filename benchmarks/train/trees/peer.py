#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trees of scikit-learn and xgboost, and the tables that all learn from.

    peer.py tables FOLDER QUICK       writes NAME.choose, NAME.train and NAME.test for each data set; QUICK: 0 or 1.
        Small sets are cut into folds, each the test of a set of its own: wdbc-0 to wdbc-4
    peer.py LEARNER NAME THREADS ROUNDS SETTINGS...
        chooses the SETTINGS that are right most often on the folds of NAME.choose; prints the seconds of one fit of them
        to NAME.train (the median of ROUNDS), their accuracy on NAME.test, and them

LEARNER: tree, forest, boosting (scikit-learn), xgboost. Settings are those of bench.cpp. Fashion-MNIST is Debian's package
dataset-fashion-mnist; BESPOKE_DATA names the folder with breast_cancer_wdbc and heart_disease.
"""
import glob
import gzip
import os
import statistics
import sys
import time

import numpy as np


def write(path, x, y, folds=None):
    with open(path, "wb") as f:
        f.write(np.array(x.shape, np.uint32).tobytes())
        f.write(np.ascontiguousarray(x, np.float32).tobytes())
        f.write(np.asarray(y, np.uint32).tobytes())
        f.write(np.zeros(len(y), np.uint32).tobytes() if folds is None else folds.tobytes())


def read(path):
    with open(path, "rb") as f:
        n, width = (int(v) for v in np.frombuffer(f.read(8), np.uint32))
        x = np.frombuffer(f.read(4 * n * width), np.float32).reshape(n, width)
        y, folds = np.frombuffer(f.read(), np.uint32).reshape(2, n)
        return x, y, folds


def fashion(part):
    folder = "/usr/share/datasets/fashion-mnist/"
    with gzip.open(f"{folder}{part}-images-idx3-ubyte.gz") as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(f"{folder}{part}-labels-idx1-ubyte.gz") as f:
        return x, np.frombuffer(f.read(), np.uint8, offset=8)


def numbers(path):
    rows = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            rows.append(line.strip().split(","))
    return rows


def wdbc():
    rows = numbers(glob.glob(os.path.join(os.environ["BESPOKE_DATA"], "breast_cancer_wdbc", "*.data"))[0])
    return np.array([[float(v) for v in r[2:]] for r in rows]), np.array([r[1] == "M" for r in rows])


def heart():
    rows = []
    for path in sorted(glob.glob(os.path.join(os.environ["BESPOKE_DATA"], "heart_disease", "processed.*.data"))):
        rows += [r for r in numbers(path) if len(r) == 14]
    values = np.array([[np.nan if v == "?" else float(v) for v in r] for r in rows])
    return values[:, :-1], values[:, -1] > 0


def fold_of_each(x, y, count, seed):
    """Every fold has as much of each label as the others."""
    from sklearn.model_selection import StratifiedKFold
    folds = np.zeros(len(y), np.uint32)
    for i, (_, held_out) in enumerate(StratifiedKFold(count, shuffle=True, random_state=seed).split(x, y)):
        folds[held_out] = i
    return folds


def in_folds(path, x, y, count):
    write(path, x, y, fold_of_each(x, y, count, 1))


def tables(folder, quick):
    """Settings for Fashion-MNIST are chosen on its first training rows only: the peers take long."""
    x, y = fashion("train")
    folds = 2 if quick else 3
    for name, rows, choose in (("fashion", 60000, 4000), ("fashion10", 10000, 1500)):
        rows, choose = (600, 200) if quick else (rows, choose)
        in_folds(f"{folder}/{name}-0.choose", x[:choose], y[:choose], folds)
        write(f"{folder}/{name}-0.train", x[:rows], y[:rows])
        write(f"{folder}/{name}-0.test", *fashion("t10k"))
    count = 2 if quick else 5
    for name, (x, y) in (("wdbc", wdbc()), ("heart", heart())):
        held_out = fold_of_each(x, y, count, 2)
        for f in range(count):
            test = held_out == f
            in_folds(f"{folder}/{name}-{f}.choose", x[~test], y[~test], count)
            write(f"{folder}/{name}-{f}.train", x[~test], y[~test])
            write(f"{folder}/{name}-{f}.test", x[test], y[test])


def model(learner, threads, options):
    n = lambda name, otherwise: int(float(options.get(name, otherwise)))
    if learner == "tree":
        from sklearn.tree import DecisionTreeClassifier
        return DecisionTreeClassifier(min_samples_leaf=n("min_samples_leaf", 1), max_depth=n("max_depth", 0) or None,
                                      random_state=0)
    if learner == "forest":
        from sklearn.ensemble import RandomForestClassifier
        return RandomForestClassifier(n("trees", 100), max_depth=n("max_depth", 0) or None,
                                      min_samples_leaf=n("min_samples_leaf", 1), n_jobs=threads, random_state=0)
    rate = float(options.get("learning_rate", 0.1))
    if learner == "boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier
        return HistGradientBoostingClassifier(learning_rate=rate, max_iter=n("rounds", 100), max_leaf_nodes=n("max_leaves", 31),
                                              min_samples_leaf=n("min_samples_leaf", 20), early_stopping=False)
    from xgboost import XGBClassifier
    return XGBClassifier(tree_method="hist", grow_policy="lossguide", max_depth=0, max_leaves=n("max_leaves", 31),
                         n_estimators=n("rounds", 100), learning_rate=rate, max_bin=255, n_jobs=threads)


def impute(learner, x, by):
    """scikit-learn 1.2.1's tree and forest take no missing values: the median stands for them."""
    if learner not in ("tree", "forest"):
        return x
    return np.where(np.isnan(x), np.nanmedian(by, axis=0), x)


def right(learner, m, x, t, actual):
    return np.mean(m.predict(impute(learner, t, x)) == actual)


def cross_validated(learner, threads, options, x, y, folds):
    shares = []
    for f in range(folds.max() + 1):
        a = x[folds != f]
        m = model(learner, threads, options).fit(impute(learner, a, a), y[folds != f])
        shares.append(right(learner, m, a, x[folds == f], y[folds == f]))
    return np.mean(shares)


def timed(learner, threads, rounds, options, x, y):
    x, taken = impute(learner, x, x), []
    for _ in range(rounds):
        m = model(learner, threads, options)
        start = time.perf_counter()
        m.fit(x, y)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), m


def measure(learner, name, threads, rounds, settings):
    parsed = lambda s: dict(o.split("=") for o in s.split(","))
    choose, (x, y, _) = read(f"{name}.choose"), read(f"{name}.train")
    best = max(settings, key=lambda s: cross_validated(learner, threads, parsed(s), *choose))
    seconds, m = timed(learner, threads, rounds, parsed(best), x, y)
    t, actual, _ = read(f"{name}.test")
    print(f"{seconds:.5f} {right(learner, m, x, t, actual):.5f} {best}")


if sys.argv[1] == "tables":
    tables(sys.argv[2], sys.argv[3] == "1")
else:
    os.environ["OMP_NUM_THREADS"] = sys.argv[3]
    measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:])
