#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ensembles.json: answers of scikit-learn's VotingClassifier, VotingRegressor and StackingClassifier whose members
each look at one column, and weights found by scipy. The members are small enough to be written again in the test: shares
of labels, with one record of each label added, among the records with the same value; and the mean of their targets, with
one record of 0 added. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.ensemble import StackingClassifier, VotingClassifier, VotingRegressor
from sklearn.model_selection import StratifiedKFold, cross_val_predict

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(17)
random_numbers = np.random.RandomState(18)


class Shares(ClassifierMixin, BaseEstimator):
    def __init__(self, column=0):
        self.column = column

    def fit(self, x, y):
        self.classes_ = np.unique(y)
        values = x[:, self.column]
        self.shares_ = {}
        for v in np.unique(values):
            counts = np.array([np.sum((values == v) & (y == k)) + 1 for k in self.classes_])
            self.shares_[v] = counts / counts.sum()
        return self

    def predict_proba(self, x):
        even = np.full(len(self.classes_), 1 / len(self.classes_))
        return np.array([self.shares_.get(v, even) for v in x[:, self.column]])

    def predict(self, x):
        return self.classes_[self.predict_proba(x).argmax(axis=1)]


class Keep(Shares):
    """The last learner of a stack, which keeps what it was given."""

    def fit(self, x, y):
        self.given_ = x
        return super().fit(x, y)


class Means(RegressorMixin, BaseEstimator):
    def __init__(self, column=0):
        self.column = column

    def fit(self, x, y, sample_weight=None):
        weights = np.ones(len(y)) if sample_weight is None else sample_weight
        values = x[:, self.column]
        self.means_ = {v: np.sum((weights * y)[values == v]) / (np.sum(weights[values == v]) + 1) for v in np.unique(values)}
        return self

    def predict(self, x):
        return np.array([self.means_.get(v, 0.0) for v in x[:, self.column]])


def members():
    return [("a", Shares(0)), ("b", Shares(1)), ("c", Shares(2))]


def best_weights(likely):
    def loss(w):
        return -np.mean(np.log(likely @ w))

    found = minimize(loss, np.full(3, 1 / 3), bounds=[(0, 1)] * 3, tol=1e-12, options={"maxiter": 1000},
                     constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, method="SLSQP")
    return found.x.tolist(), loss(found.x)


def regressions():
    return [("a", Means(0)), ("b", Means(1)), ("c", Means(2))]


def best_average(held, y, weights):
    def loss(w):
        return np.average((held @ w - y) ** 2, weights=weights)

    def slope(w):
        return 2 * held.T @ (weights * (held @ w - y)) / weights.sum()

    found = minimize(loss, np.full(3, 1 / 3), jac=slope, bounds=[(0, 1)] * 3, tol=1e-15, options={"maxiter": 1000},
                     constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, method="SLSQP")
    return found.x.tolist(), loss(found.x)


def numbers(x, test, folds, slopes):
    """Targets that rise with the columns as `slopes` says, and weights of the records."""
    y = (x @ slopes + random_numbers.randn(len(x))).round(3)
    weights = random_numbers.randint(1, 9, len(x)) / 4
    out = {"y": y.tolist(), "record_weights": weights.tolist()}
    for name, sample_weight in (("even", None), ("heavy", weights)):
        mean = VotingRegressor(regressions()).fit(x, y, sample_weight)
        weighted = VotingRegressor(regressions(), weights=[2, 1, 0.5]).fit(x, y, sample_weight)
        given = {} if sample_weight is None else {"sample_weight": sample_weight}
        held = np.stack([cross_val_predict(m, x, y, cv=folds, fit_params=given) for _, m in regressions()], axis=1)
        best, loss = best_average(held, y, np.ones(len(y)) if sample_weight is None else sample_weight)
        out[name] = {"mean": mean.predict(test).tolist(), "weighted": weighted.predict(test).tolist(), "weights": best,
                     "loss": loss}
    return out


def case(name, labels, slopes):
    y = random.randint(0, labels, 120)
    x = np.stack([np.where(random.rand(120) < trust, y, random.randint(0, 4, 120)) for trust in (0.3, 0.6, 0.05)], axis=1)
    test = random.randint(0, 5, (40, 3))
    folds = list(StratifiedKFold(4).split(x, y))
    soft = VotingClassifier(members(), voting="soft", weights=[2, 1, 0.5]).fit(x, y)
    hard = VotingClassifier(members(), voting="hard").fit(x, y)
    heavy = VotingClassifier(members(), voting="hard", weights=[1, 3, 1]).fit(x, y)
    held = [cross_val_predict(m, x, y, cv=folds, method="predict_proba") for _, m in members()]
    weights, loss = best_weights(np.stack([h[np.arange(120), y] for h in held], axis=1))
    stack = StackingClassifier(members(), Keep(), cv=folds, stack_method="predict_proba").fit(x, y)
    return {"name": name, "x": x.tolist(), "y": y.tolist(), "test": test.tolist(), "folds": [f[1].tolist() for f in folds],
            "soft": soft.predict_proba(test).tolist(), "hard": hard.predict(test).tolist(),
            "heavy": heavy.predict(test).tolist(), "weights": weights, "loss": loss,
            "stack_train": stack.final_estimator_.given_.tolist(), "stack_test": stack.transform(test).tolist(),
            "numbers": numbers(x, test, folds, slopes)}


cases = [case("two labels", 2, np.array([1, -0.5, 0])), case("three labels", 3, np.array([1, 1, 0.9]))]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
