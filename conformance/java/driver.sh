#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/generated"
# Each call on a connection of its own: Java sends a GET again when a kept one turns out to be closed.
exec java -Djdk.httpclient.keepalive.timeout=0 -Dstdout.encoding=UTF-8 -Dfile.encoding=UTF-8 -cp classes:jackson.jar Driver
