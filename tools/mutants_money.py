"""Breaks the code that decides about money and secrets, one small change at a time, with cargo-mutants.

What it breaks, and what may survive, is in .cargo/mutants.toml. Each change is tried with the tests of its room first,
and only if it survives with all tests of its package: all tests for all changes would take a day. Two lanes work side
by side, each in a clone of the last commit under target/mutants. Names of files narrow the run.
"""

import collections
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import threading
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CARGO_MUTANTS = ROOT / "target/tools/bin/cargo-mutants"
PLACE = ROOT / "target/mutants"
SETTINGS = tomllib.loads((ROOT / ".cargo/mutants.toml").read_text())
LANES = 2

# The first room that a file's path begins with: the package, what to build of it, its time limit in seconds, its tests.
LIBRARY = ["--lib", "--test=it"]
COMMAND = ["--bin=thordata-cdk", "--test=it"]
REPLIES = "replies:: payload evidence envelope mocks options scenarios list::"
ROOMS = [
    # How much of a body was read matters to lists alone.
    ("src/attempt/body.rs", "thordata-cdk", LIBRARY, 40, "attempt replies:: wire:: list"),
    ("src/attempt/", "thordata-cdk", LIBRARY, 40,
     "attempt replies:: wire:: scenarios waits runtimes secrecy tracing options"),
    ("src/list/", "thordata-cdk", LIBRARY, 40, "list replies:: report summar waits"),
    ("src/redact.rs", "thordata-cdk", LIBRARY, 40, "redact secrecy replies:: wire:: tracing options"),
    ("src/", "thordata-cdk", LIBRARY, 40, REPLIES),
    ("sandbox/src/", "thordata-cdk-sandbox", LIBRARY, 40, "--skip page::"),
    ("cli/src/failure.rs", "thordata-cdk-cli", COMMAND, 60,
     "failure:: errors:: exits:: secrecy:: redact --skip hostile"),
    ("cli/src/input/", "thordata-cdk-cli", COMMAND, 60, "code_args lookalike suggest show:: revoke:: input:: --skip hostile"),
    ("cli/src/", "thordata-cdk-cli", COMMAND, 60, "time:: exits:: revoke:: input:: show:: report:: --skip hostile"),
]
WHOLE_PACKAGE_SECONDS = 200

OUTCOMES = ["caught", "unviable", "timeout", "missed"]


def room_of(path):
    for prefix, *room in ROOMS:
        if path.startswith(prefix):
            return room
    sys.exit(f"{path}: no tests are named for it in ROOMS, {pathlib.Path(__file__).name}")


def clone(lane):
    """A clone of the last commit, whose build folder survives from one run to the next."""
    folder = PLACE / f"lane-{lane}"
    if not folder.exists():
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(ROOT), str(folder)], check=True)
    subprocess.run(["git", "fetch", "--quiet", "origin", "HEAD"], cwd=folder, check=True)
    subprocess.run(["git", "checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"], cwd=folder, check=True)
    return folder


def attack(folder, path, changes, outcomes):
    package, builds, seconds, tests = room_of(path)
    output = PLACE / "outcomes" / path.replace("/", "_")
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    # Neither a build folder of the caller's, which both lanes would wait for, nor debug information, which links slowly.
    environment = {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}
    environment.update(CARGO_PROFILE_DEV_DEBUG="0", CARGO_PROFILE_TEST_DEBUG="0", CARGO_TERM_COLOR="never")
    command = [CARGO_MUTANTS, "mutants", "--in-place", "--no-shuffle", "--package", package, "--output", output,
               # Without the settings, since `--file` adds to their list of files.
               "--no-config", *(f"--exclude-re={allowed}" for allowed in SETTINGS["exclude_re"]), "--file", path,
               *(f"--cargo-arg={part}" for part in builds)]
    narrow = [*command, "--timeout", str(seconds), "--", "--", *tests.split()]
    whole = [*command, "--timeout", str(WHOLE_PACKAGE_SECONDS), "--iterate"]
    with open(output / "log", "w") as log:
        for run in (narrow, whole):
            code = subprocess.run(run, cwd=folder, env=environment, stdout=log, stderr=log).returncode
            # 0: all were found. 2: some were missed. 3: some ran out of time, which finds them, and others may be missed.
            if code not in (0, 2, 3):
                outcomes[path] = None
                print(f"{path}: cargo-mutants failed with exit code {code}; see {output}/log", flush=True)
                return
            if run is narrow and (tried := sum(len(lines(output, name)) for name in OUTCOMES)) != changes:
                outcomes[path] = None
                print(f"{path}: {tried} changes were tried of {changes}; see {output}/log", flush=True)
                return
            if not lines(output, "missed"):
                break
    outcomes[path] = lines(output, "missed")
    print(f"{path}: {changes} changes, {len(outcomes[path])} missed", flush=True)


def lines(output, name):
    return (output / "mutants.out" / f"{name}.txt").read_text().splitlines()


def main():
    listed = subprocess.run([CARGO_MUTANTS, "mutants", "--workspace", "--list"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.splitlines()
    changes = collections.Counter(line.split(":")[0] for line in listed)
    named = sys.argv[1:]
    if unknown := [name for name in named if name not in changes]:
        sys.exit(f"no changes are tried in {', '.join(unknown)}: see examine_globs in .cargo/mutants.toml")
    paths = queue.SimpleQueue()
    # The longest first, so that the lanes end together.
    for path, _ in changes.most_common():
        if not named or path in named:
            room_of(path)
            paths.put(path)
    outcomes = {}

    def work(lane):
        folder = clone(lane)
        while True:
            try:
                path = paths.get_nowait()
            except queue.Empty:
                return
            attack(folder, path, changes[path], outcomes)

    lanes = [threading.Thread(target=work, args=(lane,)) for lane in range(LANES)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    missed = [line for lines in outcomes.values() for line in lines or []]
    print(f"{sum(changes[path] for path in outcomes)} changes in {len(outcomes)} files, {len(missed)} missed")
    print(*missed, sep="\n")
    expected = named or list(changes)
    return 1 if missed or None in outcomes.values() or len(outcomes) < len(expected) else 0


sys.exit(main())
