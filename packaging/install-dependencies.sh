#!/bin/sh
# Installs what is missing of the Debian packages in packaging/dependencies.txt, and does nothing when nothing is missing.
# Usage: packaging/install-dependencies.sh [--list] [build|format|lint|package|notebooks|cluster]...   (default: build)
#   --list  only print the missing packages, one a line
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
list_only=no
lists=
for argument in "$@"; do
  case $argument in
    --list) list_only=yes ;;
    build | format | lint | package | notebooks | cluster) lists="$lists $argument" ;;
    *)
      echo "usage: $0 [--list] [build|format|lint|package|notebooks|cluster]..." >&2
      exit 2
      ;;
  esac
done
lists=${lists:-build}

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "install-dependencies: this is not a Debian system (no dpkg-query); install the counterparts of" \
    "packaging/dependencies.txt by hand" >&2
  exit 1
fi

missing=
for list in $lists; do
  # shellcheck disable=SC2013  # a package name is one word
  for package in $(sed -n "s/^$list //p" "$here/dependencies.txt"); do
    status=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
    case $status in
      ?i*) ;;
      *) missing="$missing $package" ;;
    esac
  done
done

if [ "$list_only" = yes ]; then
  for package in $missing; do echo "$package"; done
  exit 0
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null 2>&1; then
  as_root=sudo
else
  echo "install-dependencies: these packages are missing, and neither root nor sudo is at hand to install them:" >&2
  echo " $missing" >&2
  echo "Ask an administrator to run: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi

echo "install-dependencies: installing$missing" >&2
# shellcheck disable=SC2086  # the lists are words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2
