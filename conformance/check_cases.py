"""The cases have the documented form, and cover the contract's whole table of codes.

Run in the virtual environment of `python/`, which has jsonschema.
"""

import json
import re
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

from player import cases

HERE = Path(__file__).parent
KINDS = {
    "authentication": "auth",
    "rate limited": "rate_limited",
    "insufficient funds": "insufficient_funds",
}

problems = []
schema = json.loads((HERE / "case.schema.json").read_text())
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
for path in sorted((HERE / "cases").glob("*.json")):
    for error in validator.iter_errors(json.loads(path.read_text())):
        problems.append(f"{path.name}: {error.json_path}: {error.message}")

every = list(cases())
names = [case["name"] for case in every]
problems += [f"there are two cases named {name}" for name in sorted({n for n in names if names.count(n) > 1})]

contract = (HERE.parent / "openapi.yaml").read_text()
table = re.findall(r"^ *\| (\d{5}) \| (.+) \| (.+) \|$", contract, re.MULTILINE)
told = {
    case["told"].get("code"): case["told"]["kind"]
    for case in every
    if case["call"]["operation"] == "create" and case["told"]["result"] == "failure" and case["told"]["status"] == 200
}
if len(table) != 22:
    problems.append(f"the contract's table of codes has {len(table)} rows, not 22")
for code, _, kind in table:
    if told.get(int(code)) != KINDS.get(kind, "other"):
        problems.append(f"{code} ({kind}) of the contract's table has no such case: {told.get(int(code))}")

print("\n".join(problems) or f"{len(every)} cases, as case.schema.json says, with all {len(table)} codes of the contract")
sys.exit(bool(problems))
