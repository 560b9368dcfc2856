"""Runs a case: sets what the sandbox answers, has the call made, and compares."""

import json
import urllib.parse
import urllib.request
from pathlib import Path


def cases():
    """Every case of every file."""
    for path in sorted((Path(__file__).parent / "cases").glob("*.json")):
        yield from json.loads(path.read_text())["cases"]


class Player:
    def __init__(self, base_url, admin_token):
        self.base_url = base_url
        self.headers = {"x-sandbox-token": admin_token, "content-type": "application/json"}
        self.reported = None

    def admin(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base_url}/_sandbox/{path}", data, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def play(self, case, report):
        """What is wrong, or None. `report(call)` makes the call and says what the client reports."""
        self.admin("POST", "reset")
        fault = {"on": case["call"]["operation"], "answer": case["answer"]}
        self.admin("POST", "faults", fault)
        after = self.admin("GET", "health")["last_request_id"]
        self.reported = report(case["call"])
        allows = case.get("allows", [])
        accepted = [case["reported"]]
        if "missing_status" in allows:
            accepted.append(case["reported"] | {"status": None})
        if "missing_code" in allows:
            accepted.append(case["reported"] | {"code": None, "message": None})
        if exact(self.reported) not in map(exact, accepted):
            return f"reported {json.dumps(self.reported)}, not {json.dumps(case['reported'])}"
        wanted = [case["request"]] if case["request"] else []
        log = self.admin("GET", f"requests?after={after}")["requests"]
        received = [as_case(request, case["request"]) for request in log]
        if "repeated_get" in allows:
            received = received[:1] + [again for again in received[1:] if again != received[0]]
        if exact(received) != exact(wanted):
            return f"received {json.dumps(received)}, not {json.dumps(wanted)}"
        leaks = (leak(request, case["call"]["credentials"]) for request in log)
        return next((found for found in leaks if found), None)


def exact(value):
    """Equal only if each value is: 3 is not 3.0, and 1 is not true."""
    return json.dumps(value, sort_keys=True)


def leak(logged, credentials):
    """Where a credential went besides its own header."""
    for name, secret in credentials.items():
        elsewhere = [(at, text) for at, text in logged["headers"] if at != name]
        elsewhere += [("query", logged["query"] or ""), ("body", logged["body"] or "")]
        for at, text in elsewhere:
            if secret in urllib.parse.unquote_plus(text):
                return f"the {name} was sent in {at} as well"
    return None


def as_case(logged, wanted):
    """A request of the log in the form of a case, with those headers alone that the case speaks of."""
    headers = dict(reversed(logged["headers"]))
    if "content-type" in headers:
        headers["content-type"] = headers["content-type"].split(";")[0].strip().lower()
    names = wanted["headers"] if wanted else {}
    return {
        "method": logged["method"],
        "path": logged["path"],
        "query": pairs(logged["query"] or ""),
        "form": pairs(logged["body"]) if logged["body"] else None,
        "headers": {name: headers.get(name) for name in names},
    }


def pairs(text):
    """Names and values; a name that was sent twice has a list for a value, which no case wants."""
    found = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        found[name] = value if name not in found else [found[name], value]
    return found
