#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes metrics.json: figures of sklearn.metrics and chances of scipy.stats.t. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import scipy.stats
import sklearn
from sklearn import metrics as m

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)


def weights_or_none(w):
    return w if len(w) else None


def labels_case(actual, predicted, labels, weights=()):
    w, names = weights_or_none(weights), list(range(labels))
    of = lambda beta, average: m.precision_recall_fscore_support(
        actual, predicted, beta=beta, labels=names if average is None else None, average=average, sample_weight=w,
        zero_division=0)
    return {"labels": labels, "actual": list(map(int, actual)), "predicted": list(map(int, predicted)),
            "weights": list(map(float, weights)),
            "confusion": m.confusion_matrix(actual, predicted, labels=names, sample_weight=w).ravel().tolist(),
            "accuracy": m.accuracy_score(actual, predicted, sample_weight=w),
            "balanced_accuracy": m.balanced_accuracy_score(actual, predicted, sample_weight=w),
            "f": {str(beta): {"each": [np.asarray(x, float).tolist() for x in of(beta, None)],
                              **{how: of(beta, how)[:3] for how in ("macro", "micro", "weighted")}}
                  for beta in (1.0, 0.5, 2.0)}}


def scores_case(actual, scores, probabilities, weights=()):
    w = weights_or_none(weights)
    actual = np.asarray(actual)
    columns = 1 if scores.ndim == 1 else scores.shape[1]
    case = {"actual": actual.tolist(), "scores": scores.ravel().tolist(), "weights": list(map(float, weights))}
    if columns <= 2:
        one = scores if columns == 1 else scores[:, 1]
        case["roc_auc"] = m.roc_auc_score(actual, one, sample_weight=w)
        case["average_precision"] = m.average_precision_score(actual, one, sample_weight=w)
        if probabilities:
            case["brier"] = m.brier_score_loss(actual, one, sample_weight=w)
    else:
        table = (actual[:, None] == np.arange(columns)).astype(int)
        case["roc_auc"] = m.roc_auc_score(table, scores, average="macro", sample_weight=w)
        case["average_precision"] = m.average_precision_score(table, scores, average="macro", sample_weight=w)
        case["brier"] = np.average(((scores - table) ** 2).sum(axis=1), weights=w)
    if probabilities:
        case["log_loss"] = m.log_loss(actual, scores, labels=list(range(max(columns, 2))), sample_weight=w)
    else:
        case.pop("brier", None)
    return case


def values_case(actual, predicted, weights=()):
    w = weights_or_none(weights)
    return {"actual": list(map(float, actual)), "predicted": list(map(float, predicted)),
            "weights": list(map(float, weights)),
            "rmse": m.mean_squared_error(actual, predicted, sample_weight=w, squared=False),
            "mae": m.mean_absolute_error(actual, predicted, sample_weight=w),
            "r2": m.r2_score(actual, predicted, sample_weight=w)}


n = 60
eighths = lambda: random.randint(0, 33, n) / 8  # exact in single precision
three, said = random.randint(0, 3, n), random.randint(0, 3, n)
agrees = random.rand(n) < .5
said[agrees] = three[agrees]
rare = np.where(np.arange(n) < 2, 3, three)  # label 3 has two records and is never said; label 4 is said and has none
said_rare = np.where(np.arange(n) > 57, 4, said)
two, one = three > 0, np.round(random.rand(n), 2)  # rounded: ties
pair = np.stack([1 - one, one], axis=1)
table = random.rand(n, 3) + 2 * (three[:, None] == np.arange(3)) * random.rand(n, 1)
table = np.round(table / table.sum(axis=1, keepdims=True), 2)
table[:, 2] = np.round(1 - table[:, 0] - table[:, 1], 2)
table[:2] = [[1, 0, 0], [0, 1, 0]]  # a probability of 0 for what may be true
margins = np.round(random.randn(n) + two, 1)
value, guess = np.round(random.randn(n), 3), np.round(random.randn(n), 3)
out = {
    "labels": [labels_case(three, said, 3), labels_case(three, said, 3, eighths()),
               labels_case(rare, said_rare, 5), labels_case(rare, said_rare, 5, eighths())],
    "scores": [scores_case(two.astype(int), one, True), scores_case(two.astype(int), one, True, eighths()),
               scores_case(two.astype(int), pair, True), scores_case(two.astype(int), margins, False),
               scores_case(two.astype(int), margins, False, eighths()), scores_case(three, table, True),
               scores_case(three, table, True, eighths()), scores_case(two.astype(int), np.stack([-margins, margins], 1), False)],
    "values": [values_case(value, guess), values_case(value, guess, eighths()), values_case(value, value / 2)],
    # SciPy's ppf is right to 1e-9 only (1.0000000000134 for df 1, .5, where it is 1): its cdf, which is right, is asked.
    "student_t": [[df, 2 * scipy.stats.t.cdf(t, df) - 1, t] for df in (1, 2, 3, 4, 9, 10, 29, 100)
                  for t in (0.5, 1, 2, 4)],
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
