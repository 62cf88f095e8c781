#!/bin/bash
# clang-tidy on one file, skipped when the file, all it includes and the settings are as they were when it last passed.
# Usage: tests/tidy/clang-tidy-cached.sh BUILD_DIR FILE      (from the project root)
set -euo pipefail
build=$1
file=$2
compiler=$(command -v clang++)
key=$({ clang-tidy --version && cat .clang-tidy && "$compiler" -std=c++20 -I. -E -C "$file"; } 2>/dev/null |
  sha256sum | cut -c1-32)
stamp=$build/clang-tidy/$key
if [ -e "$stamp" ]; then exit 0; fi
mkdir -p "$build/clang-tidy"
output=$(clang-tidy --quiet -p "$build" "$file" 2>&1) && failed=no || failed=yes
printf '%s\n' "$output" | sed '/^[0-9]* warnings\{0,1\} generated\.$/d; /^Suppressed /d; /^Use -header-filter/d; /^$/d'
if [ "$failed" = yes ]; then exit 1; fi
touch "$stamp"
