#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes clean.json: entities, NFKC and case folding as Python 3.11's html, html.entities and unicodedata (Unicode 14) have them.

    /usr/bin/python3 clean.py
"""
import html
import html.entities
import json
import pathlib
import unicodedata

NUMBERS = ["&#65;", "&#x41;", "&#X3b1;", "&#8364;", "&#128;", "&#150;", "&#159;", "&#0;", "&#xD800;", "&#x110000;", "&#99999999999;",
           "&#x1F600;", "&#32;"]
TEXTS = [
    "plain ASCII Text, 3.14",
    "Ｆｕｌｌ－ｗｉｄｔｈ　ｔｅｘｔ１２３，ﾊﾝｶｸ ｶﾞ",
    "ﬁne ﬀ ① ² ½ ㎏ ™ Ⅷ ſ K Å",
    "Crème Bru\u0302le\u0301e e\u0301\u0323 STRASSE Straße ẞ",
    "ΣΊΣΥΦΟΣ ΐ İstanbul ŉ ǰ \u1e96",
    "酒店，很好！（真的）《书》……",
    "ﷺ 한국어 각 \u1112\u1161\u11ab が",
    "नमस्ते สวัสดี שָׁלוֹם \ufb2e",
    "😀 👩\u200d👩\u200d👧 \u00ad \ufeff x\u0345",
]


def nfkc(text):
    return unicodedata.normalize("NFKC", text)


names = sorted(html.entities.name2codepoint) + ["apos"]
out = {
    "entities": [{"text": f"&{n};", "character": html.unescape(f"&{n};")} for n in names],
    "numbers": [{"text": n, "character": html.unescape(n)} for n in NUMBERS],
    "forms": [{"text": t, "nfkc": nfkc(t), "fold": t.casefold(), "both": nfkc(nfkc(t).casefold())} for t in TEXTS],
}
here = pathlib.Path(__file__).parent
(here / "clean.json").write_text(json.dumps(out, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
