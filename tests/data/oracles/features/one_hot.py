#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one_hot.json: what scikit-learn's OneHotEncoder and MultiLabelBinarizer give. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.preprocessing import MultiLabelBinarizer, OneHotEncoder

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)
words = ["oslo", "bergen", "tromsø", "ålesund", "a much longer name of a place than the others", "", "z", "Oslo"]
column = [words[i] for i in np.minimum(random.geometric(0.35, 120) - 1, len(words) - 1)]
asked = words + ["nowhere"]


def one(**options):
    encoder = OneHotEncoder(**options).fit(np.array(column, dtype=object)[:, None])
    return encoder.transform(np.array(asked, dtype=object)[:, None]).toarray().astype(int).tolist()


numbers = [int(v) for v in random.randint(-5, 6, 50)]
tags = [[words[j] for j in random.choice(len(words), random.randint(0, 4), replace=False)] for _ in range(40)]
sets = MultiLabelBinarizer().fit(tags)
out = {
    "column": column, "asked": asked,
    "zero": one(handle_unknown="ignore"),
    "rare": one(handle_unknown="infrequent_if_exist", min_frequency=12),
    "numbers": numbers,
    "numbers_out": OneHotEncoder().fit_transform(np.array(numbers)[:, None]).toarray().astype(int).tolist(),
    "tags": tags, "tags_classes": list(sets.classes_), "tags_out": sets.transform(tags).tolist(),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, ensure_ascii=False) + "\n")
