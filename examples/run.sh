#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds an example and runs it with the arguments given:
#
#   ./examples/run.sh                     personalize: recommendations from this computer's software catalogue
#   ./examples/run.sh like NAME           and what changes when you like one of them
#   ./examples/run.sh EXAMPLE ...         another example: the name of a folder beside this script
#   ./examples/run.sh EXAMPLE --help      all its arguments
set -euo pipefail
here=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
. cmake/packages.sh

example=personalize
if [[ ${1:-} =~ ^[a-z_]+$ && -d examples/$1 ]]; then
  example=$1
  shift
fi

need build
configure EXAMPLES
build_targets "$example" "about 2 minutes on 2 processors" "$example"

if [[ -z ${BESPOKE_DATA:-} && -d ../shared/data ]]; then BESPOKE_DATA=$(cd ../shared/data && pwd) && export BESPOKE_DATA; fi
cd "$here"
if [[ $example == personalize && -f $root/build/history.txt ]]; then set -- --history "$root/build/history.txt" "$@"; fi
exec "$root/build/examples/$example" "$@"
