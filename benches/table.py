"""The side-by-side table: `just bench` writes docs/benchmarks.md and docs/benchmarks.svg with it.

Every figure is a ratio of medians of interleaved runs, or of instructions by callgrind. Processor time is the
client's alone, as the scheduler counts it: the server is a process of its own. Needs valgrind and a release
build; takes some minutes.
"""

import datetime
import pathlib
import platform
import re
import statistics
import subprocess

import instructions
from instructions import PROGRAM, Server

DOCS = instructions.HERE.parent / "docs"
RUNS = 3
IN_FLIGHT = [16, 64, 256]
CODES = 10_000
ROWS = 1_000_000


def run(*arguments):
    out = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=True).stdout
    return [float(number) for number in out.split()]


def medians(runs):
    return [statistics.median(column) for column in zip(*runs)]


def floods():
    """By number in flight and client: seconds, processor seconds, peak KiB."""
    found = {}
    with Server() as server:
        for in_flight in IN_FLIGHT:
            runs = {"ours": [], "hand": []}
            for _ in range(RUNS):
                for peer, into in runs.items():
                    into.append(run("flood", peer, in_flight, CODES, server.base_url))
            found[in_flight] = {peer: medians(into) for peer, into in runs.items()}
        more = {count: run("flood", "ours", 16, count, server.base_url)[2] for count in (10_000, 100_000)}
    return found, more


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


def row(what, figure, goal, met):
    return f"| {what} | {figure} | {goal} | {'met' if met else '**missed**'} |"


def main():
    calls, rows = instructions.side_by_side()
    flood, flat = floods()
    listed, by_length = lists()
    lines = []
    for operation in instructions.OPERATIONS:
        ratio = calls["ours"][operation] / calls["hand"][operation]
        lines.append(row(f"`{operation}`, instructions against hand", f"{ratio:.2f} ×", "≤ 1.00 × (stretch 0.90 ×)", ratio <= 1.0))
    for in_flight in IN_FLIGHT:
        ours, hand = flood[in_flight]["ours"], flood[in_flight]["hand"]
        speed, work = hand[0] / ours[0], hand[1] / ours[1]
        lines.append(row(f"`revoke_all` of {CODES:,}, {in_flight} in flight, codes a second against hand", f"{speed:.2f} × (by processor time {work:.2f} ×)", "≥ 1.00 ×", speed >= 1.0))
    growth = flat[100_000] - flat[10_000]
    lines.append(row("`revoke_all`, memory of 100,000 codes above that of 10,000", f"{growth / 1024:.1f} MiB", "flat (≤ 1 MiB)", growth <= 1024))
    stock = listed["stock"]
    cpu = {peer: figures[3] / stock[3] for peer, figures in listed.items()}
    lines.append(row("`list_stream` of 1,000,000, processor time against stock", f"{cpu['stream']:.2f} ×", "≤ 0.75 × (stretch 0.20 ×)", cpu["stream"] <= 0.75))
    lines.append(row("`list` of 1,000,000, processor time against stock", f"{cpu['list']:.2f} ×", "≤ 0.80 × (stretch 0.30 ×)", cpu["list"] <= 0.80))
    first = listed["stream"][1]
    lines.append(row("`list_stream`, first row after sending", f"{first:.1f} ms (stock {stock[1]:.0f} ms)", "≤ 2 ms after the first bytes", first <= 2.0))
    idle = by_length[0][4]
    kept = listed["list"][4] - idle - ROWS * 64 / 1024
    lines.append(row("`list` of 1,000,000, memory above its rows (64 bytes each)", f"{kept / 1024:.1f} MiB", "≤ 1 MiB", kept <= 1024))
    spans = ", ".join(f"{(by_length[count][4] - idle) / 1024:.1f}" for count in (10_000, ROWS, 10_000_000))
    most = max(by_length[count][4] - idle for count in (10_000, ROWS, 10_000_000))
    lines.append(row("`list_stream` of 10 thousand, 1 and 10 million, memory above that of an empty list", f"{spans} MiB", "a constant", most <= 2048))
    print("\n".join(lines))

    call_rows = "\n".join(
        f"| {peer} | " + " | ".join(
            f"{calls[peer][operation]:,} ({calls[peer][operation] / calls['hand'][operation]:.2f})" if operation in calls[peer] else ""
            for operation in instructions.OPERATIONS
        ) + " |"
        for peer in instructions.PEERS
    )
    list_rows = "\n".join(
        f"| {name} | {cpu[peer]:.2f} | {rows[peer]:,} | {listed[peer][1]:.1f} ms | {(listed[peer][4] - idle) / 1024:.0f} MiB |"
        for peer, name in [("stock", "stock"), ("hand", "hand"), ("list", "`list`"), ("stream", "`list_stream`"), ("summary", "`summarize`")]
    )
    template = (instructions.HERE / "benchmarks.template.md").read_text()
    text = template.format(
        date=datetime.date.today().isoformat(), machine=machine(), versions=versions(), table="\n".join(lines), calls=call_rows, lists=list_rows,
    )
    (DOCS / "benchmarks.md").write_text(text)
    (DOCS / "benchmarks.svg").write_text(chart(calls, cpu))


def chart(calls, cpu):
    """Bars against the usual way to do it: shorter is better."""
    groups = [
        ("One call (get), instructions", [
            ("hand-written reqwest", 1.0, False),
            ("stock progenitor", calls["stock"]["get"] / calls["hand"]["get"], False),
            ("thordata-cdk", calls["ours"]["get"] / calls["hand"]["get"], True),
        ]),
        ("A list of 1,000,000 rows, processor time", [
            ("stock progenitor", 1.0, False),
            ("hand-written reqwest", cpu["hand"], False),
            ("thordata-cdk, list", cpu["list"], True),
            ("thordata-cdk, list_stream", cpu["stream"], True),
        ]),
    ]
    parts, y, scale, left = [], 34, 380, 210
    for title, bars in groups:
        parts.append(f'<text x="16" y="{y}" class="title">{title}</text>')
        y += 14
        for name, value, own in bars:
            width = max(2, round(value * scale / 1.1))
            parts.append(f'<text x="{left - 8}" y="{y + 16}" class="name">{name}</text>')
            parts.append(f'<rect x="{left}" y="{y + 2}" width="{width}" height="20" rx="3" class="{"own" if own else "peer"}"/>')
            parts.append(f'<text x="{left + width + 8}" y="{y + 17}" class="value">{value:.2f}</text>')
            y += 28
        y += 26
    height = y - 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {height}" role="img" '
        'aria-label="thordata-cdk against its peers; shorter bars are better">\n'
        "<style>text{font-family:system-ui,sans-serif;font-size:14px;fill:#222}.title{font-weight:600}"
        ".name{text-anchor:end}.value{fill:#555}.own{fill:#0b7a53}.peer{fill:#b4bcc4}"
        "@media(prefers-color-scheme:dark){text{fill:#eee}.value{fill:#bbb}.peer{fill:#6b747c}.own{fill:#3ecf94}}</style>\n"
        + "\n".join(parts)
        + f'\n<text x="16" y="{height - 8}" class="value">Shorter is better. docs/benchmarks.md says how it was measured.</text>\n</svg>\n'
    )


if __name__ == "__main__":
    main()
