"""One function for each speed goal; each gives a `Figure`.

Ours and plain aiohttp take turns in rounds of the same run, and the ratio is the median of the rounds' ratios, so that
a machine that slows down for a while slows down both. Times are CPU times of this process (or of its children, for
imports): what the server needs is not in them, and what the network needs neither.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from array import array
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import aiohttp
import attrs
import orjson

from zdasync import ApiToken, Zendesk
from zdasync._core.route import Route
from zdasync.limits.book import Book
from zdasync.limits.scheduler import Scheduler
from zdasync.testing import run_virtual

from .server import LIMIT, PAGE_SIZE, running

CREATE_OR_UPDATE: Final = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update", "user")
USERS: Final = 50_000
"""Profiles that the queued upserts are of."""

AUTH: Final = ("admin@example.com/token", "token")


@attrs.frozen(kw_only=True)
class Figure:
    """One measured goal. `measured` is met when it is at most `goal`; both are in `unit`."""

    name: str
    measured: float
    goal: float
    unit: str
    detail: str

    @property
    def met(self) -> bool:
        """Does the measured figure keep the goal?"""
        return self.measured <= self.goal


def client(url: str) -> Zendesk:
    """A client whose limits are so wide that nothing waits; every call is admitted and charged all the same."""
    return Zendesk(base_url=url, auth=ApiToken("admin@example.com", "token"), limits={"account": LIMIT})


def session() -> aiohttp.ClientSession:
    """Plain aiohttp with the headers that any client of the API sends."""
    basic = aiohttp.encode_basic_auth(*AUTH)
    return aiohttp.ClientSession(headers={"Accept": "application/json", "Authorization": basic})


async def cpu(work: Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of this process for one run of `work`."""
    gc.collect()
    start = time.process_time()
    await work()
    return time.process_time() - start


async def rounds(
    count: int, ours: Callable[[], Awaitable[object]], plain: Callable[[], Awaitable[object]]
) -> tuple[float, float, float]:
    """Both in turns, after one round to warm up: medians of ours and plain in seconds, and of their ratios."""
    await ours()
    await plain()
    times = [(await cpu(ours), await cpu(plain)) for _ in range(count)]
    return (
        statistics.median(mine for mine, _ in times),
        statistics.median(theirs for _, theirs in times),
        statistics.median(mine / theirs for mine, theirs in times),
    )


async def show(calls: int = 500, turns: int = 25) -> Figure:
    """One `users.show`, awaited, against `session.get` and `orjson.loads` of the same body."""
    with running(1) as url:
        async with client(url) as zd, session() as http:

            async def ours() -> None:
                for number in range(calls):
                    await zd.users.show(1_500_000_000_000 + number)

            async def plain() -> None:
                for number in range(calls):
                    async with http.get(f"{url}/api/v2/users/{1_500_000_000_000 + number}") as reply:
                        orjson.loads(await reply.read())["user"]

            mine, theirs, ratio = await rounds(turns, ours, plain)
    return Figure(
        name="one show call", measured=ratio, goal=1.35, unit="x plain aiohttp",
        detail=f"{mine / calls * 1e6:.0f} us against {theirs / calls * 1e6:.0f} us of CPU a call",
    )


async def plain_users(http: aiohttp.ClientSession, url: str) -> AsyncIterator[dict[str, Any]]:
    """All users as dicts, item by item, with nothing but aiohttp and orjson."""
    query = {"page[size]": str(PAGE_SIZE)}
    while True:
        async with http.get(f"{url}/api/v2/users", params=query) as reply:
            page = orjson.loads(await reply.read())
        for user in page["users"]:
            yield user
        if not page["meta"]["has_more"]:
            return
        query["page[after]"] = page["meta"]["after_cursor"]


async def listing(pages: int = 1_000, turns: int = 11) -> Figure:
    """All users through the async generator, as typed records, against plain aiohttp to dicts."""
    with running(pages) as url:
        async with client(url) as zd, session() as http:

            async def ours() -> int:
                total = 0
                async for user in zd.users.list():
                    total += user.id
                return total

            async def plain() -> int:
                total = 0
                async for user in plain_users(http, url):
                    total += user["id"]
                return total

            return await compared("listing {:,} users", pages * PAGE_SIZE, turns, ours, plain)


async def compared(
    name: str,
    records: int,
    turns: int,
    ours: Callable[[], Awaitable[int]],
    plain: Callable[[], Awaitable[int]],
) -> Figure:
    """Two ways to read so many records, each giving the sum of their ids."""
    totals: set[int] = set()

    async def once(read: Callable[[], Awaitable[int]]) -> None:
        totals.add(await read())

    mine, theirs, ratio = await rounds(turns, lambda: once(ours), lambda: once(plain))
    if len(totals) != 1:
        raise RuntimeError(f"the two did not read the same records: {totals}")
    return Figure(
        name=name.format(records), measured=ratio, goal=1.1, unit="x plain aiohttp",
        detail=f"{mine / records * 1e6:.1f} us against {theirs / records * 1e6:.1f} us of CPU a record",
    )


async def memory(pages: int = 6_000) -> Figure:
    """Memory in use during a long listing: the median over its last quarter against that over the one before.

    In the first half the caches of all libraries fill up, those of addresses above all.
    """
    used = array("q", bytes(8 * pages))
    with running(pages) as url:
        async with client(url) as zd:
            tracemalloc.start()
            number = 0
            async for _ in zd.users.list().pages():
                used[number] = tracemalloc.get_traced_memory()[0]
                number += 1
            tracemalloc.stop()
    quarter = pages // 4
    early, late = statistics.median(used[2 * quarter : 3 * quarter]), statistics.median(used[-quarter:])
    return Figure(
        name=f"memory in use over {pages:,} pages", measured=late / early, goal=1.05, unit="x",
        detail=f"{late / 1024:.0f} KiB in the last quarter against {early / 1024:.0f} KiB in the one before",
    )


def import_cpu(code: str) -> float:
    """User and system CPU seconds of an interpreter that runs `code`, with compiled modules kept as by default."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{code!r} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def imports(turns: int = 25) -> Figure:
    """`import zdasync` against `import aiohttp`, both without what a bare interpreter takes."""
    for code in ("import zdasync", "import aiohttp"):
        import_cpu(code)
    times = [tuple(map(import_cpu, ("import zdasync", "import aiohttp", "pass"))) for _ in range(turns)]
    mine, theirs, bare = (statistics.median(column) for column in zip(*times, strict=True))
    return Figure(
        name="import", measured=(mine - bare) / (theirs - bare), goal=1.3, unit="x import aiohttp",
        detail=f"{(mine - bare) * 1e3:.0f} ms against {(theirs - bare) * 1e3:.0f} ms of CPU; "
        f"with the interpreter itself {mine / theirs:.2f}x",
    )


def admission(queued: int = 100_000, admitted: int = 10_000) -> Figure:
    """What the scheduler takes to let one upsert go while `queued` others wait; queueing is told beside it.

    They are of `USERS` users, under the limits of `create_or_update`: the account's, one a second, five a minute for
    each.
    What asyncio takes for as many tasks that wait and are woken one by one is measured beside it.
    """
    ours = run_virtual(_queue(_upserts(), queued, admitted))
    bare = run_virtual(_queue(_futures(), queued, admitted))
    queueing, release = (max(0.0, mine - theirs) * 1e6 for mine, theirs in zip(ours, bare, strict=True))
    return Figure(
        name=f"admission, {queued:,} calls of {USERS:,} users queued", measured=release, goal=20.0, unit="us",
        detail=f"queueing a call: {queueing:.1f} us; both beyond asyncio's own {bare[1] * 1e6:.1f} us for a timer "
        f"and {bare[0] * 1e6:.1f} us for a task",
    )


Call = Callable[[int], Awaitable[None]]
"""Waits for its turn, and is done with it."""


@asynccontextmanager
async def _upserts() -> AsyncIterator[Call]:
    """Calls that wait for admission."""
    now = asyncio.get_running_loop().time
    book = Book()
    book.clock.observe(1_800_000_000.0, now(), now())
    scheduler = Scheduler(book)

    async def call(number: int) -> None:
        fields = {"email": f"customer{number % USERS}@example.com"}
        ticket = await scheduler.admit(book.charge(CREATE_OR_UPDATE, CREATE_OR_UPDATE.template, fields, ""))
        ticket.settle(None)

    yield call
    await scheduler.aclose()


@asynccontextmanager
async def _futures() -> AsyncIterator[Call]:
    """Calls that wait for a bare future, one of which is done each second."""
    loop = asyncio.get_running_loop()
    waiting: deque[asyncio.Future[None]] = deque()

    def tick() -> None:
        waiting.popleft().set_result(None)

    async def call(number: int) -> None:
        future = loop.create_future()
        waiting.append(future)
        if number == 0:
            tick()
        await future
        loop.call_later(1.0, tick)

    yield call


async def _queue(opening: AbstractAsyncContextManager[Call], queued: int, admitted: int) -> tuple[float, float]:
    """CPU seconds to queue a call, and to let one go while `queued` others wait."""
    async with opening as call:
        done = 0
        enough = asyncio.Event()

        async def counted(number: int) -> None:
            nonlocal done
            await call(number)
            done += 1
            if done == admitted:
                enough.set()

        gc.collect()
        start = time.process_time()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(counted(number)) for number in range(queued + admitted)]
            await asyncio.sleep(0)
            full = time.process_time()
            await enough.wait()
            end = time.process_time()
            for task in tasks:
                task.cancel()
    return (full - start) / len(tasks), (end - full) / admitted
