#!/usr/bin/env python3
"""The service of examples/downstream, copied out of the tree with the packaged crates, after a change of the contract.

`downstream.py follow`: the crate was released with the example of CONTRIBUTING.md in its contract. The service, which
nobody has touched, still compiles and passes its tests: it builds and matches values of the type with the new field.

`downstream.py regenerate`: the walk of docs/regenerate.md. The crate is the released one, and the service names a
contract of its own, which has the example: it gets the new field and the new operation. A contract that lacks what
the client needs is refused with the line of its file.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from follow import HERE, ROOT, five

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
CARGO = os.environ | {"CARGO_TARGET_DIR": str(TARGET)}


def cargo(service, *arguments, **options):
    return subprocess.run(["cargo", *arguments], cwd=service, env=CARGO, text=True, **options)


def follow(away, service):
    """The next release of the crate, in which only the contract is another."""
    (crate,) = away.glob("thordata-cdk-[0-9]*")
    (crate / "openapi.yaml").write_text(five())
    cargo(service, "test", "--quiet", "--test", "fixtures", check=True)
    cargo(service, "check", "--quiet", "--all-targets", check=True)
    print("follow: the service compiles, unchanged, with the field and the operation more")


def regenerate(away, service):
    contract = service / "cdk.yaml"
    page = (ROOT / "docs/regenerate.md").read_text()
    (settings,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (service / ".cargo").mkdir()
    (service / ".cargo/config.toml").write_text(settings)
    mine = five().replace("\n  version: 0.1.0\n", "\n  version: 0.1.0-shop.1\n")
    lacking = mine.replace("        use_time:\n", "        redeemed_at:\n")
    contract.write_text(lacking)
    refused = cargo(service, "check", "--quiet", capture_output=True)
    line = 1 + mine[: mine.index("\n    CdkDetails:\n") + 1].count("\n")
    expected = f"{contract}:{line}: `CdkDetails` lacks the field `use_time`, which the client reads or sends."
    if refused.returncode == 0 or expected not in refused.stderr:
        sys.exit(f"the build should have said: {expected}\n{refused.stderr}")
    print(f"regenerate: refused as it should be: {expected}")
    # The same file, corrected: the build notices by itself.
    contract.write_text(mine)
    (service / "tests/regenerated.rs").write_text((HERE / "regenerated.rs").read_text())
    cargo(service, "test", "--quiet", check=True)
    print("regenerate: the service has the field and the operation, without a fork")


def main():
    with tempfile.TemporaryDirectory() as name:
        away = Path(name).resolve()
        subprocess.run([ROOT / "tools/downstream-copy", away], check=True)
        {"follow": follow, "regenerate": regenerate}[sys.argv[1]](away, away / "examples/downstream")


if __name__ == "__main__":
    main()
