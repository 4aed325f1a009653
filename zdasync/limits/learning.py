"""Limits that no row of the table names: their headers put a route under them.

The model: `zendesk-ratelimit-<name>` on a reply that no row of its route explains stands for a limit of the account.
Its number is what the header says. Its window is the shortest usual one that its reset fits into, and grows when a
later reset doesn't. A new limit may count per user, per ticket or per anything else, which no header tells: then the
server counts less than we have sent. Two replies that show that put an end to the learned row: it would hold back what
the server lets through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from .._core.decode import Allowance, own_allowance
from .._core.route import Route
from .book import ROUTES, Book, Charge, place_of
from .bucket import Bucket
from .table import Limit

PREFIXES: Final = ("zendesk-ratelimit-", "zendesk-rate-limit-")

INTERVALS: Final = (60.0, 600.0, 1200.0, 3600.0, 86_400.0)
"""Windows that Zendesk's limits have, in seconds."""

ALWAYS: Final = 4
"""The headers of the first replies on a route are all looked at, then those of every sixteenth."""

EVERY: Final = 16

STRIKES: Final = 2
"""Replies that show that a learned limit does not count all that we send."""


class Learning:
    """Finds limits in headers that the table doesn't know."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._replies: dict[tuple[str, str], int] = {}
        self._strikes: dict[str, int] = {}
        self._dropped: set[str] = set()
        """Headers of limits that aren't the account's."""

    def from_reply(
        self, charge: Charge, route: Route, headers: Mapping[str, str]
    ) -> Iterator[tuple[Limit, int]]:
        """Put the route under limits that only the reply names; gives them with their numbers."""
        place = place_of(route)
        count = self._replies.get(place, 0)
        if len(self._replies) >= ROUTES:
            self._replies.clear()
        self._replies[place] = count + 1
        if count >= ALWAYS and count % EVERY:
            return
        for name in _names(headers):
            if name in self._dropped or _knows(charge, name) or not self._book.learnable(route, name):
                continue
            said = own_allowance(headers, name)
            if said is not None:
                yield self._book.learn(route, name, said.total, _interval(said.reset)), said.total

    def holds(self, bucket: Bucket, said: Allowance, now: float) -> bool:
        """Does what the server says fit a limit of the account? If not, twice, the limit is dropped."""
        name, interval = bucket.terms.limit.name, bucket.terms.interval or 0.0
        if said.reset is not None and said.reset > interval + 1:
            self._book.lengthen(name, _interval(said.reset))
        bucket.used(now, self._book.clock)  # what an edge brought back is no longer out
        used = said.total if said.remaining is None else said.total - said.remaining
        if used + bucket.in_flight + 1 >= bucket.out:
            self._strikes[name] = 0
            return True
        self._strikes[name] = self._strikes.get(name, 0) + 1
        if self._strikes[name] >= STRIKES:
            self._dropped.add(name)
            self._book.unlearn(name)
        return False


def _names(headers: Mapping[str, str]) -> Iterable[str]:
    """The limits that the reply's headers name."""
    for header in headers:
        lower = header.lower()
        for prefix in PREFIXES:
            if lower.startswith(prefix):
                yield lower[len(prefix):]


def _knows(charge: Charge, header: str) -> bool:
    return any(bucket.terms.limit.header == header for bucket in (*charge.shared, *charge.keyed))


def _interval(reset: float | None) -> float:
    """The shortest usual window that such a reset fits into."""
    return next((one for one in INTERVALS if one >= (reset or 0.0)), INTERVALS[-1])
