#!/bin/bash
# Compiles every header of sim/ and models/ alone, with the flags of the release build: what a header needs it includes itself.
#   tests/tidy/headers_alone.sh BUILD_FOLDER [JOBS]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
jobs=${2:-$(nproc)}
work=$build/headers-alone
mkdir -p "$work"

compiler=(c++)
if command -v ccache >/dev/null; then compiler=(env CCACHE_DEPEND=1 ccache c++); fi
read -r -a libraries <<<"$(pkg-config --cflags simgrid eigen3 2>/dev/null | sed 's/-I/-isystem /g')"
export WORK=$work COMPILE="${compiler[*]} -std=c++20 -O0 -w -I. ${libraries[*]:-} -MD -c"

alone() {
  local name=${1//\//_}
  # The same text gives the same time of change, so that ccache knows it again.
  printf '#include "%s"\n' "$1" >"$WORK/$name.next"
  if ! cmp -s "$WORK/$name.next" "$WORK/$name.cpp"; then mv "$WORK/$name.next" "$WORK/$name.cpp"; fi
  rm -f "$WORK/$name.next"
  if ! $COMPILE -o "$WORK/$name.o" "$WORK/$name.cpp" 2>"$WORK/$name.log"; then
    printf '%s does not compile alone:\n' "$1"
    head -n 5 "$WORK/$name.log"
    return 1
  fi
}
export -f alone

git ls-files 'sim/*.hpp' 'models/*.hpp' | xargs -P "$jobs" -I '{}' bash -c 'alone {}' || exit 1
