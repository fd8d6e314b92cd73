#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes interactions.json: what scikit-learn's PolynomialFeatures gives for a small table. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.preprocessing import PolynomialFeatures

assert sklearn.__version__ == "1.2.1", sklearn.__version__
x = np.round(np.random.RandomState(5).randn(12, 5) * [1, 10, 0.1, 1000, 0], 3).astype(np.float32)


def factors(powers):
    """The two columns of a product; a column alone twice."""
    columns = np.repeat(np.arange(len(powers)), powers)
    return [int(columns[0]), int(columns[-1])]


def case(squares):
    poly = PolynomialFeatures(degree=2, interaction_only=not squares, include_bias=False)
    out = poly.fit_transform(x.astype(np.float64))
    return {"squares": squares, "x": x.tolist(), "out": out.tolist(), "factors": [factors(p) for p in poly.powers_]}


pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps([case(False), case(True)]) + "\n")
