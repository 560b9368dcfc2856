#!/usr/bin/env bash
# Installs the pinned tools into .venv and generates thordata_cdk/_generated for the contract ($1).
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.json}")
if ! cmp -s requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
  cp requirements.txt .venv/
fi
rm -rf thordata_cdk/_generated
# The generator calls `ruff` to format what it wrote.
PATH="$PWD/.venv/bin:$PATH" .venv/bin/openapi-python-client generate \
  --path "$contract" --meta none --output-path thordata_cdk/_generated
# What spends like cash does not print itself.
sed -i 's/^@_attrs_define$/@_attrs_define(repr=False)/' thordata_cdk/_generated/models/*.py
