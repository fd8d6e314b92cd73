#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes isotonic.json: functions of scikit-learn's IsotonicRegression. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.isotonic import IsotonicRegression

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)


def case(name, x, y, weights=None):
    model = IsotonicRegression(out_of_bounds="clip").fit(x, y, sample_weight=weights)
    asked = np.concatenate([x[:20], random.uniform(x.min() - 1, x.max() + 1, 30)])
    return {"name": name, "x": x.tolist(), "y": y.tolist(), "weights": [] if weights is None else weights.tolist(),
            "at": model.X_thresholds_.tolist(), "value": model.y_thresholds_.tolist(),
            "asked": asked.tolist(), "answered": model.predict(asked).tolist()}


x = np.round(random.randn(80), 3)
ties = np.round(random.randn(80), 1)
noisy = np.round(x + random.randn(80), 3)
outcome = (ties + random.randn(80) > 0).astype(float)
weights = random.choice([0.0, 0.5, 1.0, 2.0], 80)
cases = [
    case("numbers", x, noisy),
    case("outcomes", x, (noisy > 0).astype(float)),
    case("equal scores", ties, outcome),
    case("weights", ties, outcome, weights),
    case("falling", x, -x),
    case("rising", np.arange(10.0), np.arange(10.0) ** 2),
    case("one value", np.ones(4), np.array([0.0, 1.0, 1.0, 1.0])),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
