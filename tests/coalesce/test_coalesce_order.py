"""Writes of one record: in order, or merged where the caller allows it."""

from __future__ import annotations

import asyncio

import pytest
from coalescing import all_of, outcome, sent
from support import add_user, now, rig, under_way

from zdasync import DeadlineExceeded, User, ValidationError
from zdasync.simulator import CUSTOMER_ID, JobFault, Settings


def jobs(r):
    return [job.total for job in r.account.state.jobs.jobs.values()]


async def test_writes_of_one_user_go_one_after_the_other_and_hold_up_nobody_else() -> None:
    async with rig(users=20) as r, r.zd.coalesce() as many:
        others = [user for user in sorted(r.account.state.users) if user != CUSTOMER_ID][:10]
        same = [under_way(outcome(many.users.update(CUSTOMER_ID, notes=f"{one}"))) for one in range(3)]
        began = now()
        await asyncio.gather(*(many.users.update(one, notes="other") for one in others))
        first_job = now() - began
        users = await asyncio.gather(*same)
        assert [user.notes for user in users] == ["0", "1", "2"]
        assert jobs(r) == [11, 1, 1]
        assert now() - began > 2 * first_job
        assert r.account.state.users[CUSTOMER_ID].notes == "2"


@pytest.mark.parametrize("seconds", [0.0, 0.3, 2.0])
async def test_order_holds_across_operations_and_for_calls_made_while_a_job_runs(seconds) -> None:
    async with rig(settings=Settings(job_seconds_per_row=1.0)) as r, r.zd.coalesce() as many:
        calls = []
        for number in range(4):
            call = many.users.update if number % 2 else many.users.create_or_update
            named = {"external_id": f"{'Ab' if number else 'aB'}-1"} | ({} if number else {"name": "N"})
            if number % 2:
                call = many.users.create_or_update
                named = {"external_id": "AB-1", "email": "a@example.org"}
            calls.append(under_way(outcome(call(notes=f"{number}", **named))))
            await asyncio.sleep(seconds)
        users = await asyncio.gather(*calls)
        assert [user.notes for user in users] == ["0", "1", "2", "3"]
        assert len({user.id for user in users}) == 1
        assert jobs(r) == [1, 1, 1, 1]


async def test_a_row_that_names_two_waits_for_both() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        one = add_user(r.account, "one@example.org")
        both = await asyncio.gather(
            many.users.update(one.id, notes="first"),
            many.users.create_or_update(external_id="x", name="X"),
            many.users.update(one.id, external_id="y", notes="second"),
            many.users.create_or_update(external_id="Y", notes="third"),
        )
        assert [user.notes for user in both] == ["first", None, "second", "third"]
        assert both[3].id == one.id
        assert r.account.state.users[one.id].notes == "third"


async def test_after_a_failed_write_the_next_one_goes() -> None:
    async with rig(job_faults=[JobFault(jobs=(1,))]) as r, r.zd.coalesce() as many:
        failed, written = await all_of(many.users.update(CUSTOMER_ID, notes=f"{one}") for one in range(2))
        assert type(failed).__name__ == "JobFailed"
        assert written.notes == "1"


async def test_a_long_line_of_cancelled_writes_is_passed_over() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        calls = [under_way(outcome(many.users.update(CUSTOMER_ID, notes=f"{one}"))) for one in range(1500)]
        await asyncio.sleep(0.1)
        for call in calls[1:-1]:
            call.cancel()
        first, *_, last = await asyncio.gather(*calls, return_exceptions=True)
        assert (first.notes, last.notes) == ("0", "1499")
        assert jobs(r) == [1, 1]


async def test_a_row_that_waits_for_another_one_has_its_own_deadline() -> None:
    async with rig(settings=Settings(job_seconds_per_row=20)) as r, r.zd.coalesce() as many:
        first = under_way(outcome(many.users.update(CUSTOMER_ID, notes="first")))
        await asyncio.sleep(0.1)
        began = now()
        (late,) = await all_of([many.users.update(CUSTOMER_ID, notes="late", deadline=3)])
        assert (type(late), late.operation) == (DeadlineExceeded, "users.update")
        assert now() - began == pytest.approx(3)
        assert (await first).notes == "first"
        assert jobs(r) == [1]


# --- merging


async def test_updates_that_wait_together_may_be_merged() -> None:
    async with rig() as r, r.zd.coalesce(merge=True) as many:
        fields = [{"key": "shade", "title": "Shade", "type": "text"}, {"key": "size", "title": "Size", "type": "text"}]
        for field in fields:
            await r.zd.user_fields.create(**field)
        users = await asyncio.gather(
            many.users.update(CUSTOMER_ID, notes="1", details="d", user_fields={"shade": "gold", "size": "a"}),
            many.users.update(CUSTOMER_ID, notes="2", user_fields={"size": "b"}),
            many.users.update(CUSTOMER_ID, alias="a"),
        )
        assert users[0] == users[1] == users[2]
        user = users[0]
        assert (user.notes, user.details, user.alias) == ("2", "d", "a")
        assert (user.user_fields["shade"], user.user_fields["size"]) == ("gold", "b")
        assert (jobs(r), sent(r, "users/show_many")) == ([1], 1)


async def test_what_each_write_adds_is_not_merged() -> None:
    async with rig() as r, r.zd.coalesce(merge=True) as many:
        await asyncio.gather(
            many.users.update(CUSTOMER_ID, email="b@example.com"),
            many.users.update(CUSTOMER_ID, email="c@example.com", notes="x"),
            many.users.update(CUSTOMER_ID, notes="y"),
        )
        values = [one.value async for one in r.zd.users.identities.list(CUSTOMER_ID)]
        assert {"b@example.com", "c@example.com"} <= set(values)
        assert (jobs(r), r.account.state.users[CUSTOMER_ID].notes) == ([1, 1], "y")


async def test_upserts_are_merged_where_they_name_the_user_alike() -> None:
    async with rig() as r, r.zd.coalesce(merge=True) as many:
        users = await asyncio.gather(
            many.users.create_or_update(email="a@example.org", name="A"),
            many.users.create_or_update(email="a@example.org", notes="n"),
            many.users.create_or_update(email="a@example.org", external_id="a"),
        )
        assert len({user.id for user in users}) == 1
        assert [(user.name, user.notes, user.external_id) for user in users] == [
            ("A", "n", None), ("A", "n", None), ("A", "n", "a")
        ]
        assert jobs(r) == [1, 1]


async def test_nothing_is_merged_that_was_not_allowed_to_be() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        await asyncio.gather(*(many.users.update(CUSTOMER_ID, notes=f"{one}") for one in range(2)))
        assert jobs(r) == [1, 1]


async def test_tickets_are_never_merged() -> None:
    async with rig() as r, r.zd.coalesce(merge=True) as many:
        ticket = await many.tickets.create(comment={"body": "first"})
        await asyncio.gather(
            many.tickets.update(ticket.id, comment={"body": "second"}), many.tickets.update(ticket.id, subject="s")
        )
        assert jobs(r) == [1, 1, 1]


async def test_a_part_whose_caller_was_cancelled_is_not_written() -> None:
    async with rig() as r, r.zd.coalesce(merge=True) as many:
        first = under_way(outcome(many.users.update(CUSTOMER_ID, notes="1")))
        second = under_way(outcome(many.users.update(CUSTOMER_ID, notes="2", alias="no")))
        third = under_way(outcome(many.users.update(CUSTOMER_ID, details="3")))
        await asyncio.sleep(0.001)
        second.cancel()
        user = await first
        assert (user.notes, user.alias, user.details) == ("1", None, "3")
        assert await third == user
        assert jobs(r) == [1]


async def test_an_error_of_a_merged_row_is_for_all_its_callers() -> None:
    async with rig() as r, r.zd.coalesce(merge=True) as many:
        errors = await all_of(
            [many.users.update(CUSTOMER_ID, notes="1"), many.users.update(CUSTOMER_ID, name="x" * 300)]
        )
        assert [type(error) for error in errors] == [ValidationError] * 2
        assert errors[0] is not errors[1]


# --- deadlines of jobs


async def test_one_whose_deadline_is_too_early_does_not_take_along_the_others() -> None:
    settings = Settings(job_seconds_per_row=6.0, job_start_delay=0.0, job_cap=1)
    async with rig(settings=settings, client={"limits": {"inflight-jobs": 1}}) as r:
        job = await r.zd.users.create_many([{"name": "holds the slot"}])
        async with r.zd.coalesce() as many:
            early = under_way(outcome(many.users.create(name="Early", deadline=5)))
            await asyncio.sleep(3)
            later = under_way(outcome(many.users.create(name="Later", deadline=5)))
            began = now()
            error, user = await early, await later
        await job
        assert (type(error), error.limit, error.operation) == (DeadlineExceeded, "inflight-jobs", "users.create")
        assert isinstance(user, User)
        assert now() - began > 3
        assert "Early" not in [one.name for one in r.account.state.users.values()]
