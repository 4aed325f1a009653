"""Skips: agents note what they pass over, and read it back."""

from __future__ import annotations

import pytest

from zdasync import NotFound, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID

from .conftest import AGENT


def ticket(stage):
    return stage.account.state.tickets.create(CUSTOMER_ID, now=stage.account.now(), comment="Help", subject="S")


async def ids(listing) -> list[int]:
    return [skip.id async for skip in listing]


async def test_agents_skip_and_see_their_own(start) -> None:
    stage = await start()
    agent, one, two = await stage.client(AGENT), ticket(stage), ticket(stage)
    first = await agent.tickets.skips.create(ticket_id=one.id, reason="Too hard")
    second = await stage.zd.tickets.skips.create(ticket_id=one.id)
    third = await agent.tickets.skips.create(ticket_id=two.id, reason="Not mine")
    assert (first.user_id, first.ticket_id, first.reason) == (AGENT_ID, one.id, "Too hard")
    assert first.ticket is not None
    assert (first.ticket.subject, second.reason) == ("S", None)
    admin = stage.zd.tickets.skips
    assert await ids(admin.list(page_size=2)) == [first.id, second.id, third.id]
    assert await ids(admin.list(sort_order="desc", page_size=2)) == [third.id, second.id, first.id]
    assert await ids(admin.list(ticket_id=one.id)) == [first.id, second.id]
    assert await ids(admin.list(user_id=AGENT_ID)) == [first.id, third.id]
    assert await ids(agent.tickets.skips.list()) == [first.id, third.id]
    with pytest.raises(PermissionDenied):
        await agent.tickets.skips.list(user_id=ADMIN_ID)
    assert stage.drifts == []


async def test_what_is_not_there_can_not_be_skipped(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError):
        await stage.zd.tickets.skips.create(ticket_id=77, reason="Where is it?")
    with pytest.raises(NotFound):
        await stage.zd.tickets.skips.list(ticket_id=77)
    admin = await stage.bearer("read", "write", "impersonate")
    with pytest.raises(PermissionDenied):
        await admin.on_behalf_of(CUSTOMER_ID).tickets.skips.list()
