#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test. Arguments go to ctest:
#
#   ./tests/run.sh              everything
#   ./tests/run.sh -L unit      one label: unit, package, compile_fail, fuzz
#   ./tests/run.sh -R core      names that match
#
# Tests on real data read the folder BESPOKE_DATA where it is set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. cmake/packages.sh

need build tests
configure TESTS EXAMPLES
build_targets tests "about 10 minutes on 2 processors" all all_verify_interface_header_sets
say "Running the tests"
exec ctest --test-dir build --output-on-failure -j "$(nproc)" "$@"
