#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes decision_tree.json: trees of scikit-learn's DecisionTreeClassifier and DecisionTreeRegressor whose splits are
unique: ten random states, which only choose among equal gains, give the same tree. Run with scikit-learn 1.2.1."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

assert sklearn.__version__ == "1.2.1", sklearn.__version__
random = np.random.RandomState(5)
rows, columns = 150, 5
x = np.round(random.randn(rows, columns), 2).astype(np.float32)
x[:, 4] = random.randint(0, 5, rows)
truth = x[:, 0] + 0.8 * x[:, 1] * x[:, 2] + 0.4 * x[:, 4]
weights = np.round(random.rand(rows) * 2 + 0.25, 2)
test = np.round(random.randn(60, columns), 2).astype(np.float32)
test[:, 4] = random.randint(0, 5, 60)


def preorder(tree, node=0):
    if tree.children_left[node] < 0:
        return [[-1, 0.0]]
    here = [[int(tree.feature[node]), float(tree.threshold[node])]]
    return here + preorder(tree, tree.children_left[node]) + preorder(tree, tree.children_right[node])


def two(score):
    return (score > 0.5).astype(int)


def three(score):
    return np.digitize(score, [0.0, 1.2])


def number(score):
    return np.round(score, 3)


def case(name, kind, target, weighted=False, **options):
    def fit(state):
        model = kind(random_state=state, **options)
        return model.fit(x, y, sample_weight=weights if weighted else None)

    for _ in range(2000):  # until no gain is equal to another
        y = target(truth + random.randn(rows))
        model = fit(0)
        nodes = preorder(model.tree_)
        if all(preorder(fit(state).tree_) == nodes for state in range(1, 10)):
            break
    else:
        raise SystemExit(f"{name}: no target whose tree is unique")
    answers = model.predict_proba(test) if kind is DecisionTreeClassifier else model.predict(test)
    return {"name": name, "y": y.tolist(), "weighted": weighted, "options": options, "nodes": nodes,
            "answers": answers.tolist()}


c, r = DecisionTreeClassifier, DecisionTreeRegressor
cases = [
    case("two labels", c, two, min_samples_leaf=6),
    case("three labels", c, three, min_samples_leaf=8),
    case("entropy", c, three, criterion="entropy", min_samples_leaf=8),
    case("depth", c, three, max_depth=3),
    case("split", c, two, min_samples_split=40, min_samples_leaf=5),
    case("leaves", c, three, max_leaf_nodes=6, min_samples_leaf=5),
    case("pruned", c, three, ccp_alpha=0.02, min_samples_leaf=8),
    case("balanced", c, three, class_weight="balanced", min_samples_leaf=8),
    case("weighted", c, three, weighted=True, min_samples_leaf=8),
    case("regression", r, number, min_samples_leaf=3),
    case("regression, depth", r, number, max_depth=4),
    case("regression, leaves", r, number, max_leaf_nodes=9),
    case("regression, pruned", r, number, ccp_alpha=0.01, min_samples_leaf=3),
    case("regression, weighted", r, number, weighted=True, min_samples_leaf=4),
]
out = {"x": x.astype(float).round(2).tolist(), "weights": weights.tolist(), "test": test.astype(float).round(2).tolist(), "cases": cases}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
