#!/bin/bash
# Runs every libFuzzer program of a build folder for some seconds each, from a corpus made of the shipped files.
#   tests/fuzz/run.sh BUILD_FOLDER SECONDS
# The corpus grows in BUILD_FOLDER/corpus; an input that breaks something is left in BUILD_FOLDER and named in the output.
set -euo pipefail

build=$1
seconds=$2
sources=$(cd "$(dirname "$0")/../.." && pwd)

mkdir -p "$build"/corpus/{input,json,quantity}_fuzz

# A topology and an experiment on it in one file, divided by a record separator.
for experiment in "$sources"/experiments/*.json "$sources"/experiments/*/*.json "$sources"/tests/oracle/experiments/*.json; do
  topology=$(sed -n 's/^ *"topology": *"\([^"]*\)".*/\1/p' "$experiment" | head -n 1)
  [ -n "$topology" ] || continue
  name=$(basename "$experiment")
  { cat "$(dirname "$experiment")/$topology"; printf '\036'; cat "$experiment"; } >"$build/corpus/input_fuzz/$name"
  cp "$experiment" "$build/corpus/json_fuzz/$name"
done
cp "$sources"/experiments/sweeps/*.json "$build/corpus/json_fuzz/"
line=0
while read -r quantity; do
  line=$((line + 1))
  printf '%s' "$quantity" >"$build/corpus/quantity_fuzz/seed-$line"
done <"$sources/tests/fuzz/quantities.txt"

for program in "$build"/*_fuzz; do
  name=${program##*/}
  log=$build/$name.log
  echo "$name: $seconds s, log in $log"
  # Sanitizers make it some ten times slower: 10 s here are 1 s for a user.
  if ! "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=200000 -print_final_stats=1 \
    -dict="$sources/tests/fuzz/json.dict" -artifact_prefix="$build/$name-" "$build/corpus/$name" >"$log" 2>&1; then
    tail -n 60 "$log"
    exit 1
  fi
  grep -E 'number_of_executed_units|^#.*DONE' "$log"
done
