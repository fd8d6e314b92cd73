#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Surprise's SVD and SVD++, which Debian has no package of, written after its documentation: with its defaults, in float64,
one rating after the other.

    peer.py MODEL FILE N     prints the root of the mean squared error over the first N folds of FILE, its mean.

MODEL: svd (100 factors, 20 epochs, rate .005, penalty .02, deviation .1), svdpp (20 factors, rate .007, else the same).
While a user's ratings pass, all y of the user are shrunk alike and moved alike, so that their sum is kept, and they are moved
at the end: the same as moving them at every rating.
"""
import sys

import numpy as np


def learn(users, items, ratings, n_users, n_items, history, seed):
    random = np.random.RandomState(seed)
    d, rate = (20, 0.007) if history else (100, 0.005)
    p, q = random.normal(0, 0.1, (n_users, d)), random.normal(0, 0.1, (n_items, d))
    y = random.normal(0, 0.1, (n_items, d)) if history else np.zeros((n_items, d))
    bu, bi, mean = np.zeros(n_users), np.zeros(n_items), ratings.mean()
    keep = 1 - rate * 0.02
    of_user = [np.flatnonzero(users == u) for u in range(n_users)]
    for _ in range(20):
        for u, own in enumerate(of_user):
            if len(own) == 0:
                continue
            before = y[items[own]].sum(axis=0) / np.sqrt(len(own))
            z, pu, b = before.copy(), p[u], bu[u]
            for i, r in zip(items[own].tolist(), ratings[own].tolist()):
                qi = q[i].copy()
                w = pu + z if history else pu
                e = r - (mean + b + bi[i] + qi @ w)
                b = keep * b + rate * e
                bi[i] = keep * bi[i] + rate * e
                q[i] = keep * qi + rate * e * w
                pull = rate * e * qi
                pu = keep * pu + pull
                if history:
                    z = keep * z + pull
            p[u], bu[u] = pu, b
            if history:
                kept = keep ** len(own)
                y[items[own]] = kept * y[items[own]] + (z - kept * before) / np.sqrt(len(own))
    if history:
        for u, own in enumerate(of_user):
            if len(own) > 0:
                p[u] = p[u] + y[items[own]].sum(axis=0) / np.sqrt(len(own))
    known_u, known_i = np.bincount(users, minlength=n_users) > 0, np.bincount(items, minlength=n_items) > 0
    p[~known_u], q[~known_i] = 0, 0
    return mean, bu, bi, p, q


def main():
    history, folds = sys.argv[1] == "svdpp", int(sys.argv[3])
    table = np.random.RandomState(0).permutation(np.loadtxt(sys.argv[2]))  # as Surprise's folds: a user's ratings in no order
    users, items = (np.unique(table[:, c], return_inverse=True)[1] for c in (0, 1))
    ratings, fold = table[:, 2], table[:, 3].astype(int)
    found = []
    for k in range(folds):
        a, b = fold != k, fold == k
        mean, bu, bi, p, q = learn(users[a], items[a], ratings[a], users.max() + 1, items.max() + 1, history, k)
        u, i = users[b], items[b]
        answer = mean + bu[u] + bi[i] + (p[u] * q[i]).sum(axis=1)
        answer = np.clip(answer, ratings[a].min(), ratings[a].max())
        found.append(np.sqrt(np.mean((answer - ratings[b]) ** 2)))
    print("%.4f" % np.mean(found))


main()
