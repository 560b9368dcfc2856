# The recipes that people run are the ones that CI runs: `.ci/run` calls `just ci`.

import 'tools/promises.just'
import 'issuer/issuer.just'
import 'conformance/conformance.just'

default:
    @just --list

# Everything CI runs.
ci: test fifth format lint circles docs docs-links features weight bench-instructions-check package examples downstream regenerate-downstream test-postgres replicas-short chaos-sqlite-short model spec page conformance conformance-mutants conformance-languages packages contract-diff-test contract-diff follow against-contract cli-page versions public-api msrv minimal-versions tokio-lts deny advisories fuzz clean-tree

# Every test of every member.
test:
    cargo test --workspace

# Hostile replies, surroundings, files and requests by name, and what library, command line and sandbox did with each.
hostile:
    cargo test -q -p thordata-cdk-cli --test it -- --nocapture --exact hostile::each_hostile_input_comes_to_what_the_table_says

# Formatting.
format:
    cargo fmt --all -- --check

# Warnings are errors.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# The rendered documentation, warnings as errors.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items
    RUSTDOCFLAGS="-D warnings" cargo doc -p thordata-cdk --no-deps --features blocking,httpmock,watch,schemars,jiff,chrono,time

# What a user's build compiles: no generator without the feature `generate`, nothing of the sandbox or the
# command line, few crates in two versions. And the build that takes the copy of the client in the package.
weight:
    #!/usr/bin/env bash
    set -euo pipefail
    tree() { cargo tree -p thordata-cdk --prefix none "$@" | sed 's/ (.*//' | sort -u; }
    none() { if grep -E "^($1) v"; then echo "these must not be in: cargo tree -p thordata-cdk $2" >&2; exit 1; fi; }
    generator='progenitor|progenitor-impl|typify|typify-impl|openapiv3|saphyr|saphyr-parser|regex|schemars'
    tree -e normal,build --no-default-features | none "$generator" "-e normal,build --no-default-features"
    tree -e normal,build --no-default-features --features rustls,blocking,watch | none "$generator" "without generate"
    tree -e normal --all-features | none 'progenitor|progenitor-impl|typify|openapiv3|saphyr|saphyr-parser|axum|clap|thordata-cdk-sandbox' "-e normal"
    tree -e normal,build | none 'aws-lc-rs|openssl' "-e normal,build"
    tree -e normal,build --no-default-features --features rustls-aws-lc-rs | none 'ring|openssl' "--features rustls-aws-lc-rs"
    tree -e normal,build --no-default-features --features rustls-no-provider | none 'ring|aws-lc-rs' "--features rustls-no-provider"
    tree -e normal,build --no-default-features | none 'rustls|ring|openssl|h2' "--no-default-features"
    tree -e normal,build | none 'prettyplease|progenitor-macro|serde_yaml' "-e normal,build"
    echo "In two versions or with two sets of features, with every default feature:"
    twice=$(cargo tree -p thordata-cdk -e normal,build -d --depth 0 --prefix none | grep -E '^[a-z]' | sort -u)
    echo "$twice"
    # syn 2 is schemars 0.8's, which progenitor uses.
    test "$(cut -d' ' -f1 <<<"$twice" | sort -u)" = syn
    cargo check -p thordata-cdk --no-default-features --features schemars
    THORDATA_CDK_PREGENERATED=1 cargo check -p thordata-cdk
    # A program that lacks TLS or a crypto provider gets an error, and does not panic.
    refused() {
        cp Cargo.lock benches/weight/ours/
        said=$(THORDATA_CDK_BASE_URL=https://127.0.0.1:9 THORDATA_PUBLIC_TOKEN=t THORDATA_PUBLIC_KEY=k \
            cargo run --quiet --target-dir target/weight/refused \
            --manifest-path benches/weight/ours/Cargo.toml --no-default-features --features "$1" 2>&1 || true)
        rm benches/weight/ours/Cargo.lock
        echo "$said"
        grep -q '^Error: Config(.*enable the feature `rustls`' <<<"$said"
    }
    refused rustls-no-provider
    refused ""

# By hand: what a program pays for depending on this crate, in CPU seconds of cold builds. A round is about 25
# minutes of CPU.
bench-build *ARGS:
    python3 benches/weight/bench.py {{ARGS}}

# The library as it would be published, built from its package alone.
package:
    cargo package -p thordata-cdk --allow-dirty

# Each example, the newcomer's first, and a short walk over faults.
examples:
    cargo run --example quickstart
    cargo run --example revoke_unsold
    cargo run --example watch_redemptions
    cargo run --example blocking
    cargo run --example own_http_client
    cargo run --example tracing
    cargo run --example metrics
    cargo run --example mock_in_tests
    cargo run -p thordata-cdk-issuer --example faults -- --orders 500 --seed 2 --store sqlite

# The service in examples/downstream, as a stranger has it: copied out of the tree, on the packaged crates.
downstream:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo fmt --check --manifest-path examples/downstream/Cargo.toml
    away=$(mktemp -d)
    trap 'rm -rf "$away"' EXIT
    tools/downstream-copy "$away"
    cd "$away/examples/downstream"
    export CARGO_TARGET_DIR="{{justfile_directory()}}/target"
    cargo test

# The walk of docs/regenerate.md in that copy: a contract of its own gives it a new field and a new operation.
regenerate-downstream:
    conformance/follow/downstream.py regenerate

# Nothing above may have changed a committed file.
clean-tree:
    git diff --exit-code

# The contract under Spectral and the project's own rules, and each rule tried on a broken contract.
spec:
    spec/install.sh node
    node spec/bundle.mjs --check
    node spec/lint.mjs
    node --test spec/rules.test.mjs

# The sandbox's page, used in a headless Chromium; screenshots in target/page/. Needs Debian's chromium.
page:
    spec/install.sh node
    cargo build -p thordata-cdk-sandbox
    node --test spec/page.test.mjs

# The sandbox against the contract: some hundred made-up requests in both of its modes, and the scenarios
# through a proxy that holds every request and reply against the contract.
against-contract:
    spec/install.sh
    cargo build -p thordata-cdk-sandbox
    node spec/fuzz.mjs 60
    node spec/proxy.mjs

# By hand: the same with 2,000 made-up examples for each operation. Some minutes.
fuzz-long seed="1":
    spec/install.sh
    cargo build -p thordata-cdk-sandbox
    node spec/fuzz.mjs 2000 {{seed}}

# By hand: 200,000 orders over faults and crashes, with the vendor's own retry policy for comparison.
walk-long seed="1":
    cargo run --release -p thordata-cdk-issuer --example faults -- --orders 200000 --seed {{seed}} --store sqlite

# The instructions of one call and one row, against the committed figures: fails above 1.05 times.
bench-instructions-check: valgrind peers
    python3 benches/instructions.py --check

# The same of every client, side by side.
bench-instructions: valgrind peers
    python3 benches/instructions.py

# Commits to new figures: say in the message why.
bench-instructions-update: valgrind peers
    python3 benches/instructions.py --update

# By hand: the side-by-side table, into docs/benchmarks.md. Some minutes, and a quarter of an hour for each round
# of cold builds.
bench rounds="1": valgrind peers
    cargo build --release -p thordata-cdk-cli
    python3 benches/table.py {{rounds}}

[private]
peers:
    cargo build --release -p thordata-cdk-peers

[private]
valgrind:
    valgrind --version || (apt-get update -qq && apt-get install -y -qq valgrind)

# By hand: the pacer against limits that it does not know, about two and a half minutes.
bench-pace:
    cargo bench --bench pace

# By hand: how long a hundred sandboxes take to start, and what a change costs with a state file.
bench-sandbox:
    cargo bench -p thordata-cdk-sandbox

# A copy of the package with a fifth operation in its contract builds without another edit.
fifth:
    cargo test -p thordata-cdk --test it -- --ignored --exact generated::fifth::a_fifth_operation_compiles_and_returns_its_envelope

# Rewrite src/generated/client.rs, the reviewed copy of the generated client, after a change of the contract.
golden:
    UPDATE_GOLDEN=1 cargo test -p thordata-cdk --test it generated

# What each command prints on a terminal of 80 and of 40 columns, written anew into cli/tests/screens/: read the
# difference. `just test` compares.
cli-screens:
    SNAPSHOTS=overwrite cargo test -p thordata-cdk-cli --test it screens

# The pages of `thordata-cdk report --html` and `cards` in a browser, on a phone and on paper: is everything there?
# Installs Chromium, poppler to read the PDF, and a font with Chinese letters.
cli-page:
    command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }
    command -v pdftotext >/dev/null && fc-list :lang=zh | grep -q . || { apt-get update -qq && apt-get install -y -qq --no-install-recommends poppler-utils fontconfig fonts-droid-fallback; }
    cargo test -p thordata-cdk-cli --test it -- --ignored browser::
