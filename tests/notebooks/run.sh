#!/bin/bash
# Runs every notebook from a clean kernel, in a folder of its own; the stores of sweeps that they need, they make there. Fails
# with the cell and its error. Installs Debian's Jupyter, pandas and matplotlib when they are missing.
#   tests/notebooks/run.sh PROGRAM FOLDER
set -euo pipefail

program=$(realpath "$1")
folder=$2
sources=$(cd "$(dirname "$0")/../.." && pwd)

"$sources/packaging/install-dependencies.sh" notebooks
rm -rf "$folder"
mkdir -p "$folder"
# Debian's own python3, not another one on PATH; its kernel and its settings, not the user's.
export PATH=/usr/bin:/bin TWINVOICE=$program PYTHONDONTWRITEBYTECODE=1 PYTHONNOUSERSITE=1 PYDEVD_DISABLE_FILE_VALIDATION=1
export HOME=$folder/home JUPYTER_CONFIG_DIR=$folder/jupyter TWINVOICE_NOTEBOOK_FOLDER=$folder MPLBACKEND=agg
mkdir -p "$HOME"
failed=0
for notebook in "$sources"/notebooks/*.ipynb; do
  name=$(basename "$notebook" .ipynb)
  echo "$name"
  if ! /usr/bin/python3 -m nbconvert --to notebook --execute --ExecutePreprocessor.kernel_name=python3 \
    --ExecutePreprocessor.timeout=1200 --output-dir "$folder" "$notebook" >"$folder/$name.log" 2>&1; then
    tail -n 40 "$folder/$name.log"
    failed=1
  fi
done
exit $failed
