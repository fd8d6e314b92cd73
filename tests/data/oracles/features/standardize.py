#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes standardize.json: what scikit-learn's StandardScaler gives for small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.preprocessing import StandardScaler

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(3)


def listed(values):
    """Nested lists with null for NaN."""
    return [[None if np.isnan(v) else float(v) for v in row] for row in np.asarray(values)]


def case(name, x, with_mean=True, with_std=True, sparse=False):
    x = np.asarray(x, dtype=np.float32)
    given = sp.csr_matrix(x) if sparse else x
    scaler = StandardScaler(with_mean=with_mean, with_std=with_std).fit(given.astype(np.float64))
    out = scaler.transform(given.astype(np.float64))
    scale = np.ones(x.shape[1]) if scaler.scale_ is None else scaler.scale_
    return {"name": name, "with_mean": with_mean, "with_std": with_std, "sparse": sparse, "x": listed(x),
            "scale": scale.tolist(), "out": listed(out.toarray() if sparse else out)}


plain = np.round(random.randn(40, 5) * [1, 10, 0.1, 1000, 3] + [0, 5, -2, 1e5, 0], 3)
constant = np.column_stack([plain[:, :2], np.full(40, 0.1)])
holes = np.round(random.randn(60, 4) * 3 + 1, 3)
holes[random.rand(60, 4) < 0.2] = np.nan
zeros = np.round(random.rand(50, 6) * 4, 3)
zeros[random.rand(50, 6) < 0.7] = 0
cases = [case("plain", plain), case("constant column", constant), case("missing values", holes),
         case("no mean", plain, with_mean=False), case("no scale", plain, with_std=False),
         case("sparse", zeros, with_mean=False, sparse=True)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=None) + "\n")
