#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds the example `personalize` and runs it with the arguments given:
#
#   ./examples/run.sh                     recommendations from this computer's software catalogue
#   ./examples/run.sh like NAME           and what changes when you like one of them
#   ./examples/run.sh --help              all arguments
set -euo pipefail
here=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
. cmake/packages.sh

need build
configure EXAMPLES
build_targets personalize "about 2 minutes on 2 processors" personalize

cd "$here"
if [[ -f $root/build/history.txt ]]; then set -- --history "$root/build/history.txt" "$@"; fi
exec "$root/build/examples/personalize" "$@"
