"""A request on its way down and a response on its way up, as plain values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, Protocol

import attrs

from ..errors import BadArgument
from .route import Route


class Priority(IntEnum):
    """Who goes first when calls wait for the same limit: the lower number. No priority starves for ever."""

    INTERACTIVE = 0
    NORMAL = 1
    BULK = 2


@attrs.frozen(slots=True, eq=False)
class Upload:
    """A form upload (multipart/form-data) of one file, held whole so that each attempt sends it whole."""

    field: str
    filename: str
    content_type: str
    content: bytes = attrs.field(repr=False)


class Content(Protocol):
    """A file as the whole body of a request: what is read of it can be read again, by each attempt from its start."""

    @property
    def size(self) -> int:
        """How many bytes it has."""

    async def read(self, start: int, count: int) -> bytes:
        """Up to `count` of its bytes from `start` on; raises `BadArgument` when it is not what it was any more."""

    def close(self) -> None:
        """The call has ended, and what was made for it goes. Closing twice does no harm."""


FILE_HEADERS: Final[Mapping[str, str]] = MappingProxyType({"Accept": "*/*", "Accept-Encoding": "identity"})
"""What a file is asked for with: whatever it is, and not compressed, since its size is looked at."""


class Receiver(Protocol):
    """Takes the body of a 2xx reply as it comes in, where a reply is too large to be held."""

    async def start(self, length: int | None) -> None:
        """A body of so many bytes begins (None: the server does not say). What came of an earlier attempt is void."""

    async def write(self, piece: bytes) -> None:
        """The next bytes of it."""


def _can_be_sent(_request: object, _field: object, query: tuple[tuple[str, str], ...]) -> None:
    for name, value in query:
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise BadArgument(f"{name} holds half a character, which no address can") from None


@attrs.frozen(slots=True, eq=False)
class Request:
    """One call, ready for the wire but for the credentials.

    `names` are the names under which per-profile (per-ticket, ...) limits know its target, see `zdasync.limits.keys`.
    """

    route: Route[Any]
    path: str = attrs.field(repr=False)
    """From the root, percent-encoded, without a query. It may hold the token of a file, as the query may."""
    query: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False, validator=_can_be_sent)
    body: bytes | None = attrs.field(default=None, repr=False)
    """JSON, encoded."""
    upload: Upload | None = None
    content: Content | None = attrs.field(default=None, repr=False)
    """The body as it is, of the type that `headers` name."""
    receiver: Receiver | None = attrs.field(default=None, repr=False)
    """Where the body of a 2xx reply goes, whose `body` is empty then; the reply may be a redirect."""
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    values: Mapping[str, object] = attrs.field(factory=dict, repr=False)
    """The path's parameters by name: what the keys of limits are made of."""
    fields: Mapping[str, object] = attrs.field(factory=dict, repr=False)
    """The written record's fields, where the target is named by them (`email`, `external_id`)."""
    priority: Priority | None = None
    """None: the client's default."""
    group: str | None = None
    """Whose call it is: callers of one priority take turns. None: nobody's in particular."""
    deadline: float | None = None
    """Seconds from the call until it must have been sent."""
    timeout: float | None = None
    """Seconds for one attempt, from sending to the last byte; None: the client's default."""
    completed: Callable[[Request], Awaitable[Request]] | None = attrs.field(default=None, repr=False)
    """Awaited when an attempt has leave to go, just before it does: gives the request as it is to be sent.

    Whatever limits, paths and retries go by is what stands here; what it raises ends the call, and nothing is sent.
    """


@attrs.frozen(slots=True, eq=False)
class Response:
    """A whole reply. `headers` is case-insensitive."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    sent_at: float
    """Loop time when the request went on the wire."""
    received_at: float
    """Loop time when the last byte was in."""
