"""A request on its way down and a response on its way up, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import attrs

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


@attrs.frozen(slots=True, eq=False)
class Request:
    """One call, ready for the wire but for the credentials.

    `names` are the names under which per-profile (per-ticket, ...) limits know its target, see `zdasync.limits.keys`.
    """

    route: Route[Any]
    path: str
    """From the root, percent-encoded, without a query."""
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = attrs.field(default=None, repr=False)
    """JSON, encoded."""
    upload: Upload | None = None
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
