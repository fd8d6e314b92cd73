#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes calibrated.json: probabilities of scikit-learn's CalibratedClassifierCV(ensemble=False) around LinearSVC, with the
folds and the held-out margins it learned from. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import LinearSVC

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(7)


def table(rows, columns, labels):
    x = np.round(random.randn(rows, columns), 2)
    return x, (x @ random.randn(columns, labels) + 2 * random.randn(rows, labels)).argmax(axis=1)


def case(name, labels, method, weighted=False):
    x, y = table(90, 4, labels)
    test = table(30, 4, labels)[0]
    weights = random.choice([0.5, 1.0, 2.0], len(y)) if weighted else None
    folds = list(StratifiedKFold(4).split(x, y))
    svm = LinearSVC(tol=1e-9, max_iter=1000000, random_state=1)
    model = CalibratedClassifierCV(svm, method=method, cv=folds, ensemble=False).fit(x, y, sample_weight=weights)
    fit_params = None if weights is None else {"sample_weight": weights}
    held = cross_val_predict(svm, x, y, cv=folds, method="decision_function", fit_params=fit_params)
    asked = model.calibrated_classifiers_[0].estimator.decision_function(test)
    return {"name": name, "method": method, "x": x.tolist(), "y": y.tolist(), "test": test.tolist(),
            "weights": [] if weights is None else weights.tolist(), "folds": [f[1].tolist() for f in folds],
            "held": held.reshape(len(y), -1).tolist(), "asked": asked.reshape(len(test), -1).tolist(),
            "probabilities": model.predict_proba(test).tolist()}


cases = [
    case("sigmoid, two labels", 2, "sigmoid"),
    case("sigmoid, three labels", 3, "sigmoid"),
    case("sigmoid, weights", 3, "sigmoid", True),
    case("isotonic, two labels", 2, "isotonic"),
    case("isotonic, three labels", 3, "isotonic"),
    case("isotonic, weights", 2, "isotonic", True),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
