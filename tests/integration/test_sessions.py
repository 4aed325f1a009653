"""Sessions: listing, ending and renewing them."""

from __future__ import annotations

import pytest

from zdasync import NotFound, PermissionDenied
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID

from .conftest import AGENT


async def test_all_sessions_for_admins(start) -> None:
    stage = await start()
    found = [session async for session in stage.zd.sessions.list()]
    assert [session.user_id for session in found] == [ADMIN_ID, AGENT_ID, CUSTOMER_ID]
    assert found[0].authenticated_at is not None
    assert found[0].last_seen_at is not None
    assert stage.sent == ["GET /api/v2/sessions"]
    assert stage.drifts == []


async def test_their_own_for_others(start) -> None:
    stage = await start(auth=AGENT)
    assert [session.user_id async for session in stage.zd.sessions.list()] == [AGENT_ID]


async def test_those_of_one_user_from_either_place(start) -> None:
    stage = await start()
    stage.account.state.add_session(CUSTOMER_ID, stage.account.now())
    by_users = [session.id async for session in stage.zd.users.sessions.list(CUSTOMER_ID)]
    by_client = [session.id async for session in stage.zd.sessions.list(CUSTOMER_ID)]
    assert by_users == by_client
    assert len(by_users) == 2
    assert set(stage.sent) == {f"GET /api/v2/users/{CUSTOMER_ID}/sessions"}


async def test_in_pages(start) -> None:
    stage = await start()
    for _ in range(4):
        stage.account.state.add_session(CUSTOMER_ID, stage.account.now())
    assert len([one async for one in stage.zd.sessions.list(CUSTOMER_ID, page_size=2)]) == 5
    assert len(stage.sent) == 3


@pytest.mark.parametrize("reply", ["list", "object"])
async def test_show_in_both_of_its_forms(start, reply) -> None:
    stage = await start(settings={"session_reply": reply})
    (session,) = [one async for one in stage.zd.sessions.list(CUSTOMER_ID)]
    shown = await stage.zd.sessions.show(CUSTOMER_ID, session.id)
    assert shown == session
    assert stage.drifts == []


async def test_delete_one_and_all(start) -> None:
    stage = await start()
    stage.account.state.add_session(CUSTOMER_ID, stage.account.now())
    first, _ = [one async for one in stage.zd.sessions.list(CUSTOMER_ID)]
    assert await stage.zd.sessions.delete(CUSTOMER_ID, first.id) is None
    with pytest.raises(NotFound):
        await stage.zd.sessions.show(CUSTOMER_ID, first.id)
    assert await stage.zd.sessions.delete_all(CUSTOMER_ID) is None
    assert [one async for one in stage.zd.sessions.list(CUSTOMER_ID)] == []
    assert 204 in stage.statuses


async def test_only_admins_end_those_of_others(start) -> None:
    stage = await start(auth=AGENT)
    with pytest.raises(PermissionDenied):
        await stage.zd.sessions.delete_all(CUSTOMER_ID)


async def test_the_current_one(start) -> None:
    stage = await start()
    current = await stage.zd.sessions.current()
    assert current.user_id == ADMIN_ID
    await stage.zd.sessions.delete_all(ADMIN_ID)
    with pytest.raises(NotFound):
        await stage.zd.sessions.current()


async def test_renew_gives_a_token_for_browsers(start) -> None:
    stage = await start()
    first, second = await stage.zd.sessions.renew(), await stage.zd.sessions.renew()
    assert len(first) > 20
    assert first != second


async def test_logout_does_nothing_to_calls_with_a_token(start) -> None:
    stage = await start()
    assert await stage.zd.sessions.logout() is None
    assert stage.statuses == [204]
    assert (await stage.zd.users.me()).id == ADMIN_ID
