#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes min_max.json: what scikit-learn's MinMaxScaler gives for small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.preprocessing import MinMaxScaler

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


def case(x, asked, low=0, high=1, clip=False):
    scaler = MinMaxScaler(feature_range=(low, high), clip=clip).fit(x.astype(np.float64))
    return {"low": low, "high": high, "clip": clip, "x": listed(x), "asked": listed(asked),
            "out": listed(scaler.transform(asked.astype(np.float64)))}


x, beyond = table(25), (table(20) * 2).astype(np.float32)
cases = [case(x, x), case(x, beyond, -1, 1), case(x, beyond, 2, 5, clip=True), case(table(30, 0.2), beyond)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
