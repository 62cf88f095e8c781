#!/bin/bash
# A slice of `make fuzz` for `make test-full`: builds the preset fuzz in BUILD_FOLDER, then a minute of libFuzzer and ten thousand mutants.
#   tests/fuzz/slice.sh BUILD_FOLDER [JOBS]
set -euo pipefail

folder=$1
jobs=${2:-$(nproc)}
sources=$(cd "$(dirname "$0")/../.." && pwd)

"$sources/packaging/install-dependencies.sh" build lint
mkdir -p "$folder"
cd "$sources"
if ! { cmake --preset fuzz -B "$folder" && cmake --build "$folder" -j "$jobs" --target fuzz_programs; } \
  >"$folder/build.log" 2>&1; then
  tail -n 40 "$folder/build.log"
  exit 1
fi
tests/fuzz/run.sh "$folder" 20
if ! "$folder/mutants" --gtest_filter='FullHostileInput.*:Workspace.*' >"$folder/mutants.log" 2>&1; then
  tail -n 60 "$folder/mutants.log"
  exit 1
fi
