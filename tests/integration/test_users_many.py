"""Users by the hundred, through jobs."""

from __future__ import annotations

import asyncio
import json

import attrs
import pytest

from zdasync import BadArgument, PartialFailure, PermissionDenied
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

from .conftest import AGENT


def rows(count, **fields):
    return [{"name": f"User {number}", "email": f"user{number}@example.org", **fields} for number in range(count)]


@attrs.frozen
class Customer:
    name: str
    email: str | None = None
    tags: tuple[str, ...] = ()


# --- create_many


async def test_a_hundred_users_are_created_in_one_job(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many(rows(100))
    assert (job.operation, job.rows, job.status.status, job.status.results) == (
        "users.create_many", 100, "queued", None,
    )
    results = await job
    assert [result.status for result in results] == ["Created"] * 100
    names = [stage.user(result.id).name for result in results]
    assert names == [f"User {number}" for number in range(100)]
    assert stage.sent[0] == "POST /api/v2/users/create_many"
    assert set(stage.sent[1:]) == {"GET /api/v2/job_statuses/show_many"}


async def test_awaiting_twice_gives_the_rows_in_one_go(start) -> None:
    stage = await start()
    results = await (await stage.zd.users.create_many(rows(3)))
    assert all(result.ok for result in results)


async def test_rows_may_be_attrs_instances(start) -> None:
    stage = await start()
    (result,) = await (await stage.zd.users.create_many([Customer("Own Class", tags=("vip",))]))
    user = await stage.zd.users.show(result.id)
    assert (user.name, user.email, user.tags) == ("Own Class", None, ("vip",))


async def test_failed_rows_raise_with_their_codes(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many([*rows(2), {"name": "Twin", "email": "customer@example.com"}])
    with pytest.raises(PartialFailure) as caught:
        await job
    (failed,) = caught.value.failed
    assert (failed.index, failed.error, failed.ok) == (2, "UserCreateFailed", False)
    assert "customer@example.com" in failed.details
    assert [result.ok for result in caught.value.results] == [True, True, False]
    assert (caught.value.status.status, caught.value.operation) == ("completed", "users.create_many")


async def test_failed_rows_may_be_asked_for_instead(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_many([*rows(1), {"name": "Twin", "email": "customer@example.com"}])
    results = await job.wait(raise_on_failure=False)
    assert [result.ok for result in results] == [True, False]


@pytest.mark.parametrize("call", ["create_many", "create_or_update_many"])
async def test_imports_that_nobody_has_enabled(start, call) -> None:
    stage = await start(settings={"bulk_imports_enabled": False})
    with pytest.raises(PermissionDenied) as caught:
        await getattr(stage.zd.users, call)(rows(1))
    assert caught.value.code == "Forbidden"
    # The slot is free again.
    assert stage.zd.limits["inflight-jobs"].used == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ([], "empty"),
        (rows(101), "101 rows in one call"),
        ([{"email": "a@example.org"}], r"rows\[0\] has no name"),
        ([*rows(1), {"name": "N", "emial": "x"}], r"rows\[1\]: .*email"),
        ([{"name": "N", "tags": "vip"}], "tags"),
        ({"name": "N"}, "list"),
    ],
)
async def test_rows_are_checked_before_anything_is_sent(start, wrong, says) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match=says):
        stage.zd.users.create_many(wrong)
    assert stage.sent == []


# --- create_or_update_many


async def test_upserts_of_known_and_unknown_users(start) -> None:
    stage = await start()
    job = await stage.zd.users.create_or_update_many(
        [
            {"email": "customer@example.com", "notes": "known"},
            {"name": "New", "external_id": "n-1"},
            {"name": "New again", "external_id": "N-1"},
        ]
    )
    known, new, again = await job
    assert (known.id, known.status, known.action, known.success) == (CUSTOMER_ID, "Updated", "update", True)
    assert (new.status, new.external_id) == ("Created", "n-1")
    assert (again.id, again.external_id) == (new.id, "N-1")
    user = await stage.zd.users.show(new.id)
    assert (user.name, user.external_id) == ("New again", "N-1")


async def test_upserts_need_a_key(start) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="no email and no external_id"):
        stage.zd.users.create_or_update_many([{"name": "Nameless"}])


async def test_upserts_by_job_are_not_under_the_limits_of_single_ones(start) -> None:
    stage = await start()
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(6):
        await (await stage.zd.users.create_or_update_many([{"email": "customer@example.com", "notes": str(number)}]))
    assert loop.time() - began < 20
    assert stage.account.rejections == {}


# --- update_many


async def test_one_change_for_many(start) -> None:
    stage = await start()
    results = await (await stage.zd.users.update_many(ids=[CUSTOMER_ID, UNVERIFIED_ID], tags=["vip"], notes=None))
    assert [(result.id, result.action, result.status) for result in results] == [
        (CUSTOMER_ID, "update", "Updated"), (UNVERIFIED_ID, "update", "Updated"),
    ]
    assert stage.sent[0] == "PUT /api/v2/users/update_many"
    assert dict(stage.queries[0]) == {"ids": f"{CUSTOMER_ID},{UNVERIFIED_ID}"}
    assert {stage.user(one).tags for one in (CUSTOMER_ID, UNVERIFIED_ID)} == {("vip",)}


async def test_one_change_for_many_by_external_ids(start) -> None:
    stage = await start(users=20)
    known = [user for user in stage.account.state.active_users() if user.external_id][:2]
    job = await stage.zd.users.update_many(external_ids=[user.external_id for user in known], suspended=True)
    await job
    assert all(user.suspended for user in known)


async def test_a_change_each(start) -> None:
    stage = await start()
    job = await stage.zd.users.update_many(
        [{"id": CUSTOMER_ID, "notes": "first"}, {"id": UNVERIFIED_ID, "notes": "second"}]
    )
    await job
    assert [stage.user(one).notes for one in (CUSTOMER_ID, UNVERIFIED_ID)] == ["first", "second"]
    assert stage.queries[0] == []


async def test_an_update_of_nobody_is_a_failed_row(start) -> None:
    stage = await start()
    job = await stage.zd.users.update_many(ids=[CUSTOMER_ID, 12], notes="n")
    with pytest.raises(PartialFailure) as caught:
        await job
    (failed,) = caught.value.failed
    assert (failed.index, failed.id, failed.error) == (1, 12, "UserUpdateFailed")


async def test_update_many_takes_one_form_or_the_other(start) -> None:
    stage = await start()
    users = stage.zd.users
    wrong = (
        lambda: users.update_many([{"id": 1, "notes": "n"}], ids=[1]),
        lambda: users.update_many([{"id": 1, "notes": "n"}], notes="n"),
        lambda: users.update_many(ids=[1], external_ids=["a"], notes="n"),
        lambda: users.update_many(notes="n"),
        lambda: users.update_many(ids=[1]),
        lambda: users.update_many([{"notes": "n"}]),
    )
    for call in wrong:
        with pytest.raises(BadArgument):
            call()
    assert stage.sent == []


# --- destroy_many and logout_many


async def test_destroy_many_by_ids(start) -> None:
    stage = await start()
    results = await (await stage.zd.users.destroy_many(ids=[CUSTOMER_ID, UNVERIFIED_ID]))
    assert [(result.id, result.action, result.status) for result in results] == [
        (CUSTOMER_ID, "delete", "Deleted"), (UNVERIFIED_ID, "delete", "Deleted"),
    ]
    assert [user.id async for user in stage.zd.users.list()] == [ADMIN_ID, AGENT_ID]
    assert stage.sent[0] == "DELETE /api/v2/users/destroy_many"


async def test_destroy_many_by_external_ids(start) -> None:
    stage = await start(users=20)
    known = next(user for user in stage.account.state.active_users() if user.external_id)
    job = await stage.zd.users.destroy_many(external_ids=[known.external_id])
    await job
    assert known.active is False


async def test_the_owner_can_not_be_destroyed(start) -> None:
    stage = await start()
    job = await stage.zd.users.destroy_many(ids=[ADMIN_ID, CUSTOMER_ID])
    results = await job.wait(raise_on_failure=False)
    assert [result.ok for result in results] == [False, True]
    assert results[0].error == "UserDestroyFailed"


async def test_logout_many_gives_nothing(start) -> None:
    stage = await start()
    assert await stage.zd.users.logout_many([AGENT_ID, CUSTOMER_ID]) is None
    assert stage.statuses == [202]
    assert {one.user_id for one in stage.account.state.sessions.values()} == {ADMIN_ID}


async def test_logout_many_is_for_admins(start) -> None:
    stage = await start(auth=AGENT)
    with pytest.raises(PermissionDenied):
        await stage.zd.users.logout_many([CUSTOMER_ID])


async def test_a_job_started_raw_gives_the_untouched_reply(start) -> None:
    stage = await start()
    reply = await stage.zd.users.create_many(rows(1)).raw()
    assert set(reply) == {"job_status"}
    assert (reply["job_status"]["status"], reply["job_status"]["progress"]) == ("queued", None)
    assert json.dumps(reply)
    with pytest.raises(BadArgument, match="gives a job"):
        stage.zd.users.create_many(rows(1)).into(Customer)
