#!/usr/bin/env bash
set -euo pipefail
exec ruby -E UTF-8 "$(dirname "$0")/driver.rb"
