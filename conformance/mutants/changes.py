"""Wrong clients: each is the Python client with one fault, which some case of the kit must find.

A fault is a name, a file of the package, and what is replaced in it by what.
"""

ERRORS, ENVELOPE, TRANSPORT, CLIENT = (f"{name}.py" for name in ("errors", "envelope", "transport", "client"))

BY_CODE = "code in REFUSALS and status < 500 and status != 408"
LEAVES = "{10001, 10009, 300, *range(500, 600)}"
REFUSALS = "{*range(10000, 10022), *range(400, 405), 422, 429}"
SUCCESS = "200 <= status < 300"
RETURN = 'return "not_applied" if by_code or by_status else "unknown"'


def proven_by(condition):
    return f'return "not_applied" if by_code or by_status or ({condition}) else "unknown"'


OUTCOME = [
    ("5xx other than 500, 502, 503, 504 proves that nothing was done", ERRORS, RETURN, proven_by("status > 504")),
    ("520 to 524 prove that nothing was done", ERRORS, RETURN, proven_by("520 <= status <= 524")),
    ("501 proves that nothing was done", ERRORS, RETURN, proven_by("status == 501")),
    ("505 proves that nothing was done", ERRORS, RETURN, proven_by("status == 505")),
    ("503 proves that nothing was done", ERRORS, RETURN, proven_by("status == 503")),
    ("500 proves that nothing was done", ERRORS, RETURN, proven_by("status == 500")),
    ("599 proves that nothing was done", ERRORS, RETURN, proven_by("status == 599")),
    ("a redirect proves that nothing was done", ERRORS, RETURN, proven_by("300 <= status < 400")),
    ("303 proves that nothing was done", ERRORS, RETURN, proven_by("status == 303")),
    ("308 proves that nothing was done", ERRORS, RETURN, proven_by("status == 308")),
    ("408 proves that nothing was done", ERRORS, "status not in (408, 499)", "status not in (499,)"),
    ("499 proves that nothing was done", ERRORS, "status not in (408, 499)", "status not in (408,)"),
    ("408 does not weaken a refusal", ERRORS, " and status != 408", ""),
    ("5xx does not weaken a refusal", ERRORS, "status < 500 and status != 408", "status != 408"),
    ("501 does not weaken a refusal", ERRORS, BY_CODE, "code in REFUSALS and status <= 501 and status != 408"),
    ("a refusal counts only in HTTP 200", ERRORS, "status < 500 and status != 408", "status == 200"),
    (
        "a refusal does not count beside a redirect",
        ERRORS,
        BY_CODE,
        "code in REFUSALS and not 300 <= status < 400 and status < 500 and status != 408",
    ),
    ("400 leaves it open", ERRORS, "400 <= status < 500", "400 < status < 500"),
    ("498 leaves it open", ERRORS, "400 <= status < 500", "400 <= status < 498"),
    ("409 leaves it open", ERRORS, "(408, 499)", "(408, 409, 499)"),
    ("429 leaves it open", ERRORS, "(408, 499)", "(408, 429, 499)"),
    ("only 400 to 404, 422 and 429 of HTTP prove", ERRORS, "400 <= status < 500 and", "status in REFUSALS and"),
    ("10001 beside 4xx is proven", ERRORS, LEAVES, "{10009, 300, *range(500, 600)}"),
    ("10009 beside 4xx is proven", ERRORS, LEAVES, "{10001, 300, *range(500, 600)}"),
    ("300 beside 4xx is proven", ERRORS, LEAVES, "{10001, 10009, *range(500, 600)}"),
    ("5xx codes beside 4xx are proven", ERRORS, LEAVES, "{10001, 10009, 300}"),
    ("500 alone of the 5xx codes leaves it open", ERRORS, LEAVES, "{10001, 10009, 300, 500}"),
    ("599 beside 4xx is proven", ERRORS, LEAVES, "{10001, 10009, 300, *range(500, 599)}"),
    ("600 beside 4xx is not proven", ERRORS, LEAVES, "{10001, 10009, 300, *range(500, 601)}"),
    ("499 as a code beside 4xx is not proven", ERRORS, LEAVES, "{10001, 10009, 300, *range(499, 600)}"),
    ("no code beside 4xx leaves it open", ERRORS, " and code not in LEAVES_OPEN", ""),
    ("an unknown code leaves 4xx open", ERRORS, "code not in LEAVES_OPEN", "(code is None or code in REFUSALS)"),
    ("payload codes 405 to 499 are refusals", ERRORS, REFUSALS, "{*range(10000, 10022), *range(400, 500)}"),
    ("payload code 405 is a refusal", ERRORS, "*range(400, 405)", "*range(400, 406)"),
    ("payload codes 400 to 404 are no refusals", ERRORS, "*range(400, 405), ", ""),
    ("payload code 404 is no refusal", ERRORS, "*range(400, 405)", "*range(400, 404)"),
    ("payload code 422 is no refusal", ERRORS, " 422, 429}", " 429}"),
    ("payload code 429 is no refusal", ERRORS, " 422, 429}", " 422}"),
    (
        "payload codes 501 to 599 are refusals",
        ERRORS,
        "code in REFUSALS and",
        "(code in REFUSALS or code in range(501, 600)) and",
    ),
    ("payload code 300 is a refusal", ERRORS, "code in REFUSALS and", "(code in REFUSALS or code == 300) and"),
    ("10001 is a refusal", ERRORS, "code in REFUSALS and", "(code in REFUSALS or code == 10001) and"),
    ("10009 is a refusal", ERRORS, "code in REFUSALS and", "(code in REFUSALS or code == 10009) and"),
    ("9999 is a refusal", ERRORS, "range(10000, 10022)", "range(9999, 10022)"),
    ("10022 is a refusal", ERRORS, "range(10000, 10022)", "range(10000, 10023)"),
    ("10021 is no refusal", ERRORS, "range(10000, 10022)", "range(10000, 10021)"),
    ("10000 is no refusal", ERRORS, "range(10000, 10022)", "range(10001, 10022)"),
    (
        "any code above 10000 is a refusal",
        ERRORS,
        "code in REFUSALS and",
        "(code in REFUSALS or (code or 0) > 10021) and",
    ),
    ("a look-up may be unknown", ERRORS, "if not changes:", "if not changes and status is not None and status < 500:"),
    (
        "a connection that broke off proves that nothing was done",
        ERRORS,
        'if status is None:\n        return "unknown"',
        'if status is None:\n        return "not_applied"',
    ),
    ("a revocation changes nothing", TRANSPORT, 'request.method != "GET"', 'request.url.path.endswith("create")'),
]

KIND = [
    (
        "kind by status before code",
        ERRORS,
        "if code in KINDS:\n        return KINDS[code]\n    if status in KINDS:\n        return KINDS[status]",
        "if status in KINDS:\n        return KINDS[status]\n    if code in KINDS:\n        return KINDS[code]",
    ),
    ("kind by code alone", ERRORS, "    if status in KINDS:\n        return KINDS[status]\n", ""),
    ("kind by status alone", ERRORS, "    if code in KINDS:\n        return KINDS[code]\n", ""),
    (
        "a status says the kind only without a code",
        ERRORS,
        "if status in KINDS:",
        "if code is None and status in KINDS:",
    ),
    *(
        (f"{code} has no kind", ERRORS, f"    {code}: ", f"    -{code}: ")
        for code in (10013, 10014, 401, 403, 10011, 429, 10008, 10017, 402)
    ),
    ("402 is a rate limit", ERRORS, '402: "insufficient_funds"', '402: "rate_limited"'),
    ("10005 is a lack of funds", ERRORS, "    10008: ", '    10005: "insufficient_funds",\n    10008: '),
    ("10012 is a rate limit", ERRORS, "    10011: ", '    10012: "rate_limited",\n    10011: '),
]

SHAPES = [
    (
        "a bought code is dropped if it is null",
        ENVELOPE,
        "    codes = [codes] if isinstance(codes, str) else codes\n",
        "    codes = [codes] if isinstance(codes, str) else [code for code in codes or [] if code is not None] or codes\n",
    ),
    (
        "unreadable codes are dropped",
        ENVELOPE,
        '    if not isinstance(codes, list) or not all(map(is_code, codes)):\n        wrong("a voucher\'s code")\n    return codes',
        '    if not isinstance(codes, list):\n        wrong("a voucher\'s code")\n    return [code for code in codes if is_code(code)]',
    ),
    (
        "codes are trimmed",
        ENVELOPE,
        "    codes = [codes] if isinstance(codes, str) else codes\n",
        "    codes = [codes] if isinstance(codes, str) else codes\n    codes = [code.strip() if isinstance(code, str) else code for code in codes] if isinstance(codes, list) else codes\n",
    ),
    (
        "codes of a list are trimmed",
        ENVELOPE,
        "    if not isinstance(row, dict) or",
        '    if isinstance(row, dict) and isinstance(row.get("cdk"), str):\n        row = row | {"cdk": row["cdk"].strip()}\n    if not isinstance(row, dict) or',
    ),
    ("codes lose their case", ENVELOPE, "    return codes\n", "    return [code.lower() for code in codes]\n"),
    ("codes are sorted", ENVELOPE, "    return codes\n", "    return sorted(codes)\n"),
    (
        "a code that is there twice is dropped",
        ENVELOPE,
        "    return codes\n",
        "    return list(dict.fromkeys(codes))\n",
    ),
    (
        "one string is one code per letter",
        ENVELOPE,
        "[codes] if isinstance(codes, str) else codes",
        "list(codes) if isinstance(codes, str) else codes",
    ),
    ("one string is no code", ENVELOPE, "    codes = [codes] if isinstance(codes, str) else codes\n", ""),
    ("codes have 16 characters", ENVELOPE, "{1,256}", "{16}"),
    ("codes have up to 255 characters", ENVELOPE, "{1,256}", "{1,255}"),
    ("codes have up to 257 characters", ENVELOPE, "{1,256}", "{1,257}"),
    ("codes are letters and digits", ENVELOPE, r"[\x21-\x7E]", "[0-9A-Za-z]"),
    ("codes may hold a line break", ENVELOPE, "CODE.fullmatch(value)", "CODE.match(value)"),
    (
        "numbers are codes",
        ENVELOPE,
        "    codes = [codes] if isinstance(codes, str) else codes\n",
        "    codes = [codes] if isinstance(codes, str) else codes\n    codes = [str(code) if isinstance(code, int) else code for code in codes] if isinstance(codes, list) else codes\n",
    ),
    ("200.5 is 200", ENVELOPE, "value.is_integer() and ", ""),
    ("2.0 is no number", ENVELOPE, "elif isinstance(value, float) and", "elif False and isinstance(value, float) and"),
    ("true is 1", ENVELOPE, "isinstance(value, bool) or ", ""),
    (
        "200abc is 200",
        ENVELOPE,
        'DIGITS.fullmatch(value.strip(" \\t\\r\\n")):\n        value = int(value)',
        '(found := re.match(r"[+-]?[0-9]+", value)):\n        value = int(found[0])',
    ),
    ("a string is no number", ENVELOPE, "isinstance(value, str) and DIGITS", "False and DIGITS"),
    ("other scripts have digits", ENVELOPE, "[+-]?[0-9]+", "[+-]?\\d+"),
    ("numbers are unbounded", ENVELOPE, " or not -(2**63) <= value < 2**63", ""),
    ("numbers have 32 bits", ENVELOPE, "-(2**63) <= value < 2**63", "-(2**31) <= value < 2**31"),
    (
        "an integer is read as a float",
        ENVELOPE,
        "    return value\n\n\ndef is_code",
        "    return int(float(value))\n\n\ndef is_code",
    ),
    (
        "numbers become floats",
        ENVELOPE,
        "    return value\n\n\ndef is_code",
        "    return float(value)\n\n\ndef is_code",
    ),
    ("202 is no success", ENVELOPE, SUCCESS, SUCCESS + " and status != 202"),
    ("206 is no success", ENVELOPE, SUCCESS, SUCCESS + " and status != 206"),
    ("201 is no success", ENVELOPE, SUCCESS, "status in (200, 202, 206)"),
    ("only HTTP 200 is a success", ENVELOPE, SUCCESS, "status == 200"),
    ("299 is no success", ENVELOPE, SUCCESS, "200 <= status < 299"),
    ("a success in HTTP 3xx is one", ENVELOPE, SUCCESS, "200 <= status < 400"),
    ("a success in HTTP 4xx is one", ENVELOPE, SUCCESS, "200 <= status < 300 or status == 404"),
    ("a success in HTTP 5xx is one", ENVELOPE, SUCCESS, "200 <= status < 300 or status >= 500"),
    (
        "the payload's code does not count",
        ENVELOPE,
        'else whole(reply["code"])',
        'else (200 if status == 200 else whole(reply["code"]))',
    ),
    (
        "0 is a success",
        ENVELOPE,
        'None if reply.get("code") is None else whole(reply["code"])',
        'None if reply.get("code") is None else whole(reply["code"]) or 200',
    ),
    (
        "201 as a code is a success",
        ENVELOPE,
        'else whole(reply["code"])',
        'else (200 if whole(reply["code"]) == 201 else whole(reply["code"]))',
    ),
    (
        "a missing code is a failure",
        ENVELOPE,
        "if code is None and (data is None or",
        "if code is None and (True or data is None or",
    ),
    ("a revocation without a code is a success", ENVELOPE, ' or operation == "revoke")', ")"),
    ("a reply without code and data is a success", ENVELOPE, "(data is None or operation", "(operation"),
    ("a list without data is unreadable", ENVELOPE, "[] if data is None else data", "data"),
    (
        "an object is a list of one",
        ENVELOPE,
        "rows = [] if data is None else data",
        "rows = [] if data is None else [data] if isinstance(data, dict) and data else data",
    ),
    (
        "unreadable rows vanish",
        ENVELOPE,
        "[voucher(row) for row in rows]",
        '[voucher(row) for row in rows if isinstance(row, dict) and is_code(row.get("cdk"))]',
    ),
    (
        "a row without status has status 0",
        ENVELOPE,
        "    if not all(name in read for name in VOUCHER)",
        '    read.setdefault("status", 0)\n    if not all(name in read for name in VOUCHER)',
    ),
    (
        "a row without traffic has 0",
        ENVELOPE,
        "    if not all(name in read for name in VOUCHER)",
        '    read.setdefault("traffic", 0)\n    if not all(name in read for name in VOUCHER)',
    ),
    ("a duration may be negative", ENVELOPE, ' or read["traffic_duration"] < 0', ""),
    (
        "statuses are closed",
        ENVELOPE,
        '    if read.get("use_time", 0) is None:',
        '    if read["status"] not in (1, 2, 3):\n        wrong("a status")\n    if read.get("use_time", 0) is None:',
    ),
    (
        "an unknown status is unused",
        ENVELOPE,
        '    if read.get("use_time", 0) is None:',
        '    if read["status"] not in (1, 2, 3):\n        read["status"] = 1\n    if read.get("use_time", 0) is None:',
    ),
    (
        "whoever has a user name is used",
        ENVELOPE,
        '    if read.get("use_time", 0) is None:',
        '    if read.get("use_username"):\n        read["status"] = 2\n    if read.get("use_time", 0) is None:',
    ),
    (
        "a user name is trimmed",
        ENVELOPE,
        "    return read\n",
        '    if isinstance(read.get("use_username"), str):\n        read["use_username"] = read["use_username"].strip()\n    return read\n',
    ),
    (
        "only the name `msg` holds a message",
        ENVELOPE,
        'MESSAGES = ("msg", "message", "error", "detail", "description")',
        'MESSAGES = ("msg",)',
    ),
    ("`error` comes before `message`", ENVELOPE, '"message", "error"', '"error", "message"'),
    ("an empty message counts", ENVELOPE, "isinstance(text, str) and text.strip()", "isinstance(text, str)"),
    (
        "a message need not be a string",
        ENVELOPE,
        "map(reply.get, MESSAGES) if isinstance(text, str) and text.strip()",
        "(str(reply[name]) for name in MESSAGES if reply.get(name)) if text.strip()",
    ),
    (
        "what follows the JSON is ignored",
        ENVELOPE,
        'json.loads(body.decode("utf-8", "replace"), parse_constant=refuse)',
        'json.JSONDecoder().raw_decode(body.decode("utf-8", "replace").strip())[0]',
    ),
    (
        "an HTML page is a success",
        ENVELOPE,
        "        data, reason = ABSENT, str(error)",
        '        if status == 200 and body.startswith(b"<"):\n            return {"code": 200, "data": {"cdk": []}}\n        data, reason = ABSENT, str(error)',
    ),
]

REQUESTS = [
    (
        "flow and num are swapped",
        CLIENT,
        'flow=whole("flow", flow, 2**63 - 1), num=whole("num", num, 2**31 - 1)',
        'num=whole("flow", flow, 2**63 - 1), flow=whole("num", num, 2**31 - 1)',
    ),
    ("flow may be 0", CLIENT, "not 1 <= value <= limit", 'not (0 if name == "flow" else 1) <= value <= limit'),
    ("num may be 0", CLIENT, "not 1 <= value <= limit", 'not (0 if name == "num" else 1) <= value <= limit'),
    (
        "flow may be negative",
        CLIENT,
        "not 1 <= value <= limit",
        '(name == "num" and not 1 <= value <= limit) or value == 0',
    ),
    ("num may have 64 bits", CLIENT, "2**31 - 1", "2**63 - 1"),
    ("num is at most 1,000", CLIENT, "2**31 - 1", "1000"),
    ("flow has 32 bits", CLIENT, "2**63 - 1", "2**31 - 1"),
    (
        "a code is trimmed before it is sent",
        CLIENT,
        "    if not is_code(cdk):",
        "    cdk = cdk.strip()\n    if not is_code(cdk):",
    ),
    ("a code to look up is not checked", CLIENT, "if not is_code(cdk):", "if False:"),
    ("a code is sent in lower case", CLIENT, "    return cdk\n", "    return cdk.lower()\n"),
    ("the filter is not sent", CLIENT, 'return {"status": CdkStatusFilter(status)}', "return {}"),
    ("without a filter 1 is sent", CLIENT, "    if status is None:\n        return {}\n", "    status = status or 1\n"),
    (
        "token and key are swapped",
        CLIENT,
        '{"token": credential("token", token), "key": credential("key", key)}',
        '{"key": credential("token", token), "token": credential("key", key)}',
    ),
    (
        "the token is copied into another header",
        CLIENT,
        '"key": credential("key", key)}',
        '"key": credential("key", key), "authorization": f"Bearer {token}"}',
    ),
    (
        "the key is copied into another header",
        CLIENT,
        '"key": credential("key", key)}',
        '"key": credential("key", key), "x-api-key": key or ""}',
    ),
    (
        "the token is copied into the URL",
        TRANSPORT,
        "        call, failure = Call(request), None\n        try:\n            response = self.inner.handle_request",
        '        call, failure = Call(request), None\n        request.url = request.url.copy_add_param("token", request.headers["token"])\n        try:\n            response = self.inner.handle_request',
    ),
    (
        "the key is not sent",
        TRANSPORT,
        "            response = self.inner.handle_request(request)\n",
        '            del request.headers["key"]\n            response = self.inner.handle_request(request)\n',
    ),
    (
        "a broken connection is tried again",
        TRANSPORT,
        "            response = self.inner.handle_request(request)\n",
        "            try:\n                response = self.inner.handle_request(request)\n            except httpx.TransportError:\n                response = self.inner.handle_request(request)\n",
    ),
    (
        "5xx is tried again",
        TRANSPORT,
        "            call.status = response.status_code\n            try:\n                for chunk",
        "            if response.status_code == 503:\n                response.close()\n                response = self.inner.handle_request(request)\n            call.status = response.status_code\n            try:\n                for chunk",
    ),
    (
        "redirects are followed",
        TRANSPORT,
        "            call.status = response.status_code\n            try:\n                for chunk",
        '            if response.has_redirect_location:\n                response.close()\n                location = str(request.url.join(response.headers["location"]))\n                response = self.inner.handle_request(httpx.Request("GET", location, headers={name: request.headers[name] for name in ("token", "key")}))\n            call.status = response.status_code\n            try:\n                for chunk',
    ),
    (
        "303 and 308 are followed",
        TRANSPORT,
        "            call.status = response.status_code\n            try:\n                for chunk",
        '            if response.status_code in (303, 308) and response.has_redirect_location:\n                response.close()\n                location = str(request.url.join(response.headers["location"]))\n                response = self.inner.handle_request(httpx.Request("GET", location, headers={name: request.headers[name] for name in ("token", "key")}))\n            call.status = response.status_code\n            try:\n                for chunk',
    ),
    (
        "half a body is taken for a whole one",
        TRANSPORT,
        "                for chunk in self.chunks(response):\n                    call.add(chunk)\n            finally:\n                response.close()\n        except (httpx.HTTPError, Unreadable) as error:",
        '                for chunk in self.chunks(response):\n                    call.add(chunk)\n            except httpx.RemoteProtocolError:\n                call.body = bytearray(b\'{"code":200,"data":{"cdk":[]}}\')\n            finally:\n                response.close()\n        except (httpx.HTTPError, Unreadable) as error:',
    ),
]

ALL = OUTCOME + KIND + SHAPES + REQUESTS
