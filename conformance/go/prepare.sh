#!/usr/bin/env bash
# Generates the client for the contract ($1) as generated/, and compiles it. Needs Go 1.19 and Java.
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.json}")
rm -rf generated
../openapi-generator/generate.sh "$contract" go generated --global-property apiTests=false,modelTests=false \
  --additional-properties=packageName=thordatacdk,withGoMod=false,enumClassPrefix=true,disallowAdditionalPropertiesIfNotPresent=false
rm -rf generated/test
GOPROXY=off GOFLAGS=-mod=mod go build -o generated/driver .
