#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the fuzz targets with clang, address and undefined-behaviour sanitizers, and runs each for a number of seconds:
#
#   tests/fuzz/run.sh SECONDS [NAME=SECONDS ...]     NAME is a target's own time: tests/fuzz/run.sh 20 bundle=60
#
# What is found is left in build-fuzz/found-NAME; what was learned, in build-fuzz/corpus-NAME, where the next run goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. cmake/packages.sh

seconds=${1:?how many seconds for each target?}
shift
need build tests ci

step "Configuring the fuzz targets" cmake -S . -B build-fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++ \
  -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBESPOKE_SANITIZE=address,undefined -DBESPOKE_BUILD_FUZZERS=ON \
  -DBESPOKE_BUILD_EXAMPLES=OFF -DBESPOKE_BUILD_BENCHMARKS=OFF -DCMAKE_CXX_FLAGS=-fsanitize=fuzzer-no-link
step "Building the fuzz targets" cmake --build build-fuzz -j "$(jobs_at_once)" --target fuzzers

fuzz_one() {
  local name=$1 time=$2
  mkdir -p "build-fuzz/corpus-$name"
  local corpora=("build-fuzz/corpus-$name")
  [[ ! -d tests/fuzz/corpus/$name ]] || corpora+=("tests/fuzz/corpus/$name")
  say "Fuzzing $name for $time s ..."
  "build-fuzz/tests/fuzz/fuzz_$name" -max_total_time="$time" -rss_limit_mb=2048 -malloc_limit_mb=1024 -timeout=10 \
    -print_final_stats=1 -artifact_prefix="build-fuzz/found-$name-" "${corpora[@]}" >"build-fuzz/$name.log" 2>&1 ||
    { tail -40 "build-fuzz/$name.log" >&2; say "fuzzing $name found something: build-fuzz/found-$name-*" >&2; return 1; }
  say "  $(grep -o 'stat::number_of_executed_units: *[0-9]*' "build-fuzz/$name.log" | grep -o '[0-9]*$') inputs, nothing found"
}

status=0
for program in build-fuzz/tests/fuzz/fuzz_*; do
  [[ -x $program && -f $program ]] || continue
  name=${program##*/fuzz_} time=$seconds
  for own in "$@"; do [[ $own != "$name="* ]] || time=${own#*=}; done
  fuzz_one "$name" "$time" || status=1
done
exit "$status"
