#!/usr/bin/env python3
"""Tries the contract with many generators, and prints the matrix.

    conformance/generators/matrix.py [--update] [PART OF A NAME]

Each generates a client from openapi.json without flags, its result is compiled, and a probe makes the four calls on the
sandbox and is answered a failure in HTTP 200, an unknown status, and a field that the contract does not know. Compares
with expected.json, which `--update` rewrites. Needs what prepare.sh installs.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
KIT = HERE.parent
ROOT = KIT.parent
OUT = ROOT / "target/generators"
sys.path.insert(0, str(KIT))

from clients import CLIENTS
from player import Player
from run import sandbox

SECONDS = 600
COLUMNS = ("generates", "compiles", "four calls", "10008 in HTTP 200", "unknown status", "extra field")
CODE = "uJQJFnycHOpSEw5N"
ROW = {"cdk": CODE, "create_time": 1748332399, "traffic": 3, "traffic_duration": 7776000}


def answer(data, code=200, msg="ok"):
    body = json.dumps({"code": code, "data": data, "msg": msg})
    return {"status": {"status": 200, "content_type": "application/json", "body": body}}


# Column, scenario, what the sandbox answers (None: its own), what the probe must print.
SCENARIOS = (
    ("four calls", "calls", None, "2 2 1 200"),
    ("10008 in HTTP 200", "create", answer({}, 10008, "insufficient wallet balance"), "10008"),
    ("unknown status", "get", answer(ROW | {"status": 99}), "99"),
    ("extra field", "get", answer(ROW | {"status": 1, "use_country": "de"}), "1"),
)


def environment():
    jar = next((HERE / ".venv").glob("lib/python3*/site-packages/openapi_generator_cli/openapi-generator.jar"))
    path = f"{HERE / 'node_modules/.bin'}:{KIT / 'python/.venv/bin'}:{os.environ['PATH']}"
    known = {"JAR": jar, "CONTRACT": ROOT / "openapi.json", "KIT": KIT, "PYTHON": HERE / ".venv/bin/python", "PATH": path}
    return os.environ | {name: str(value) for name, value in known.items()} | {"CARGO_TARGET_DIR": "target"}


def shell(command, folder, *arguments):
    """What it printed, or None if it failed; the rest is in log.txt."""
    with (folder / "log.txt").open("a") as log:
        print(f"$ {command} {' '.join(arguments)}", file=log, flush=True)
        script = ["bash", "-euc", f'{command} "$@"' if arguments else command, "bash", *arguments]
        done = subprocess.run(
            script, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True, timeout=SECONDS, check=False
        )
        print(done.stdout, file=log)
    return done.stdout.strip() if done.returncode == 0 else None


def tried(client, player, exports):
    """A word for each column."""
    folder = OUT / client.name.replace(" ", "-").replace(",", "")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Node looks for packages upwards from the probe.
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    if client.probe:
        shutil.copy(HERE / "probes" / client.probe, folder)
    found = dict.fromkeys(COLUMNS, "–")
    found["generates"] = word(shell(client.generate, folder) is not None)
    if client.compile is None:
        found["compiles"] = "read only"
        return found
    found["compiles"] = word(found["generates"] == "yes" and shell(client.compile, folder) is not None)
    if client.run is None:
        return found
    for column, scenario, fault, expected in SCENARIOS:
        player.admin("POST", "reset")
        if fault:
            player.admin("POST", "faults", {"on": scenario, "answer": fault})
        url, token, key = exports
        printed = shell(client.run, folder, url, token, key, scenario, CODE)
        found[column] = word(printed == expected)
    return found


def word(good):
    return "yes" if good else "no"


def table(rows):
    head = ("generator", "language", *COLUMNS)
    lines = [head, tuple("---" for _ in head), *((name, language, *found.values()) for name, language, found in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments):
    update = "--update" in arguments
    wanted = " ".join(argument for argument in arguments if argument != "--update")
    path = HERE / "expected.json"
    expected = json.loads(path.read_text()) if path.exists() else {}
    process, url, admin_token = sandbox()
    rows, worse = [], []
    try:
        player = Player(url, admin_token)
        known = player.admin("GET", "credentials")
        exports = (url, known["token"], known["key"])
        for client in CLIENTS:
            if wanted not in client.name:
                continue
            print(f"{client.name} ...", file=sys.stderr, flush=True)
            found = tried(client, player, exports)
            rows.append((client.name, client.language, found))
            if found != expected.get(client.name):
                worse.append(f"{client.name}: {found}, not {expected.get(client.name)}")
    finally:
        process.kill()
    print(table(rows))
    languages = {language for _, language, _ in rows}
    called = [name for name, _, found in rows if found["four calls"] == "yes"]
    print(f"\n{len(rows)} generators, {len(languages)} languages; {len(called)} make the four calls")
    if update:
        path.write_text(json.dumps(expected | {name: found for name, _, found in rows}, indent=2, ensure_ascii=False) + "\n")
        return 0
    for line in worse:
        print(f"unlike expected.json: {line}", file=sys.stderr)
    return 1 if worse or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
