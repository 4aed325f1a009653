"""The server's word, brought to the buckets: clock, totals, what others spent, and whom to blame for a rejection.

Replies name the end of a window relative to their `Date`: `Date + reset` is a multiple of the interval on servers with
aligned windows, or one second more. That tells the window that a count belongs to, and whether the model holds: replies
that keep naming another end, or one rejection that does, come from a sliding log, a token bucket or a server whose
windows do not follow its `Date`, and refute it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Final

import attrs

from .._core.decode import Allowance, own_allowance, service_allowance
from .._core.route import Route
from ..events import Event, Learned, Refuted
from .book import Book, Charge
from .bucket import Bucket, live
from .learning import Learning
from .terms import SHORT

DEFAULT_WAIT: Final = 10.0
"""Seconds to wait after a rejection that says nothing: what Zendesk's own Ruby client takes."""

LEAST_WAIT: Final = 0.5
"""Seconds to wait after a rejection that says zero."""

SETTLING: Final = 2
"""Round trips for which a limit that was just learned lets nothing go: requests are under way that it doesn't count."""

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
    """Reads rate limit headers into the buckets of a book. `tell` gets what is learned, as events."""

    def __init__(self, book: Book, tell: Callable[[Event], None] | None = None) -> None:
        self._book = book
        self._tell = tell
        self._learning = Learning(book)
        self._strikes: dict[str, int] = {}
        self._odd: dict[str, int] = {}
        """Replies in a row by which a limit's windows end elsewhere than they should."""
        self._took = 0.0
        self._operation = ""

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

    def hear(
        self, charge: Charge, route: Route, headers: Mapping[str, str], date: float | None, now: float
    ) -> None:
        """What a reply says of the limits that its request was charged to; the ticket is settled already."""
        self._operation = route.operation
        service: Allowance | None = None
        for bucket in charge.shared:
            row = bucket.terms.limit
            if row.service:
                service = service or service_allowance(headers)
                if service is not None:
                    self._note(bucket, service, date, now)
            elif row.header is not None:
                self._note_own(bucket, charge, headers, date, now)
        for bucket in _keyed(charge):
            if bucket.terms.limit.header is not None:
                self._note_own(bucket, charge, headers, date, now)
        for row, total in self._learning.from_reply(charge, route, headers):
            self._say(Learned(route.operation, row.name, total, row.interval, new=True))
            if row.key == "account":
                self._book.shared(row).block(now + SETTLING * self._took)
        if not self._book.current(charge, route):
            self._count_late(charge, route, headers, date, now)

    def _count_late(
        self, charge: Charge, route: Route, headers: Mapping[str, str], date: float | None, now: float
    ) -> None:
        """Its route has come under other limits since the request was charged: they count it, too."""
        for bucket in self._book.shared_of(route):
            if bucket in charge.shared or bucket.terms.interval is None:
                continue
            bucket.take(now)
            bucket.settle(now, self._book.clock, date)
            if bucket.terms.limit.header is not None:
                said = own_allowance(headers, bucket.terms.limit.header)
                if said is not None:
                    self._note(bucket, said, date, now)

    def _note_own(
        self, bucket: Bucket, charge: Charge, headers: Mapping[str, str], date: float | None, now: float
    ) -> None:
        said = own_allowance(headers, bucket.terms.limit.header or "")
        if said is not None and self._means(bucket, charge, said):
            if bucket.terms.limit.learned and not self._learning.holds(bucket, said, now):
                return
            self._note(bucket, said, date, now)

    def _means(self, bucket: Bucket, charge: Charge, said: Allowance) -> bool:
        """Two limits may share a header's name: it means the one whose total it names, else the longer one."""
        name = bucket.terms.limit.header
        rivals = [other for other in (*charge.shared, *_keyed(charge)) if other.terms.limit.header == name]
        exact = [other for other in rivals if other.terms.capacity == said.total]
        longest = max(other.terms.interval or 0.0 for other in exact or rivals)
        return bucket in (exact or rivals) and (bucket.terms.interval or 0.0) == longest

    def _note(self, bucket: Bucket, said: Allowance, date: float | None, now: float) -> None:
        book, terms, interval = self._book, bucket.terms, bucket.terms.interval
        total = min(said.total, book.ceilings.get(terms.limit.name, said.total))
        if total != terms.capacity:
            self._number(bucket, total, date)
        book.confirm(terms.limit.name)
        if book.jobs is not None and bucket is book.jobs and said.remaining is not None:
            book.jobs.told(said.total, said.remaining, now - self._took, now)
        if said.remaining is None or interval is None or interval < SHORT:
            return
        if said.reset is not None and date is not None and not terms.sliding:
            self._test_edge(bucket, date + said.reset, now)
        if terms.sliding and said.remaining > 0:
            return
        used = max(0, total - said.remaining)
        if terms.proof is not None and (bucket.doubts(used, now) or self._proves(interval, used, said.reset, date)):
            terms.proof = None
        bucket.seen(used, self._end_of_window(bucket, said.reset, date, now), now, self._took)

    def _proves(self, interval: float, used: int, reset: float | None, date: float | None) -> bool:
        """Does a reply show that its limit's windows are aligned?

        The first request of a window was sent just now: a sliding log would name an end one interval from now, a token
        bucket one at once. Aligned windows end at an edge, which differs unless one is near.
        """
        if used != 1 or reset is None or date is None:
            return False
        since, near = date % interval, SHORT + self._took
        return (date + reset) % interval == 0 and near < since < interval - near

    def _number(self, bucket: Bucket, total: int, date: float | None) -> None:
        """The server names another number than the one that is in force."""
        terms, row = bucket.terms, bucket.terms.limit
        at_once = self._book.is_assumed(row.name) or terms.interval is None or terms.sliding or date is None
        window = None if at_once else int((date or 0.0) // (terms.interval or inf))
        if terms.total(total, window):
            self._say(Learned(self._operation, row.name, total, row.interval, new=False))

    def _end_of_window(self, bucket: Bucket, reset: float | None, date: float | None, now: float) -> float:
        interval = bucket.terms.interval or 0.0
        if bucket.terms.sliding or date is None:
            return now + (interval if reset is None else reset)
        end = (date // interval + 1 if reset is None else (date + reset) // interval) * interval
        return self._book.clock.opens(round(end / interval), interval)

    def _say(self, event: Event) -> None:
        if self._tell is not None:
            self._tell(event)

    # -- rejections ---------------------------------------------------------------------------------------------------

    def rejected(
        self, charge: Charge, route: Route, headers: Mapping[str, str], date: float | None, now: float,
        *, wait: float | None, jobs: bool, jitter: float,
    ) -> Blame:
        """A request was rejected: hold back what is to blame for as long as the server says."""
        self._operation = route.operation
        if jobs and (slots := self._book.jobs) is not None and slots in charge.shared:
            # What it says of a wait is of no use: a slot is free when a job ends.
            return Blame(slots.terms.limit.name, slots.refused(now - self._took, now, jitter))
        bucket, said = (None, None) if jobs else self._culprit(charge, headers, wait)
        if bucket is None:
            known = self._book.version
            bucket = self._book.hide(route, now)
            if self._book.version != known:
                self._say(Learned(route.operation, bucket.terms.limit.name, bucket.terms.capacity, None, new=True))
        if wait is None and said is not None:
            wait = said.reset
        if wait and date is not None:
            self._test_model(bucket, date + wait, now)
        if bucket.word is not None:
            bucket.word.failed(now)
        at_edge = date is not None and wait is not None and self._ends_at_edge(bucket, date + wait)
        until = self._end_of_window(bucket, wait, date, now) if at_edge else -inf
        wait = DEFAULT_WAIT if wait is None else max(wait, LEAST_WAIT)
        # At the edge the scheduler lets go whom the window allows: jitter is for ends that nobody else knows of.
        bucket.block(until if until > now else now + wait + jitter)
        return Blame(bucket.terms.limit.name, wait)

    def _culprit(
        self, charge: Charge, headers: Mapping[str, str], wait: float | None
    ) -> tuple[Bucket | None, Allowance | None]:
        """The endpoint's own headers first, then the account's; without a word, the shortest window that fits."""
        buckets = [*charge.shared, *_keyed(charge)]
        timed = [bucket for bucket in buckets if bucket.terms.interval is not None]
        for bucket in timed:
            header = bucket.terms.limit.header
            said = None if header is None else own_allowance(headers, header)
            if said is not None and said.remaining == 0 and self._means(bucket, charge, said):
                return bucket, said
        service = service_allowance(headers)
        account = next((bucket for bucket in buckets if bucket.terms.limit.service), None)
        if service is not None and service.remaining == 0:
            return account, service
        specific = [bucket for bucket in timed if not bucket.terms.limit.service]
        fitting = [bucket for bucket in specific if wait is None or (bucket.terms.interval or 0.0) >= wait]
        if fitting:
            return min(fitting, key=lambda bucket: bucket.terms.interval or 0.0), None
        if service is None and not specific:
            return account, None
        return None, None

    def _ends_at_edge(self, bucket: Bucket, end: float) -> bool:
        """Is the unix time `end` the end of one of its aligned windows?"""
        interval = bucket.terms.interval
        return interval is not None and interval > SHORT and not bucket.terms.sliding and end % interval <= 1

    def _test_edge(self, bucket: Bucket, end: float, now: float) -> None:
        """Replies say where the window ends, before it does: at an edge, or as much later as the reply took."""
        name = bucket.terms.limit.name
        if end % (bucket.terms.interval or inf) <= 1 + self._took:
            self._odd[name] = 0
            return
        self._odd[name] = self._odd.get(name, 0) + 1
        if self._odd[name] >= ODD:
            self._refute(name, now)

    def _test_model(self, bucket: Bucket, end: float, now: float) -> None:
        """Does the window end where an aligned one would, at the unix time `end`?"""
        name, interval = bucket.terms.limit.name, bucket.terms.interval
        if interval is None or bucket.terms.sliding:
            return
        if interval > SHORT:
            if end % interval > 1:
                self._refute(name, now)
            return
        self._strikes[name] = self._strikes.get(name, 0) + 1
        if self._strikes[name] >= STRIKES:
            self._refute(name, now)

    def _refute(self, name: str, now: float) -> None:
        if name not in self._book.refuted:
            self._book.refute(name, now)
            self._say(Refuted(self._operation, name))


def _keyed(charge: Charge) -> Iterable[Bucket]:
    """The buckets of its targets as they are now: names that turned out to be one target share one."""
    return dict.fromkeys(map(live, charge.keyed)) if charge.keyed else ()
