#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes naive_bayes.json: log probabilities of scikit-learn's naive Bayes classifiers. Run with scikit-learn 1.2.1."""
import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB

assert sklearn.__version__ == "1.2.1", sklearn.__version__
warnings.simplefilter("ignore")
random = np.random.RandomState(3)


def counts(rows, columns, labels):
    rates = random.gamma(0.4, 1.0, (labels, columns))
    y = np.r_[np.arange(labels), random.choice(labels, rows - labels, p=np.arange(1, labels + 1) / sum(range(1, labels + 1)))]
    return random.poisson(rates[y]).astype(np.float32), y, random.poisson(rates[random.choice(labels, 15)]).astype(np.float32)


def measured(rows, columns, labels):
    centres, sizes = random.randn(labels, columns) * 2, random.gamma(2.0, 0.5, (labels, columns))
    draw = lambda y: (centres[y] + sizes[y] * random.randn(len(y), columns)).round(2).astype(np.float32)
    y = random.choice(labels, rows)
    return draw(y), y, draw(random.choice(labels, 15))


def case(name, kind, data, weights=None, **options):
    x, y, test = data
    model = kind(**options).fit(x.astype(np.float64), y, weights)
    logs = np.maximum(model.predict_log_proba(test.astype(np.float64)), -1e6)
    table = lambda t: [[round(v, 4) if v % 1 else int(v) for v in row] for row in t.astype(float).tolist()]
    return {"name": name, "kind": kind.__name__, "options": options, "x": table(x), "y": y.tolist(), "test": table(test),
            "weights": [] if weights is None else weights.tolist(),
            "log_probabilities": [[float(f"{v:.10g}") for v in row] for row in logs],
            "predicted": model.predict(test.astype(np.float64)).tolist()}


words, two = counts(50, 12, 4), counts(30, 8, 2)
weights = random.rand(50).round(3).astype(np.float32).astype(float)
weights[:3] = 2, 0, 1
signs = measured(40, 6, 3)
flat = measured(40, 5, 3)
flat[0][:, 2] = 1.5
cases = [
    case("multinomial", MultinomialNB, words),
    case("multinomial, two labels", MultinomialNB, two, alpha=0.3),
    case("multinomial, no smoothing", MultinomialNB, words, alpha=0.0),
    case("multinomial, uniform prior", MultinomialNB, words, fit_prior=False),
    case("multinomial, weighted", MultinomialNB, words, weights),
    case("complement", ComplementNB, words),
    case("complement, two labels", ComplementNB, two),
    case("complement, normalised", ComplementNB, words, norm=True, alpha=0.5),
    case("complement, weighted", ComplementNB, words, weights),
    case("bernoulli", BernoulliNB, words),
    case("bernoulli, two labels, uniform prior", BernoulliNB, two, fit_prior=False, alpha=0.1),
    case("bernoulli above 1", BernoulliNB, words, binarize=1.0),
    case("bernoulli above 0.5", BernoulliNB, signs, binarize=0.5),
    case("bernoulli, weighted", BernoulliNB, words, weights),
    case("gaussian", GaussianNB, signs),
    case("gaussian, smoothed", GaussianNB, signs, var_smoothing=0.1),
    case("gaussian, a constant column", GaussianNB, flat),
    case("gaussian, weighted", GaussianNB, signs, weights[:40]),
]
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases) + "\n")
