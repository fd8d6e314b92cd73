#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes biased_factorization.json: what rating_reference.py learns from small tables of ratings. Run with numpy 1.24."""
import json
import pathlib

from rating_reference import case

cases = [
    case("the rate falls", 20, 14, 0.4, 3, factors=10, epochs=12, learning_rate=0.05, l2=0.1, spread=0.1),
    case("Surprise's SVD", 24, 15, 0.4, 5, factors=20, epochs=20, learning_rate=0.005, l2=0.02, spread=0.1,
         constant_rate=True),
    case("r = u·i", 20, 14, 0.6, 7, factors=4, epochs=30, learning_rate=0.02, l2=0.01, spread=0.5, biases=False),
    case("no penalty", 12, 12, 0.7, 9, factors=3, epochs=40, learning_rate=0.05, l2=0.0, spread=0.2, seed=77),
]
cases[-1].pop("folded")  # without a penalty it has no unique answer
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
