"""The server's word, brought to the buckets: clock, totals, what others spent, and whom to blame for a rejection.

Replies name the end of a window relative to their `Date`: `Date + reset` is a multiple of the interval on servers with
aligned windows, or one second more. That tells the window that a count belongs to, and whether the model holds: replies
that keep naming another end, or one rejection that does, come from a sliding log, a token bucket or a server whose
windows do not follow its `Date`, and refute it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from typing import Final

import attrs

from .._core.decode import Allowance, own_allowance, service_allowance
from .book import Book, Charge
from .bucket import Bucket, live

DEFAULT_WAIT: Final = 10.0
"""Seconds to wait after a rejection that says nothing: what Zendesk's own Ruby client takes."""

LEAST_WAIT: Final = 0.5
"""Seconds to wait after a rejection that says zero."""

SHORT: Final = 2.0
"""Seconds below which an interval can't be told from rounding."""

ODD: Final = 3
"""Replies in a row that must name another edge than an aligned window's before that refutes the model."""

STRIKES: Final = 2
"""Rejections that refute the model of a limit with such a short interval."""


@attrs.frozen
class Blame:
    """The limit that rejected a request, and the seconds until it lets the next one through."""

    limit: str
    wait: float


class Listener:
    """Reads rate limit headers into the buckets of a book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._strikes: dict[str, int] = {}
        self._odd: dict[str, int] = {}
        """Replies in a row by which a limit's windows end elsewhere than they should."""
        self._took = 0.0

    def hear_time(self, date: float | None, sent_at: float, received_at: float) -> None:
        """A reply's `Date`, before anything else of it."""
        self._took = received_at - sent_at
        if date is None:
            return
        book = self._book
        known = book.clock.known
        book.clock.observe(date, sent_at, received_at)
        if not known:
            book.align(received_at)

    def hear(self, charge: Charge, headers: Mapping[str, str], date: float | None, now: float) -> None:
        """What a reply says of the limits that its request was charged to; the ticket is settled already."""
        service: Allowance | None = None
        for bucket in charge.shared:
            row = bucket.limit
            if row.service:
                service = service or service_allowance(headers)
                if service is not None:
                    self._note(bucket, service, date, now)
            elif row.header is not None:
                self._note_own(bucket, charge, headers, date, now)
        for bucket in _keyed(charge):
            if bucket.limit.header is not None:
                self._note_own(bucket, charge, headers, date, now)

    def _note_own(
        self, bucket: Bucket, charge: Charge, headers: Mapping[str, str], date: float | None, now: float
    ) -> None:
        said = own_allowance(headers, bucket.limit.header or "")
        if said is not None and self._means(bucket, charge, said):
            self._note(bucket, said, date, now)

    def _means(self, bucket: Bucket, charge: Charge, said: Allowance) -> bool:
        """Two limits may share a header's name: it means the one whose total it names, else the longer one."""
        name = bucket.limit.header
        rivals = [other for other in (*charge.shared, *_keyed(charge)) if other.limit.header == name]
        exact = [other for other in rivals if other.capacity == said.total]
        longest = max(other.interval or 0.0 for other in exact or rivals)
        return bucket in (exact or rivals) and (bucket.interval or 0.0) == longest

    def _note(self, bucket: Bucket, said: Allowance, date: float | None, now: float) -> None:
        book, row = self._book, bucket.limit
        total = min(said.total, book.ceilings.get(row.name, said.total))
        if total != bucket.capacity and row.key != "account":
            book.totals[row.name] = total
        bucket.total(total, at_once=book.is_assumed(row.name))
        book.confirm(row.name)
        if said.remaining is None or bucket.interval is None or bucket.interval < SHORT:
            return
        if said.reset is not None and date is not None and not bucket.sliding:
            self._test_edge(bucket, date + said.reset, now)
        if bucket.sliding and said.remaining > 0:
            return
        bucket.seen(max(0, total - said.remaining), self._end_of_window(bucket, said.reset, date, now))

    def _end_of_window(self, bucket: Bucket, reset: float | None, date: float | None, now: float) -> float:
        interval = bucket.interval or 0.0
        if bucket.sliding or date is None:
            return now + (interval if reset is None else reset)
        end = (date // interval + 1 if reset is None else (date + reset) // interval) * interval
        return self._book.clock.opens(round(end / interval), interval)

    # -- rejections ---------------------------------------------------------------------------------------------------

    def rejected(
        self, charge: Charge, route: str, headers: Mapping[str, str], date: float | None, now: float,
        *, wait: float | None, jobs: bool, jitter: float,
    ) -> Blame:
        """A request was rejected: hold back what is to blame for as long as the server says."""
        bucket, said = self._culprit(charge, headers, wait, jobs=jobs)
        if bucket is None:
            bucket = self._book.hide(route)
        if wait is None and said is not None:
            wait = said.reset
        if wait and date is not None:
            self._test_model(bucket, date + wait, now)
        wait = DEFAULT_WAIT if wait is None else max(wait, LEAST_WAIT)
        bucket.block(now + wait + jitter)
        return Blame(bucket.limit.name, wait)

    def _culprit(
        self, charge: Charge, headers: Mapping[str, str], wait: float | None, *, jobs: bool
    ) -> tuple[Bucket | None, Allowance | None]:
        """The endpoint's own headers first, then the account's; without a word, the shortest window that fits."""
        buckets = [*charge.shared, *_keyed(charge)]
        if jobs:
            held = [bucket for bucket in buckets if bucket.limit.header == "inflight-jobs"]
            return (held[0] if held else None), None
        own = [bucket for bucket in buckets if bucket.limit.header is not None and bucket.interval is not None]
        for bucket in own:
            said = own_allowance(headers, bucket.limit.header or "")
            if said is not None and said.remaining == 0 and self._means(bucket, charge, said):
                return bucket, said
        service = service_allowance(headers)
        account = next((bucket for bucket in buckets if bucket.limit.service), None)
        if service is not None and service.remaining == 0:
            return account, service
        specific = [b for b in buckets if b.interval is not None and not b.limit.service and not b.limit.hidden]
        fitting = [b for b in specific if wait is None or (b.interval or 0.0) >= wait]
        if fitting:
            return min(fitting, key=lambda bucket: bucket.interval or 0.0), None
        if service is None and not specific:
            return account, None
        return None, None

    def _test_edge(self, bucket: Bucket, end: float, now: float) -> None:
        """Replies say where the window ends, before it does: at an edge, or as much later as the reply took."""
        name = bucket.limit.name
        if end % (bucket.interval or inf) <= 1 + self._took:
            self._odd[name] = 0
            return
        self._odd[name] = self._odd.get(name, 0) + 1
        if self._odd[name] >= ODD:
            self._book.refute(name, now)

    def _test_model(self, bucket: Bucket, end: float, now: float) -> None:
        """Does the window end where an aligned one would, at the unix time `end`?"""
        name, interval = bucket.limit.name, bucket.interval
        if interval is None or bucket.sliding:
            return
        if interval > SHORT:
            if end % interval > 1:
                self._book.refute(name, now)
            return
        self._strikes[name] = self._strikes.get(name, 0) + 1
        if self._strikes[name] >= STRIKES:
            self._book.refute(name, now)


def _keyed(charge: Charge) -> Iterable[Bucket]:
    """The buckets of its targets as they are now: names that turned out to be one target share one."""
    return dict.fromkeys(map(live, charge.keyed)) if charge.keyed else ()
