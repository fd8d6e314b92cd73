#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pkg_config.sh PREFIX COMPILER FOLDER: builds the host with nothing but what pkg-config says, and runs it.
set -euo pipefail
prefix=$1 compiler=$2 folder=$3
host=$(cd "$(dirname "${BASH_SOURCE[0]}")/host" && pwd)

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name bespoke.pc)")
export PKG_CONFIG_PATH
read -ra flags <<<"$(pkg-config --cflags --libs bespoke)"
[[ $(pkg-config --modversion bespoke) =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]
"$compiler" "$host"/*.cpp "${flags[@]}" -o "$folder/host_by_pkg_config"
"$folder/host_by_pkg_config"
