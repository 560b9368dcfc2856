"""The licence texts of everything that the command and the sandbox are built from, in one file on standard
output. Fails on a crate without a text, if none is known of a licence that it declares."""

import json
import pathlib
import re
import subprocess
import sys

TARGET = "x86_64-unknown-linux-gnu"
NAMES = re.compile(r"^(li[cs]en[cs]e|copying|notice|unlicense)", re.IGNORECASE)

metadata = json.loads(
    subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET],
        check=True, capture_output=True, text=True,
    ).stdout
)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
reached, ahead = set(), [id for id in metadata["workspace_members"] if packages[id]["publish"] != []]
while ahead:
    package = ahead.pop()
    if package not in reached:
        reached.add(package)
        # What is linked in; build scripts and tests are not.
        ahead += [dep["pkg"] for dep in nodes[package] if None in [kind["kind"] for kind in dep["dep_kinds"]]]


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    named = [folder / package["license_file"]] if package["license_file"] else []
    found = named + sorted(path for path in folder.iterdir() if NAMES.match(path.name) and path.is_file())
    return {path.name: path.read_text(encoding="utf-8", errors="replace").strip() for path in found}


def plain(expression):
    return sorted(set(re.findall(r"[\w.-]+", (expression or "").replace("/", " OR "))) - {"OR", "AND", "WITH"})


others = sorted((packages[id] for id in reached - set(metadata["workspace_members"])), key=lambda package: (package["name"], package["version"]))
same, without = {}, []
for package in others:
    found = texts(package)
    for text in found.values():
        same.setdefault(text, []).append(f"{package['name']} {package['version']}")
    if not found:
        without.append(package)

# For a crate that ships no text: those beside this file, and those of crates with that one licence.
standard = {path.stem: path.read_text() for path in pathlib.Path(__file__).parent.glob("*.txt")}
for package in others:
    for name, text in texts(package).items():
        for licence in plain(package["license"]):
            if len(plain(package["license"])) == 1 or licence.split("-")[0].lower() in name.lower():
                standard.setdefault(licence, text)
lost = [package["name"] for package in without if not set(plain(package["license"])) & set(standard)]
if lost:
    sys.exit(f"no licence text is known for: {', '.join(lost)}")

print("Third-party licences\n====================\n")
for package in others:
    authors = f", by {', '.join(package['authors'])}" if package["authors"] else ""
    print(f"{package['name']} {package['version']}: {package['license'] or 'see its text'}{authors}")
for text, users in sorted(same.items(), key=lambda item: item[1]):
    print(f"\n{'-' * 100}\n{', '.join(sorted(set(users)))}\n\n{text}")
for package in without:
    licence = next(name for name in plain(package["license"]) if name in standard)
    print(f"\n{'-' * 100}\n{package['name']} {package['version']} comes without a text; the text of {licence}, "
          f"without its own names:\n\n{standard[licence]}")
print(f"{len(others)} crates, {len(same)} texts, {len(without)} crates without one of their own", file=sys.stderr)
