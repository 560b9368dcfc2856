#!/usr/bin/env python3
"""Compares every committed Cargo.lock with a copy of RustSec's database of advisories, and says how old the copy is.

    tools/advisories.py                 checks: needs no network, so that it runs everywhere
    tools/advisories.py --update CLONE  takes a newer copy, from a clone of https://github.com/rustsec/advisory-db

The copy, advisories.jsonl, has of each advisory what it takes to compare versions, and nothing of its text.
"""

import json
import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
COPY = HERE / "advisories.jsonl"

# Advisories that do not apply here, each with the reason.
IGNORED = {}


def release(text):
    """A version as numbers that compare as SemVer does; a build's name does not count."""
    core, _, pre = text.strip().split("+")[0].partition("-")
    numbers = [int(part) for part in core.split(".")]
    numbers += [0] * (3 - len(numbers))
    # No pre-release is above every pre-release; numbers are below names.
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")] if pre else []
    return (*numbers, not pre, parts)


def bounds(comparator):
    """The lowest version of a comparator and the first above it, either of them None, and whether each is included."""
    operator, version = re.fullmatch(r"(>=|<=|>|<|=|\^|~)?\s*([0-9].*)", comparator.strip()).groups()
    found = release(version)
    match operator:
        case ">=":
            return found, True, None, False
        case ">":
            return found, False, None, False
        case "<":
            return None, False, found, False
        case "<=":
            return None, False, found, True
        case "=":
            return found, True, found, True
    major, minor, patch = (*map(int, version.split("-")[0].split("+")[0].split(".")), 0, 0)[:3]
    given = version.split("-")[0].count(".") + 1
    if operator == "~":
        above = f"{major + 1}" if given == 1 else f"{major}.{minor + 1}"
    elif major or given == 1:
        above = f"{major + 1}"
    elif minor or given == 2:
        above = f"0.{minor + 1}"
    else:
        above = f"0.0.{patch + 1}"
    return found, True, release(above), False


def matches(version, requirement):
    """Whether a version fits a requirement such as `>=1.2.3, <2`."""
    wanted = release(version)
    for comparator in requirement.split(","):
        low, with_low, high, with_high = bounds(comparator)
        if low is not None and not (wanted > low or (with_low and wanted == low)):
            return False
        if high is not None and not (wanted < high or (with_high and wanted == high)):
            return False
    return True


def concerns(advisory, version):
    harmless = advisory["patched"] + advisory["unaffected"]
    return not any(matches(version, requirement) for requirement in harmless)


def locked():
    """Name and version of each package from a registry, with the lock files that have it."""
    listed = subprocess.run(["git", "ls-files", "*Cargo.lock"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = {}
    for lock in listed.stdout.split():
        for package in tomllib.loads((ROOT / lock).read_text())["package"]:
            if "source" in package:
                found.setdefault((package["name"], package["version"]), []).append(lock)
    return found


def update(clone):
    def git(*command):
        done = subprocess.run(["git", "-C", clone, *command], stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.strip()

    lines = [{"source": "https://github.com/rustsec/advisory-db", "commit": git("rev-parse", "HEAD"),
              "date": git("log", "-1", "--format=%cs")}]
    for path in sorted(git("ls-tree", "-r", "--name-only", "HEAD", "crates").splitlines()):
        advisory = tomllib.loads(git("show", f"HEAD:{path}").split("```")[1].removeprefix("toml"))
        about, versions = advisory["advisory"], advisory["versions"]
        if "withdrawn" not in about:
            lines.append({"id": about["id"], "package": about["package"], "kind": about.get("informational", "vulnerability"),
                          "patched": versions.get("patched", []), "unaffected": versions.get("unaffected", [])})
    COPY.write_text("".join(json.dumps(line) + "\n" for line in lines))


def main(arguments):
    match arguments:
        case ["--update", clone]:
            update(clone)
        case []:
            pass
        case _:
            sys.exit(__doc__)
    about, *advisories = map(json.loads, COPY.read_text().splitlines())
    packages = locked()
    by_name = {}
    for advisory in advisories:
        by_name.setdefault(advisory["package"], []).append(advisory)
    found, used = [], set()
    for (name, version), locks in sorted(packages.items()):
        for advisory in by_name.get(name, []):
            if concerns(advisory, version):
                used.add(advisory["id"])
                if advisory["id"] not in IGNORED:
                    found.append(f"{advisory['id']} ({advisory['kind']}): {name} {version}, in {', '.join(locks)}")
    age = (datetime.now(UTC).date() - datetime.fromisoformat(about["date"]).date()).days
    print(f"{len(packages)} packages against {len(advisories)} advisories of {about['date']} ({age} days old)")
    for identifier in IGNORED.keys() - used:
        found.append(f"{identifier} is ignored and concerns nothing any more: take it out of tools/advisories.py")
    print("\n".join(found) or "none concerns them")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
