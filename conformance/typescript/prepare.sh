#!/usr/bin/env bash
# Installs the pinned tools into node_modules, generates the types of the contract ($1), and compiles the package.
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.json}")
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
rm -rf src/generated build
node generate.mjs "$contract"
node_modules/.bin/tsc
