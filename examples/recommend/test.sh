#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the example on its made-up films and on a small folder like MovieLens, and checks what a user would notice.
#
#   test.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset BESPOKE_DATA
failures=0

check() {  # check WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then echo "ok      $what"; else echo "FAILED  $what"; failures=$((failures + 1)); fi
}
has() { grep -qF -- "$2" "$1" || { echo "        \"$2\" is not in:"; sed 's/^/        | /' "$1"; return 1; }; }
run() { local out=$1; shift; "$program" "$@" >"$out" 2>&1 </dev/null; }
fails() { ! run "$@"; }
# The films of the last list of an output.
last_list() { awk '/^Ten for/ { n = 0 } $1 == n + 1 && /^ +[0-9]+  / { sub(/^ +[0-9]+  /, ""); name[++n] = $0 } END { for (i = 1; i <= n; ++i) print name[i] }' "$1"; }
count_of() { last_list "$1" | grep -c "$2" || true; }

check "the help is shown" run help --help
check "and says where films are" has help "grouplens.org"
check "without any data it runs" run first
check "and says that the films are made up" has first "made up"
check "it compares ways" has first "user neighbours"
check "and chooses one" has first "Chosen: "
check "which is ahead of popularity" has first "Ahead of popularity"
check "it says how somebody new is served" has first "Somebody new, of whom so many films are known"
check "it gives reasons" has first "because of The"
check "where nobody answers it says so" has first "Nobody answered"
check "and gives ten for an example" test "$(last_list first | wc -l)" = 10

check "somebody new is taken from the arguments" run western --liked "silent saddle, CANYON, stagecoach"
check "and gets what suits them" test "$(count_of western 'Saddle\|Canyon\|Stagecoach\|Prairie\|Sheriff')" -ge 6
check "but not what they named" test -z "$(last_list western | grep -F 'Silent Saddle' || true)"
check "numbers of the list are answers too" run numbers --liked "1, 3"
check "as is nothing" run nothing --liked ""
check "which is said" has nothing "liked nothing yet"
piped() { printf 'saddle\nno such film\nwedding, promise\n' | "$program" >pipe 2>&1; }
check "one answer a line is read" piped
check "of each" has pipe "Saddle"
check "a misspelt one is told" has pipe '"no such film"'
check "and the next is answered" test "$(count_of pipe 'Letter\|Wedding\|Garden\|Summer\|Promise')" -ge 5

check "one thread" run one --threads 1 --save one.model --report page.html
check "three threads" run three --threads 3 --save three.model
check "save the same recommender" cmp -s one.model three.model
check "a report is written" has page.html "</html>"
check "with what was found" has page.html "How much is known"

# Films of two kinds; every user has one of them.
mkdir films
awk 'BEGIN {
  print "movieId,title,genres"
  for (i = 1; i <= 60; ++i) printf "%d,\"Film, the %s%d (19%02d)\",%s|Long\n", i, i % 2 ? "sea" : "city", i, i % 100, i % 2 ? "Sea" : "City"
}' >films/movies.csv
awk 'BEGIN {
  srand(2)
  print "userId,movieId,rating,timestamp"
  for (u = 1; u <= 40; ++u) for (i = 1; i <= 14; ++i)
    printf "%d,%d,%.1f,%d\n", u, int(rand() * 30) * 2 + 1 + u % 2, int(rand() * 5) + 1, 1000 + i
}' >films/ratings.csv
check "films of a folder" run movies films --user 1 --liked "sea7"
check "are recommended by their kind" test "$(count_of movies 'the sea')" = 10
check "as they are to a user" has movies "Ten for user 1"

check "an unknown user fails" fails nobody films --user 77
check "and is told so" has nobody "no user 77"
check "a missing folder fails" fails gone nowhere
check "and is named" has gone "nowhere/movies.csv"
check "a film that there is not fails" fails unknown --liked "no such film"
check "and is named" has unknown '"no such film"'
check "a misspelt option fails" fails option --lik 3
check "and the help is named" has option "see --help"
check "an option without its value fails" fails value --user
check "no number fails" fails number --user many
printf 'userId,movieId,rating,timestamp\n' >films/ratings.csv
check "no ratings fail" fails empty films
check "and are told" has empty "there are no interactions"

((failures == 0)) || { echo "$failures checks failed"; exit 1; }
