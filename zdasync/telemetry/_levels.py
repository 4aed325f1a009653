"""`zd.limits` for metrics: one line per limit, read from any thread.

Exporters and scrapers run in threads of their own, and the buckets belong to the loop. So the reader asks the loop to
look and waits for the answer, at most `PATIENCE`: a loop that is blocked, stopped or closed yields no figures, and an
exporter never hangs on it. Looking when asked costs nothing between two scrapes, and an idle client, which has no
events, still shows its windows come back. On the loop's own thread it looks at once; waiting there would never end.
What was seen is good for `FRESH` seconds, since a collection asks once for each gauge, and a look walks all buckets.

Limits that count per profile, view or the like have one bucket for each: of these, the fullest speaks for its limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from math import inf
from typing import Final, Protocol
from urllib.parse import urlsplit

import attrs

from ..errors import BadArgument
from ..limits.snapshot import LimitState
from ._measures import Names

PATIENCE: Final = 1.0
"""Seconds that a thread waits for the loop."""
FRESH: Final = 0.5
"""Seconds of the loop's time for which a look is not taken again."""


class HasLimits(Protocol):
    """What is needed of a client: `Zendesk`, or any view of it."""

    @property
    def base_url(self) -> str:
        """Scheme and host of the account."""

    @property
    def limits(self) -> Iterable[LimitState]:
        """All buckets in use."""


@attrs.frozen
class Level:
    """One limit at one moment: the figures of its fullest bucket, and what all of them have in common."""

    limit: str
    total: int
    used: int
    remaining: int
    reserve: int
    waiting: int
    """Calls that wait, over all buckets."""
    keys: int
    """Buckets in use."""


@attrs.frozen
class Gauge:
    """A field of `Level` as a gauge."""

    field: str
    unit: str
    description: str

    def read(self, level: Level) -> int:
        """The gauge's value."""
        return int(getattr(level, self.field))


GAUGES: Final = (
    Gauge("total", "{request}", "What the limit allows in its window, for the key nearest to it."),
    Gauge("used", "{request}", "What counts at the moment, in flight or not, for the key nearest to the limit."),
    Gauge("remaining", "{request}", "What may still go, for the key nearest to the limit."),
    Gauge("reserve", "{request}", "What is kept for others in each window, for the key nearest to the limit."),
    Gauge("waiting", "{request}", "Calls that wait and will take from the limit, over all its keys."),
    Gauge("keys", "{key}", "Profiles, tickets and the like that the limit counts for at the moment."),
)


class Levels:
    """Reads the limits of one open client; made on the loop that the client runs on."""

    def __init__(self, zd: HasLimits, names: Names) -> None:
        self._zd = zd
        self._names = names
        self._loop = asyncio.get_running_loop()
        self._seen: tuple[float, Sequence[Level]] = (-inf, ())
        place = urlsplit(zd.base_url)
        self.account: Final = place.netloc
        """The host of the account, with its port if that is none of the usual ones."""
        self.host: Final = place.hostname or ""
        self.port: Final = place.port or (443 if place.scheme == "https" else 80)

    def read(self) -> Sequence[Level]:
        """The limits now; none when the client is closed or its loop does not answer."""
        seen_at, levels = self._seen
        if self._loop.time() - seen_at < FRESH:
            return levels
        if _running() is self._loop:
            return self._look()
        return self._ask()

    def _ask(self) -> Sequence[Level]:
        if not self._loop.is_running():
            return ()
        answer: Future[Sequence[Level]] = Future()
        try:
            self._loop.call_soon_threadsafe(_answer, answer, self._look)
        except RuntimeError:  # closed since we looked
            return ()
        try:
            return answer.result(PATIENCE)
        except TimeoutError:
            answer.cancel()
            return ()

    def _look(self) -> Sequence[Level]:
        try:
            found = by_limit(self._zd.limits, self._names)
        except BadArgument:
            found = ()
        self._seen = (self._loop.time(), found)
        return found


def by_limit(states: Iterable[LimitState], names: Names) -> Sequence[Level]:
    """One line for each limit, in order; those that share a label share a line, or it would come twice."""
    limits: dict[str, list[LimitState]] = {}
    for state in states:
        limits.setdefault(names.few("limit", state.limit), []).append(state)
    return tuple(_level(limit, found) for limit, found in limits.items())


def _level(limit: str, states: Sequence[LimitState]) -> Level:
    fullest = min(states, key=lambda state: (state.remaining, -state.used))
    return Level(
        limit=limit, total=fullest.total, used=fullest.used, remaining=fullest.remaining,
        reserve=fullest.reserve, waiting=sum(state.waiting for state in states), keys=len(states),
    )


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _answer(answer: Future[Sequence[Level]], look: Callable[[], Sequence[Level]]) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(look())
    except Exception as error:  # noqa: BLE001  # it belongs to the thread that asked
        answer.set_exception(error)
