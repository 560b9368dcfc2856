#!/usr/bin/env bash
# Installs the pinned tools into node_modules and generates the types of the contract ($1) as generated/schema.d.ts.
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.yaml}")
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
rm -rf generated && mkdir generated
node_modules/.bin/openapi-typescript "$contract" --output generated/schema.d.ts
node_modules/.bin/tsc
