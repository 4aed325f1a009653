"""The competitors: what an engineer would put between a program and Zendesk, each written as well as it can be.

All have the same connections, send the same requests, and try again after a rejection's Retry-After, so that all of
them get the work done. Those that limit themselves know every documented limit and have a limiter for each limit and
key; a call passes its limiters one after another. All wait for their jobs in the same way: one request now and then for
all that are under way.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from typing import Final, Protocol

import aiohttp
import attrs
from aiolimiter import AsyncLimiter

from zdasync import ApiToken, Priority, Zendesk

from .asks import EXPORTED, JOB_SLOTS, PLAN, Ask, Charge, charges, wire

AUTH: Final = ("admin@example.com", "token")
WORKERS: Final = 10
HAIR: Final = 1e-6
"""Seconds that a timer may fire too early through rounding."""
POLL_EVERY: Final = 2.0
"""Seconds between looks at the jobs that are under way."""


class Caller(Protocol):
    """Carries out calls of a workload.

    `urgent` True for those that somebody waits for, False for the bulk beside them; None where there are no two kinds.
    """

    async def call(self, ask: Ask, *, urgent: bool | None = None) -> None:
        """Return when the call is done; a job is done when its rows are."""
        ...


class Gate(Protocol):
    """What a call passes before it is sent."""

    async def acquire(self) -> None:
        """Wait for a place."""
        ...


# -- ours -------------------------------------------------------------------------------------------------------------


PRIORITIES: Final = {True: Priority.INTERACTIVE, False: Priority.BULK, None: Priority.NORMAL}


@attrs.frozen
class Ours:
    """The library itself, through its public client."""

    zd: Zendesk

    async def call(self, ask: Ask, *, urgent: bool | None = None) -> None:
        """One method for each kind of call; priorities only where calls differ in urgency."""
        priority = PRIORITIES[urgent]
        match ask.kind:
            case "read":
                await self.zd.users.show(ask.target, priority=priority)
            case "upsert":
                await self.zd.users.create_or_update(external_id=ask.target, name="A customer", priority=priority)
            case "job":
                ids = ask.target.split(",")
                await (await self.zd.users.update_many(ids=ids, notes="Called back.", priority=priority))
            case _:
                request = wire(ask)
                await self.zd.request(request.method, request.path, params=EXPORTED, priority=priority)


@asynccontextmanager
async def _ours(url: str, connections: int) -> AsyncIterator[Caller]:
    async with Zendesk(base_url=url, auth=ApiToken(*AUTH), plan=PLAN, connections=connections) as zd:
        yield Ours(zd)


# -- what the others have in common -----------------------------------------------------------------------------------


@attrs.define(eq=False)
class Rival:
    """Passes the gates, sends, and tries again after the Retry-After of a rejection."""

    url: str
    session: aiohttp.ClientSession
    gates: Callable[[Ask], Sequence[Gate]]
    slots: asyncio.Semaphore | None
    """For those that know of the account's cap on jobs."""
    _done: dict[str, asyncio.Future[None]] = attrs.field(factory=dict, init=False)
    _poller: asyncio.Task[None] | None = attrs.field(default=None, init=False)

    async def call(self, ask: Ask, *, urgent: bool | None = None) -> None:  # noqa: ARG002  # none of them has priorities
        """Return when the call is done."""
        if ask.kind != "job":
            await self._exchange(ask)
        elif self.slots is None:
            await self._job(ask)
        else:
            async with self.slots:
                await self._job(ask)

    async def _exchange(self, ask: Ask) -> dict[str, object]:
        request = wire(ask)
        while True:
            for gate in self.gates(ask):
                await gate.acquire()
            async with self.session.request(
                request.method, self.url + request.path, params=request.params, json=request.body
            ) as reply:
                body = await reply.read()
                if reply.ok:
                    found: dict[str, object] = json.loads(body)
                    return found
                if reply.status != 429:  # noqa: PLR2004  # HTTP's Too Many Requests
                    raise RuntimeError(f"{reply.status} for {request.path}: {body[:200]!r}")
                wait = float(reply.headers.get("Retry-After", "1"))
            await asyncio.sleep(wait)

    async def _job(self, ask: Ask) -> None:
        status = (await self._exchange(ask))["job_status"]
        assert isinstance(status, dict)
        done = self._done[status["id"]] = asyncio.get_running_loop().create_future()
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        await done

    async def _poll(self) -> None:
        while self._done:
            await asyncio.sleep(POLL_EVERY)
            reply = await self._exchange(Ask("poll", ",".join(self._done)))
            statuses = reply["job_statuses"]
            assert isinstance(statuses, list)
            for status in statuses:
                if status["status"] == "completed":
                    self._done.pop(status["id"]).set_result(None)

    async def aclose(self) -> None:
        """Stop looking for jobs."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)


def _no_gates(_ask: Ask) -> Sequence[Gate]:
    return ()


@asynccontextmanager
async def _rival(
    url: str, connections: int, gates: Callable[[Ask], Sequence[Gate]] = _no_gates, *, knows_jobs: bool = False
) -> AsyncIterator[Rival]:
    headers = {"Accept": "application/json", "Authorization": aiohttp.encode_basic_auth(f"{AUTH[0]}/token", AUTH[1])}
    connector = aiohttp.TCPConnector(limit=connections)
    timeout = aiohttp.ClientTimeout()
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:
        rival = Rival(url, session, gates, asyncio.Semaphore(JOB_SLOTS) if knows_jobs else None)
        try:
            yield rival
        finally:
            await rival.aclose()


# -- those that limit themselves --------------------------------------------------------------------------------------


class _Leaky(AsyncLimiter):
    """`AsyncLimiter` with a level that is rounded to a millionth of a call.

    Its timer may fire a hair too early through rounding; it is then set again for a moment that has come already. On a
    real clock that lasts microseconds; one that stands still while anything can run would never get any further.
    """

    def _leak(self) -> None:
        super()._leak()
        self._level = round(self._level, 6)


class SlidingLog:
    """At most `limit` calls in any `interval` seconds, exactly, in the order in which they came."""

    def __init__(self, limit: int, interval: float) -> None:
        self._sent: deque[float] = deque(maxlen=limit)
        self._interval = interval
        self._turn = asyncio.Lock()

    async def acquire(self) -> None:
        """Wait until the call before the last `limit` ones is an interval old."""
        now = asyncio.get_running_loop().time
        async with self._turn:
            if len(self._sent) == self._sent.maxlen:
                await asyncio.sleep(self._sent[0] + self._interval - now() + HAIR)
            self._sent.append(now())


def gates_of(make: Callable[[int, float], Gate], *, wide_first: bool) -> Callable[[Ask], Sequence[Gate]]:
    """A limiter for each limit and key, made when it is first needed; by default the narrowest limit comes first."""
    made: dict[Charge, Gate] = {}

    def gates(ask: Ask) -> Sequence[Gate]:
        limits = charges(ask)
        for limit in limits:
            if limit not in made:
                made[limit] = make(limit.count, limit.interval)
        found = [made[limit] for limit in limits]
        return found[::-1] if wide_first else found

    return gates


# -- a crew -----------------------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Crew:
    """A fixed number of workers on one queue, urgent calls first; a worker that is rejected waits, then tries again."""

    rival: Rival
    _queue: asyncio.PriorityQueue[tuple[bool, int, Ask, asyncio.Future[None]]] = attrs.field(
        factory=asyncio.PriorityQueue, init=False
    )
    _turns: count[int] = attrs.field(factory=count, init=False)

    async def call(self, ask: Ask, *, urgent: bool | None = None) -> None:
        """Return when a worker has done it."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((not urgent, next(self._turns), ask, done))
        await done

    async def work(self) -> None:
        """One worker."""
        while True:
            _, _, ask, done = await self._queue.get()
            try:
                await self.rival.call(ask)
            except RuntimeError as error:
                if not done.done():
                    done.set_exception(error)
            else:
                if not done.done():
                    done.set_result(None)


@asynccontextmanager
async def _crew(url: str, connections: int) -> AsyncIterator[Caller]:
    async with _rival(url, connections) as rival:
        crew = Crew(rival)
        workers = [asyncio.create_task(crew.work()) for _ in range(WORKERS)]
        try:
            yield crew
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


# -- all of them ------------------------------------------------------------------------------------------------------


Open = Callable[[str, int], AbstractAsyncContextManager[Caller]]


@attrs.frozen
class Competitor:
    """`open` takes a base URL and a number of connections, and gives a caller that is closed with the block."""

    name: str
    title: str
    open: Open


def _limited(make: Callable[[int, float], Gate], *, wide_first: bool = False) -> Open:
    return lambda url, connections: _rival(url, connections, gates_of(make, wide_first=wide_first), knows_jobs=True)


OURS: Final = "zdasync"
COMPETITORS: Final[tuple[Competitor, ...]] = (
    Competitor(OURS, "zdasync", _ours),
    Competitor("limiters-narrow", "AsyncLimiter each, narrow first", _limited(_Leaky)),
    Competitor("limiters-wide", "AsyncLimiter each, wide first", _limited(_Leaky, wide_first=True)),
    Competitor("logs", "sliding log each, narrow first", _limited(SlidingLog)),
    Competitor("obey", "send, obey Retry-After", _rival),
    Competitor("workers", f"{WORKERS} workers, obey Retry-After", _crew),
)
