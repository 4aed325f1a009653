"""What exports cost: CPU for each record against plain aiohttp and orjson, and how long a page holds the event loop.

Both walk the incremental cursor export of tickets in pages of 1,000, some 3 MB of JSON each.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import orjson

from zdasync import ApiToken, Zendesk

from .core import Figure, compared, session
from .server import EXPORT_SIZE, LIMIT, running

PATH: Final = "/api/v2/incremental/tickets/cursor"
FULL: Final = 2
"""The generation of a full garbage collection."""
LIMITS: Final = {"account": LIMIT, "incremental-exports": LIMIT}


def client(url: str) -> Zendesk:
    """A client whose limits are so wide that nothing waits; every call is admitted and charged all the same."""
    return Zendesk(base_url=url, auth=ApiToken("admin@example.com", "token"), limits=LIMITS)


async def plain_tickets(http: aiohttp.ClientSession, url: str) -> AsyncIterator[dict[str, Any]]:
    """All tickets as dicts, row by row, with nothing but aiohttp and orjson."""
    query = {"start_time": "0", "per_page": str(EXPORT_SIZE)}
    while True:
        async with http.get(f"{url}{PATH}", params=query) as reply:
            page = orjson.loads(await reply.read())
        for ticket in page["tickets"]:
            yield ticket
        if page["end_of_stream"]:
            return
        query = {"cursor": page["after_cursor"], "per_page": str(EXPORT_SIZE)}


async def export(pages: int = 100, turns: int = 7) -> Figure:
    """All tickets through the incremental export, as typed records, against plain aiohttp to dicts."""
    with running(pages) as url:
        async with client(url) as zd, session() as http:

            async def ours() -> int:
                total = 0
                async for ticket in zd.incremental.tickets(0):
                    total += ticket.id
                return total

            async def plain() -> int:
                total = 0
                async for ticket in plain_tickets(http, url):
                    total += ticket["id"]
                return total

            return await compared("export of {:,} tickets", pages * EXPORT_SIZE, turns, ours, plain)


async def blocking(pages: int = 40) -> Figure:
    """The longest turn of the event loop, in CPU time of its thread, while pages of 1,000 tickets are read.

    Python's own full garbage collections, which look at everything that the process holds, are told apart.
    """
    turns: list[float] = []
    with running(pages) as url:
        async with client(url) as zd, _collections(turns) as collected:
            async for _ in zd.incremental.tickets(0):  # the first use of a page imports it
                break
            beat = asyncio.get_running_loop().create_task(_beat(turns))
            async for _ in zd.incremental.tickets(0):
                pass
            beat.cancel()
            await asyncio.wait([beat])
    reading = sorted(set(range(len(turns))) - collected, key=turns.__getitem__)
    return Figure(
        name=f"longest turn of the loop, pages of {EXPORT_SIZE:,}", measured=max(turns) * 1e3, goal=10.0, unit="ms",
        detail=f"{turns[reading[-1]] * 1e3:.1f} ms but for {len(collected)} turns with a full garbage collection; "
        f"{len(turns):,} turns, {pages} pages",
    )


@asynccontextmanager
async def _collections(turns: list[float]) -> AsyncIterator[set[int]]:
    """The numbers of the turns with a full garbage collection in them."""
    found: set[int] = set()

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == FULL:
            found.add(len(turns))

    gc.callbacks.append(note)
    try:
        yield found
    finally:
        gc.callbacks.remove(note)


async def _beat(turns: list[float]) -> None:
    """Notes how much CPU time each turn of the loop takes."""
    before = time.thread_time()
    while True:
        await asyncio.sleep(0)
        now = time.thread_time()
        turns.append(now - before)
        before = now
