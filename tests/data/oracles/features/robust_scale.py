#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes robust_scale.json: what scikit-learn's RobustScaler gives for small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.preprocessing import RobustScaler

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


def case(x, asked, with_median=True, with_scale=True, lower=0.25, upper=0.75):
    scaler = RobustScaler(with_centering=with_median, with_scaling=with_scale,
                          quantile_range=(100 * lower, 100 * upper)).fit(x.astype(np.float64))
    return {"with_median": with_median, "with_scale": with_scale, "lower": lower, "upper": upper, "x": listed(x),
            "asked": listed(asked), "out": listed(scaler.transform(asked.astype(np.float64)))}


x, asked = table(26), table(15)
cases = [case(x, asked), case(table(31, 0.2), asked), case(x, asked, lower=0.05, upper=0.9),
         case(x, asked, with_median=False), case(x, asked, with_scale=False)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
