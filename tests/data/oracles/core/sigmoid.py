#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes sigmoid.json: Platt's sigmoid as scikit-learn fits it for CalibratedClassifierCV. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.calibration import _SigmoidCalibration

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)


def case(name, scores, targets, weights=None):
    model = _SigmoidCalibration().fit(scores, targets, weights)
    return {"name": name, "scores": scores.tolist(), "targets": targets.tolist(),
            "weights": [] if weights is None else weights.tolist(), "a": model.a_, "b": model.b_}


def drawn(n, scale=1.0, shift=0.0):
    scores = random.randn(n).round(3)
    targets = (random.rand(n) < 1 / (1 + np.exp(-(2 * scores - 0.5)))).astype(int)
    return (scores * scale + shift).round(6), targets


scores, targets = drawn(80)
rare = np.r_[np.ones(3, int), np.zeros(37, int)]
cases = [
    case("plain", scores, targets),
    case("weighted", scores, targets, random.rand(80).round(3).astype(np.float32).astype(float)),
    case("some weigh nothing", scores, targets, (random.rand(80) < 0.5).astype(float)),
    case("separable", np.linspace(-1, 1, 30).round(3), np.r_[np.zeros(15, int), np.ones(15, int)]),
    case("falling", *drawn(60, scale=-3.0)),
    case("wide and far", *drawn(60, scale=20.0, shift=7.0)),
    case("rare", random.randn(40).round(3) + rare, rare),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
