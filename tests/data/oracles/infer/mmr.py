#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes mmr.json: maximal marginal relevance by its definition, with numpy, over the cosines of made-up rows."""
import json
import pathlib

import numpy as np


def cosines(rows):
    lengths = np.linalg.norm(rows, axis=1)
    lengths[lengths == 0] = np.inf
    return (rows / lengths[:, None]) @ (rows / lengths[:, None]).T


def chosen(scores, alike, k, trade_off, scaled):
    if scaled:
        low, high = scores.min(), scores.max()
        scores = (scores - low) / (high - low) if high > low else np.ones(len(scores))
    taken, values = [], []
    left = list(range(len(scores)))
    while left and len(taken) < k:
        value = [trade_off * scores[i] - (1 - trade_off) * max((alike[i, j] for j in taken), default=0) for i in left]
        best = int(np.argmax(value))  # the first of equal ones
        values.append(value[best])
        taken.append(left.pop(best))
    return taken, values


def main():
    random = np.random.default_rng(7)
    cases = []
    for items, width, k, trade_off, scaled in [
        (12, 3, 12, 0.5, True),
        (40, 4, 10, 0.7, True),
        (40, 4, 10, 0.3, False),
        (25, 2, 25, 0.0, True),
        (25, 2, 6, 1.0, False),
        (30, 5, 9, 0.9, True),
    ]:
        rows = random.normal(size=(items, width)).round(3)
        rows[3] = 0  # like nothing
        scores = np.sort(random.normal(size=items).round(3))[::-1].astype(np.float32).astype(float)
        rows = rows.astype(np.float32).astype(float)
        order, values = chosen(scores, cosines(rows), k, trade_off, scaled)
        cases.append({"k": k, "trade_off": trade_off, "scaled": scaled, "scores": scores.tolist(), "rows": rows.tolist(),
                      "order": order, "values": values})
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"cases": cases}) + "\n")


if __name__ == "__main__":
    main()
