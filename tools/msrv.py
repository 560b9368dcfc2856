"""Whether Rust 1.88, or what `rust-version` says, suffices: a build where that toolchain is there,
and otherwise what the manifests of all dependencies declare."""

import json
import subprocess
import sys


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def number(version):
    return tuple(int(part) for part in (version.split("-")[0].split(".") + ["0", "0"])[:3])


metadata = json.loads(run("cargo", "metadata", "--format-version", "1", "--locked"))
packages = {package["id"]: package for package in metadata["packages"]}
members = set(metadata["workspace_members"])
promised = {packages[member]["rust_version"] for member in members}
if len(promised) != 1 or None in promised:
    sys.exit(f"the members of the workspace promise different versions of Rust: {promised}")
(promise,) = promised

try:
    toolchains = run("rustup", "toolchain", "list").split()
except (FileNotFoundError, subprocess.CalledProcessError):
    toolchains = []
name = next((name for name in toolchains if name.startswith(promise)), None)
if name:
    check = ["cargo", f"+{name}", "check", "--workspace", "--locked", "--target-dir", "target/msrv"]
    subprocess.run(check, check=True)
    print(f"MSRV: built with Rust {name}.")
    sys.exit()

# Everything that a user builds: normal and build dependencies, from the members on.
nodes = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
reached, ahead = set(), list(members)
while ahead:
    package = ahead.pop()
    if package not in reached:
        reached.add(package)
        kinds = [(dep["pkg"], [kind["kind"] for kind in dep["dep_kinds"]]) for dep in nodes[package]]
        ahead += [pkg for pkg, kind in kinds if kind != ["dev"]]
needs = [packages[package] for package in reached - members]
silent = sorted(package["name"] for package in needs if package["rust_version"] is None)
too_new = [
    f"{package['name']} {package['version']} needs Rust {package['rust_version']}"
    for package in needs
    if package["rust_version"] and number(package["rust_version"]) > number(promise)
]
print(f"MSRV: NOT BUILT with Rust {promise}, which is not installed here (rustup toolchain install {promise}).")
print(f"MSRV: only what manifests declare was looked at: {len(needs)} dependencies, "
      f"{len(silent)} of them declare nothing: {', '.join(silent)}.")
if too_new:
    sys.exit("\n".join(too_new))
print(f"MSRV: none declares to need more than {promise}. clippy's incompatible_msrv looks at our own code.")
