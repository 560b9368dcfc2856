#!/usr/bin/env python3
"""Runs every case against the clients that are named, and prints a table.

    conformance/run.py rust python python:async typescript

A language is a folder here, and the argument of its driver after a colon. `prepare.sh CONTRACT` generates and builds its
client, `driver.sh` makes the calls that it reads from its input and writes what the client reports,
`not-expressible.json` lists the cases that its generator cannot express, each with the reason. Rust alone brings a runner
of its own, a test. Needs cargo, for the sandbox, and nothing of Python but its standard library.
"""

import json
import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path

from player import Player, cases

HERE = Path(__file__).parent
ROOT = HERE.parent
SECONDS = 30


class Driver:
    """A language's program, asked one call at a time."""

    def __init__(self, command, base_url):
        self.base_url = base_url
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def report(self, call):
        try:
            self.process.stdin.write(json.dumps(call | {"base_url": self.base_url}) + "\n")
            self.process.stdin.flush()
            line = self.lines.get(timeout=SECONDS)
        except (OSError, queue.Empty):
            line = None
        if line is None:
            self.process.kill()
            sys.exit("the driver has ended, or said nothing for too long")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        if self.process.wait(timeout=SECONDS) != 0:
            sys.exit("the driver ended with an error")


def sandbox():
    """A sandbox on a free port, where it listens, and the token of its admin API."""
    subprocess.run(["cargo", "build", "--quiet", "-p", "thordata-cdk-sandbox"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = [target / "debug/thordata-cdk-sandbox", "--port", "0", "--seed", "1"]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    exports = {}
    for line in process.stdout:
        name, _, value = line.removeprefix("export ").strip().partition("=")
        exports[name] = value
        if name == "THORDATA_CDK_SANDBOX_ADMIN_TOKEN":
            return process, exports["THORDATA_CDK_BASE_URL"], value
    sys.exit("the sandbox did not start")


def run(language, player):
    """How many cases passed, failed, and were listed as not expressible; and what is wrong."""
    name, *argument = language.split(":")
    folder = HERE / name
    listed = json.loads((folder / "not-expressible.json").read_text())
    subprocess.run([folder / "prepare.sh", ROOT / "openapi.json"], check=True, stdout=sys.stderr)
    driver = Driver([folder / "driver.sh", *argument], player.base_url)
    passed, inexpressible, wrong = 0, 0, []
    every = {case["name"]: case for case in cases()}
    for name in listed.keys() - every.keys():
        wrong.append(f"{name}: not-expressible.json lists it, and there is no such case")
    for name, case in every.items():
        entry = listed.get(name)
        problem = player.play(case, driver.report)
        if entry is None and problem is None:
            passed += 1
        elif entry is None:
            wrong.append(f"{name}: {problem}")
        elif problem is None:
            wrong.append(f"{name}: it passes now; take it out of not-expressible.json")
        elif player.reported != entry["instead"]:
            wrong.append(f"{name}: reported {player.reported}, unlike in not-expressible.json")
        else:
            inexpressible += 1
    driver.end()
    return passed, inexpressible, wrong


def run_rust():
    """The test that `cargo test --workspace` runs, too."""
    test = ["cargo", "test", "--quiet", "-p", "thordata-cdk", "--test", "it", "conformance::", "--", "--nocapture"]
    done = subprocess.run(test, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    counts = re.search(r"^conformance: (\d+) passed, (\d+) failed$", done.stdout, re.MULTILINE)
    if not counts:
        sys.exit(f"the Rust test did not count its cases:\n{done.stdout}")
    return int(counts[1]), 0, [f"{counts[2]} cases: see above"] if done.returncode else []


def main(languages):
    rows, failed = [], False
    process, base_url, admin_token = sandbox()
    try:
        for language in languages:
            print(f"{language} ...", file=sys.stderr, flush=True)
            counts = run_rust() if language == "rust" else run(language, Player(base_url, admin_token))
            passed, inexpressible, wrong = counts
            for line in wrong:
                print(f"  {line}", file=sys.stderr)
            failed |= bool(wrong)
            rows.append((language, passed, len(wrong), inexpressible))
    finally:
        process.kill()
    print(f"\n{'language':<14}{'passed':>8}{'failed':>8}{'not expressible':>17}")
    for language, *counts in rows:
        print(f"{language:<14}{counts[0]:>8}{counts[1]:>8}{counts[2]:>17}")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
