#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes select_columns.json: how scikit-learn scores the columns of small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib
import warnings

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.feature_selection import chi2, mutual_info_classif

assert sklearn.__version__ == "1.2.1", sklearn.__version__
warnings.filterwarnings("ignore")  # that numbers are taken for categories
random = np.random.RandomState(6)


def case(name, x, y):
    x = np.asarray(x, dtype=np.float64)
    return {"name": name, "x": x.tolist(), "y": y.tolist(),
            "chi2": np.nan_to_num(chi2(x, y)[0]).tolist(),  # of a column of zeros scikit-learn's is NaN, ours 0
            "mutual_information": mutual_info_classif(x, y, discrete_features=True).tolist(),
            "variance": x.var(axis=0).tolist()}


y = random.randint(0, 3, 60)
counts = random.poisson(np.outer(np.ones(60), random.rand(12) * 2)) + random.binomial(1, 0.7, (60, 12)) * (
    y[:, None] == np.arange(12) % 3)
counts[:, 7] = 0
two = np.where(y == 2, 5, 9)
numbers = np.round(np.where(random.rand(60, 8) < 0.5, 0, random.rand(60, 8) * 3), 1)
cases = [case("counts, three labels", counts, y), case("counts, two labels", counts, two),
         case("numbers", numbers, y)]
assert np.allclose(mutual_info_classif(sp.csr_matrix(counts), y, discrete_features=True), cases[0]["mutual_information"])
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=None) + "\n")
