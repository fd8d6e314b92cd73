#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes svd_plus_plus.json: what rating_reference.py learns from small tables of ratings, moving every y of the user at
every rating. Run with numpy 1.24."""
import json
import pathlib

from rating_reference import case

cases = [
    case("the rate falls", 20, 14, 0.4, 3, factors=10, epochs=12, learning_rate=0.05, l2=0.1, spread=0.1, history=True),
    case("Surprise's SVDpp", 24, 15, 0.4, 5, factors=20, epochs=20, learning_rate=0.007, l2=0.02, spread=0.1,
         constant_rate=True, history=True),
    case("a strong penalty", 12, 12, 0.7, 9, factors=3, epochs=40, learning_rate=0.05, l2=0.5, spread=0.2, seed=77,
         history=True),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
