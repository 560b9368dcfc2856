"""What can go wrong, and what to do then."""

from __future__ import annotations

from typing import Literal

Outcome = Literal["not_applied", "unknown"]
Kind = Literal["auth", "rate_limited", "insufficient_funds", "other"]

# The contract's table: codes that prove that nothing was created or revoked, and codes that leave it open.
LEAVES_OPEN = frozenset({10001, 10009, 300, *range(500, 600)})
REFUSALS = frozenset({*range(10000, 10022), *range(400, 405), 422, 429}) - LEAVES_OPEN

KINDS: dict[int, Kind] = {
    10013: "auth",
    10014: "auth",
    401: "auth",
    403: "auth",
    10011: "rate_limited",
    429: "rate_limited",
    10008: "insufficient_funds",
    10017: "insufficient_funds",
    402: "insufficient_funds",
}


class InvalidInput(ValueError):
    """An argument that the contract does not allow. Nothing was sent.

    `field` names the argument. The text never shows a voucher's code.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field} {rule}")
        self.field = field


class CdkError(Exception):
    """A call that is no success.

    outcome  "not_applied": it is proven that nothing was created or revoked. "unknown": it may have been carried out.
             Never send the call again then: list the vouchers, or look the voucher up, and see.
    kind     what to do: "auth" (check token and key), "rate_limited" (wait, then try again), "insufficient_funds"
             (recharge), or "other".
    status   the HTTP status; None if none arrived.
    code     the vendor's code; None if the reply has none.
    message  the vendor's message beside that code; None if there is none. For people: decide by `code`.
    reason   what went wrong, if the vendor did not say it.
    """

    def __init__(
        self,
        *,
        changes: bool,
        status: int | None = None,
        code: int | None = None,
        message: str | None = None,
        reason: str | None = None,
        doubtful: bool = False,
        page: bool = False,
    ) -> None:
        # A refusal that says the opposite as well proves nothing.
        self.outcome: Outcome = "unknown" if changes and doubtful else outcome(changes, status, code)
        # A page with 403 is a firewall's: it knows nothing of the vendor's accounts.
        self.kind: Kind = "other" if page and status == 403 else kind(status, code)
        self.status = status
        self.code = code
        self.message = message
        self.reason = reason
        super().__init__(self._text())

    def _text(self) -> str:
        known = [f"HTTP {self.status}" if self.status else "no HTTP status"]
        if self.code is not None:
            known.append(f"code {self.code}")
        text = f"{', '.join(known)}: {self.message or self.reason or 'no message'}"
        if self.outcome == "unknown":
            text += ". It may have been carried out: look before you send it again"
        return text


def outcome(changes: bool, status: int | None, code: int | None) -> Outcome:
    """What is proven. `changes`: whether the operation changes something."""
    if not changes:
        return "not_applied"
    if status is None:
        return "unknown"
    by_code = code in REFUSALS and status < 500 and status != 408
    by_status = 400 <= status < 500 and status not in (408, 499) and code not in LEAVES_OPEN
    return "not_applied" if by_code or by_status else "unknown"


def kind(status: int | None, code: int | None) -> Kind:
    """What to do: by the payload's code, which counts, or else by the HTTP status."""
    if code in KINDS:
        return KINDS[code]
    if status in KINDS:
        return KINDS[status]
    return "other"
