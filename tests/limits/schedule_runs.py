"""Runs of a scheduler against a server that counts for itself, with others on the account, and how they are judged."""

from __future__ import annotations

import asyncio
import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from math import ceil, floor, inf
from operator import attrgetter

import attrs

from zdasync._core.route import Route
from zdasync.errors import DeadlineExceeded
from zdasync.events import Event, Learned
from zdasync.limits.book import Book, Charge
from zdasync.limits.lanes import Lane
from zdasync.limits.observe import Listener
from zdasync.limits.scheduler import Scheduler
from zdasync.limits.table import Limit
from zdasync.limits.ticket import Ticket

SHOW = Route("users.show", "GET", "/api/v2/users/{id}")
UPDATE = Route("users.update", "PUT", "/api/v2/users/{id}")
UPSERT = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update")
TICKET = Route("tickets.update", "PUT", "/api/v2/tickets/{id}")
RELATED = Route("users.related", "GET", "/api/v2/users/{id}/related")
SUBMIT = Route("users.create_many", "POST", "/api/v2/users/create_many", job=True)
WRITES = ("PUT /api/v2/users/{id}", "POST /api/v2/users/create_or_update")


def rows_of(account: int, second: int, profile: int, ticket: int) -> tuple[Limit, ...]:
    return (
        Limit(name="account", count=account, endpoints=("* /api/v2/*",), service=True),
        Limit(name="second", count=second, interval=1.0, endpoints=WRITES, header="create-update-user"),
        Limit(name="profile", count=profile, key="profile", endpoints=WRITES, header="create-update-user"),
        Limit(name="ticket", count=ticket, interval=120.0, key="ticket+agent", endpoints=("PUT /api/v2/tickets/{id}",)),
        Limit(name="inflight-jobs", count=2, interval=None, endpoints=(), header="inflight-jobs"),
    )


SECRET = Limit(name="related", header="related", count=3, endpoints=("GET /api/v2/users/{id}/related",))
"""A limit that the server has and the book doesn't know: its header tells."""

GROUPS = ("", "a", "b")

SMALL = rows_of(account=12, second=1, profile=3, ticket=4)
WIDE = rows_of(account=20, second=5, profile=3, ticket=2)


@attrs.frozen
class Call:
    route: Route
    target: int
    name: str = "id"
    """By which of its names an upsert means its profile: `email` or `external_id`."""
    at: float = 0.0
    out: float = 0.01
    """Seconds from sending until the server counts."""
    work: float = 0.01
    """Seconds from then until the reply is made, and dated."""
    back: float = 0.01
    priority: int = 1
    group: str = ""
    within: float = inf
    cancel: float | None = None
    """Seconds from its start after which the call is cancelled."""
    doomed: bool = False
    """Cancelled in the moment of its admission, before its task could run."""
    lost: bool = False

    @property
    def fields(self) -> dict[str, object]:
        if self.route is not UPSERT:
            return {}
        return {"email": f"{self.target}@x.org"} if self.name == "email" else {"external_id": f"K{self.target}"}

    @property
    def keys(self) -> dict[str, object]:
        """What the server counts this call for, by limit."""
        user = {"second": "", "profile": self.target} if self.route in (UPDATE, UPSERT) else {}
        rest = {TICKET: {"ticket": self.target}, RELATED: {"related": ""}}.get(self.route, {})
        return {"account": "", **user, **rest}


@attrs.frozen
class Count:
    """One request as the server counted it: `at` by its own clock, `dispatched` by the loop's."""

    at: float
    call: Call
    dispatched: float


@attrs.frozen
class Spending:
    """What somebody else takes of the account's limit."""

    at: float
    units: int


class Server:
    """Counts every request once, wherever it is cancelled or lost at the client."""

    def __init__(
        self, rows: tuple[Limit, ...], offset: float, drift: float, *, strict: tuple[str, ...], log: bool
    ) -> None:
        self.rows = {row.name: row for row in rows if row.interval is not None}
        self.offset, self.drift = offset, drift
        self.strict = strict
        """Limits for which it turns requests away, counting them as it says."""
        self.log = log
        """Does it count by a sliding log?"""
        self.counts: list[Count] = []
        self.windows: Counter[tuple[str, object, float]] = Counter()
        """What counts in each aligned window, by limit and key."""
        self.foreign: list[float] = []
        self.rejections: list[tuple[str, float]] = []
        """The limit, and when the request was dispatched."""

    def clock(self) -> float:
        return asyncio.get_running_loop().time() * (1 + self.drift) + self.offset

    def count(self, call: Call, dispatched: float) -> str | None:
        """A request arrives; the limit that turns it away, if one does."""
        full = next((name for name in call.keys if name in self.strict and self.left(name, call) <= 0), None)
        if full is None or not self.log:
            self.counts.append(Count(self.clock(), call, dispatched))
            self.windows.update((name, key, self.window(name)) for name, key in call.keys.items())
        if full is not None:
            self.rejections.append((full, dispatched))
        return full

    def window(self, name: str) -> float:
        return self.clock() // self.rows[name].interval

    def spend(self, units: int) -> None:
        """Somebody else's requests arrive."""
        self.foreign += [self.clock()] * units
        self.windows["account", "", self.window("account")] += units

    def logged(self, name: str, call: Call) -> list[float]:
        """When those were counted that are younger than the interval."""
        since, key = self.clock() - self.rows[name].interval, call.keys[name]
        times = [c.at for c in self.counts if c.at > since and c.call.keys.get(name) == key]
        return sorted(times + [at for at in self.foreign if at > since and name == "account"])

    def left(self, name: str, call: Call) -> int:
        used = len(self.logged(name, call)) if self.log else self.windows[name, call.keys[name], self.window(name)]
        return self.rows[name].count - used

    def reset(self, name: str, call: Call) -> int:
        now, interval = self.clock(), self.rows[name].interval
        if self.log:
            return max(1, ceil(min(self.logged(name, call), default=now) + interval - now))
        return ceil(interval - floor(now) % interval)

    def headers(self, call: Call) -> dict[str, str]:
        """What a reply that is made now says; the request itself was counted before."""
        said = {}
        for name in call.keys:
            row, left, reset = self.rows[name], max(0, self.left(name, call)), self.reset(name, call)
            if row.service:
                said |= {"X-Rate-Limit": f"{row.count}", "X-Rate-Limit-Remaining": f"{left}",
                         "ratelimit-reset": f"{reset}"}
            elif name in ("profile", "related"):
                said[f"zendesk-ratelimit-{row.header}"] = f"total={row.count}; remaining={left}; resets={reset}"
        return said

    def by_key(self, name: str) -> dict[object, list[Count]]:
        groups: dict[object, list[Count]] = defaultdict(list)
        for count in self.counts:
            if name in count.call.keys:
                groups[count.call.keys[name]].append(count)
        return groups

    def worst_window(self, name: str, taught: dict[int, float]) -> int:
        """The most that was counted for one key in one aligned window.

        Names of a profile count on their own in windows that began before a reply showed that they are one.
        """
        windows: Counter[object] = Counter()
        for key, counts in self.by_key(name).items():
            grouped: dict[float, list[Count]] = defaultdict(list)
            for count in counts:
                grouped[count.at // self.rows[name].interval].append(count)
            for window, group in grouped.items():
                known = name != "profile" or min(c.dispatched for c in group) > taught.get(key, inf)  # type: ignore[call-overload]
                windows.update((key, window, "" if known else count.call.name) for count in group)
        return max(windows.values(), default=0)

    def worst_interval(self, name: str) -> int:
        """The most that was counted for one key in any interval, wherever it begins."""
        worst = 0
        for counts in self.by_key(name).values():
            times = sorted(count.at for count in counts)
            for i, at in enumerate(times):
                worst = max(worst, bisect.bisect_left(times, at + self.rows[name].interval - 1e-6) - i)
        return worst


class Watched(Scheduler):
    """A scheduler that tells whom it let go, before that call's task knows, and whether it was that one's turn."""

    def __init__(self, book: Book, released: Callable[[int], None]) -> None:
        super().__init__(book)
        self.released = released
        self.passed_over: list[str] = []

    def _release(self, lane: Lane, now: float) -> None:
        line, head = lane.line, lane.waiters[0]
        for other in line.pool.lines[line.priority].values():
            ready = any(one.head() and not one.parked and self._obstacle(one.buckets, now) is None
                        for one in other.lanes.values())
            if ready and other.caller.turns < line.caller.turns:
                self.passed_over.append(f"{line.caller.name!r} went before {other.caller.name!r}")
        super()._release(lane, now)
        self.released(head.seq)


class Run:
    """One schedule, run to its end."""

    def __init__(
        self, rows: tuple[Limit, ...], offset: float, drift: float, *, sliding: bool = False, connections: int = 30,
        strict: tuple[str, ...] = (), log: bool = False, reserve: float = 0,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.server = Server((*rows, SECRET), offset, drift, strict=strict, log=log)
        self.reserve = reserve
        self.book = Book(rows, connections=connections, reserves={"account": reserve})
        self.listener = Listener(self.book, self.told)
        self.scheduler = Watched(self.book, self.released)
        self.calls: list[tuple[Call, asyncio.Task[None]]] = []
        self.taught: dict[int, float] = {}
        self.events: list[tuple[float, Event]] = []
        self.wire: list[Call] = []
        self.arriving: list[asyncio.Task[str | None]] = []
        self.sliding = sliding
        if sliding:
            for row in rows:
                self.book.refute(row.name, self.loop.time())

    def told(self, event: Event) -> None:
        self.events.append((self.loop.time(), event))

    def released(self, seq: int) -> None:
        call, task = self.calls[seq]
        if call.doomed:
            task.cancel()

    async def call(self, call: Call, number: int) -> None:
        await asyncio.sleep(call.at)
        deadline = self.loop.time() + call.within
        while True:
            latest = max(deadline, self.loop.time()) + 1e-6  # what comes back from the server may be past it already
            try:
                charge, ticket = await self.admitted(call, number, deadline)
            except DeadlineExceeded:
                assert self.loop.time() <= latest
                return
            assert self.loop.time() <= deadline + 1e-6
            if await self.send(call, charge, ticket):
                return

    async def admitted(self, call: Call, number: int, deadline: float) -> tuple[Charge, Ticket]:
        """Leave to send, under the limits that the route falls under when it is given."""
        path = call.route.template.replace("{id}", str(call.target))
        while True:
            charge = self.book.charge(call.route, path, call.fields, "agent")
            ticket = await self.scheduler.admit(
                charge, priority=call.priority, caller=call.group, deadline=deadline, seq=number
            )
            if self.book.current(charge, call.route):
                return charge, ticket
            ticket.give_back()

    async def send(self, call: Call, charge: Charge, ticket: Ticket) -> bool:
        """Was that all?"""
        sent_at = self.loop.time()
        self.wire.append(call)
        # What is on its way arrives whatever becomes of its sender.
        arrives = self.loop.create_task(self.arrive(call, sent_at))
        self.arriving.append(arrives)
        try:
            await asyncio.sleep(call.out + call.work)
            full, date = await asyncio.shield(arrives), float(floor(self.server.clock()))
            headers = self.server.headers(call)
            if full is not None:
                headers["Retry-After"] = str(self.server.reset(full, call))
            await asyncio.sleep(call.back)
        except asyncio.CancelledError:
            self.wire.remove(call)
            ticket.lost()
            raise
        self.wire.remove(call)
        if call.lost:
            ticket.lost()
            return True
        await self.hear(call, charge, ticket, headers, date, sent_at)
        return full is None

    async def arrive(self, call: Call, sent_at: float) -> str | None:
        await asyncio.sleep(call.out)
        return self.server.count(call, sent_at)

    async def hear(
        self, call: Call, charge: Charge, ticket: Ticket, headers: dict[str, str], date: float, sent_at: float
    ) -> None:
        now, good = self.loop.time(), "Retry-After" not in headers
        self.listener.hear_time(date, sent_at, now)
        if charge.names and good:
            self.taught.setdefault(call.target, now)
            self.scheduler.learn(charge.names, b'{"user":{"id":%d,"email":"%d@x.org","external_id":"k%d"}}' % (
                (call.target,) * 3))
        slot = ticket.keep(self.book.jobs) if call.route.job and self.book.jobs and good else None

        def heed() -> None:
            self.listener.hear(charge, call.route, {} if self.sliding else headers, date, now)
            if good:
                self.book.passed(call.route, now)
            else:
                wait = float(headers["Retry-After"])
                self.listener.rejected(charge, call.route, headers, date, now, wait=wait, jobs=False, jitter=0.0)

        ticket.settle(date, heed, rejected=not good)
        if slot:
            try:
                await asyncio.sleep(7.0)
            finally:
                slot.release()

    async def spend(self, spending: Spending) -> None:
        await asyncio.sleep(spending.at)
        self.server.spend(spending.units)

    async def cancelled(self, call: Call, task: asyncio.Task[None]) -> None:
        if call.cancel is not None:
            await asyncio.sleep(call.at + call.cancel)
            task.cancel()

    def look(self) -> None:
        """Between two moments: what is on the wire is charged, jointly, and nothing else is."""
        in_flight: Counter[str] = Counter()
        for bucket in self.book:
            in_flight[bucket.terms.limit.name] += bucket.in_flight
        writes = sum(call.route in (UPDATE, UPSERT) for call in self.wire)
        assert (in_flight["connections"], in_flight["account"]) == (len(self.wire), len(self.wire))
        assert (in_flight["second"], in_flight["profile"]) == (writes, writes)
        assert in_flight["ticket"] == sum(call.route is TICKET for call in self.wire)

    async def all(self, calls: list[Call], looks: list[float], spendings: Iterable[Spending] = ()) -> None:
        # Who comes first has the lower number; the lists that hypothesis draws are in no order.
        calls = sorted(calls, key=attrgetter("at"))
        tasks = [self.loop.create_task(self.call(call, number)) for number, call in enumerate(calls)]
        self.calls = list(zip(calls, tasks, strict=True))
        others = [self.loop.create_task(self.spend(spending)) for spending in spendings]
        killers = [self.loop.create_task(self.cancelled(*pair)) for pair in self.calls]
        start = self.loop.time()
        for at in sorted(looks):
            await asyncio.sleep(max(0.0, start + at + 0.000_37 - self.loop.time()))
            self.look()
        _, waiting = await asyncio.wait(tasks, timeout=60.0 * (len(calls) + 10))
        assert waiting == set(), "calls wait for ever"
        for task in tasks:
            if not task.cancelled():
                task.result()
        await asyncio.gather(*killers, *others, *self.arriving)
        self.at_the_end()

    def at_the_end(self) -> None:
        scheduler = self.scheduler
        assert scheduler.passed_over == []
        assert {bucket.terms.limit.name: bucket.in_flight for bucket in self.book if bucket.in_flight} == {}
        assert (scheduler._waiting, scheduler._spread) == ({}, {})
        assert {bucket.lanes for bucket in self.book} == {0}
        assert [dict(named) for named in scheduler._callers._named] == [{}, {}, {}]
        for pool in scheduler._pools.values():
            assert (pool.count, pool.ahead, list(pool.all_lanes())) == (0, [0, 0, 0], [])
        assert [lane for lanes in scheduler._parking._lanes.values() for lane in lanes if lane.waiting] == []
        later = self.loop.time() + 300
        assert {bucket.used(later, self.book.clock) for bucket in self.book} == {0}

    def judge(self) -> None:
        total = self.server.rows["account"].count
        kept = min(total - 1, ceil(self.reserve * total) if self.reserve < 1 else int(self.reserve))
        for name, row in self.server.rows.items():
            if name == "related":
                continue
            worst = self.server.worst_interval(name) if self.sliding else self.server.worst_window(name, self.taught)
            most = row.count - (kept if name == "account" else 0)
            assert worst <= most, f"{name}: {worst} of {most}"

    def judge_learned(self) -> None:
        """From the first reply that named it, the new limit is kept in each window that begins afterwards."""
        learned = [at for at, event in self.events if isinstance(event, Learned) and event.limit == "related"]
        if not learned:
            return
        windows: Counter[float] = Counter()
        early = set()
        for count in self.server.by_key("related").get("", []):
            windows[count.at // 60] += 1
            if count.dispatched <= learned[0]:
                early.add(count.at // 60)
        assert max((number for window, number in windows.items() if window not in early), default=0) <= SECRET.count
