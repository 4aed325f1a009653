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
from typing import Final
from urllib.parse import quote_plus

import aiohttp
from yarl import URL

from ._core.message import Request, Response
from .errors import ConnectionFailed, RequestTimeout, TransportError

_WRITES: Final = frozenset({"PUT", "POST", "DELETE", "PATCH"})

CONNECT: Final = 30.0
"""Seconds in which a connection must be made: a request that never left may be sent again, whatever it is."""
CONNECT_SHARE: Final = 0.8
"""The share of a short timeout that making the connection may take, so that the two can be told apart."""


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
        method = request.route.method
        all_headers = {**request.headers, **headers}
        if request.upload is None and method in _WRITES:
            all_headers["Content-Type"] = "application/json"
        timeout = self._timeout if request.timeout is None else _limits(request.timeout)
        if self._session.closed:
            raise ConnectionFailed("the client was closed meanwhile", sent=False)
        sent_at = self._now()
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=_form(request) if request.upload is not None else request.body,
                headers=all_headers,
                allow_redirects=False,
                timeout=timeout,
            ) as reply:
                body = await reply.read()
        except TimeoutError as error:
            failure: TransportError = _late(request, timeout, error)
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


def _form(request: Request) -> aiohttp.FormData:
    """A fresh form for each attempt: a body that was read once would be sent empty."""
    assert request.upload is not None  # noqa: S101 - the caller has just looked
    upload = request.upload
    form = aiohttp.FormData()
    form.add_field(upload.field, upload.content, filename=upload.filename, content_type=upload.content_type)
    return form


def _limits(timeout: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout, connect=min(CONNECT, CONNECT_SHARE * timeout))


def _late(request: Request, timeout: aiohttp.ClientTimeout, error: TimeoutError) -> RequestTimeout:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return RequestTimeout(f"no connection within {timeout.connect:g} s", sent=False)
    return RequestTimeout(f"no whole reply to {request.route.method} {request.path} within {timeout.total:g} s")


def _without_secrets(error: Exception) -> Exception:
    """The cause that an exception may show: aiohttp's errors about replies hold the headers of the request."""
    return _Broken(str(error)) if isinstance(error, aiohttp.ClientResponseError) else error


def _failure(error: Exception) -> TransportError:
    if isinstance(error, aiohttp.ClientConnectorError):
        return ConnectionFailed(f"no connection: {error}", sent=False)
    return ConnectionFailed(f"the connection broke: {str(error) or type(error).__name__}")
