#!/usr/bin/env bash
# Generates the client (library native) for the contract ($1) as generated/, and compiles it. Needs a JDK of 17.
set -euo pipefail
cd "$(dirname "$0")"
contract=$(realpath "${1:-../../openapi.json}")
rm -rf generated
../openapi-generator/generate.sh "$contract" java generated --library native \
  --additional-properties=openApiNullable=false,invokerPackage=cdk,apiPackage=cdk.api,modelPackage=cdk.model
# Jackson, which a project would have from Maven, is taken from the generator's own jar.
cp ../openapi-generator/.venv/lib/python3*/site-packages/openapi_generator_cli/openapi-generator.jar generated/jackson.jar
# The JDK has lost the one annotation; the other class is imported, and never used.
stub() {
  mkdir -p "generated/src/main/java/$(dirname "$1")"
  echo "$2" > "generated/src/main/java/$1.java"
}
stub javax/annotation/Generated \
  'package javax.annotation; public @interface Generated { String value(); String date(); String comments(); }'
stub org/apache/http/entity/mime/MultipartEntityBuilder \
  'package org.apache.http.entity.mime; public class MultipartEntityBuilder { }'
find generated/src/main -name '*.java' > generated/sources
javac -nowarn -d generated/classes -cp generated/jackson.jar @generated/sources *.java
