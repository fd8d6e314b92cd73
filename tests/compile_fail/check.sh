#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks what the compiler says to one mistake:
#
#   tests/compile_fail/check.sh g++ tests/compile_fail/missing_target.cpp     prints it, and what is wrong with it
#
# The case must compile with -DCORRECT, without a warning (g++); and without it must give one error, the sentence behind
# `// expect:` in the file, in at most 10 lines (beside the chain of includes), none of them longer than 300 characters
# where it says `error`.
set -euo pipefail
export LC_ALL=C
compiler=$1 file=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."  # short paths: a line's length must not depend on where the checkout is
file=$(realpath --relative-to . "$file")
compile=("$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -I include)
expected=$(sed -n 's,^// expect: ,,p' "$file")
wrong=()

# One compiler is enough to keep the cases from rotting.
if [[ $compiler != *clang* ]] && { ! correct=$("${compile[@]}" -DCORRECT "$file" 2>&1) || [ -n "$correct" ]; }; then
  printf '%s\n' "$correct"
  wrong+=("with the mistake corrected it must compile, without a warning")
fi

if said=$("${compile[@]}" "$file" 2>&1); then wrong+=("the mistake compiles"); fi
printf '%s\n' "$said"
errors=$(grep -E '(^|: )(fatal )?error: ' <<<"$said" || true)
lines=$(grep -cvE '^(In file included from |                 from )' <<<"$said" || true)
[ "$(grep -c . <<<"$errors")" = 1 ] || wrong+=("there must be one error")
[ -n "$expected" ] || wrong+=("the case must name its sentence: // expect: bespoke: ...")
[[ $errors == *"$expected"* ]] || wrong+=("the error must be \"$expected\"")
[ "$lines" -le 10 ] || wrong+=("there must be at most 10 lines; these are $lines")
while IFS= read -r line; do
  [ "${#line}" -le 300 ] || wrong+=("a line with an error has ${#line} characters, over 300")
done < <(grep error <<<"$said" || true)

[ ${#wrong[@]} = 0 ] && exit 0
printf 'compile_fail: %s\n' "${wrong[@]}"
exit 1
