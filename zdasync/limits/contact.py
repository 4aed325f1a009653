"""How many requests may be under way while it isn't known with whom the account is shared.

The model: nothing is known of the account's window before a reply in it, and others may have spent it. So the first
request goes alone; its reply tells the number of the limit, what is left of it, and the server's time. Then requests
go in growing numbers, each reply letting four more go in the place of one, until all connections are in use: as TCP
does it, and over in a handful of round trips. If the first reply takes long, a few more go without it.

After a pause longer than a window the last word is out of date, and a few go first again: one alone if others have been
seen on this account.
"""

from __future__ import annotations

from math import inf
from typing import Final

from .book import Book

PAUSE: Final = 60.0
"""Seconds without a reply after which nothing is known of the account's window."""

FEW: Final = 10
"""Requests that go after the first word."""

FEW_AGAIN: Final = 10
"""Requests that go after a pause when nobody else has been seen on the account."""

GROWTH: Final = 3
"""So many more may be under way after each reply."""

PATIENCE: Final = 3.0
"""Seconds to wait for the first word before a few go without it."""


class Contact:
    """Narrows the client's connections after a silence, and widens them with each reply."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._all = book.wire.terms.capacity
        self._heard = -inf

    def narrowed(self, now: float) -> bool:
        """A request is about to go: if nothing is known, it goes (almost) alone. Tells whether that is so."""
        wire = self._book.wire
        if now - self._heard <= PAUSE or wire.in_flight:
            return False
        alone = self._heard == -inf or any(
            bucket.word is not None and bucket.word.seen_others for bucket in self._book.services()
        )
        wire.terms.total(min(self._all, 1 if alone else FEW_AGAIN))
        return True

    def heard(self, now: float) -> None:
        """A reply is in."""
        self._heard = now
        self.widen(GROWTH)

    def widen(self, by: int = 0) -> None:
        """A few may go at the least, and `by` more than before."""
        terms = self._book.wire.terms
        if terms.capacity < self._all:
            terms.total(min(self._all, max(FEW, terms.capacity + by)))
