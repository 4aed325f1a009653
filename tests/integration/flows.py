"""Flows of several requests: each does its work with a client and then checks what has to hold, however it went."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
from support import Rig

from zdasync import OutcomeUnknown

TICKETS = 3000
FEW = 400
"""Tickets where more would only be more pages."""
FILE = os.urandom(1_200_000)
"""More than is kept in memory."""
ROWS = [{"subject": str(number), "comment": {"body": "x"}} for number in range(100)]


@attrs.frozen
class World:
    """An account with its client, and a directory for files."""

    rig: Rig
    place: Path

    @property
    def zd(self) -> Any:
        return self.rig.zd

    @property
    def since(self) -> float:
        return self.rig.account.now() - 10 * 365 * 86_400

    def tickets(self) -> set[int]:
        """The ids of all tickets that the account has."""
        return set(self.rig.account.state.tickets.records)

    def exported(self) -> list[int]:
        """The tickets as an export has to give them."""
        return [one.id for one in self.rig.account.state.tickets.changed()]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.place.iterdir())


async def pieces() -> AsyncIterator[bytes]:
    """The file, bit by bit: what can't be read a second time."""
    for at in range(0, len(FILE), 70_001):
        await asyncio.sleep(0)
        yield FILE[at : at + 70_001]


async def slowly(pages: AsyncIterator[Any]) -> list[int]:
    """The ids of all records, each page of which takes its reader a moment, while the next one is on its way."""
    found = []
    async for page in pages:
        await asyncio.sleep(0.15)
        found += [one.id for one in page]
    return found


async def export(world: World) -> None:
    """No ticket is lost, none comes twice."""
    size = len(world.tickets()) // 5
    assert await slowly(world.zd.incremental.tickets(world.since, per_page=size).pages()) == world.exported()


async def export_by_time(world: World) -> None:
    """As `export`, record by record."""
    assert [one.id async for one in world.zd.incremental.tickets_by_time(world.since, per_page=60)] == world.exported()


async def listing(world: World) -> None:
    """As `export`, for a listing."""
    assert await slowly(world.zd.tickets.list(page_size=50).pages()) == world.rig.account.state.tickets.ids


async def upload_and_ticket(world: World) -> None:
    """One ticket more, with the whole file."""
    before = world.tickets()
    upload = await world.zd.attachments.upload(pieces(), filename="a.bin")
    ticket = await world.zd.tickets.create(subject="s", comment={"body": "see the file", "uploads": [upload.token]})
    assert world.tickets() - before == {ticket.id}
    tickets, attachments = world.rig.account.state.tickets, world.rig.account.state.attachments
    (comment,) = tickets.comments_of(tickets.records[ticket.id])
    assert [attachments.by_id[one].content for one in comment.attachment_ids] == [FILE]


async def job(world: World) -> None:
    """A hundred tickets more, or an error that says that they may be there; never two hundred."""
    before, results = world.tickets(), None
    try:
        results = await (await world.zd.tickets.create_many(ROWS))
    except OutcomeUnknown:
        await asyncio.sleep(60)
        assert await world.zd.job_statuses.list()  # the account's jobs run while somebody looks
    made = sorted(world.tickets() - before)
    if results is None:
        assert len(made) in (0, 100)
    else:
        assert [row.id for row in results] == made
        assert len(made) == 100
    assert world.zd.limits["inflight-jobs"].used == 0


async def comment(world: World) -> None:
    """One comment more, or an error that says that it may be there; never two."""
    tickets = world.rig.account.state.tickets
    ticket = await world.zd.tickets.create(subject="s", comment={"body": "first"})
    unknown = False
    for number in range(3):
        try:
            await world.zd.tickets.update(ticket.id, comment={"body": str(number)})
        except OutcomeUnknown:
            unknown = True
    said = [one.body for one in tickets.comments_of(tickets.records[ticket.id])]
    assert said == ["first", "0", "1", "2"] or (unknown and len(said) == len(set(said)) == 3)


async def download(world: World) -> None:
    """The file is whole or not there, and nothing is beside it."""
    kept = world.rig.account.state.attachments.add("a.bin", FILE, world.rig.account.now())
    path = world.place / "copy.bin"
    try:
        assert await world.zd.attachments.download(kept.id, path) == len(FILE)
        assert world.files() == ["copy.bin"]
    finally:
        if path.exists():
            assert path.read_bytes() == FILE
            path.unlink()


FLOWS: dict[str, Callable[[World], Awaitable[None]]] = {
    flow.__name__: flow for flow in (export, export_by_time, listing, upload_and_ticket, job, comment, download)
}
