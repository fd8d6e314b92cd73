#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures bespoke beside its peers in one run, and prints one table.
#
#   ./benchmarks/run.sh [--quick] [--json FILE] [QUESTION ...]
#
# Installs the peers, builds, and answers each question (all by default), which are the folders beside this script. A
# ratio over 1 always means that bespoke is ahead: peer over ours for costs, ours over peer for rates and qualities.
# --quick takes less data and fewer repetitions: a smoke test, not a measurement. Real data is read from BESPOKE_DATA.
#
# A question is a folder with an executable `run [--quick]`, which prints one JSON object a line:
#   {"question", "case", "ours", "peer", "peer_name", "unit", "higher_is_better"}
# It finds its program in BESPOKE_BUILD/benchmarks: bench_tfidf, for train/trees bench_train_trees; questions of one
# folder may share the folder's.
set -euo pipefail
here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. cmake/packages.sh

quick=() json= questions=()
while (($#)); do
  case $1 in
    --quick) quick=(--quick) ;;
    --json) json=${2:?--json needs a file}; shift ;;
    -*) fail "unknown option $1; see the head of benchmarks/run.sh" ;;
    *) questions+=("$1") ;;
  esac
  shift
done
[[ -z $json || $json == /* ]] || json=$here/$json
if ((!${#questions[@]})); then
  mapfile -t questions < <(cd benchmarks && find . -name run -printf '%P\n' | sort | xargs -n 1 dirname)
fi
for question in "${questions[@]}"; do
  [[ -x benchmarks/$question/run ]] || fail "there is no question $question; there are: $(cd benchmarks && find . -name run -printf '%h ' | sed 's,\./,,g')"
done

need build benchmarks
! debian_like || PATH=/usr/bin:$PATH  # Debian's python3, which has the peers
configure BENCHMARKS
programs=()
for question in "${questions[@]}"; do
  for folder in "$question" "$(dirname "$question")"; do
    [[ ! -f benchmarks/$folder/bench.cpp ]] || { programs+=("bench_${folder//\//_}"); break; }
  done
done
((!${#programs[@]})) || build_targets benchmarks "about 2 minutes on 2 processors" "${programs[@]}"

export BESPOKE_BUILD=$PWD/build
if [[ -z ${BESPOKE_DATA:-} && -d ../shared/data ]]; then BESPOKE_DATA=$(cd ../shared/data && pwd); fi
export BESPOKE_DATA=${BESPOKE_DATA:-}

mkdir -p build/benchmarks
results=build/benchmarks/results.jsonl
: >"$results"
failed=()
for question in "${questions[@]}"; do
  say "Measuring $question ..."
  "benchmarks/$question/run" "${quick[@]}" >>"$results" || failed+=("$question")
done
python3 benchmarks/table.py "$results" ${json:+"$json"}
((!${#failed[@]})) || fail "these questions failed: ${failed[*]}"
