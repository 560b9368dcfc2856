"""What a program pays for depending on this crate: cold builds of two programs that do the same.

`hand` does the four operations by hand on reqwest, `ours` on this crate. Each build starts from an empty
target folder, with what is downloaded already, and is charged the CPU seconds (user and system) of cargo
and all it starts. Rounds interleave the builds; the table shows medians and the ratio to the `hand` that
it names. Prints Markdown.

    python3 benches/weight/bench.py [--rounds N] [--jobs N] [--only NAME;NAME] [--profile debug|release]
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "target" / "weight"

# name: (program, features, the build that it is compared with, goals of the ratio: debug, release, binary)
BUILDS = {
    "by hand, no TLS": ("hand", "", None, {}),
    "the copy in the package, no TLS": (
        "ours", "", "by hand, no TLS", {"debug": 1.05, "release": 1.05, "binary": 1.05}),
    "generated, no TLS": (
        "ours", "generate", "by hand, no TLS", {"debug": 1.66, "release": 1.40, "binary": 1.05}),
    "by hand, rustls on ring": ("hand", "ring", None, {}),
    "the copy in the package, rustls on ring": (
        "ours", "rustls", "by hand, rustls on ring", {"debug": 1.05, "release": 1.05, "binary": 1.05}),
    "by hand, rustls on aws-lc (reqwest's default)": ("hand", "aws-lc-rs", None, {}),
    "default features (generated, rustls on ring)": (
        "ours", "default", "by hand, rustls on aws-lc (reqwest's default)", {"debug": 1.00, "release": 1.00}),
}


def build(name, profile, jobs):
    """CPU seconds, crates compiled, bytes of the program: of one cold build."""
    program, features, _, _ = BUILDS[name]
    # The versions of the workspace; what neither program uses is dropped by cargo.
    lock = HERE / program / "Cargo.lock"
    shutil.copy(ROOT / "Cargo.lock", lock)
    target = WORK / "target"
    shutil.rmtree(target, ignore_errors=True)
    command = [
        "cargo", "build", "--offline", f"-j{jobs}", "--manifest-path", HERE / program / "Cargo.toml",
        "--target-dir", target, "--no-default-features", "--features", features,
    ] + (["--release"] if profile == "release" else [])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lock.unlink()
    if done.returncode != 0:
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    crates = len(set(re.findall(r"Compiling (\S+ v\S+)", done.stderr)))
    binary = target / profile / program
    if profile == "release":
        subprocess.run(["strip", binary], check=True)
    size = binary.stat().st_size
    shutil.rmtree(target)
    return cpu, crates, size


def table(profile, seen):
    """Markdown: one row a build."""
    binary = "" if profile == "debug" else " program, stripped (ratio, goal) |"
    print(f"\n| {profile} | CPU s | ratio | goal | crates |{binary}")
    print("|---|---|---|---|---|" + ("" if profile == "debug" else "---|"))
    for name, runs in seen.items():
        _, _, against, goals = BUILDS[name]
        cpu = statistics.median(run[0] for run in runs)
        base = seen.get(against)
        ratio = size_ratio = "-"
        if base:
            ratio = f"{cpu / statistics.median(run[0] for run in base):.2f}"
            size_ratio = f"{runs[0][2] / base[0][2]:.3f}"
        goal = f"{goals[profile]:.2f}" if profile in goals else "-"
        spread = f"{min(run[0] for run in runs):.1f} to {max(run[0] for run in runs):.1f}"
        row = f"| {name} | {cpu:.1f} ({spread}) | {ratio} | {goal} | {runs[0][1]} |"
        if profile == "release":
            limit = f", {goals['binary']:.2f}" if "binary" in goals else ""
            row += f" {runs[0][2] / 1e6:.2f} MB ({size_ratio}{limit}) |"
        print(row)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", help="names, with semicolons between", default=None)
    parser.add_argument("--profile", choices=["debug", "release"], default=None)
    chosen = parser.parse_args()
    os.environ.pop("CARGO_TARGET_DIR", None)
    # As a crate from the registry is compiled; one by path would be prepared for changes.
    os.environ["CARGO_INCREMENTAL"] = "0"
    names = [name for name in BUILDS if not chosen.only or name in chosen.only.split(";")]
    profiles = [chosen.profile] if chosen.profile else ["debug", "release"]
    seen = {profile: {name: [] for name in names} for profile in profiles}
    for turn in range(chosen.rounds):
        for profile in profiles:
            for name in names:
                run = build(name, profile, chosen.jobs)
                seen[profile][name].append(run)
                load = os.getloadavg()[0]
                note = f"{turn} {profile}, {name}: {run[0]:.1f} s, {run[1]} crates, {run[2]} bytes, load {load:.1f}"
                print(note, file=sys.stderr, flush=True)
    for profile in profiles:
        table(profile, seen[profile])


if __name__ == "__main__":
    main()
