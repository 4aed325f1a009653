"""A scheduler with its book, on a server clock of which the tests know the offset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from math import floor

import pytest

from zdasync._core.decode import error_from, retry_after
from zdasync._core.message import Response
from zdasync._core.route import Route
from zdasync.errors import RateLimited, TooManyJobs
from zdasync.events import Event
from zdasync.limits.book import Book, Charge
from zdasync.limits.bucket import Bucket
from zdasync.limits.clock import ServerClock
from zdasync.limits.observe import Listener
from zdasync.limits.pacer import Pacer
from zdasync.limits.scheduler import Scheduler
from zdasync.limits.table import LIMITS, Limit
from zdasync.limits.terms import Terms
from zdasync.limits.ticket import Ticket

EPOCH = 28_333_340 * 60
"""The server's unix time at the loop's 0; a whole hour. Tests begin at 100, 20 s before a minute's end."""

ROUTES = {
    "show": Route("users.show", "GET", "/api/v2/users/{user_id}"),
    "update": Route("users.update", "PUT", "/api/v2/users/{user_id}"),
    "upsert": Route("users.create_or_update", "POST", "/api/v2/users/create_or_update"),
    "ticket": Route("tickets.update", "PUT", "/api/v2/tickets/{ticket_id}"),
    "submit": Route("users.create_many", "POST", "/api/v2/users/create_many", job=True),
    "export": Route("incremental.tickets", "GET", "/api/v2/incremental/tickets"),
    "articles": Route("articles.list", "GET", "/api/v2/help_center/articles"),
}


class Proven(Book):
    """A book on a server whose windows are known to be aligned."""

    def terms(self, row: Limit) -> Terms:
        terms = super().terms(row)
        terms.proof = None
        return terms


class Rig:
    """What most tests of limits are made of; times are seconds since the test's first moment.

    `known`: the server's time is known. `met`: a reply was heard already, so that connections are not narrowed.
    `proven`: nobody doubts that windows are aligned.
    """

    def __init__(
        self,
        counts: Mapping[str, int],
        *,
        rows: tuple[Limit, ...] = LIMITS,
        connections: int = 1000,
        pace: float | None = None,
        reserves: Mapping[str, float] | None = None,
        known: bool = True,
        met: bool = True,
        proven: bool = True,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.start = self.loop.time()
        make = Proven if proven else Book
        self.book = make(rows, connections=connections, capacities=counts, reserves=reserves)
        if known:
            self.tell_time(self.book)
        self.scheduler = Scheduler(self.book, None if pace is None else Pacer(pace))
        if met:
            self.scheduler.heard(self.start)
        self.events: list[Event] = []
        self.listener = Listener(self.book, self.events.append)

    def tell_time(self, book: Book) -> None:
        """Two replies from both sides of a second's edge: the clock is known to some hundredths of a second."""
        at = self.loop.time()
        book.clock.observe(floor(EPOCH + at), floor(at), floor(at))
        book.clock.observe(floor(EPOCH + at) - 1.0, floor(at) - 0.001, floor(at) - 0.001)
        book.align(at)

    @property
    def now(self) -> float:
        return self.loop.time() - self.start

    @property
    def date(self) -> float:
        """The `Date` of a reply at this moment."""
        return float(floor(EPOCH + self.loop.time()))

    def charge(self, route: str, target: object = 1, *, actor: str = "agent", **fields: object) -> Charge:
        row = ROUTES[route]
        path = row.template.partition("{")[0] + (str(target) if "{" in row.template else "")
        return self.book.charge(row, path, fields, actor)

    def free(self, limit: str) -> int:
        """How many may go under the account's limit of that name."""
        return self.book.of(limit)[0].free(self.loop.time(), self.book.clock)

    async def admit(self, route: str, target: object = 1, **options: object) -> Ticket:
        """Admit a call; `within` is its deadline in seconds."""
        if (within := options.pop("within", None)) is not None:
            options["deadline"] = self.loop.time() + float(within)  # type: ignore[arg-type]
        fields = {name: options.pop(name) for name in ("email", "external_id") if name in options}
        return await self.scheduler.admit(self.charge(route, target, **fields), **options)  # type: ignore[arg-type]

    async def call(self, route: str, target: object = 1, *, takes: float = 0.1, **options: object) -> float:
        """A whole call whose reply takes so long; gives the time at which it went out."""
        ticket = await self.admit(route, target, **options)
        went = self.now
        await asyncio.sleep(takes)
        ticket.settle(self.date)
        return went

    def calls(self, number: int, route: str, target: object = 1, **options: object) -> list[asyncio.Task[float]]:
        return [self.loop.create_task(self.call(route, target, **options)) for _ in range(number)]

    async def spend(self, route: str, number: int, target: object = 1) -> None:
        """So many calls that are over at once."""
        for _ in range(number):
            (await self.admit(route, target)).settle(self.date)

    def hear(
        self, ticket: Ticket, charge: Charge, route: str, headers: Mapping[str, str], *, rejected: bool = False
    ) -> None:
        """A reply with these headers settles the ticket."""
        now, date, row = self.loop.time(), self.date, ROUTES[route]

        def heed() -> None:
            self.listener.hear(charge, row, headers, date, now)
            if rejected:
                wait = float(headers["Retry-After"])
                self.listener.rejected(charge, row, headers, date, now, wait=wait, jobs=False, jitter=0.0)

        ticket.settle(date, heed, rejected=rejected)

    def under_way(self) -> dict[str, int]:
        return {bucket.terms.limit.name: bucket.in_flight for bucket in self.book if bucket.in_flight}


class Desk:
    """A listener with its book; the server's clock shows 1,000 s more than the loop's, and it is 10.1."""

    def __init__(
        self, counts: Mapping[str, int] | None = None, *, ceilings: Mapping[str, int] | None = None
    ) -> None:
        self.book = Book(capacities={"account": 700} if counts is None else counts, ceilings=ceilings)
        self.book.clock.observe(1010.0, 10.0, 10.0)
        self.book.clock.observe(1009.0, 9.999, 9.999)
        self.book.align(10.0)
        self.events: list[Event] = []
        self.listener = Listener(self.book, self.events.append)

    def charge(self, route: Route, target: int = 7) -> Charge:
        path = route.template.partition("{")[0] + (str(target) if "{" in route.template else "")
        return self.book.charge(route, path, {}, "me")

    def hear(
        self, route: Route, headers: Mapping[str, str], *, date: float | None = 1010.0, at: float = 10.1,
        charged: bool = False,
    ) -> Charge:
        """A reply is in; `charged`: to its request, which is over with it."""
        charge = self.charge(route)
        for bucket in (*charge.shared, *charge.keyed) if charged else ():
            bucket.take(at)
            bucket.settle(at, self.book.clock, date)
        self.listener.hear(charge, route, headers, date, at)
        return charge

    def names(self, route: Route) -> list[str]:
        """What a request on this route falls under."""
        charge = self.charge(route)
        return [bucket.terms.limit.name for bucket in (*charge.shared, *charge.keyed)]

    def bucket(self, name: str) -> Bucket:
        """The one bucket of a limit."""
        [bucket] = [bucket for bucket in self.book if bucket.terms.limit.name == name]
        return bucket

    def left(self, name: str, at: float = 10.1) -> int:
        """What is left of the window, be it ours or others' to come for."""
        bucket = self.bucket(name)
        return bucket.terms.capacity - bucket.used(at, self.book.clock)

    def free(self, name: str, at: float = 10.1) -> int:
        return self.bucket(name).free(at, self.book.clock)

    def capacity(self, name: str) -> int:
        return self.bucket(name).terms.capacity

    def rejected(
        self, route: Route, headers: Mapping[str, str], body: bytes = b"", *, date: float | None = 1010.0
    ) -> tuple[str, float]:
        """The limit that is blamed and the wait, for a 429."""
        error = error_from(Response(429, headers, body, 10.0, 10.1), route.operation)
        assert isinstance(error, RateLimited)
        blame = self.listener.rejected(
            self.charge(route), route, headers, date, 10.1,
            wait=retry_after(headers, 1010.0), jobs=isinstance(error, TooManyJobs), jitter=0.0,
        )
        return blame.limit, blame.wait


@pytest.fixture
def rig() -> Callable[..., Rig]:
    """Makes a `Rig`, in the test's own loop: `rig({"account": 5})`."""
    return Rig


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def desk_with() -> Callable[..., Desk]:
    """Makes a `Desk` with other numbers."""
    return Desk


@pytest.fixture
def epoch() -> int:
    """The server's unix time when the loop's clock shows 0."""
    return EPOCH


@pytest.fixture
def clock() -> ServerClock:
    """The server's clock shows 1,000 s more than the loop's, give or take 20 ms: a minute ends at the loop's 20."""
    clock = ServerClock()
    clock.observe(1010.0, 10.0, 10.0)
    clock.observe(1009.0, 9.999, 9.999)
    return clock
