#!/usr/bin/env bash
# Generates the client for the contract ($1) as generated/. Needs Ruby 3.1 with Typhoeus, and Java.
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.json}")
rm -rf generated
../openapi-generator/generate.sh "$contract" ruby generated
for file in *.rb $(find generated/lib -name '*.rb'); do ruby -c "$file" >/dev/null; done
