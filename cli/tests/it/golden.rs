//! Golden output: what is printed, word for word, on the sample data of `--sandbox`.
//!
//! `TRYCMD=overwrite cargo test -p thordata-cdk-cli --test it golden` rewrites it; read the difference.

use crate::support::{NOW, binary};

#[test]
fn output_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| folder.path().join(name).display().to_string();
    trycmd::TestCases::new()
        .env("THORDATA_CDK_NOW", NOW.to_string())
        .env("THORDATA_CDK_CONFIG_DIR", inside("config"))
        .env("THORDATA_CDK_DATA_DIR", inside("data"))
        .env("THORDATA_PUBLIC_TOKEN", "")
        .env("THORDATA_PUBLIC_KEY", "")
        .env("THORDATA_CDK_BASE_URL", "")
        .env("TZ", "UTC")
        .env("COLUMNS", "100")
        .register_bin("thordata-cdk", binary())
        .case("tests/golden/*.trycmd")
        .run();
}
