# SPDX-License-Identifier: Apache-2.0
"""Runs bench_ingest and pandas.read_csv (C engine) on the same files in turn, and prints the best of each."""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

QUICK = "--quick" in sys.argv
ROUNDS = 3 if QUICK else 5
BENCH = os.path.join(os.environ["BESPOKE_BUILD"], "benchmarks", "bench_ingest")
NEWS = os.path.join(os.environ["BESPOKE_DATA"], "ag_news", "train_subset.csv")
OPTIONS = {"text": {"header": None, "keep_default_na": False}, "numbers": {}}


def ours(case, path, times):
    out = subprocess.run([BENCH, case, path, str(times)], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def pandas_once(case, path):
    """MB/s of one reading, peak resident MB of the process that did it, and the rows it found."""
    code = [sys.executable, __file__, "--peer", case, path]
    return json.loads(subprocess.run(code, check=True, capture_output=True, text=True).stdout)


def peer(case, path):
    import pandas

    repeats = 5 if case == "text" else 1
    best = 0.0
    for _ in range(repeats):
        start = time.perf_counter()
        table = pandas.read_csv(path, engine="c", **OPTIONS[case])
        best = max(best, os.path.getsize(path) / 1e6 / (time.perf_counter() - start))
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"mb_per_s": best, "records": len(table), "peak_resident_mb": resident}))


def compare(case, path, times):
    """Alternates both, and checks that they found the same rows."""
    mine, theirs = [], []
    for _ in range(ROUNDS):
        mine += ours(case, path, times)
        theirs.append(pandas_once(case, path))
    if {r["records"] for r in mine} != {r["records"] for r in theirs}:
        sys.exit(f"{path}: bench_ingest and pandas found different numbers of rows")
    return mine, theirs


def report(case, mine, theirs, unit, higher_is_better):
    print(json.dumps({"question": "ingest", "case": case, "ours": round(mine, 1), "peer": round(theirs, 1),
                      "peer_name": "pandas.read_csv", "unit": unit, "higher_is_better": higher_is_better}), flush=True)


def best_speed(readings):
    return max(r["mb_per_s"] for r in readings)


def main():
    mine, theirs = compare("text", NEWS, 20)
    report("csv_text", best_speed(mine), best_speed(theirs), "MB/s", True)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "numbers.csv")
        subprocess.run([BENCH, "generate", path, "50" if QUICK else "1000"], check=True)
        mine, theirs = compare("numbers", path, 5 if QUICK else 2)
    report("csv_numbers", best_speed(mine), best_speed(theirs), "MB/s", True)
    resident = [max(r["peak_resident_mb"] for r in readings) for readings in (mine, theirs)]
    report("csv_resident_mb", *resident, "MB", False)


if __name__ == "__main__":
    if "--peer" in sys.argv:
        peer(*sys.argv[sys.argv.index("--peer") + 1:])
    else:
        main()
