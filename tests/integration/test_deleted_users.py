"""Users after their deletion, and how far a permanent one has come."""

from __future__ import annotations

import asyncio

import pytest

from zdasync import NotFound
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID, UNVERIFIED_ID


async def deleted(stage, *user_ids) -> None:
    for user_id in user_ids:
        await stage.zd.users.delete(user_id)


async def test_list_and_count_have_both_kinds(start) -> None:
    stage = await start()
    await deleted(stage, CUSTOMER_ID, UNVERIFIED_ID)
    await stage.zd.users.deleted.delete(CUSTOMER_ID)
    found = {user.id: user async for user in stage.zd.users.deleted.list()}
    assert set(found) == {CUSTOMER_ID, UNVERIFIED_ID}
    erased, soft = found[CUSTOMER_ID], found[UNVERIFIED_ID]
    assert (erased.name, erased.email, erased.phone) == ("Permanently Deleted User", None, None)
    assert (soft.name, soft.email, soft.active) == ("Uwe Unverified", "unverified@example.com", False)
    assert (await stage.zd.users.deleted.count()).value == 2
    assert stage.drifts == []


async def test_list_in_pages(start) -> None:
    stage = await start(users=30)
    job = await stage.zd.users.destroy_many(ids=stage.account.state.user_ids[4:29])
    rows = await job.wait(raise_on_failure=False)
    gone = sum(row.ok for row in rows)
    stage.forget()
    found = [user.id async for user in stage.zd.users.deleted.list(page_size=10)]
    assert len(found) == len(set(found)) == gone
    assert len(stage.sent) == -(-gone // 10)


async def test_show_only_until_it_is_permanent(start) -> None:
    stage = await start()
    await deleted(stage, CUSTOMER_ID)
    shown = await stage.zd.users.deleted.show(CUSTOMER_ID)
    assert (shown.id, shown.name, shown.role) == (CUSTOMER_ID, "Carla Customer", "end-user")
    erased = await stage.zd.users.deleted.delete(CUSTOMER_ID)
    assert erased.id == CUSTOMER_ID
    for call in (stage.zd.users.deleted.show, stage.zd.users.deleted.delete, stage.zd.users.show):
        with pytest.raises(NotFound):
            await call(CUSTOMER_ID)


async def test_soft_deletion_comes_first(start) -> None:
    stage = await start()
    with pytest.raises(NotFound) as caught:
        await stage.zd.users.deleted.delete(CUSTOMER_ID)
    assert caught.value.operation == "users.deleted.delete"
    assert (await stage.zd.users.show(CUSTOMER_ID)).active is True


async def test_compliance_statuses_as_they_come(start) -> None:
    stage = await start()
    await deleted(stage, CUSTOMER_ID)
    users = stage.zd.users
    assert [status async for status in users.compliance_deletion_statuses(CUSTOMER_ID)] == []
    await users.deleted.delete(CUSTOMER_ID)
    (asked,) = [status async for status in users.compliance_deletion_statuses(CUSTOMER_ID)]
    assert (asked.action, asked.application, asked.executer_id) == ("request_deletion", "all", ADMIN_ID)
    assert (asked.user_id, asked.account_subdomain) == (CUSTOMER_ID, "example")
    await asyncio.sleep(120)
    statuses = [status async for status in users.compliance_deletion_statuses(CUSTOMER_ID)]
    assert [status.action for status in statuses] == ["request_deletion", *["started"] * 3, *["complete"] * 3]
    assert statuses[-1].executer_id is None
    chat = [status async for status in users.compliance_deletion_statuses(CUSTOMER_ID, application="chat")]
    assert [(status.application, status.action) for status in chat] == [("chat", "started"), ("chat", "complete")]
    assert stage.drifts == []


async def test_compliance_statuses_in_pages(start) -> None:
    stage = await start()
    await deleted(stage, CUSTOMER_ID)
    await stage.zd.users.deleted.delete(CUSTOMER_ID)
    await asyncio.sleep(120)
    stage.forget()
    listing = stage.zd.users.compliance_deletion_statuses(CUSTOMER_ID, page_size=3)
    assert len([status async for status in listing]) == 7
    assert len(stage.sent) == 3


async def test_compliance_statuses_of_nobody(start) -> None:
    stage = await start()
    with pytest.raises(NotFound) as caught:
        await stage.zd.users.compliance_deletion_statuses(12)
    assert caught.value.code == "RecordNotFound"


async def test_the_limit_of_permanent_deletions_is_kept(start) -> None:
    stage = await start(users=712)
    state = stage.account.state
    for user_id in state.user_ids[-705:]:
        state.delete_user(state.users[user_id], stage.account.now())
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(stage.zd.users.deleted.delete(user_id) for user_id in state.deleted_ids[:705]))
    assert stage.account.rejections == {}
    # 700 fit into the ten minutes that end at the next multiple of 600 s; the others wait for it.
    assert loop.time() - began > 60
    assert sum(state.users[user_id].erased for user_id in state.deleted_ids) == 705
