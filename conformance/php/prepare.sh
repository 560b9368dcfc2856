#!/usr/bin/env bash
# Generates the client for the contract ($1) as generated/. Needs PHP 8.2 with Guzzle 7, and Java.
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.json}")
rm -rf generated
../openapi-generator/generate.sh "$contract" php generated
for file in *.php $(find generated/lib -name '*.php'); do php -l "$file" >/dev/null; done
