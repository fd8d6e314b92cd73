# SPDX-License-Identifier: Apache-2.0
# The Debian packages each job needs, and the steps the run scripts are made of. Sourced, from the project's root:
#
#   . cmake/packages.sh
#   need build tests                          install what is missing of two lists; elsewhere name it and stop
#   step "Building" cmake --build build       say what is done; show the output only when it fails

# Each line: the package (the same name in Debian 12 and 13), and how its presence is found out on a system without dpkg:
# by a command, a pkg-config module, a Python module or a file.
packages_build="
  g++                  command:g++
  cmake                command:cmake
  ninja-build          command:ninja
  pkgconf              command:pkg-config
  libtbb-dev           module:tbb
  libfmt-dev           module:fmt
  libeigen3-dev        module:eigen3
  libhnswlib-dev       file:/usr/include/hnswlib/hnswlib.h
  nlohmann-json3-dev   module:nlohmann_json
  libicu-dev           module:icu-i18n
  libsodium-dev        module:libsodium"

# LibTorch is for one test: a host that uses it beside bespoke. With the reference BLAS it is five times slower.
packages_tests="
  catch2               module:catch2
  libtorch-dev         file:/usr/include/ATen/ATen.h
  libopenblas0-pthread file:/usr/lib/*/openblas-pthread/libopenblas.so.0"

# The peers that benchmarks compare with, and what counts instructions.
packages_benchmarks="
  python3              command:python3
  python3-numpy        python:numpy
  python3-sklearn      python:sklearn
  python3-pandas       python:pandas
  python3-scipy        python:scipy
  python3-threadpoolctl python:threadpoolctl
  python3-jieba        python:jieba
  python3-xgboost      python:xgboost
  python3-faiss        python:faiss
  fasttext             command:fasttext
  dataset-fashion-mnist file:/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
  valgrind             command:valgrind"

# What .ci/run uses beyond the tests: the second compiler, its fuzzer and sanitizers, and the formatter.
packages_ci="
  ccache               command:ccache
  clang                command:clang++
  clang-format-19      command:clang-format-19
  libclang-rt-dev      file:/usr/lib/llvm*/lib/clang/*/lib/linux/libclang_rt.fuzzer*.a"

say() { printf 'bespoke: %s\n' "$*"; }
fail() { printf 'bespoke: %s\n' "$*" >&2; exit 1; }

# step MESSAGE COMMAND...: the command's output goes to build/step.log and is shown when the command fails.
step() {
  local message=$1 started=$SECONDS status=0
  shift
  say "$message ..."
  mkdir -p build
  "$@" >build/step.log 2>&1 </dev/null || status=$?
  if ((status)); then
    cat build/step.log >&2
    fail "this step failed (status $status): $*"
  fi
  ((SECONDS - started < 5)) || say "  done after $((SECONDS - started)) s"
}

debian_like() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

is_present() {
  local what=${1#*:}
  case $1 in
    command:*) command -v "$what" >/dev/null ;;
    module:*) pkg-config --exists "$what" 2>/dev/null ;;
    python:*) python3 -c "import $what" 2>/dev/null ;;
    file:*) compgen -G "$what" >/dev/null ;;
  esac
}

# The packages of the named lists that are missing here.
missing_of() {
  local list name probe lists
  for list in "$@"; do
    lists=packages_$list
    while read -r name probe; do
      [[ -n $name ]] || continue
      if debian_like; then
        is_installed "$name" || echo "$name"
      else
        is_present "$probe" || echo "$name"
      fi
    done <<<"${!lists}"
  done
}

as_root() {
  if ((EUID == 0)); then env DEBIAN_FRONTEND=noninteractive "$@"
  else sudo env DEBIAN_FRONTEND=noninteractive "$@"; fi
}

apt_install() {
  local options=(-y -qq --no-install-recommends -o Dpkg::Use-Pty=0)
  as_root apt-get install "${options[@]}" "$@" && return
  as_root apt-get update -qq  # lists may name versions that the archive has replaced
  as_root apt-get install "${options[@]}" "$@"
}

# The packages that were chosen by hand before any script of ours installed more: what examples/personalize learns from.
# Noted once, in build/history.txt.
note_history() {
  [[ ! -f build/history.txt ]] && command -v apt-mark >/dev/null || return 0
  mkdir -p build
  apt-mark showmanual >build/history.new && mv build/history.new build/history.txt
}

# need LIST...: afterwards all packages of the lists are there, or the script has stopped.
need() {
  local missing
  note_history
  if debian_like && [[ -z $(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null) ]]; then
    ((EUID == 0)) || command -v sudo >/dev/null || fail "package lists are empty: run apt-get update as root"
    step "Reading the package lists" as_root apt-get update -qq
  fi
  mapfile -t missing < <(missing_of "$@")
  ((${#missing[@]})) || return 0
  debian_like || fail "this is no Debian; install what these Debian packages have: ${missing[*]}"
  ((EUID == 0)) || command -v sudo >/dev/null || fail "neither root nor sudo here; install: ${missing[*]}"
  step "Installing ${#missing[@]} packages: ${missing[*]}" apt_install "${missing[@]}"
}

# configure KIND...: prepares build/ (Release) with BESPOKE_BUILD_KIND on; kinds that were on before stay on.
configure() {
  local kind arguments=(-S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release)
  if [[ ! -f build/CMakeCache.txt ]]; then
    arguments+=(-DBESPOKE_BUILD_TESTS=OFF -DBESPOKE_BUILD_EXAMPLES=OFF -DBESPOKE_BUILD_BENCHMARKS=OFF)
  fi
  for kind in "$@"; do arguments+=("-DBESPOKE_BUILD_$kind=ON"); done
  step "Configuring" cmake "${arguments[@]}"
}

# Compilers that run at once: one a processor, and 1.5 GB of memory for each.
jobs_at_once() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  ((memory >= 1)) || memory=1
  echo $((processors < memory ? processors : memory))
}

first_time() { [[ -f build/.built-$1 ]] || echo " ($2 the first time)"; }

# build_targets NAME HOW_LONG TARGET...
build_targets() {
  local name=$1 how_long=$2
  shift 2
  step "Building$(first_time "$name" "$how_long")" cmake --build build -j "$(jobs_at_once)" --target "$@"
  touch "build/.built-$name"
}
