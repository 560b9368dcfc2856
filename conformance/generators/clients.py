"""The generators of the matrix: how each generates, what its result is compiled and run with.

Commands are run by bash in a folder of their own, which holds the probe and, once generated, `client/`. `$CONTRACT` is
openapi.json. None is given a flag that makes up for the contract: what is here chooses a language, a library or a
folder, or is what a project of that language needs to build.
"""

from typing import NamedTuple


class Client(NamedTuple):
    name: str
    language: str
    generate: str
    # None: no compiler or library for it is at hand, so what was generated was only read.
    compile: str | None = None
    probe: str | None = None
    run: str | None = None


def generated(generator):
    return f'java -jar "$JAR" generate -i "$CONTRACT" -g {generator} -o client'


def openapi_generator(generator, language, *rest):
    return Client(f"openapi-generator {generator}", language, generated(generator), *rest)


TSC = "tsc --noEmit --strict --skipLibCheck --target es2022 --module esnext --moduleResolution bundler --types node"
BUNDLE = "esbuild --log-level=error --bundle --platform=node --outfile=probe.cjs"

# The probe of Go is a program of its own module, beside the generated one. Debian's Go is older than the one that the
# generator asks for, which it does not need.
GO = """
(cd client && sed -i 's/^go .*/go 1.19/' go.mod && rm -rf test && GOFLAGS=-mod=mod GOPROXY=off go vet .)
mkdir -p probe && cp go.go probe/main.go && cd probe
printf 'module probe\\ngo 1.19\\nrequire github.com/GIT_USER_ID/GIT_REPO_ID v0.0.0\\n' > go.mod
echo 'replace github.com/GIT_USER_ID/GIT_REPO_ID => ../client' >> go.mod
GOFLAGS=-mod=mod GOPROXY=off go build -o ../go-probe .
"""

# Jackson, which a project has from Maven, is in the generator's own jar; the JDK has lost one annotation since.
JAVA = """
mkdir -p client/src/main/java/javax/annotation client/src/main/java/org/apache/http/entity/mime
echo 'package javax.annotation; public @interface Generated { String value(); String date(); String comments(); }' \
  > client/src/main/java/javax/annotation/Generated.java
echo 'package org.apache.http.entity.mime; public class MultipartEntityBuilder { }' \
  > client/src/main/java/org/apache/http/entity/mime/MultipartEntityBuilder.java
cp java.java Probe.java
javac -nowarn -d classes -cp "$JAR" $(find client/src/main/java -name '*.java') Probe.java
"""

RUST = """
mkdir -p src && cp rust.rs src/main.rs
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2024"
[dependencies]
openapi = { path = "client" }
reqwest = { version = "*", default-features = false }
serde_json = "1"
tokio = { version = "1", features = ["rt", "macros"] }
[workspace]
TOML
cargo build --quiet
"""

CLIENTS = [
    Client(
        "openapi-python-client",
        "Python",
        '"$KIT/python/.venv/bin/openapi-python-client" generate --path "$CONTRACT" --meta none --output-path client',
        '"$PYTHON" -m compileall -q client',
        "openapi-python-client.py",
        '"$KIT/python/.venv/bin/python" openapi-python-client.py',
    ),
    openapi_generator("python", "Python", '"$PYTHON" -m compileall -q client/openapi_client', "python.py", '"$PYTHON" python.py'),
    Client(
        "datamodel-code-generator",
        "Python",
        '"$PYTHON" -m datamodel_code_generator --input "$CONTRACT" --input-file-type openapi --output client.py'
        " --output-model-type pydantic_v2.BaseModel",
        '"$PYTHON" client.py',
    ),
    Client(
        "openapi-typescript, openapi-fetch",
        "TypeScript",
        'mkdir -p client && "$KIT/typescript/node_modules/.bin/openapi-typescript" "$CONTRACT" -o client/schema.d.ts',
        f"{TSC} openapi-fetch.ts",
        "openapi-fetch.ts",
        f"{BUNDLE} openapi-fetch.ts && node probe.cjs",
    ),
    Client(
        "hey-api",
        "TypeScript",
        'openapi-ts -i "$CONTRACT" -o client',
        f"{TSC} hey-api.ts",
        "hey-api.ts",
        f"{BUNDLE} hey-api.ts && node probe.cjs",
    ),
    Client(
        "orval",
        "TypeScript",
        'orval --input "$CONTRACT" --output client/api.ts --client fetch',
        f"{TSC} orval.ts",
        "orval.ts",
        f"{BUNDLE} orval.ts && node probe.cjs",
    ),
    Client(
        "orval, zod",
        "TypeScript",
        'orval --input "$CONTRACT" --output client/zod.ts --client zod',
        "test -s client/zod.ts",
    ),
    openapi_generator(
        "typescript-fetch",
        "TypeScript",
        f"{TSC} typescript-fetch.ts",
        "typescript-fetch.ts",
        f"{BUNDLE} typescript-fetch.ts && node probe.cjs",
    ),
    openapi_generator(
        "typescript-axios",
        "TypeScript",
        f"{TSC} typescript-axios.ts",
        "typescript-axios.ts",
        f"{BUNDLE} typescript-axios.ts && node probe.cjs",
    ),
    openapi_generator("typescript-rxjs", "TypeScript", f"{TSC} client/index.ts"),
    openapi_generator(
        "javascript",
        "JavaScript",
        "for file in $(find client/src -name '*.js'); do cp $file check.mjs && node --check check.mjs; done",
        "javascript.js",
        f"{BUNDLE} javascript.js && node probe.cjs",
    ),
    openapi_generator("go", "Go", GO, "go.go", "./go-probe"),
    Client(
        "openapi-generator java, native",
        "Java",
        # Without a library from Maven that is not at hand.
        f"{generated('java')} --library native --additional-properties=openApiNullable=false",
        JAVA,
        "java.java",
        'java -cp "classes:$JAR" Probe',
    ),
    openapi_generator(
        "php", "PHP", "for file in $(find client/lib -name '*.php'); do php -l $file; done", "php.php", "php php.php"
    ),
    openapi_generator(
        "ruby", "Ruby", "for file in $(find client/lib -name '*.rb'); do ruby -c $file; done", "ruby.rb", "ruby ruby.rb"
    ),
    openapi_generator("perl", "Perl", "perl -Iclient/lib -c perl.pl", "perl.pl", "perl perl.pl"),
    openapi_generator("rust", "Rust", RUST, "rust.rs", "target/debug/probe"),
    openapi_generator(
        "r",
        "R",
        "for file in client/R/*.R; do Rscript -e 'invisible(parse(commandArgs(TRUE)))' $file; done",
        "r.R",
        "Rscript r.R",
    ),
    openapi_generator(
        "cpp-restsdk",
        "C++",
        "g++ -std=c++17 -w -Iclient/include cpp.cpp $(find client/src -name '*.cpp') -o cpp-probe -lcpprest -lcrypto -lpthread",
        "cpp.cpp",
        "./cpp-probe",
    ),
    openapi_generator("bash", "Bash", "bash -O extglob -n client/client.sh", "bash.sh", "bash bash.sh"),
    openapi_generator("nim", "Nim", "nim check --hints:off client/openapiclient.nim"),
    openapi_generator("lua", "Lua", "luac5.4 -p $(find client/openapiclient -name '*.lua')"),
    *(
        openapi_generator(generator, language)
        for generator, language in (
            ("c", "C"),
            ("clojure", "Clojure"),
            ("crystal", "Crystal"),
            ("csharp", "C#"),
            ("dart", "Dart"),
            ("elixir", "Elixir"),
            ("groovy", "Groovy"),
            ("haskell-http-client", "Haskell"),
            ("kotlin", "Kotlin"),
            ("ocaml", "OCaml"),
            ("powershell", "PowerShell"),
            ("scala-sttp4", "Scala"),
            ("swift6", "Swift"),
        )
    ),
]
