#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes folds.json: the folds of sklearn.model_selection, each as [learned from, held out]. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(3)


def folds(splitter, n, *of):
    return [[a.tolist(), b.tolist()] for a, b in splitter.split(np.zeros(n), *of)]


def labels_case(of, k):
    return {"kind": "stratified", "k": k, "of": of.tolist(), "folds": folds(StratifiedKFold(k), len(of), of)}


def groups_case(sizes, k):  # sizes differ: of equal ones scikit-learn's order is that of an unstable sort
    of = np.repeat(np.arange(len(sizes)), sizes)
    random.shuffle(of)
    return {"kind": "grouped", "k": k, "of": of.tolist(), "folds": folds(GroupKFold(k), len(of), None, of)}


def times_case(n, k):
    times = random.permutation(n)
    order = np.argsort(times)
    return {"kind": "time", "k": k, "times": times.astype(float).tolist(),
            "folds": [[order[a].tolist(), order[b].tolist()] for a, b in TimeSeriesSplit(k).split(np.zeros(n))]}


cases = [{"kind": "plain", "k": k, "n": n, "folds": folds(KFold(k), n)} for n, k in ((10, 5), (23, 4), (3, 3))]
cases += [labels_case(random.randint(0, 3, 31), 5), labels_case(random.randint(0, 2, 12), 3),
          labels_case(np.array([2] * 9 + [0] * 5 + [1] * 4), 4)]
cases += [groups_case([9, 1, 4, 6, 2, 3], 3), groups_case([5, 12, 7, 3, 1, 2, 10], 2)]
cases += [times_case(11, 3), times_case(24, 5)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
