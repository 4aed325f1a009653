"""A scheduler with its book, on a server clock of which the tests know the offset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from math import floor

import pytest

from zdasync._core.route import Route
from zdasync.limits.book import Book, Charge
from zdasync.limits.pacer import Pacer
from zdasync.limits.scheduler import Scheduler
from zdasync.limits.table import LIMITS, Limit
from zdasync.limits.ticket import Ticket

EPOCH = 28_333_340 * 60
"""The server's unix time at the loop's 0; a whole hour. Tests begin at 100, 20 s before a minute's end."""

ROUTES = {
    "show": Route("users.show", "GET", "/api/v2/users/{user_id}"),
    "update": Route("users.update", "PUT", "/api/v2/users/{user_id}"),
    "upsert": Route("users.create_or_update", "POST", "/api/v2/users/create_or_update"),
    "ticket": Route("tickets.update", "PUT", "/api/v2/tickets/{ticket_id}"),
    "submit": Route("users.create_many", "POST", "/api/v2/users/create_many", job=True),
    "articles": Route("articles.list", "GET", "/api/v2/help_center/articles"),
}


class Rig:
    """What most tests of limits are made of; times are seconds since the test's first moment."""

    def __init__(
        self,
        counts: Mapping[str, int],
        *,
        rows: tuple[Limit, ...] = LIMITS,
        connections: int = 1000,
        pace: float | None = None,
        known: bool = True,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.start = self.loop.time()
        self.book = Book(rows, connections=connections, capacities=counts)
        if known:
            self.tell_time(self.book)
        self.scheduler = Scheduler(self.book, None if pace is None else Pacer(pace))

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
        return self.book.charge(row, path, fields, actor, self.loop.time())

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

    def under_way(self) -> dict[str, int]:
        return {bucket.limit.name: bucket.in_flight for bucket in self.book if bucket.in_flight}


@pytest.fixture
def rig() -> Callable[..., Rig]:
    """Makes a `Rig`, in the test's own loop: `rig({"account": 5})`."""
    return Rig


@pytest.fixture
def epoch() -> int:
    """The server's unix time when the loop's clock shows 0."""
    return EPOCH
