#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tfidf.json, tfidf_characters.json, and words.json for the preprocess tests: what scikit-learn 1.2.1 (Debian's python3-sklearn) makes of a few texts.

    /usr/bin/python3 tfidf.py
"""
import json
import pathlib

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer

TEXTS = [
    "The Cat sat on the mat; the cat was happy.",
    "A dog and a cat met at 10:30 near the café",
    "Crème brûlée, CRÈME fraîche & naïve façade",
    "snake_case __init__ x1 2nd 3.14 1,000 a_b c",
    "我们在北京 喜欢 机器学习, 机器学习 很有趣",
    "Straße STRASSE straße ΣΊΣΥΦΟΣ İstanbul ﬁn x² ½½",
    "smile 😀 and 👩‍👩‍👧 family, don’t can't won't",
    "",
    "   ...   !!! ",
    "the the the the dog dog cat of the dog park in the dark",
    "Ünïcödé e\u0301tude étude e\u0301e\u0301 กำลัง नमस्ते שלום",
    "an extraordinarily long word: antidisestablishmentarianism, antidisestablishmentarianist again",
    "new york is not newyork; New York is new",
]

OPTIONS = [
    {},
    {"ngrams": [1, 2]},
    {"ngrams": [2, 2]},
    {"ngrams": [1, 3]},
    {"ngrams": [3, 4]},
    {"ngrams": [1, 2], "min_df": 2},
    {"ngrams": [1, 2], "max_df": 0.2},
    {"ngrams": [2, 3], "max_df": 0.1},
    {"sublinear": True},
    {"smooth": False},
    {"norm": "l1"},
    {"norm": "none", "ngrams": [1, 2], "sublinear": True},
    {"max_terms": 1},
    {"ngrams": [1, 2], "max_terms": 3},
    {"min_df": 2, "max_df": 0.4, "ngrams": [1, 2], "sublinear": True, "smooth": False, "norm": "l1"},
    {"idf": False},
    {"idf": False, "ngrams": [1, 2], "sublinear": True, "norm": "none"},
]

CHARACTER_TEXTS = [
    "The Cat  sat\ton the\n\nmat; a b",
    "Crème BRÛLÉE, I ΣΊΣΥΦΟΣ İ ﬁ x²",
    "我们在北京 喜欢　机器学习, 机器学习",
    "\u00a0\u2003wide\u3000\u3000spaces\x1c\x1fhere\u0085",
    "😀 👩\u200d👧 नमस्ते e\u0301",
    "",
    "a",
    "  ",
    " \t",
    "abababababab",
    "the cat SAT on   the mat: 机器学习 brûlée",
]
CHARACTER_OPTIONS = [{"terms": t, **o} for t in ("characters", "characters_in_words") for o in (
    {}, {"ngrams": [2, 3]}, {"ngrams": [3, 5], "min_df": 2}, {"ngrams": [4, 8], "idf": False},
    {"ngrams": [1, 4], "sublinear": True, "norm": "l1", "max_df": 0.3})]
ANALYZERS = {"words": "word", "characters": "char", "characters_in_words": "char_wb"}


def vectorizer(o):
    return TfidfVectorizer(
        analyzer=ANALYZERS[o.get("terms", "words")], use_idf=o.get("idf", True),
        ngram_range=tuple(o.get("ngrams", (1, 1))), min_df=o.get("min_df", 1), max_df=o.get("max_df", 1.0),
        sublinear_tf=o.get("sublinear", False), smooth_idf=o.get("smooth", True),
        norm=None if o.get("norm") == "none" else o.get("norm", "l2"), max_features=o.get("max_terms"))


def case(options, texts):
    v = vectorizer(options)
    rows = v.fit_transform(texts)
    names = v.get_feature_names_out()
    return {"options": options, "width": len(names),
            "rows": [{names[c]: x for c, x in zip(r.indices, r.data)} for r in rows]}


def write(path, texts, options):
    path.write_text(json.dumps({"texts": texts, "cases": [case(o, texts) for o in options]}, **dump) + "\n")


here = pathlib.Path(__file__).parent
assert sklearn.__version__ == "1.2.1", sklearn.__version__
analyse = TfidfVectorizer().build_analyzer()
dump = dict(ensure_ascii=False, indent=1, sort_keys=True)
write(here / "tfidf.json", TEXTS, OPTIONS)
write(here / "tfidf_characters.json", CHARACTER_TEXTS, CHARACTER_OPTIONS)
(here.parent / "preprocess" / "words.json").write_text(json.dumps([{"text": t, "words": analyse(t)} for t in TEXTS], **dump) + "\n")
