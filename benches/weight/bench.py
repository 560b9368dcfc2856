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


def ratios(profile, seen):
    """For each build with a goal: its name, the ratio, the goal. Of CPU seconds, and of the program's size."""
    for name, runs in seen.items():
        _, _, against, goals = BUILDS[name]
        base = seen.get(against)
        if base and profile in goals:
            yield f"{name}: cold {profile} build, CPU seconds", cpu(runs) / cpu(base), goals[profile]
        if base and profile == "release" and "binary" in goals:
            yield f"{name}: size of the stripped program", runs[0][2] / base[0][2], goals["binary"]


def cpu(runs):
    return statistics.median(run[0] for run in runs)


def table(profile, seen):
    """Markdown: one row a build."""
    release = profile == "release"
    lines = [
        f"| {profile} | CPU s (least to most) | ratio | crates |" + (" program, stripped | ratio |" if release else ""),
        "|---|---|---|---|" + ("---|---|" if release else ""),
    ]
    for name, runs in seen.items():
        against = seen.get(BUILDS[name][2])
        ratio = f"{cpu(runs) / cpu(against):.2f}" if against else ""
        spread = f"{min(run[0] for run in runs):.1f} to {max(run[0] for run in runs):.1f}"
        row = f"| {name} | {cpu(runs):.1f} ({spread}) | {ratio} | {runs[0][1]} |"
        if release:
            size_ratio = f"{runs[0][2] / against[0][2]:.2f}" if against else ""
            row += f" {runs[0][2] / 1e6:.2f} MB | {size_ratio} |"
        lines.append(row)
    return "\n".join(lines)


def measure(rounds, jobs, names=tuple(BUILDS), profiles=("debug", "release")):
    """By profile and name: the runs, each CPU seconds, crates and bytes."""
    os.environ.pop("CARGO_TARGET_DIR", None)
    # As a crate from the registry is compiled; one by path would be prepared for changes.
    os.environ["CARGO_INCREMENTAL"] = "0"
    seen = {profile: {name: [] for name in names} for profile in profiles}
    for turn in range(rounds):
        for profile in profiles:
            for name in names:
                run = build(name, profile, jobs)
                seen[profile][name].append(run)
                load = os.getloadavg()[0]
                note = f"{turn} {profile}, {name}: {run[0]:.1f} s, {run[1]} crates, {run[2]} bytes, load {load:.1f}"
                print(note, file=sys.stderr, flush=True)
    return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", help="names, with semicolons between", default=None)
    parser.add_argument("--profile", choices=["debug", "release"], default=None)
    chosen = parser.parse_args()
    names = [name for name in BUILDS if not chosen.only or name in chosen.only.split(";")]
    profiles = [chosen.profile] if chosen.profile else ["debug", "release"]
    for profile, runs in measure(chosen.rounds, chosen.jobs, names, profiles).items():
        print(f"\n{table(profile, runs)}")
        for what, ratio, goal in ratios(profile, runs):
            print(f"{what}: {ratio:.2f}, goal {goal:.2f}")


if __name__ == "__main__":
    main()
