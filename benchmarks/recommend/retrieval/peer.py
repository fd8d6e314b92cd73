# SPDX-License-Identifier: Apache-2.0
"""The best 10 of the rows that bench.cpp wrote, for one query at a time on one thread:

    peer.py FILE

prints the median microseconds of faiss's flat index and of its HNSW, built with the same links and widths as ours;
the share of the best 10 that this finds; and the seconds in which it was built.
"""
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"
import faiss  # noqa: E402
import numpy as np  # noqa: E402

WIDTH, K = 64, 10
LINKS, BUILD_WIDTH, SEARCH_WIDTH = 16, 40, 200


def read(path):
    tables = []
    with open(path, "rb") as file:
        for _ in range(2):
            n = int(np.fromfile(file, np.uint64, 1)[0])
            tables.append(np.fromfile(file, np.float32, n * WIDTH).reshape(n, WIDTH))
    return tables


def measure(queries, best):
    times, found = [], []
    for i in range(len(queries)):
        start = time.perf_counter()
        found.append(best(queries[i : i + 1]))
        times.append(time.perf_counter() - start)
    return 1e6 * np.median(times), found


def main():
    rows, queries = read(sys.argv[1])
    faiss.omp_set_num_threads(1)

    flat = faiss.IndexFlatIP(WIDTH)
    flat.add(rows)
    flat_us, exact = measure(queries, lambda query: flat.search(query, K)[1][0])
    graph = faiss.IndexHNSWFlat(WIDTH, LINKS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = BUILD_WIDTH
    graph.hnsw.efSearch = SEARCH_WIDTH
    start = time.perf_counter()
    graph.add(rows)
    build = time.perf_counter() - start
    graph_us, near = measure(queries, lambda query: graph.search(query, K)[1][0])
    recall = np.mean([len(set(a) & set(b)) / K for a, b in zip(near, exact)])
    print(f"{flat_us:.2f} {graph_us:.2f} {recall:.4f} {build:.2f}")


if __name__ == "__main__":
    main()
