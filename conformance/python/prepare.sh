#!/usr/bin/env bash
# Installs the pinned tools into .venv and generates the client for the contract ($1) as generated/thordata_cdk.
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.yaml}")
if ! cmp -s requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
  cp requirements.txt .venv/
fi
rm -rf generated && mkdir generated
# The generator calls `ruff` to format what it wrote.
PATH="$PWD/.venv/bin:$PATH" .venv/bin/openapi-python-client generate \
  --path "$contract" --meta none --output-path generated/thordata_cdk
