#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes hashing.json: what scikit-learn 1.2.1's HashingVectorizer (Debian's python3-sklearn) makes of a few texts.

    /usr/bin/python3 hashing.py
"""
import json
import pathlib

import sklearn
from sklearn.feature_extraction.text import HashingVectorizer

TEXTS = [
    "The Cat sat on the mat; the cat was happy.",
    "Crème brûlée, CRÈME fraîche & naïve façade",
    "snake_case __init__ x1 2nd 3.14 1,000 a_b c",
    "我们在北京 喜欢 机器学习, 机器学习 很有趣",
    "smile 😀 and family, don’t can't won't",
    "",
    "one",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen one two",
]

OPTIONS = [
    {},
    {"ngrams": [1, 2]},
    {"ngrams": [2, 3]},
    {"width": 8, "ngrams": [1, 2]},
    {"width": 1000},
    {"width": 8, "alternate_sign": False},
    {"norm": "l1"},
    {"width": 64, "norm": "none", "ngrams": [1, 3]},
    {"terms": "characters", "ngrams": [1, 3], "width": 64},
    {"terms": "characters", "ngrams": [2, 3], "norm": "l1"},
    {"terms": "characters_in_words", "ngrams": [3, 5], "alternate_sign": False, "width": 1000},
    {"terms": "characters_in_words", "ngrams": [4, 4]},
]
ANALYZERS = {"words": "word", "characters": "char", "characters_in_words": "char_wb"}


def case(o):
    norm = o.get("norm", "l2")
    v = HashingVectorizer(analyzer=ANALYZERS[o.get("terms", "words")], n_features=o.get("width", 2**20), ngram_range=tuple(o.get("ngrams", (1, 1))),
                          alternate_sign=o.get("alternate_sign", True), norm=None if norm == "none" else norm)
    rows = v.transform(TEXTS)
    return {"options": o, "rows": [{str(c): x for c, x in zip(r.indices, r.data) if x != 0} for r in rows]}


here = pathlib.Path(__file__).parent
assert sklearn.__version__ == "1.2.1", sklearn.__version__
text = json.dumps({"texts": TEXTS, "cases": [case(o) for o in OPTIONS]}, ensure_ascii=False, indent=1, sort_keys=True)
(here / "hashing.json").write_text(text + "\n")
