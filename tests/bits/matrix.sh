#!/bin/bash
# Same bits for every compiler and optimisation level: builds the program six times below BUILD_FOLDER and plays the golden
# experiments with each (check.py --full). Takes the CPU time of six builds; a second time only what changed is built.
#   tests/bits/matrix.sh BUILD_FOLDER [JOBS]
set -euo pipefail

folder=$1
jobs=${2:-$(nproc)}
sources=$(cd "$(dirname "$0")/../.." && pwd)

"$sources/packaging/install-dependencies.sh" build lint
mkdir -p "$folder"
# Warnings are no errors here: with AVX-512, g++ 12 warns of variables in its own headers (its bug 105593).
programs=()
for compiler in g++ clang++; do
  for level in "-O0" "-O2" "-O3 -march=native"; do
    label="$compiler $level"
    build=$folder/${label//[ =]/}
    echo "building $label in $build"
    log=$build.log
    if ! {
      cmake -S "$sources" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_CXX_FLAGS_RELEASE="$level -DNDEBUG" -DTWINVOICE_TESTS=OFF -DTWINVOICE_WERROR=OFF \
        -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=8 &&
        cmake --build "$build" -j "$jobs" --target twinvoice
    } >"$log" 2>&1; then
      tail -n 40 "$log"
      exit 1
    fi
    programs+=("$label=$build/twinvoice")
  done
done
"$sources/tests/bits/check.py" --full "${programs[@]}"
