"""The side-by-side table: `just bench` writes docs/benchmarks.md and docs/benchmarks.svg with it.

Every figure is a ratio of medians of interleaved runs, or of instructions by callgrind. Processor time is the
client's alone, as the scheduler counts it: the server is a process of its own. Needs valgrind, curl and release
builds. A round of cold builds takes about a quarter of an hour; all else some minutes.

    python3 benches/table.py [rounds of cold builds]
"""

import datetime
import pathlib
import platform
import re
import statistics
import subprocess
import sys

import instructions
from chart import chart
from instructions import PROGRAM, Server
from start_up import start_up
from weight import bench

DOCS = instructions.HERE.parent / "docs"
RUNS = 9
IN_FLIGHT = [16, 64, 256]
CODES = 10_000
ROWS = 1_000_000


def run(*arguments):
    out = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=True).stdout
    return [float(number) for number in out.split()]


def medians(runs):
    return [statistics.median(column) for column in zip(*runs)]


def floods():
    """By number in flight and client: seconds, processor seconds, peak KiB; and peak KiB by number of codes."""
    found = {}
    with Server() as server:
        for in_flight in IN_FLIGHT:
            runs = {"ours": [], "hand": []}
            for turn in range(RUNS):
                # Each goes first in turn.
                for peer in sorted(runs, reverse=turn % 2 == 1):
                    runs[peer].append(run("flood", peer, in_flight, CODES, server.base_url))
            found[in_flight] = {peer: medians(into) for peer, into in runs.items()}
        flat = {count: run("flood", "ours", 16, count, server.base_url)[2] for count in (CODES, 100 * CODES)}
    return found, flat


def lists():
    """By client: rows, first row in ms, all in ms, processor seconds, peak KiB."""
    peers = ["stock", "hand", "list", "stream", "summary"]
    runs = {peer: [] for peer in peers}
    with Server(ROWS) as server:
        for _ in range(RUNS):
            for peer in peers:
                runs[peer].append(run("list", peer, server.base_url))
    found = {peer: medians(into) for peer, into in runs.items()}
    by_length = {}
    for rows in (0, 10_000, ROWS, 10_000_000):
        with Server(rows) as server:
            by_length[rows] = run("list", "stream", server.base_url)
    return found, by_length


def versions():
    lock = (instructions.HERE.parent / "Cargo.lock").read_text()
    found = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', lock))
    names = ["reqwest", "hyper", "tokio", "serde_json", "progenitor-impl"]
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return f"Rust {rust}, " + ", ".join(f"{name} {found[name]}" for name in names)


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", text)
    cores = text.count("processor\t")
    return f"{model.group(1) if model else platform.machine()}, {cores} cores, {platform.system()}"


def goal(what, figure, goal, met):
    return f"| {what} | {figure} | {goal} | {'met' if met else '**missed**'} |"


def call_goals(calls):
    for operation in instructions.OPERATIONS:
        ratio = calls["ours"][operation] / calls["hand"][operation]
        yield goal(f"`{operation}`, instructions against hand", f"{ratio:.2f} ×", "≤ 1.00 × (stretch 0.90 ×)", ratio < 1.005)


def flood_goals(flood, flat):
    for in_flight in IN_FLIGHT:
        ours, hand = flood[in_flight]["ours"], flood[in_flight]["hand"]
        speed, work = hand[0] / ours[0], hand[1] / ours[1]
        what = f"`revoke_all` of {CODES:,}, {in_flight} in flight, codes a second against hand"
        yield goal(what, f"{speed:.2f} × (by processor time {work:.2f} ×)", "≥ 1.00 ×", speed >= 0.995)
    few, many = flat
    growth = (flat[many] - flat[few]) / 1024
    what = f"`revoke_all`, memory of {many:,} codes above that of {few:,}"
    yield goal(what, f"{growth:.1f} MiB", "flat (≤ 1 MiB)", growth <= 1)


def list_goals(listed, by_length, cpu):
    idle = by_length[0][4]
    for peer, name, limit, stretch in [("stream", "list_stream", 0.75, 0.20), ("list", "list", 0.80, 0.30)]:
        what = f"`{name}` of {ROWS:,}, processor time against stock"
        yield goal(what, f"{cpu[peer]:.2f} ×", f"≤ {limit:.2f} × (stretch {stretch:.2f} ×)", cpu[peer] <= limit)
    first, stock = listed["stream"][1], listed["stock"][1]
    what = "`list_stream`, first row after sending"
    yield goal(what, f"{first:.1f} ms (stock {stock:.0f} ms)", "≤ 2 ms after the first bytes", first <= 2.0)
    kept = (listed["list"][4] - idle) / 1024 - ROWS * 64 / 1024 / 1024
    yield goal(f"`list` of {ROWS:,}, memory above its rows (64 bytes each)", f"{kept:.1f} MiB", "≤ 1 MiB", kept <= 1)
    above = [(figures[4] - idle) / 1024 for rows, figures in by_length.items() if rows]
    what = "`list_stream` of 10 thousand, 1 and 10 million, memory above that of an empty list"
    yield goal(what, ", ".join(f"{mib:.1f}" for mib in above) + " MiB", "a constant", max(above) <= 2)


def start_goals(started):
    for scheme, programs in started.items():
        ratio = programs["thordata-cdk"] / programs["curl"]
        times = ", ".join(f"{name} {ms:.1f}" for name, ms in programs.items())
        what = f"`thordata-cdk list`, start to the first byte on the wire ({scheme}), against curl"
        yield goal(what, f"{ratio:.2f} × ({times} ms)", "≤ 1.00 ×", ratio < 1.005)


def weight_goals(weight):
    for profile, seen in weight.items():
        for what, ratio, limit in bench.ratios(profile, seen):
            yield goal(what, f"{ratio:.2f} ×", f"≤ {limit:.2f} ×", ratio < limit + 0.005)


def main():
    rounds = int(sys.argv[1]) if sys.argv[1:] else 1
    calls, rows = instructions.side_by_side()
    flood, flat = floods()
    listed, by_length = lists()
    started = start_up()
    weight = bench.measure(rounds, jobs=2)
    cpu = {peer: figures[3] / listed["stock"][3] for peer, figures in listed.items()}
    idle = by_length[0][4]
    goals = "\n".join([
        *call_goals(calls),
        *flood_goals(flood, flat),
        *list_goals(listed, by_length, cpu),
        *start_goals(started),
        *weight_goals(weight),
    ])
    print(f"| what | measured | goal | |\n|---|---|---|---|\n{goals}")

    def call_row(peer):
        counts = (calls[peer].get(operation) for operation in instructions.OPERATIONS)
        of_hand = (calls["hand"][operation] for operation in instructions.OPERATIONS)
        cells = (f"{count:,} ({count / hand:.2f})" if count else "" for count, hand in zip(counts, of_hand))
        return f"| {peer} | {' | '.join(cells)} |"

    def list_row(peer, name):
        memory = (listed[peer][4] - idle) / 1024
        return f"| {name} | {cpu[peer]:.2f} | {rows[peer]:,} | {listed[peer][1]:.1f} ms | {memory:.0f} MiB |"

    named = {"stock": "stock", "hand": "hand", "list": "`list`", "stream": "`list_stream`", "summary": "`summarize`"}
    template = (instructions.HERE / "benchmarks.template.md").read_text()
    text = template.format(
        date=datetime.date.today().isoformat(),
        machine=machine(),
        versions=versions(),
        table=goals,
        calls="\n".join(map(call_row, instructions.PEERS)),
        lists="\n".join(list_row(peer, name) for peer, name in named.items()),
        weight="\n\n".join(bench.table(profile, seen) for profile, seen in weight.items()),
        rounds=rounds,
    )
    (DOCS / "benchmarks.md").write_text(text)
    of_hand = {peer: counts["get"] / calls["hand"]["get"] for peer, counts in calls.items()}
    curl = started["https"]["curl"]
    (DOCS / "benchmarks.svg").write_text(chart([
        ("One call (get), instructions", [
            ("hand-written reqwest", 1.0, False),
            ("stock progenitor", of_hand["stock"], False),
            ("thordata-cdk", of_hand["ours"], True),
        ]),
        (f"A list of {ROWS:,} rows, processor time", [
            ("stock progenitor", 1.0, False),
            ("hand-written reqwest", cpu["hand"], False),
            ("thordata-cdk, list", cpu["list"], True),
            ("thordata-cdk, list_stream", cpu["stream"], True),
        ]),
        ("Start of the command line to the first byte, HTTPS", [
            ("curl", 1.0, False),
            ("thordata-cdk", started["https"]["thordata-cdk"] / curl, True),
        ]),
    ]))


if __name__ == "__main__":
    main()
