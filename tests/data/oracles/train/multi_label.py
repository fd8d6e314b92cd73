#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes multi_label.json: margins and sets of scikit-learn's OneVsRestClassifier around LinearSVC, tightly converged. One
label is in every record. Run with scikit-learn 1.2.1."""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

assert sklearn.__version__ == "1.2.1", sklearn.__version__
warnings.filterwarnings("ignore", message="Label .* is present in all")
random = np.random.RandomState(3)

x = np.round(random.randn(80, 5), 2)
sets = (x @ random.randn(5, 4) + 0.5 * random.randn(80, 4) > 0.4).astype(int)
sets[:, 2] = 1
test = np.round(random.randn(30, 5), 2)
model = OneVsRestClassifier(LinearSVC(tol=1e-9, max_iter=1000000, random_state=1)).fit(x, sets)
learned = [0, 1, 3]
margins = np.stack([model.estimators_[k].decision_function(test) for k in learned], axis=1)
out = {"x": x.tolist(), "sets": [np.flatnonzero(s).tolist() for s in sets], "test": test.tolist(), "learned": learned,
       "margins": margins.tolist(), "predicted": [np.flatnonzero(s).tolist() for s in model.predict(test)]}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
