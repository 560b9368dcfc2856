"""`{code, data, msg}`: what a reply means."""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import CdkError
from .evidence import contradicts

# Fields that some of the vendor's pages type as number and others as string.
NUMBERS = frozenset({"create_time", "status", "traffic", "traffic_duration", "use_time"})
MESSAGES = ("msg", "message", "error", "detail", "description")
VOUCHER = ("create_time", "status", "traffic", "traffic_duration")
CODE = re.compile(r"[\x21-\x7E]{1,256}")
DIGITS = re.compile(r"[+-]?[0-9]+")
# Beyond it a float no longer distinguishes whole numbers.
EXACT = 2.0**53
ABSENT = object()


class Unreadable(Exception):
    """Not what the contract promises. The text shows no value, since any may be a voucher's code."""


def whole(value: object) -> int:
    """An integer, a whole float, or a string that holds an integer, of 64 bits."""
    if isinstance(value, str) and DIGITS.fullmatch(value.strip(" \t\r\n")):
        value = int(value)
    elif isinstance(value, float) and value.is_integer() and abs(value) <= EXACT:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise Unreadable("a number is not whole")
    return value


def is_code(value: object) -> bool:
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def read(operation: str, changes: bool, status: int, body: bytes, secrets: tuple[str, ...]) -> dict[str, Any]:
    """The envelope of a success, in the form that the contract promises. Anything else raises a CdkError."""
    parsed, reply, code = None, {}, None
    try:
        parsed = reply = parse(body)
        code = None if reply.get("code") is None else whole(reply["code"])
        data = success_data(operation, code, reply) if 200 <= status < 300 else ABSENT
        reason = "the HTTP status is none of success" if data is ABSENT else None
    except (Unreadable, ValueError, RecursionError) as error:
        data, reason = ABSENT, str(error) if isinstance(error, Unreadable) else "the body is not JSON"
    message = next((text for text in map(reply.get, MESSAGES) if isinstance(text, str) and text.strip()), None)
    doubtful = code == 200 or contradicts(parsed, body)
    if code not in (None, 200):
        message = hidden(message, secrets)
        raise CdkError(changes=changes, status=status, code=code, message=message, doubtful=doubtful)
    if data is ABSENT:
        page = body.lstrip()[:1] == b"<"
        raise CdkError(changes=changes, status=status, reason=reason, doubtful=doubtful, page=page)
    if operation == "info" and data["cdk"] not in secrets[2:]:
        raise CdkError(changes=changes, status=status, reason="the reply is about another voucher")
    return reply | {"code": 200, "data": data}


def parse(body: bytes) -> dict[str, Any]:
    reply = json.loads(body.decode("utf-8", "replace"), parse_constant=refuse)
    if not isinstance(reply, dict):
        raise Unreadable("the reply is no object")
    return reply


def refuse(_: str) -> None:
    raise Unreadable("a number is not finite")


def success_data(operation: str, code: int | None, reply: dict[str, Any]) -> Any:
    """`data` in the promised form. Without a code it proves a success if it can be read."""
    if code not in (None, 200):
        return None
    data = reply.get("data")
    if code is None and (data is None or operation == "revoke"):
        raise Unreadable("the reply has no code")
    if operation == "create":
        return data | {"cdk": created(data)} if isinstance(data, dict) else wrong("the data of create")
    if operation == "list":
        rows = [] if data is None else data
        return [voucher(row) for row in rows] if isinstance(rows, list) else wrong("the data of list")
    if operation == "info":
        return voucher(data)
    return data


def created(data: dict[str, Any]) -> list[str]:
    codes = data.get("cdk")
    codes = [codes] if isinstance(codes, str) else codes
    if not isinstance(codes, list) or not all(map(is_code, codes)):
        wrong("a voucher's code")
    return codes


def voucher(row: object) -> dict[str, Any]:
    if not isinstance(row, dict) or not is_code(row.get("cdk")):
        wrong("a voucher's code")
    read = {name: number(name, value) if name in NUMBERS else value for name, value in row.items()}
    if not all(name in read for name in VOUCHER) or read["traffic_duration"] < 0:
        wrong("a voucher")
    if read.get("use_time", 0) is None:
        del read["use_time"]
    if read.get("use_username", "") is None:
        del read["use_username"]
    elif not isinstance(read.get("use_username", ""), str):
        wrong("a user name")
    return read


def number(name: str, value: object) -> int | None:
    if name == "use_time" and (value is None or value == ""):
        return None
    return 0 if name == "create_time" and value == "" else whole(value)


def wrong(what: str) -> Any:
    raise Unreadable(f"{what} is not as the contract says")


def hidden(message: str | None, secrets: tuple[str, ...]) -> str | None:
    """The vendor's message without the request's own secrets."""
    for secret in secrets:
        message = message.replace(secret, "[hidden]") if message else message
    return message
