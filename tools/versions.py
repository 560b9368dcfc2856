"""Versions in step: every published member has the workspace's version, asks the others for exactly that line
of versions, and the changelog has a section for it, which is dated once the version is tagged."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


metadata = json.loads(run("cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"))
members = [package for package in metadata["packages"] if package["publish"] != []]
names = {member["name"] for member in members}
versions = {member["version"] for member in members}
wrong = []
if len(versions) != 1:
    wrong.append(f"the members have different versions: {sorted(versions)}")
version = sorted(versions)[-1]

for member in members:
    for field in ("description", "license", "readme", "rust_version", "keywords", "categories"):
        if not member[field]:
            wrong.append(f"{member['name']} has no `{field}`")
    for dependency in member["dependencies"]:
        if dependency["name"] in names:
            # Without a version it is dropped on publishing, which is meant for tests alone.
            path_only = dependency["req"] == "*" and dependency["kind"] == "dev"
            if not path_only and dependency["req"].lstrip("^=") != version:
                wrong.append(f"{member['name']} asks for {dependency['name']} {dependency['req']}, not {version}")

# The clients for other languages follow the contract as this version of the repository has it.
python = tomllib.loads(Path("conformance/python/pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
typescript = json.loads(Path("conformance/typescript/package.json").read_text(encoding="utf-8"))["version"]
for package, its in (("the Python client", python), ("the TypeScript client", typescript)):
    if its != version:
        wrong.append(f"{package} has the version {its}, not {version}")
contract = json.loads(Path("openapi.json").read_text(encoding="utf-8"))["info"]["version"]
contract_changes = Path("CHANGELOG-contract.md").read_text(encoding="utf-8")
if not re.search(rf"^## {re.escape(contract)}\b", contract_changes, re.MULTILINE):
    wrong.append(f"CHANGELOG-contract.md has no section `## {contract}`")

changelog = open("CHANGELOG.md", encoding="utf-8").read()
section = re.search(rf"^## {re.escape(version)} \((.*)\)$", changelog, re.MULTILINE)
tagged = run("git", "tag", "--list", f"v{version}").strip()
if not section:
    wrong.append(f"CHANGELOG.md has no section `## {version} (unreleased)` or `## {version} (YYYY-MM-DD)`")
elif tagged and not re.fullmatch(r"\d{4}-\d\d-\d\d", section[1]):
    wrong.append(f"{version} is tagged, and CHANGELOG.md says `{section[1]}`")

if wrong:
    sys.exit("\n".join(wrong))
print(f"{version}: {', '.join(sorted(names))}; changelog: {section[1]}")
if not all(member["repository"] for member in members):
    print("Before publishing: set `repository`, which no manifest has.")
