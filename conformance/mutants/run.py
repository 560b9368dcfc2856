#!/usr/bin/env python3
"""Tests the kit: runs its cases against wrong clients, each of which some case must find.

    conformance/mutants/run.py [PART OF A NAME]

The wrong clients are the Python package with one change each (changes.py). Prints which case found which, and ends
with 1 if one was not found, or if a change no longer finds its target. Needs what ../python/prepare.sh makes.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from queue import Empty, Queue

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from changes import ALL
from player import Player, cases
from run import Driver, sandbox

PYTHON = HERE.parent / "python"
WORKERS = 2


def mutant(folder, file, old, new):
    """A copy of the package with the change."""
    shutil.copytree(PYTHON / "thordata_cdk", folder / "thordata_cdk", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PYTHON / "driver.py", folder)
    path = folder / "thordata_cdk" / file
    text = path.read_text()
    if text.count(old) != 1:
        return f"its target is {text.count(old)} times in {file}: fix changes.py"
    path.write_text(text.replace(old, new))
    return None


def found_by(player, every, file, old, new):
    """The case that finds the change, or None; and what is wrong with the change itself."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if wrong := mutant(folder, file, old, new):
            return None, wrong
        driver = Driver([PYTHON / ".venv/bin/python", folder / "driver.py", "sync"], player.base_url)
        try:
            for case in every:
                if player.play(case, driver.report) is not None:
                    if player.reported.get("result") == "crash":
                        return None, f"it crashed, which any case finds: {player.reported}"
                    return case["name"], None
            return None, None
        finally:
            driver.process.kill()


def work(player, every, waiting, results):
    while True:
        try:
            name, *change = waiting.get_nowait()
        except Empty:
            return
        results[name] = found_by(player, every, *change)


def main(wanted):
    chosen = [change for change in ALL if wanted in change[0]]
    if len({name for name, *_ in ALL}) != len(ALL):
        sys.exit("two changes have one name")
    subprocess.run([PYTHON / "prepare.sh"], check=True, stdout=sys.stderr)
    every = list(cases())
    waiting, results = Queue(), {}
    for change in chosen:
        waiting.put(change)
    started = [sandbox() for _ in range(WORKERS)]
    try:
        workers = [threading.Thread(target=work, args=(Player(*at), every, waiting, results)) for _, *at in started]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        for process, *_ in started:
            process.kill()
    survivors = []
    for name, *_ in chosen:
        case, wrong = results.get(name, (None, "its worker has ended"))
        if case is None:
            survivors.append(name)
        print(
            f"{'killed' if case else 'SURVIVES':<10}{name}{f': {case}' if case else ''}{f' ({wrong})' if wrong else ''}"
        )
    print(f"\n{len(chosen)} wrong clients: {len(chosen) - len(survivors)} killed, {len(survivors)} survive")
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
