#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lda.json: the discriminants and probabilities of scikit-learn's LinearDiscriminantAnalysis for small tables, which
features::lda and train::linear_discriminant are checked against. Run with scikit-learn 1.2.1."""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

assert sklearn.__version__ == "1.2.1", sklearn.__version__
warnings.filterwarnings("ignore")
random = np.random.RandomState(9)


def case(name, x, y, components=None):
    x = np.asarray(x, dtype=np.float32).astype(np.float64)
    lda = LinearDiscriminantAnalysis(solver="svd", n_components=components).fit(x, y)
    return {"name": name, "components": components or 0, "x": np.round(x, 6).tolist(), "y": y.tolist(),
            "out": np.round(lda.transform(x), 9).tolist(), "ratio": lda.explained_variance_ratio_.tolist(),
            "probabilities": np.round(lda.predict_proba(x), 9).tolist()}


def labelled(rows, columns, labels, spread):
    y = random.randint(0, labels, rows)
    centres = random.randn(labels, columns) * spread
    return np.round((random.randn(rows, columns) @ random.randn(columns, columns)) + centres[y], 3), y


x, y = labelled(50, 5, 4, 2)
few, few_y = labelled(18, 26, 3, 1)
doubled = np.column_stack([x[:, :3], x[:, 1], np.full(50, 4.0)])
cases = [case("four labels", x, y), case("four labels, two components", x, y, 2),
         case("two labels", x, np.where(y < 2, 3, 8)), case("more columns than rows", few, few_y),
         case("duplicate and constant columns", doubled, y)]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, indent=None) + "\n")
