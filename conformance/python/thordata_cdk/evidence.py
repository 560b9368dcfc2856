"""When a refusal proves nothing: if anything in it may be a voucher's code, or says that the request succeeded.

The rule is in the kit's README ("When a refusal proves nothing"). It is wide on purpose: a refusal that is taken for
unknown costs a look at the list, and a purchase that is taken for refused costs the vouchers.
"""

from __future__ import annotations

import re
from typing import Any

# A run of letters and digits as long as a code. It is none if it is of one kind, or a name like BadRequestException.
RUN = re.compile(r"[A-Za-z0-9]{12,}")
NAME = re.compile(r"[0-9]+|[a-z]+|[A-Z]+|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,})*")
SUCCESS = re.compile(r"[\W_]*(?:ok|success|succeeded|successful|successfully)[\W_]*", re.IGNORECASE)
SIGNS = ("code", "success", "succeeded", "ok", "status")
# A field that identifies the request may look like a code. `prepaid` does not end like one of them.
IDENTIFIERS = ("id", "requestid", "traceid", "trace", "sign", "signature", "nonce", "time", "timestamp")
IDENTIFIER_ENDS = ("_id", "-id", "Id", "_ID", "-ID")
TEXTS = ("msg", "message", "error", "detail", "description")


def contradicts(reply: dict[str, Any] | None, body: bytes) -> bool:
    """`reply`: the JSON object in the body; None if the body is none."""
    if reply is None:
        text = body.decode("utf-8", "replace")
        return text.lstrip()[:1] in ("{", "[", '"') or "\ufffd" in text or "\0" in text or speaks_of_codes(text)
    try:
        return any(found(name, value) for name, value in reply.items())
    except RecursionError:
        return True


def found(name: str, value: object) -> bool:
    """Whether this field of a refusal, at any depth, may be a code or the sign of a success."""
    lower = name.lower()
    if holds_a_code(name):
        return True
    if value is None or value is False or value in ("", [], {}):
        return False
    if lower == "data" or "cdk" in lower:
        return True
    if isinstance(value, dict):
        return any(found(inner, field) for inner, field in value.items())
    if isinstance(value, list):
        return any(isinstance(item, str) and lower not in TEXTS or found("", item) for item in value)
    if lower in SIGNS and (value is True or value == 200 or isinstance(value, str) and value.strip() == "200"):
        return True
    if lower in IDENTIFIERS or name.endswith(IDENTIFIER_ENDS):
        return False
    if isinstance(value, str):
        is_json = "{" in value or "[" in value
        return says_success(value) or holds_a_code(value) or is_json and speaks_of_codes(value)
    return abs(value) >= 1e11


def holds_a_code(text: str) -> bool:
    return any(not NAME.fullmatch(run) for run in RUN.findall(text))


def says_success(text: str) -> bool:
    """Alone, or before a comma or the like; in Chinese anywhere but in a negation."""
    first = next((part for part in re.split("[,;:.!]", text) if part.strip()), "")
    in_chinese = "成功" in text and not any(no in text for no in "不未")
    return in_chinese or SUCCESS.fullmatch(first) is not None


def speaks_of_codes(text: str) -> bool:
    """A text around or inside JSON, a page, or any other text that is no envelope."""
    packed = "".join(text.split()).lower()
    return any(part in packed for part in ("cdk", '"code":200', '"code":"200"')) or holds_a_code(text)
