#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes quantile_bins.json: what scikit-learn's KBinsDiscretizer(strategy="quantile") gives for small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.preprocessing import KBinsDiscretizer

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


def case(x, asked, bins):
    answers = {}
    for name, encode in [("ordinal", "ordinal"), ("one_hot", "onehot-dense")]:
        cutter = KBinsDiscretizer(n_bins=bins, encode=encode, strategy="quantile", subsample=None)
        answers[name] = listed(cutter.fit(x.astype(np.float64)).transform(asked.astype(np.float64)))
    edges = [[] if np.isinf(e[0]) else e[1:-1].tolist() for e in cutter.bin_edges_]
    return {"bins": bins, "x": listed(x), "asked": listed(asked), "edges": edges, **answers}


warnings.simplefilter("ignore")
x = table(41)
cases = [case(x, x, 5), case(x, table(12), 2), case(x, (table(12) * 2).astype(np.float32), 16)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
