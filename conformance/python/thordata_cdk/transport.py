"""Between httpx and the generated client: reads the envelope first, so that a failure is an exception."""

from __future__ import annotations

import urllib.parse
from collections.abc import AsyncIterator, Iterator

import httpx

from .envelope import Unreadable, read
from .errors import CdkError

MAX_BODY = 64 * 1024 * 1024


class Call:
    """One request, and what must be known of it to classify its failure."""

    def __init__(self, request: httpx.Request) -> None:
        self.operation = request.url.path.rpartition("/")[2]
        self.changes = request.method != "GET"
        self.status: int | None = None
        self.body = bytearray()
        sent = urllib.parse.parse_qs(request.content.decode() if self.changes else request.url.query.decode())
        self.secrets = (request.headers["token"], request.headers["key"], *sent.get("cdk", ()))

    def add(self, chunk: bytes) -> None:
        self.body += chunk
        if len(self.body) > MAX_BODY:
            raise Unreadable(f"the body is longer than {MAX_BODY} bytes")

    def failed(self, error: Exception) -> CdkError:
        """Without the error itself: what httpx keeps of a request shows the URL, and with it a code."""
        reason = str(error) if isinstance(error, Unreadable) else type(error).__name__
        return CdkError(changes=self.changes, status=self.status, reason=reason)

    def response(self) -> httpx.Response:
        reply = read(self.operation, self.changes, self.status or 0, bytes(self.body), self.secrets)
        return httpx.Response(200, json=reply)


class Transport(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call, failure = Call(request), None
        try:
            response = self.inner.handle_request(request)
            call.status = response.status_code
            try:
                for chunk in self.chunks(response):
                    call.add(chunk)
            finally:
                response.close()
        except (httpx.HTTPError, Unreadable) as error:
            failure = call.failed(error)
        if failure:
            raise failure
        return call.response()

    @staticmethod
    def chunks(response: httpx.Response) -> Iterator[bytes]:
        return response.iter_bytes()

    def close(self) -> None:
        self.inner.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call, failure = Call(request), None
        try:
            response = await self.inner.handle_async_request(request)
            call.status = response.status_code
            try:
                async for chunk in self.chunks(response):
                    call.add(chunk)
            finally:
                await response.aclose()
        except (httpx.HTTPError, Unreadable) as error:
            failure = call.failed(error)
        if failure:
            raise failure
        return call.response()

    @staticmethod
    def chunks(response: httpx.Response) -> AsyncIterator[bytes]:
        return response.aiter_bytes()

    async def aclose(self) -> None:
        await self.inner.aclose()
