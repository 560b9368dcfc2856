#!/usr/bin/env bash
# openapi-generator, pinned, in .venv: generate.sh CONTRACT GENERATOR OUTPUT [OPTION…]. Needs Java and Python.
set -euo pipefail
room=$(realpath "$(dirname "$0")")
if ! cmp -s "$room/requirements.txt" "$room/.venv/requirements.txt"; then
  rm -rf "$room/.venv"
  python3 -m venv "$room/.venv"
  "$room/.venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$room/requirements.txt"
  cp "$room/requirements.txt" "$room/.venv/"
fi
exec java -jar "$room"/.venv/lib/python3*/site-packages/openapi_generator_cli/openapi-generator.jar generate \
  -i "$1" -g "$2" -o "$3" "${@:4}" >/dev/null
