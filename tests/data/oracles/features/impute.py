#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes impute.json: what scikit-learn's SimpleImputer gives for small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)


def listed(values):
    """Nested lists with null for NaN."""
    return [[None if np.isnan(v) else float(v) for v in row] for row in np.asarray(values)]


def table(n, holes=0.0):
    """Columns of different size and spread, one with ties, one constant."""
    x = np.round(random.randn(n, 5) * [1, 10, 0.1, 1000, 0] + [0, 5, -2, 1e5, 7], 3)
    x[:, 0] = np.round(x[:, 0])
    x = x.astype(np.float32)
    x[random.rand(n, 5) < holes] = np.nan
    return x


def case(strategy, x, indicator, constant=None):
    imputer = SimpleImputer(strategy=strategy, fill_value=constant, add_indicator=indicator, keep_empty_features=True)
    wide = x.astype(np.float64)
    return {"with": strategy, "indicator": indicator, "constant": constant or 0, "x": listed(x),
            "out": listed(imputer.fit_transform(wide))}


holes = table(31, 0.2)
holes[:, 1] = table(31)[:, 1]
holes[:, 2] = np.nan
cases = [case(s, holes, i) for s in ["mean", "median", "most_frequent"] for i in [False, True]]
cases.append(case("constant", holes[:, :2], True, -3.5))
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
