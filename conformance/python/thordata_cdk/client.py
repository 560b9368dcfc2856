"""The four calls, synchronous and asynchronous."""

from __future__ import annotations

import functools
import os
import ssl
from typing import Any

import httpx

from ._generated import Client as Raw
from ._generated.api.cdk import create_cdks, get_cdk, list_cdks, revoke_cdk
from ._generated.models import Cdk, CdkDetails, CdkStatusFilter, CreateCdksRequest, RevokeCdkRequest
from .envelope import is_code
from .errors import InvalidInput
from .transport import AsyncTransport, Transport

BASE_URL = "https://api.thordata.com"
UNUSED, USED, REVOKED = 1, 2, 3


@functools.cache
def trusted() -> ssl.SSLContext:
    """Read once: the list of certificates takes longer to read than a call takes."""
    return httpx.create_ssl_context()


def credential(name: str, value: str | None) -> str:
    value = value or os.environ.get(f"THORDATA_PUBLIC_{name.upper()}", "")
    if not value or not value.isascii() or not value.isprintable() or value != value.strip():
        rule = f"must be visible ASCII text; left out, it is read from THORDATA_PUBLIC_{name.upper()}"
        raise InvalidInput(name, rule)
    return value


def whole(name: str, value: int, limit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
        raise InvalidInput(name, f"must be a whole number from 1 to {limit}")
    return value


def order(flow: int, num: int) -> CreateCdksRequest:
    return CreateCdksRequest(flow=whole("flow", flow, 2**63 - 1), num=whole("num", num, 2**31 - 1))


def code(cdk: str) -> str:
    if not is_code(cdk):
        raise InvalidInput("cdk", "must be 1 to 256 visible ASCII characters")
    return cdk


def status_filter(status: int | None) -> dict[str, Any]:
    if status is None:
        return {}
    if isinstance(status, bool) or status not in (UNUSED, USED, REVOKED):
        raise InvalidInput("status", "must be 1 (unused), 2 (used) or 3 (revoked)")
    return {"status": CdkStatusFilter(status)}


class _Base:
    """What both clients are built from. `raw` is the generated client, for operations without a call here."""

    def __init__(self, token: str | None, key: str | None, base_url: str | None, timeout: float) -> None:
        base_url = base_url or os.environ.get("THORDATA_CDK_BASE_URL") or BASE_URL
        url = httpx.URL(base_url)
        if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
            raise InvalidInput("base_url", "must be an absolute http or https URL without user name or query")
        headers = {"token": credential("token", token), "key": credential("key", key)}
        self.raw = Raw(base_url.rstrip("/"), headers=headers, timeout=httpx.Timeout(timeout))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.raw._base_url!r})"


class Client(_Base):
    """A client of the four CDK operations. Share one among threads.

    token, key  left out, they are read from THORDATA_PUBLIC_TOKEN and THORDATA_PUBLIC_KEY
    base_url    left out, it is read from THORDATA_CDK_BASE_URL; the default is https://api.thordata.com
    timeout     seconds to wait for a connection, and for each next part of a reply

    Each call sends one request, and never a second one. It raises CdkError if the call is no success, and
    InvalidInput, before anything is sent, if an argument is out of range. Redirects are not followed.
    """

    def __init__(
        self, token: str | None = None, key: str | None = None, *, base_url: str | None = None, timeout: float = 30.0
    ) -> None:
        super().__init__(token, key, base_url, timeout)
        http = httpx.Client(
            base_url=self.raw._base_url,
            headers=self.raw._headers,
            timeout=self.raw._timeout,
            transport=Transport(httpx.HTTPTransport(verify=trusted())),
        )
        self.raw.set_httpx_client(http)

    def create(self, flow: int, num: int) -> list[str]:
        """Creates `num` vouchers of `flow` traffic each, and returns their codes. Treat it as spending money.

        A CdkError with outcome "unknown" means that the vouchers may exist: list and compare, do not repeat.
        """
        return create_cdks.sync(client=self.raw, body=order(flow, num)).data.cdk

    def list(self, status: int | None = None) -> list[Cdk]:
        """Every voucher of the account, or those that are UNUSED (1), USED (2) or REVOKED (3)."""
        return list_cdks.sync(client=self.raw, **status_filter(status)).data

    def get(self, cdk: str) -> CdkDetails:
        """One voucher. `use_username` and `use_time` do not say whether it is used: `status` does."""
        return get_cdk.sync(client=self.raw, cdk=code(cdk)).data

    def revoke(self, cdk: str) -> None:
        """Makes a voucher worthless. After an outcome "unknown" look it up: status 3 means that it is done."""
        revoke_cdk.sync(client=self.raw, body=RevokeCdkRequest(cdk=code(cdk)))

    def close(self) -> None:
        self.raw.get_httpx_client().close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_Base):
    """The same as Client, with calls to be awaited. After a call was cancelled its outcome is unknown."""

    def __init__(
        self, token: str | None = None, key: str | None = None, *, base_url: str | None = None, timeout: float = 30.0
    ) -> None:
        super().__init__(token, key, base_url, timeout)
        http = httpx.AsyncClient(
            base_url=self.raw._base_url,
            headers=self.raw._headers,
            timeout=self.raw._timeout,
            transport=AsyncTransport(httpx.AsyncHTTPTransport(verify=trusted())),
        )
        self.raw.set_async_httpx_client(http)

    async def create(self, flow: int, num: int) -> list[str]:
        """As Client.create."""
        return (await create_cdks.asyncio(client=self.raw, body=order(flow, num))).data.cdk

    async def list(self, status: int | None = None) -> list[Cdk]:
        """As Client.list."""
        return (await list_cdks.asyncio(client=self.raw, **status_filter(status))).data

    async def get(self, cdk: str) -> CdkDetails:
        """As Client.get."""
        return (await get_cdk.asyncio(client=self.raw, cdk=code(cdk))).data

    async def revoke(self, cdk: str) -> None:
        """As Client.revoke."""
        await revoke_cdk.asyncio(client=self.raw, body=RevokeCdkRequest(cdk=code(cdk)))

    async def close(self) -> None:
        await self.raw.get_async_httpx_client().aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
