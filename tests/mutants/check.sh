#!/bin/sh
# Is every known wrong way of reckoning caught by a test? Each mutant of table.txt is applied to a copy of the tree, alone; the target
# that holds its killing test is built and that test is run: it must fail. Without mutants the same tests must pass.
# Usage: tests/mutants/check.sh DIRECTORY [NAME...]   (the copy and its build live in DIRECTORY and are used again)
# Exit code: 0 all killed; 1 one survives, does not compile or does not apply, or a killing test fails without it.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
[ $# -ge 1 ] || {
  echo "usage: $0 DIRECTORY [NAME...]" >&2
  exit 2
}
mkdir -p "$1"
work=$(CDPATH='' cd -- "$1" && pwd)
shift
tree=$work/tree
build=$work/build
log=$work/log
wanted=" $* "

# Only what has changed is copied, so that only that is built again.
copy() {
  mkdir -p "$tree"
  (cd "$root" && find CMakeLists.txt cmake models packaging sim tests topologies experiments -type f \
    ! -path '*/__pycache__/*') >"$work/files"
  (cd "$tree" && find . -type f | sed 's|^\./||') | while IFS= read -r file; do
    [ -e "$root/$file" ] || rm "$tree/$file"
  done
  while IFS= read -r file; do
    cmp -s "$root/$file" "$tree/$file" && continue
    mkdir -p "$tree/$(dirname "$file")"
    cp "$root/$file" "$tree/$file"
  done <"$work/files"
}

compile() { cmake --build "$build" --target "$@" >"$log" 2>&1; }

# Exit code 0 only when the test was there and passed.
passes() {
  (cd "$tree" && "$build/$1" --gtest_filter="$2" --gtest_brief=1) >"$log" 2>&1 && grep -q '^\[  PASSED  \] [1-9]' "$log"
}

rows() { grep -v -e '^#' -e '^$' "$here/table.txt"; }

failed=0
complain() {
  echo "$1"
  tail -n 20 "$log"
  failed=1
}

copy
# Quick to build again after each change, which is what takes the time here. Statements about warnings are the other builds' matter.
cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCMAKE_UNITY_BUILD=ON \
  -DCMAKE_UNITY_BUILD_BATCH_SIZE=8 >"$log" 2>&1 || {
  cat "$log"
  exit 1
}

rows >"$work/rows"
while read -r name target test; do
  case $wanted in
    "  " | *" $name "*) ;;
    *) continue ;;
  esac
  patch=$here/$name.patch
  if ! compile "$target"; then
    complain "$target does not build without mutants"
    break
  fi
  if ! passes "$target" "$test"; then
    complain "$name: $target has no $test that passes without it"
    continue
  fi
  file=$(sed -n 's|^+++ b/||p' "$patch")
  if ! (cd "$tree" && patch -p1 -s -f --no-backup-if-mismatch <"$patch") >"$log" 2>&1; then
    complain "$name: the patch does not apply any more: renew it"
  elif ! compile "$target"; then
    complain "$name: the mutant does not compile"
  elif passes "$target" "$test"; then
    complain "$name SURVIVES $test"
  else
    echo "$name: killed by $test ($target)"
  fi
  cp "$root/$file" "$tree/$file"
  rm -f "$tree/$file.rej" "$tree/$file.orig"
done <"$work/rows"
exit $failed
