#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the example on a made-up catalogue of 600 packages and on made-up films, and checks what a user would notice.
#
#   test.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

check() {  # check WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then echo "ok      $what"; else echo "FAILED  $what"; failures=$((failures + 1)); fi
}
has() { grep -qF -- "$2" "$1" || { echo "        \"$2\" is not in:"; sed 's/^/        | /' "$1"; return 1; }; }
lacks() { ! grep -qF -- "$2" "$1"; }
run() { local out=$1; shift; "$program" --state state --catalogue catalogue --status status --history history "$@" >"$out" 2>&1 </dev/null; }
fails() { ! run "$@"; }
# The names in the last list of an output.
last_list() { awk '/^(Ten for you|You )/ { n = 0 } $1 == n + 1 && /^ / { name[++n] = $2 } END { for (i = 1; i <= n; ++i) print name[i] }' "$1"; }
count_like() { last_list "$1" | grep -c "$2" || true; }

# Three kinds of packages; ten words belong to each kind, ten to all.
awk 'BEGIN {
  srand(4)
  split("games science sound", kind)
  for (i = 0; i < 600; ++i) {
    k = kind[i % 3 + 1]
    printf "Package: %s-%d\nInstalled-Size: %d\nSection: %s\n", k, i, exp(rand() * 10), k
    printf "Tag: made::%s, topic::%s%d,\n role::program\n", k, k, int(rand() * 4)
    if (i > 10) printf "Depends: common-lib (>= 1), %s-%d | nothing\n", kind[int(rand() * 3) + 1], int(rand() * 10)
    printf "Description: a %sword%d and a %sword%d of word%d\n", k, int(rand() * 10), k, int(rand() * 10), int(rand() * 10)
    printf " More about it.\n\n"
  }
}' >catalogue
awk -F': ' '/^Package: games/ && ++n % 5 == 0 { print $2 }' catalogue >history  # 40 games
sed 's/.*/Package: &\nStatus: install ok installed\n/' history >status

check "the help is shown" run help --help
check "and names the commands" has help "personalize like gnome-chess"
check "a first run succeeds" run first
check "it says how much there is" has first "600 packages"
check "it learns" has first "your profile"
check "it saves" test -s state/profile.safetensors
check "it recommends games to who chose games" test "$(count_like first '^games')" = 10
check "it gives reasons" has first "because of"
check "it is measured beside popularity" has first "popularity"
check "what is installed is not recommended" test -z "$(last_list first | grep -xFf history || true)"

science=$(awk -F': ' '/^Package: science/ { print $2 }' catalogue | sed -n '4,9p')
likes=()
for name in $science; do likes+=(like "$name"); done
check "likes are taken" run liked "${likes[@]}"
check "they are loaded upon, not learned anew" has liked "loaded your profile"
check "the list has changed" test "$(last_list liked | tr '\n' ' ')" != "$(last_list first | tr '\n' ' ')"
check "science is recommended now" test "$(count_like liked '^science')" -gt 0
check "the change is shown" has liked "was "
check "what is liked is not recommended again" test -z "$(last_list liked | grep -xF "$science" || true)"

check "the next run remembers" run second
check "it says so" has second "6 from earlier runs"
check "it gives the same list" test "$(last_list second)" = "$(last_list liked)"

check "a dislike is taken" run disliked dislike "$(last_list second | head -1)"
check "it leaves the list" test -z "$(last_list disliked | grep -xF "$(last_list second | head -1)" || true)"

check "an unknown name fails" fails unknown like sience-4
check "and is told near ones" has unknown 'There is no package "sience-4". Did you mean science-4'
check "a misspelt option fails" fails option --sed 3
check "and names the help" has option "see --help"

mkdir copy && cp state/events copy/
printf 'damage' | dd of=state/profile.safetensors bs=1 seek=20 conv=notrunc status=none
cp state/profile.safetensors copy/
check "a damaged profile stops nothing" run damaged
check "the user is told" has damaged "Your saved profile cannot be used"
check "nothing is lost" cmp -s state/profile.safetensors.damaged-1 copy/profile.safetensors
check "the likes still count" test "$(last_list damaged)" = "$(last_list disliked)"

printf 'damage' | dd of=state/events bs=1 seek=60 conv=notrunc status=none
cp state/events copy/
check "damaged events stop nothing" run broken
check "the user is told of them" has broken "Your likes are damaged"
check "none of them is lost" cmp -s state/events.damaged-1 copy/events
check "new ones can be added" run again like science-1
check "and count in the next run" run later
check "they are there" has later "earlier runs"

{ head -35 history; echo sound-2; } >history2
check "another history is learned anew" run other --history history2
check "and said to be" lacks other "loaded your profile"

check "one thread" run one --state s1 --threads 1
check "three threads" run three --state s3 --threads 3
check "give the same bundle" cmp -s s1/profile.safetensors s3/profile.safetensors
check "ids as features" run ids --state s4 --ids
check "a report is written" run report --state s1 --report page.html
check "which is HTML" has page.html "</html>"

check "a missing catalogue fails" fails missing --catalogue nowhere
check "and is named" has missing "nowhere: it cannot be read"
: >empty
check "an empty catalogue fails" fails nothing --catalogue empty
check "and says what to do" has nothing "apt-get update"
head -20 history >few
check "where few are marked, all that is installed counts" run installed --history few
check "and it says so" has installed "all 40 that are installed"
: >none
check "with nothing chosen it fails" fails unchosen --history none --status none
check "and says what to do about it" has unchosen "--history FILE"
if [[ $(id -u) != 0 ]]; then check "a state folder that cannot be made fails" fails unmade --state /proc/none; fi
no_apt() { ! PATH=/nowhere "$program" --state state --status status --history history >noapt 2>&1 </dev/null; }
check "without apt-cache it fails" no_apt
check "and says how to go on" has noapt "--catalogue FILE"

# Films: user 1 likes every second genre, and eight others like all.
mkdir films
awk 'BEGIN {
  print "movieId,title,genres"
  for (i = 1; i <= 200; ++i) printf "%d,\"Film, the %s%d (19%02d)\",%s|Long\n", i, i % 2 ? "sea" : "city", i % 7, i % 100, i % 2 ? "Sea" : "City"
}' >films/movies.csv
awk 'BEGIN {
  srand(2)
  print "userId,movieId,rating,timestamp"
  for (u = 1; u <= 9; ++u) for (i = 1; i <= 60; ++i) {
    m = u == 1 ? i * 3 : int(rand() * 200) + 1
    printf "%d,%d,%.1f,%d\n", u, m, u == 1 ? (m % 2 ? 5 : 1) : int(rand() * 5) + 1, 1000 + i
  }
}' >films/ratings.csv
films() { local out=$1; shift; "$program" --state films-state "$@" >"$out" 2>&1 </dev/null; }
check "films" films movies --movielens films --user 1
check "their stars are predicted" has movies "RMSE of the stars"
check "the profile predicts them best" test "$(awk '/RMSE of/ { on = 1; next } on && NF { print $NF, $1 } on && !NF { exit }' movies | sort -n | head -1 | cut -d' ' -f2)" = your
check "and sea films are recommended" has movies "the sea"
check "a like of a film" films sea --movielens films --user 1 like "Film, the city4 (1904)"
bad() { ! films "$@"; }
check "a missing file fails" bad gone --movielens nowhere
check "and is named in the message" has gone "nowhere/movies.csv"
check "an unknown user fails" bad nobody --movielens films --user 77
check "and is told so" has nobody "user 77"

((failures == 0)) || { echo "$failures checks failed"; exit 1; }
