#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes truncated_svd.json: what scikit-learn's TruncatedSVD finds in small sparse tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import scipy.sparse as sp
import sklearn
from sklearn.decomposition import TruncatedSVD

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(7)


def case(name, x, components):
    x = np.asarray(x, dtype=np.float64)
    svd = TruncatedSVD(components, algorithm="randomized", random_state=0).fit(sp.csr_matrix(x))
    return {"name": name, "components": components, "x": x.tolist(), "vectors": np.round(svd.components_, 9).tolist(),
            "singular_values": svd.singular_values_.tolist()}


def topics(rows, columns, n):
    """Counts of words by topics that are ever rarer."""
    words = random.rand(n, columns) ** 6 * 8
    shares = random.rand(rows, n) ** 2 * 0.6 ** np.arange(n)
    return random.poisson(shares @ words)


cases = [case("more rows", topics(70, 40, 6), 4), case("more columns", topics(25, 90, 6), 3)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=None) + "\n")
