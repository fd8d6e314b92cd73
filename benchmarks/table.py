#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py RESULTS [JSON]: prints the JSON lines of RESULTS as one table, with the ratios, and writes them as an array."""
import json
import sys

COLUMNS = ["question", "case", "ours", "peer", "peer_name", "unit", "ratio"]


def ratio(row):
    """Over 1: bespoke is ahead."""
    ours, peer = row["ours"], row["peer"]
    above, below = (ours, peer) if row["higher_is_better"] else (peer, ours)
    return None if peer is None or not below else above / below


def text(value):
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def table(rows):
    cells = [COLUMNS] + [[text(row[c]) for c in COLUMNS] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    numbers = {"ours", "peer", "ratio"}
    for line in cells:
        aligned = [c.rjust(w) if n in numbers else c.ljust(w) for c, w, n in zip(line, widths, COLUMNS)]
        print("  ".join(aligned).rstrip())


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    rows = [{**row, "ratio": ratio(row)} for row in rows]
    rows = [{c: row[c] for c in COLUMNS} for row in rows]
    table(rows)
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
            file.write("\n")


main()
