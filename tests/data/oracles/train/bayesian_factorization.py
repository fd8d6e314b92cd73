#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes bayesian_factorization.json: the exact distributions that one step of the Gibbs sampler draws from, of a small table
of ratings with everything else given. Run with numpy 1.24."""
import json
import pathlib

import numpy as np

random = np.random.RandomState(4)
users, items, d = 6, 7, 3  # two factors and the bias
rated = random.rand(users, items) < 0.5
rated[0] = False  # a user without ratings
ratings = np.round(random.randn(users, items), 2)

def spread():
    a = random.randn(d, d)
    return a @ a.T + 2 * np.eye(d)

others = random.randn(items, d)  # rows of the items
y = 0.5 * random.randn(items, d)
mean, precision, noise, strength = random.randn(d), spread(), 1.7, 3.0
shares = np.array([row / np.sqrt(row.sum()) if row.any() else 0.0 * row for row in rated.astype(float)])
z = shares @ y

# Rows, given the others'.
row_means, row_covariances = [], []
for u in range(users):
    own = np.flatnonzero(rated[u])
    x = np.column_stack([others[own, :-1], np.ones(len(own))])
    a = precision + noise * x.T @ x
    row_means.append(np.linalg.solve(a, precision @ (mean + z[u]) + noise * x.T @ (ratings[u, own] - others[own, -1])))
    row_covariances.append(np.linalg.inv(a))

# y, given the rows: every column has the mean of a ridge regression, and rows and columns vary as a Kronecker product.
rows = random.randn(users, d) + mean
inverse = np.linalg.inv(shares.T @ shares + strength * np.eye(items))
y_mean = inverse @ shares.T @ (rows - mean)

# The prior, given rows, y and the strength.
beta, less = 2, rows - z
centre = less.mean(axis=0)
inverse_scale = (np.eye(d) + (less - centre).T @ (less - centre) + strength * y.T @ y
                 + beta * users / (beta + users) * np.outer(centre, centre))
freedom = d + users + items

# The strength and the noise are gamma.
rate = 0.1 + np.einsum("jk,kl,jl", y, precision, y) / 2
errors = [(ratings[u, i] - rows[u, :-1] @ others[i, :-1] - rows[u, -1] - others[i, -1]) for u, i in np.argwhere(rated)]

result = {
    "users": users, "items": items, "factors": d - 1,
    "ratings": [[int(u), int(i), ratings[u, i]] for u, i in np.argwhere(rated)],
    "others": others, "y": y, "z": z, "mean": mean, "precision": precision, "noise": noise, "strength": strength,
    "row_means": np.array(row_means), "row_covariances": np.array(row_covariances),
    "rows": rows, "y_mean": y_mean, "y_rows_covariance": inverse, "y_columns_covariance": np.linalg.inv(precision),
    "prior_mean": users * centre / (beta + users), "prior_precision": freedom * np.linalg.inv(inverse_scale),
    "strength_mean": (1 + items * d / 2) / rate, "noise_mean": (1 + len(errors) / 2) / (0.1 + np.sum(np.square(errors)) / 2),
}
for key, value in result.items():
    if isinstance(value, np.ndarray):
        result[key] = value.round(9).tolist()
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result) + "\n")
