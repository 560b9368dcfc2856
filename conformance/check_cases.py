"""The cases have the documented form, and cover the contract's whole table of codes.

Run in the virtual environment of `python/`, which has jsonschema.
"""

import json
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

contract = json.loads((HERE.parent / "openapi.json").read_text())
table = contract["components"]["schemas"]["VendorCode"]["x-error-codes"]
reported = {
    case["reported"].get("code"): case["reported"]
    for case in every
    if case["call"]["operation"] == "create" and case["reported"]["result"] == "failure" and case["reported"]["status"] == 200
}
for row in table:
    case = reported.get(row["code"], {})
    wanted = (KINDS.get(row["kind"], "other"), {"no": "not_applied"}.get(row["carried_out"], "unknown"))
    if (case.get("kind"), case.get("outcome")) != wanted:
        problems.append(f"{row['code']} of the contract's table has no case that reports {wanted}: {case}")
if not table:
    problems.append("the contract has no table of error codes")

print(
    "\n".join(problems) or f"{len(every)} cases, as case.schema.json says, with all {len(table)} codes of the contract"
)
sys.exit(bool(problems))
