"""Versions in step: every published member has the workspace's version, asks the others for exactly that line
of versions, and the changelog has a section for it, which is dated once the version is tagged."""

import json
import re
import subprocess
import sys


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
