"""Client-side instructions per call and per row, counted by callgrind.

    python3 benches/instructions.py            every client, side by side
    python3 benches/instructions.py --check    this crate alone, against benches/instructions.json
    python3 benches/instructions.py --update   writes that file

Each figure is the difference of two runs of the same program, divided by the difference of their lengths, so
neither start-up nor connecting is in it. Counts hardly depend on the machine and on what else it does; they do
on the compiler and on the versions of the dependencies. Needs valgrind and a release build.
"""

import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
PROGRAM = HERE.parent / "target/release/thordata-cdk-peers"
COMMITTED = HERE / "instructions.json"
ALLOWED_GROWTH = 1.05

OPERATIONS = ["get", "revoke", "create"]
PEERS = ["socket", "tuned", "hand", "stock", "ours"]
CALLS = (100, 600)
ROWS = (2_000, 22_000)


class Server:
    """The server, in a process of its own."""

    def __init__(self, rows=0):
        self.process = subprocess.Popen([PROGRAM, "--serve", str(rows)], stdout=subprocess.PIPE, text=True)
        self.base_url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def counted(arguments):
    """The instructions of one run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", PROGRAM, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{run.stderr}")
    return int(found.group(1))


def per_call(peer, operation):
    with Server() as server:
        few, many = (counted(["calls", peer, operation, str(calls), server.base_url]) for calls in CALLS)
    return round((many - few) / (CALLS[1] - CALLS[0]))


def per_row(peer):
    counts = []
    for rows in ROWS:
        with Server(rows) as server:
            counts.append(counted(["list", peer, server.base_url]))
    return round((counts[1] - counts[0]) / (ROWS[1] - ROWS[0]), 1)


def ours():
    figures = {operation: per_call("ours", operation) for operation in OPERATIONS}
    figures["create on a connection of its own"] = per_call("careful", "create")
    figures["row of list_stream"] = per_row("stream")
    figures["row of list"] = per_row("list")
    return figures


def side_by_side():
    """Instructions by peer and operation, and by row."""
    calls = {
        peer: {
            operation: per_call(peer, operation)
            for operation in OPERATIONS
            if (peer, operation) != ("socket", "create")
        }
        for peer in PEERS
    }
    rows = {peer: per_row(peer) for peer in ["stock", "hand", "list", "stream", "summary"]}
    return calls, rows


def check():
    committed = json.loads(COMMITTED.read_text())
    failed = False
    print(f"{'':34}{'committed':>10}{'now':>10}{'ratio':>8}")
    for name, now in ours().items():
        if name not in committed:
            print(f"{name:34}{'new':>10}{now:>10}")
            continue
        ratio = now / committed[name]
        failed |= ratio > ALLOWED_GROWTH
        note = "  more than 5 % above" if ratio > ALLOWED_GROWTH else ""
        print(f"{name:34}{committed[name]:>10}{now:>10}{ratio:>8.3f}{note}")
    if failed:
        sys.exit("Find out what costs more, or run `just bench-instructions-update` and say why in the commit.")


def show():
    calls, rows = side_by_side()
    print(f"{'per call':12}" + "".join(f"{operation:>18}" for operation in OPERATIONS))
    for peer in PEERS:
        cells = []
        for operation in OPERATIONS:
            count = calls[peer].get(operation)
            ratio = count and count / calls["hand"][operation]
            cells.append(f"{count:>10} ({ratio:.2f})" if count else "")
        print(f"{peer:12}" + "".join(f"{cell:>18}" for cell in cells))
    print("per row     " + ", ".join(f"{peer} {count} ({count / rows['stock']:.2f})" for peer, count in rows.items()))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--check"]:
            check()
        case ["--update"]:
            COMMITTED.write_text(json.dumps(ours(), indent=2) + "\n")
        case _:
            show()
