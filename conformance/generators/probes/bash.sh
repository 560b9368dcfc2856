#!/usr/bin/env bash
set -euo pipefail
call() { operation=$1; shift; bash client/client.sh -s --host "$base" "$operation" "token:$token" "key:$key" "$@" 2>/dev/null; }
base=$1 token=$2 key=$3 scenario=$4 code=$5
case $scenario in
calls)
  codes=$(call createCdks flow=3 num=2 | jq -r '.data.cdk[]')
  first=$(head -1 <<<"$codes")
  echo "$(wc -l <<<"$codes") $(call listCdks | jq '.data | length') $(call getCdk "cdk=$first" | jq .data.status) $(call revokeCdk "cdk=$first" | jq .code)"
  ;;
create) call createCdks flow=3 num=2 | jq .code ;;
*) call getCdk "cdk=$code" | jq .data.status ;;
esac
