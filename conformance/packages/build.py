#!/usr/bin/env python3
"""Builds the packages for other languages into target/packages. Publishes nothing.

contract    npm and PyPI: the contract's files
python      the Python client, as conformance/python/prepare.sh made it
typescript  the TypeScript client, as conformance/typescript/prepare.sh made it
sandbox     a wheel with the sandbox's program inside
"""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
KIT = HERE.parent
ROOT = KIT.parent
OUT = ROOT / "target/packages"
DIST = OUT / "dist"
VENV = HERE / ".venv"


def run(*command, cwd=ROOT):
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def tools():
    """The builders, as requirements.txt pins them."""
    pins = HERE / "requirements.txt"
    installed = VENV / "requirements.txt"
    if installed.exists() and installed.read_text() == pins.read_text():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    run("python3", "-m", "venv", VENV)
    run(VENV / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", pins)
    shutil.copy(pins, installed)


def licences(project):
    for path in ROOT.glob("LICENSE-*"):
        shutil.copy(path, project)


def wheel(project):
    licences(project)
    run(VENV / "bin/python", "-m", "build", "--no-isolation", "--outdir", DIST, project)


def pack(project):
    licences(project)
    run("npm", "pack", "--silent", "--pack-destination", DIST, cwd=project)


def contract_files(folder):
    """What both packages of the contract hold."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "openapi.yaml", folder)
    shutil.copy(ROOT / "openapi.json", folder)
    shutil.copy(ROOT / "CHANGELOG-contract.md", folder)
    shutil.copy(KIT / "case.schema.json", folder)
    shutil.copytree(KIT / "cases", folder / "cases")
    shutil.copytree(ROOT / "tests/fixtures", folder / "fixtures")
    codes = json.loads((ROOT / "openapi.json").read_text())["components"]["schemas"]["VendorCode"]["x-error-codes"]
    (folder / "error-codes.json").write_text(json.dumps(codes, indent=2) + "\n")


def with_version(name, folder):
    version = json.loads((ROOT / "openapi.json").read_text())["info"]["version"]
    (folder / name).write_text((HERE / "contract" / name).read_text().replace("VERSION", version))


def contract():
    npm, pypi = OUT / "contract/npm", OUT / "contract/pypi"
    contract_files(npm)
    shutil.copy(HERE / "contract/README.md", npm)
    with_version("package.json", npm)
    pack(npm)
    contract_files(pypi / "thordata_cdk_contract")
    shutil.copy(HERE / "contract/README.md", pypi)
    shutil.copy(HERE / "contract/__init__.py", pypi / "thordata_cdk_contract")
    with_version("pyproject.toml", pypi)
    wheel(pypi)


def clients():
    for language in ("python", "typescript"):
        run(KIT / language / "prepare.sh")
    wheel(KIT / "python")
    pack(KIT / "typescript")


def sandbox():
    maturin = VENV / "bin/maturin"
    licences(HERE / "sandbox")
    run(maturin, "build", "--quiet", "--release", "--locked", "--out", DIST, cwd=HERE / "sandbox")


if __name__ == "__main__":
    shutil.rmtree(OUT, ignore_errors=True)
    DIST.mkdir(parents=True)
    tools()
    contract()
    clients()
    sandbox()
    for path in sorted(DIST.iterdir()):
        print(f"{path.stat().st_size / 1024:8.0f} KiB  {path.name}")
