#!/usr/bin/env python3
"""Adds the example of CONTRIBUTING.md to a copy of the contract, and sees the packages and the sandbox follow.

The packages for Python and TypeScript are generated from the copy, and call a server that knows the new field and the
new operation. The sandbox is built with it, and its page, which is drawn from what it serves, has both. No file of
theirs is edited. `just follow` does the same for Rust.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
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
    ignored = shutil.ignore_patterns("generated", "_generated", "build", installed, "__pycache__")
    shutil.copytree(ROOT / "conformance" / language, copy, ignore=ignored)
    (copy / installed).symlink_to(ROOT / "conformance" / language / installed)
    shutil.copy(HERE / name, copy)
    subprocess.run([copy / "prepare.sh", contract], check=True)
    Vendor.seen = set()
    run = subprocess.run([*command, url], cwd=copy, stdout=subprocess.PIPE, text=True, check=True)
    if run.stdout.splitlines() != EXPECTED:
        sys.exit(f"{language} says {run.stdout.splitlines()}, not {EXPECTED}")
    print(f"{language}: has the field and the operation, and reports its failure")


def built_sandbox(folder, bundle):
    """The program of a copy of the repository with the contract."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name, follow_symlinks=False)
    (folder / "openapi.yaml").write_text(five())
    shutil.copy(bundle, folder / "openapi.json")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    build = ["cargo", "build", "--quiet", "-p", "thordata-cdk-sandbox"]
    subprocess.run(build, cwd=folder, env=os.environ | {"CARGO_TARGET_DIR": str(target)}, check=True)
    program = shutil.copy(target / "debug/thordata-cdk-sandbox", folder / "followed")
    # What other tests find there must be the sandbox of this contract again.
    subprocess.run(build, cwd=ROOT, check=True)
    return program


def page(folder, bundle):
    """The contract from which the page of the sandbox is drawn has the field and the operation."""
    process = subprocess.Popen([built_sandbox(folder, bundle), "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = next(filter(None, (re.search(r"BASE_URL=(\S+)", line) for line in process.stdout)))[1]
        with urllib.request.urlopen(f"{url}/openapi.json", timeout=30) as response:
            contract = json.load(response)
    finally:
        process.kill()
    field = '"use_country": {' in json.dumps(contract["components"]["schemas"])
    if not field or "post" not in contract["paths"].get("/api/cdk/transfer", {}):
        sys.exit("the sandbox's page does not know the example")
    print("sandbox: its page has the field and the operation")


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
        bundle = folder / "openapi.json"
        subprocess.run(["node", ROOT / "spec/bundle.mjs", contract, bundle], check=True)
        probe("python", ".venv", "probe.py", [".venv/bin/python", "probe.py"], folder, bundle, url)
        probe("typescript", "node_modules", "probe.ts", ["node", "build/probe.js"], folder, bundle, url)
        page(folder / "repository", bundle)


if __name__ == "__main__":
    main()
