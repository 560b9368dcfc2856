#!/usr/bin/env bash
# Installs the tools of this room as the lock file and requirements.txt pin them, where they changed.
# `install.sh node` leaves out Python's.
set -euo pipefail
cd "$(dirname "$0")"
export SCARF_ANALYTICS=false

if ! cmp --silent package-lock.json node_modules/.installed; then
  npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
  cp package-lock.json node_modules/.installed
fi

[ "${1:-all}" = node ] && exit

venv=../target/spec/venv
if ! cmp --silent requirements.txt "$venv/.installed"; then
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.txt
  cp requirements.txt "$venv/.installed"
fi
