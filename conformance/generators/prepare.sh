#!/usr/bin/env bash
# Installs the generators, pinned, and from Debian the languages that the matrix compiles and runs.
set -euo pipefail
cd "$(dirname "$0")"
../python/prepare.sh
../typescript/prepare.sh
if ! cmp -s requirements.txt .venv/requirements.txt; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
  cp requirements.txt .venv/
fi
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
../openapi-generator/languages.sh openjdk-17-jdk-headless golang-go php-cli php-curl php-mbstring php-guzzlehttp-guzzle \
  ruby ruby-typhoeus ruby-marcel libwww-perl libjson-perl libmodule-find-perl libmodule-runtime-perl liblog-any-perl \
  libdatetime-perl liburi-query-perl libtry-tiny-perl libclass-accessor-perl nim libcpprest-dev libboost-dev jq lua5.4 \
  r-cran-httr r-cran-r6 r-cran-jsonlite r-cran-base64enc r-cran-stringr
