#!/usr/bin/env python3
"""Adds the example of CONTRIBUTING.md to a copy of the contract, and sees Python and TypeScript follow.

The clients are generated from the copy, and call a server that knows the new field and the new operation. No
file of theirs is edited, the envelope helpers included. `just follow` does the same for Rust.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CODE = "uJQJFnycHOpSEw5N"
VOUCHER = {"cdk": CODE, "create_time": 1748332399, "status": 2, "traffic": 3, "traffic_duration": 7776000}
REPLIES = {
    "/api/cdk/info": {"code": 200, "data": VOUCHER | {"use_country": "de"}, "msg": "ok"},
    "/api/cdk/transfer": {"code": 200, "data": {"cdk": CODE, "to": "Thor123456"}, "msg": "ok"},
}
# What each probe prints: the new field, the new operation's reply, and its failure.
EXPECTED = ["de", f"{CODE} Thor123456", "not_applied 10000"]


def five():
    """The contract with the three blocks of CONTRIBUTING.md, put where its text says."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    field, operation, schemas = [block.split("```")[0] for block in page.split("```yaml\n")[1:]]
    contract = (ROOT / "openapi.yaml").read_text()
    for before, added in (
        ("        use_username:\n          type:", field),
        ("components:\n", operation),
        ("    CdkCode:\n", schemas),
    ):
        if contract.count(f"\n{before}") != 1:
            sys.exit(f"the contract has no single place for the example: {before}")
        contract = contract.replace(f"\n{before}", f"\n{added}{before}")
    return contract


class Vendor(BaseHTTPRequestHandler):
    """Answers the first request of each path with success, the next with a failure."""

    seen = set()

    def answer(self):
        path = self.path.split("?")[0]
        self.rfile.read(int(self.headers.get("content-length", 0)))
        failure = {"code": 10000, "data": [], "msg": "Parameter error"}
        body = json.dumps(failure if path in self.seen else REPLIES[path]).encode()
        self.seen.add(path)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def probe(language, installed, name, command, folder, contract, url):
    """Generates in a copy of the language's folder, and runs the probe there."""
    copy = folder / language
    ignored = shutil.ignore_patterns("generated", installed, "__pycache__")
    shutil.copytree(ROOT / "conformance" / language, copy, ignore=ignored)
    (copy / installed).symlink_to(ROOT / "conformance" / language / installed)
    shutil.copy(HERE / name, copy)
    subprocess.run([copy / "prepare.sh", contract], check=True)
    Vendor.seen = set()
    run = subprocess.run([*command, url], cwd=copy, stdout=subprocess.PIPE, text=True, check=True)
    if run.stdout.splitlines() != EXPECTED:
        sys.exit(f"{language} says {run.stdout.splitlines()}, not {EXPECTED}")
    print(f"{language}: has the field and the operation, and tells its failure")


def main():
    server = HTTPServer(("127.0.0.1", 0), Vendor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contract = folder / "openapi.yaml"
        contract.write_text(five())
        diff = ["node", ROOT / "conformance/diff/contract-diff.mjs", ROOT / "openapi.yaml", contract]
        rated = subprocess.run(diff, stdout=subprocess.PIPE, text=True, check=True).stdout
        print(rated)
        if "\nIn all: additive." not in rated:
            sys.exit("the example should be additive")
        probe("python", ".venv", "probe.py", [".venv/bin/python", "probe.py"], folder, contract, url)
        build = ["node", "generated/build/probe.js"]
        probe("typescript", "node_modules", "probe.ts", build, folder, contract, url)


if __name__ == "__main__":
    main()
