"""What the library tells an observer: frozen records, and the protocol that receives them.

An observer is any callable that takes one event. It is called on the event loop, in the order of things, and must
not block; what it raises is logged and swallowed, so that a broken observer never breaks a request. No event holds
a credential, a body or a query string.

One attempt of a call gives `Queued` (when it can't go at once), `Admitted`, `Sent`, and `Received` or, when no reply
came, `Lost`; all carry the number of their call, since calls of one operation run side by side. What replies teach
about the limits themselves comes as `Throttled`, `Learned` and `Refuted`. `zdasync.telemetry` has observers for
logging, OpenTelemetry and Prometheus.
"""

from __future__ import annotations

from typing import Protocol

import attrs

__all__ = [
    "Admitted", "Event", "Learned", "Lost", "Observer", "ParametersIgnored", "Queued", "Received", "Refuted",
    "Retrying", "SchemaDrift", "Sent", "Throttled",
]


@attrs.frozen
class Event:
    """The base of all events. `operation` names the call (`users.show`)."""

    operation: str
    call: int = attrs.field(default=0, kw_only=True, eq=False)
    """The number of the call among those of one client, from 1, the same for all its attempts; 0 where none is known.

    Two events that differ in nothing else are equal.
    """


@attrs.frozen
class Queued(Event):
    """A request can't go at once: `limit` names what is in the way first (None: only its turn)."""

    limit: str | None
    priority: int
    group: str
    """The group of callers that it named; empty when it named none."""


@attrs.frozen
class Admitted(Event):
    """The scheduler let a request go: it waited `waited` seconds, `limit` names what held it up (None: nothing)."""

    waited: float
    limit: str | None


@attrs.frozen
class Sent(Event):
    """A request goes on the wire. `attempt` counts from 1."""

    attempt: int


@attrs.frozen
class Received(Event):
    """A reply is in. `seconds` from the wire to the last byte; `attempt` counts from 1."""

    status: int
    seconds: float
    attempt: int
    request_id: str | None
    method: str = attrs.field(default="", kw_only=True)
    """The HTTP method."""


@attrs.frozen
class Lost(Event):
    """No reply came: `error` names the class of what happened instead (`ConnectionFailed`, `CancelledError`).

    `seconds` from the wire to the end of hope; `attempt` counts from 1.
    """

    error: str
    seconds: float
    attempt: int
    method: str = attrs.field(default="", kw_only=True)
    """The HTTP method."""


@attrs.frozen
class Throttled(Event):
    """The server rejected a request: `limit` as the scheduler attributes it, `wait` in seconds."""

    limit: str
    wait: float
    status: int


@attrs.frozen
class Learned(Event):
    """A reply told something new of a limit: its number (`total` requests), or that the limit exists at all.

    `interval` is the length of its window in seconds; None for a limit on what is under way, and for a hidden one,
    whose window nobody knows. `new`: no row of the table named this limit for this request before.
    """

    limit: str
    total: int
    interval: float | None
    new: bool


@attrs.frozen
class Refuted(Event):
    """The server does not count `limit` in windows aligned to its clock: from now on it is counted as a sliding log."""

    limit: str


@attrs.frozen
class Retrying(Event):
    """An attempt failed and another follows in `delay` seconds (at the earliest)."""

    attempt: int
    delay: float
    reason: str


@attrs.frozen
class SchemaDrift(Event):
    """A reply did not fit its record class: `field` of `record` was left out. `.raw()` still has it."""

    record: str
    field: str
    problem: str


@attrs.frozen
class ParametersIgnored(Event):
    """The server says in `X-Zendesk-API-Warn` that it ignored something; `text` is the header."""

    text: str


class Observer(Protocol):
    """Anything that can be called with an event."""

    def __call__(self, event: Event, /) -> None:
        """Take one event."""
