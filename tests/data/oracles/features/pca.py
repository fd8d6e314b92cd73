#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes pca.json: what scikit-learn's PCA finds in small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(4)


def case(name, x, components=None, solver="full", whiten=False):
    x = np.asarray(x, dtype=np.float64)
    pca = PCA(n_components=components, svd_solver=solver, whiten=whiten, random_state=0).fit(x)
    return {"name": name, "components": components or 0, "solver": solver, "whiten": whiten, "x": x.tolist(),
            "vectors": np.round(pca.components_, 9).tolist(), "mean": pca.mean_.tolist(),
            "explained_variance": pca.explained_variance_.tolist(),
            "explained_variance_ratio": pca.explained_variance_ratio_.tolist(),
            "out": np.round(pca.transform(x[:10]), 9).tolist()}


plain = np.round(random.randn(40, 6) @ random.randn(6, 6) + [0, 5, -2, 100, 0, 1], 3)
wide = np.round(random.randn(9, 30) @ random.randn(30, 30), 2)
constant = np.column_stack([plain[:, :3], np.full(40, 7.0)])
# 520 rows: "auto" is the randomized solver here. Whole numbers keep the file small.
steps = np.round((random.randn(520, 4) * [60, 30, 12, 5]) @ random.randn(4, 12) + random.randn(520, 12) + 20)
cases = [case("plain", plain), case("three components", plain, 3), case("whitened", plain, 4, whiten=True),
         case("more columns than rows", wide, 5), case("constant column", constant, 3),
         case("automatic", steps, 4, solver="auto")]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=None) + "\n")
