"""The wire: one aiohttp session to one host.

What aiohttp would do by itself and must not: follow redirects (the credentials would follow), send a GET, PUT or DELETE
again after a disconnect (each attempt costs a token, one of five a minute for a profile), keep cookies. A client
middleware stands around every attempt on the wire; it turns the disconnects that aiohttp answers with another attempt
into an exception that it does not know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Final, TypeAlias
from urllib.parse import quote_plus

import aiohttp
from yarl import URL

from ._core.message import FILE_HEADERS, Content, Receiver, Request, Response, Upload
from .errors import ConnectionFailed, RequestTimeout, TransportError

_WRITES: Final = frozenset({"PUT", "POST", "DELETE", "PATCH"})

CONNECT: Final = 30.0
"""Seconds in which a connection must be made: a request that never left may be sent again, whatever it is."""
CONNECT_SHARE: Final = 0.8
"""The share of a short timeout that making the connection may take, so that the two can be told apart."""

PIECE: Final = 256 * 1024
"""Bytes of a file that are read and sent at a time."""


class _Broken(Exception):
    """A connection broke after it had been made; aiohttp knows nothing of this class and so sends nothing again."""


async def _once(
    request: aiohttp.ClientRequest, handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken(str(error) or type(error).__name__) from error


class Transport:
    """Sends one attempt, and gives the whole reply or raises `TransportError`."""

    def __init__(self, base_url: str, *, connections: int, timeout: float, user_agent: str) -> None:
        self._base_url = base_url
        self._now = asyncio.get_running_loop().time
        self._timeout = _limits(timeout)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json", "User-Agent": user_agent},
            middlewares=(_once,),
            timeout=self._timeout,
        )

    async def send(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Send `request` with `headers` on top of its own."""
        url = f"{self._base_url}{request.path}"
        if request.query:
            url = f"{url}?{'&'.join([f'{_quoted(name)}={_value(value)}' for name, value in request.query])}"
        method, content = request.route.method, request.content
        all_headers = {**request.headers, **headers}
        if content is not None:
            all_headers["Content-Length"] = str(content.size)
        elif request.upload is None and method in _WRITES:
            all_headers["Content-Type"] = "application/json"
        pieces = None if content is None else _Pieces(content)
        data = _form(request.upload) if request.upload is not None else request.body if pieces is None else pieces
        try:
            return await self._exchange(
                method, url, request.route.template, all_headers, data, timeout=request.timeout,
                receiver=request.receiver,
            )
        except TransportError:
            if pieces is not None and pieces.failure is not None:
                # It was the file that failed, not the line: another attempt would fail with it.
                raise pieces.failure from None
            raise

    async def fetch(self, url: str, receiver: Receiver, *, timeout: float | None = None) -> Response:
        """GET from anywhere, without credentials: what a redirect of the account's own host led to."""
        return await self._exchange("GET", url, "a file", FILE_HEADERS, None, timeout=timeout, receiver=receiver)

    async def _exchange(
        self,
        method: str,
        url: str,
        shown: str,
        headers: Mapping[str, str],
        data: _Data,
        *,
        timeout: float | None,
        receiver: Receiver | None,
    ) -> Response:
        """One attempt. `shown` is what errors call it, since a path may hold the token of a file, as a query may."""
        limits = self._timeout if timeout is None else _limits(timeout)
        if receiver is not None:
            limits = _between_bytes(limits)
        if self._session.closed:
            raise ConnectionFailed("the client was closed meanwhile", sent=False)
        sent_at = self._now()
        try:
            async with self._session.request(
                method, URL(url, encoded=True), data=data, headers=headers, allow_redirects=False, timeout=limits
            ) as reply:
                if receiver is not None and 200 <= reply.status < 300:  # noqa: PLR2004
                    body = b""
                    await _hand_over(reply, receiver)
                else:
                    body = await reply.read()
        except TimeoutError as error:
            failure: TransportError = _late(f"{method} {shown}", limits, error)
            cause: Exception = error
        except (aiohttp.ClientError, _Broken, OSError) as error:
            failure, cause = _failure(error), _without_secrets(error)
        else:
            return Response(reply.status, reply.headers, body, sent_at, self._now())
        raise failure from cause

    @property
    def closed(self) -> bool:
        """Can nothing be sent any more?"""
        return self._session.closed

    async def aclose(self) -> None:
        """Close the session and its connections."""
        await self._session.close()


_quoted = lru_cache(maxsize=256)(quote_plus)
"""The names of parameters are few and come again and again, and quoting one costs as much as admitting a request."""


def _value(value: str) -> str:
    return value if value.isascii() and value.isalnum() else quote_plus(value)


async def _hand_over(reply: aiohttp.ClientResponse, receiver: Receiver) -> None:
    """Give the body of a reply away as it comes in."""
    await receiver.start(None if "Content-Encoding" in reply.headers else reply.content_length)
    async for piece in reply.content.iter_any():
        await receiver.write(piece)


class _Pieces:
    """A content for one attempt, read piece by piece as the line takes it."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0
        self.failure: Exception | None = None
        """Why it can't be read to its end."""

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        left = self._content.size - self._at
        if not left:
            raise StopAsyncIteration
        try:
            piece = await self._content.read(self._at, min(left, PIECE))
        except Exception as error:
            self.failure = error
            raise
        self._at += len(piece)
        return piece


_Data: TypeAlias = bytes | aiohttp.FormData | _Pieces | None


def _form(upload: Upload) -> aiohttp.FormData:
    """A fresh form for each attempt: a body that was read once would be sent empty."""
    form = aiohttp.FormData()
    form.add_field(
        upload.field, BytesIO(upload.content), filename=upload.filename, content_type=upload.content_type
    )
    return form


def _limits(timeout: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout, connect=min(CONNECT, CONNECT_SHARE * timeout))


def _between_bytes(limits: aiohttp.ClientTimeout) -> aiohttp.ClientTimeout:
    """The same limit for a file that comes in: on the silence of the line, whatever the whole takes."""
    return aiohttp.ClientTimeout(total=None, connect=limits.connect, sock_read=limits.total)


def _late(what: str, limits: aiohttp.ClientTimeout, error: TimeoutError) -> RequestTimeout:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RequestTimeout(f"no connection within {limits.connect:g} s", sent=False)
    if limits.total is None:
        return RequestTimeout(f"nothing came for {limits.sock_read:g} s in reply to {what}")
    return RequestTimeout(f"no whole reply to {what} within {limits.total:g} s")


def _without_secrets(error: Exception) -> Exception:
    """The cause that an exception may show: aiohttp's errors about replies hold the request, headers and address."""
    return _Broken(_said(error)) if isinstance(error, aiohttp.ClientResponseError | aiohttp.InvalidURL) else error


def _failure(error: Exception) -> TransportError:
    if isinstance(error, aiohttp.InvalidURL):
        return ConnectionFailed(_said(error), sent=False)
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectionFailed(f"no connection: {error}", sent=False)
    return ConnectionFailed(f"the connection broke: {_said(error)}")


def _said(error: Exception) -> str:
    """What an error says, but for the address of the request."""
    if isinstance(error, aiohttp.InvalidURL):
        return "the address is none that can be asked"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{error.status} {error.message}"
    return str(error) or type(error).__name__
