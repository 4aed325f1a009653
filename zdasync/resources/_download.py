"""A file from where Zendesk says that it is.

The model: the content of an attachment stands on the account's own host, outside of the API, and is mostly handed out
by another host that the first one redirects to. Requests to the account's host carry the credentials and count against
its limits. Redirects are followed here and not by the transport: another host gets no credentials, not even when it
leads back, and is spoken to over HTTPS only (plain HTTP: from a simulated account on loopback to loopback).
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import re
from collections.abc import Callable, Coroutine, Generator
from posixpath import normpath
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urljoin, urlsplit

import attrs

from .._core.decode import error_from
from .._core.message import FILE_HEADERS, Request, Response
from .._core.retry import ATTEMPTS, decide
from ..errors import ApiError, BadArgument, RateLimited, TransportError, UnexpectedReply

if TYPE_CHECKING:
    from .._core.caller import Caller
    from .._core.route import Route
    from ._receivers import Measured

__all__ = ["Download", "Place", "fetch_file", "place_of"]

T = TypeVar("T")

HOPS: Final = 4
"""So many redirects are followed."""

LEAST_WAIT: Final = 1.0
"""Seconds to wait when another host says that it is asked too often, and not for how long."""

_PORTS: Final = {"https": 443, "http": 80}
_HOST: Final = re.compile(r"([a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|\[[0-9a-f:.]+\])(:[0-9]*)?", re.IGNORECASE)
"""A name as it goes to a resolver, or an address; urllib takes more than that, each in its own way."""
_URL_CHARACTERS: Final = "!#$%&'()*+,/:;=?@[]~"
_NO_FILES: Final = ("/api/", "/access/", "/auth/", "/oauth/")
"""Paths of the account's host where there is no file: who sends us there wants something else."""


class Download(Generic[T]):
    """A download that begins when it is awaited, each time anew."""

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, None, T]:
        return self._work().__await__()

    def __repr__(self) -> str:
        return "<Download>"


@attrs.frozen(slots=True)
class Place:
    """Where a file is: an address, and whether it is on the account's own host."""

    url: str
    own: bool

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.url)


def place_of(url: str, base_url: str) -> Place:
    """The place that an address names; raises `BadArgument` for one that is not to be asked."""
    try:
        there, home = urlsplit(quote(url, safe=_URL_CHARACTERS, errors="surrogateescape")), urlsplit(base_url)
        own = _origin(there) == _origin(home)
    except ValueError:
        raise BadArgument("a file is asked for at https://host/path; this address has no host, or is broken") from None
    if there.username is not None or there.password is not None:
        raise BadArgument("an address with a user name or password is not asked for a file")
    if not own and there.scheme != "https" and not (_loopback(there.hostname) and _loopback(home.hostname)):
        raise BadArgument(f"a file at {there.hostname} is asked for over https:// only")
    path = f"/{normpath(unquote(there.path)).lstrip('/')}/"
    if own and (no_file := next((start for start in _NO_FILES if path.startswith(start)), None)):
        raise BadArgument(f"there is no file under {no_file}")
    return Place(there._replace(fragment="").geturl(), own)


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    if not _HOST.fullmatch(parts.netloc.rpartition("@")[2]) or parts.scheme not in _PORTS:
        raise ValueError
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]


def _loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


async def fetch_file(caller: Caller, route: Route, place: Place, receiver: Measured, options: dict[str, Any]) -> None:
    """Bring the file at `place` to the receiver, from the start again where a host on the way failed."""
    attempt = 0
    while True:
        attempt += 1
        try:
            response = await _follow(caller, route, place, receiver, options)
        except _Elsewhere as failed:
            error = failed.error
        else:
            if response.status < 400:  # noqa: PLR2004
                receiver.ended()
                return
            error = error_from(response, route.operation)
        decision = decide(route, error, attempt, random.random())  # noqa: S311
        if decision.verdict != "again" or attempt >= ATTEMPTS:
            raise error
        wait = (error.retry_after or LEAST_WAIT) if isinstance(error, RateLimited) else 0.0
        await asyncio.sleep(max(decision.delay, wait))


class _Elsewhere(Exception):
    """Another host than the account's could not be reached, or broke off."""

    def __init__(self, error: ApiError | TransportError) -> None:
        super().__init__()
        self.error = error


async def _follow(
    caller: Caller, route: Route, place: Place, receiver: Measured, options: dict[str, Any]
) -> Response:
    """What the last host on the way answers. The account's own host is retried by the engine."""
    trusted = True
    for _ in range(HOPS + 1):
        trusted = trusted and place.own
        if trusted:
            response = await caller.send(_request(route, place, receiver, options))
        else:
            response = await _fetch(caller, route, place, receiver, options.get("timeout"))
        if not 300 <= response.status < 400:  # noqa: PLR2004
            return response
        place = _next(response, place, caller.base_url, route)
    raise UnexpectedReply(f"the file was not found after {HOPS} redirects", operation=route.operation)


def _request(route: Route, place: Place, receiver: Measured, options: dict[str, Any]) -> Request:
    parts = place.parts
    return Request(
        route=route,
        path=parts.path or "/",
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        headers=FILE_HEADERS,
        receiver=receiver,
        **options,
    )


async def _fetch(
    caller: Caller, route: Route, place: Place, receiver: Measured, timeout: float | None
) -> Response:
    try:
        return await caller.fetch(place.url, receiver, timeout)
    except TransportError as error:
        error.operation = route.operation
        raise _Elsewhere(error) from error


def _next(response: Response, place: Place, base_url: str, route: Route) -> Place:
    location = response.headers.get("Location")
    if not location:
        raise UnexpectedReply(
            f"the server answered {response.status} and did not say where the file is",
            operation=route.operation, status=response.status,
        )
    try:
        return place_of(_joined(place.url, location), base_url)
    except BadArgument as error:
        raise UnexpectedReply(
            f"a redirect is not followed: {error.message}", operation=route.operation, status=response.status
        ) from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise BadArgument("it leads to an address that is broken") from None
