#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ordinal.json: what scikit-learn's OrdinalEncoder gives for small tables. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.preprocessing import OrdinalEncoder

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)


def case(column, asked, order):
    encoder = OrdinalEncoder(categories=[order] if order else "auto", handle_unknown="use_encoded_value",
                             unknown_value=-1)
    shaped = lambda values: np.array(values, dtype=object).reshape(-1, 1)
    return {"column": column, "asked": asked, "order": order,
            "out": encoder.fit(shaped(column)).transform(shaped(asked)).ravel().tolist()}


words = ["small", "medium", "large", "Größe", "", "x l"]
texts = [words[i] for i in random.randint(0, 5, 30)]
numbers = [int(i) for i in random.randint(-4, 9, 30)]
result = {"texts": [case(texts, words + ["other"], []), case(texts, words, ["", "small", "medium", "large", "Größe"])],
          "numbers": case(numbers, list(range(-6, 12)), [])}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
