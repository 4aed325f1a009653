"""Writing many records, one call each."""

from __future__ import annotations

import asyncio

import pytest
from coalescing import all_of, outcome, paths, sent
from support import add_user, rig

from zdasync import (
    BadArgument,
    Conflict,
    ConnectionFailed,
    JobFailed,
    JobLost,
    NotFound,
    OutcomeUnknown,
    PartialFailure,
    PermissionDenied,
    ServerError,
    ValidationError,
)
from zdasync.simulator import CUSTOMER_ID, Fault, JobFault, Settings

NOTE = {"body": "first"}


async def test_upserts_become_one_job_and_one_request_for_its_records() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        users = await asyncio.gather(
            *(many.users.create_or_update(email=f"U{one}@example.org", name=f"User {one}") for one in range(40)),
            many.users.create_or_update(external_id="Ext-1", name="Named"),
            many.users.create_or_update(email="customer@example.com", notes="known"),
        )
        assert [user.name for user in users[:41]] == [*(f"User {one}" for one in range(40)), "Named"]
        assert (users[0].email, users[40].external_id) == ("u0@example.org", "Ext-1")
        assert (users[41].id, users[41].notes) == (CUSTOMER_ID, "known")
        assert (sent(r, "create_or_update_many"), sent(r, "users/show_many")) == (1, 1)
        assert r.zd.limits["inflight-jobs"].used == 0


async def test_users_that_are_created_and_updated() -> None:
    async with rig(users=3) as r, r.zd.coalesce() as many:
        made = await asyncio.gather(*(many.users.create(name=f"N{one}") for one in range(5)))
        assert [user.name for user in made] == [f"N{one}" for one in range(5)]
        changed = await asyncio.gather(*(many.users.update(user.id, notes=f"of {user.name}") for user in made))
        assert [(user.id, user.notes) for user in changed] == [(user.id, f"of {user.name}") for user in made]
        assert (sent(r, "create_many"), sent(r, "update_many"), sent(r, "show_many")) == (1, 1, 2 + polls(r))


def polls(r):
    return sent(r, "job_statuses/show_many")


async def test_organizations_that_are_created_and_updated() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        made = await asyncio.gather(*(many.organizations.create(name=f"O{one}") for one in range(5)))
        changed = await asyncio.gather(*(many.organizations.update(one.id, details=one.name) for one in made))
        assert [(one.id, one.name, one.details) for one in changed] == [(o.id, f"O{n}", o.name) for n, o in
                                                                        enumerate(made)]
        assert (sent(r, "organizations/create_many"), sent(r, "organizations/update_many")) == (1, 1)


async def test_tickets_that_are_created_and_updated() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        made = await asyncio.gather(*(many.tickets.create(subject=f"S{one}", comment=NOTE) for one in range(5)))
        changed = await asyncio.gather(
            *(many.tickets.update(one.id, priority="high", comment={"body": "x"}) for one in made)
        )
        assert [ticket.subject for ticket in made] == [f"S{one}" for one in range(5)]
        assert [(one.id, one.subject, one.priority) for one in changed] == [(o.id, o.subject, "high") for o in made]
        assert (sent(r, "tickets/create_many"), sent(r, "tickets/update_many")) == (1, 1)


@pytest.mark.parametrize("names", ["email", "external_id", "name"])
async def test_results_in_any_order_reach_their_callers(names) -> None:
    settings = Settings(rows_in_order=False, job_rows_echo_external_id=False)
    async with rig(settings=settings) as r, r.zd.coalesce() as many:
        named = [{"name": "Same", names: f"n{one}@example.org"} for one in range(60)]
        call = many.users.create if names == "name" else many.users.create_or_update
        users = await asyncio.gather(*(call(**fields) for fields in named))
        assert [getattr(user, names) for user in users] == [fields[names] for fields in named]


async def test_where_it_can_not_be_told_whose_a_record_is_nobody_gets_anothers() -> None:
    settings = Settings(rows_in_order=False)
    async with rig(settings=settings) as r, r.zd.coalesce() as many:
        twins = [many.users.create(name="Twin", notes=f"{one}") for one in range(10)]
        others = [many.users.create(name=f"N{one}") for one in range(20)]
        *ended, _ = await asyncio.gather(all_of(twins), all_of(others))
        assert {type(one) for one in ended[0]} == {OutcomeUnknown}
        assert ended[0][0].operation == "users.create"
        assert len([user for user in r.account.state.users.values() if user.name == "Twin"]) == 10


async def test_namesakes_in_the_usual_order() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        twins = await asyncio.gather(*(many.users.create(name="Twin", notes=f"{one}") for one in range(10)))
        assert [user.notes for user in twins] == [f"{one}" for one in range(10)]


async def test_a_user_found_by_another_address_than_the_primary_one() -> None:
    async with rig() as r:
        await r.zd.users.update(CUSTOMER_ID, email="second@example.com")
        async with r.zd.coalesce() as many:
            known, new = await asyncio.gather(
                many.users.create_or_update(email="second@example.com", notes="found"),
                many.users.create_or_update(email="new@example.com", name="New"),
            )
        assert (known.id, known.notes, new.email) == (CUSTOMER_ID, "found", "new@example.com")


async def test_large_rows_go_in_several_jobs() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        text = "x" * 60_000
        users = await asyncio.gather(*(many.users.create(name=f"N{one}", notes=text) for one in range(40)))
        assert [user.name for user in users] == [f"N{one}" for one in range(40)]
        assert sent(r, "create_many") == 3


# --- errors of single rows


async def test_a_refused_row_is_its_callers_error_only() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        good, taken, bad = await all_of([
            many.users.create(name="Good", email="good@example.org"),
            many.users.create(name="Taken", email="customer@example.com"),
            many.users.create(name="x" * 300),
        ])
        assert good.email == "good@example.org"
        for error in (taken, bad):
            assert (type(error), error.status, error.code, error.operation, error.fields) == (
                ValidationError, 422, "UserCreateFailed", "users.create", {},
            )
        assert "customer@example.com" in taken.message
        assert '"index"' in taken.body


@pytest.mark.parametrize(
    ("page", "fields"), [("users", {"notes": "x"}), ("organizations", {"notes": "x"}), ("tickets", {"subject": "x"})]
)
async def test_an_update_of_what_is_not_there(page, fields) -> None:
    async with rig(tickets=2, users=2) as r, r.zd.coalesce() as many:
        alone = await outcome(getattr(r.zd, page).update(10**9, **fields))
        (error,) = await all_of([getattr(many, page).update(10**9, **fields)])
        told = [(type(one), one.status, one.code, one.operation) for one in (alone, error)]
        assert told == [(NotFound, 404, "RecordNotFound", f"{page}.update")] * 2


async def test_a_ticket_that_has_changed_since() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        ticket = await many.tickets.create(comment=NOTE)
        await asyncio.sleep(2)
        await many.tickets.update(ticket.id, subject="new")
        (error,) = await all_of([
            many.tickets.update(ticket.id, subject="mine", safe_update=True, updated_stamp=ticket.updated_at)
        ])
        assert (type(error), error.status, error.code, error.operation) == (
            Conflict, 409, "UpdateConflict", "tickets.update",
        )


async def test_a_row_that_failed_with_a_code_that_says_little() -> None:
    fault = JobFault(kind="rows_fail", rows=(1,), error="Odd", details="Something")
    async with rig(job_faults=[fault]) as r, r.zd.coalesce() as many:
        good, odd = await all_of(many.users.create(name=f"N{one}") for one in range(2))
        assert good.name == "N0"
        assert (type(odd), odd.operation, odd.failed[0].error, len(odd.results)) == (
            PartialFailure, "users.create", "Odd", 1,
        )


# --- errors of the whole


@pytest.mark.parametrize(("kind", "expected"), [("failed", JobFailed), ("killed", JobFailed), ("vanishes", JobLost)])
async def test_a_job_that_does_not_end_well_is_everybodys_error(kind, expected) -> None:
    async with rig(job_faults=[JobFault(kind=kind)]) as r, r.zd.coalesce() as many:
        errors = await all_of(many.users.create(name=f"N{one}") for one in range(3))
        assert [(type(error), error.operation) for error in errors] == [(expected, "users.create")] * 3
        assert sent(r, "create_many") == 1


async def test_a_lost_submit_is_not_sent_again() -> None:
    fault = Fault("POST /api/v2/users/create_many", "reset_after")
    async with rig(faults=[fault]) as r, r.zd.coalesce() as many:
        errors = await all_of(many.users.create(name=f"N{one}") for one in range(3))
        assert [(type(error), error.operation) for error in errors] == [(OutcomeUnknown, "users.create")] * 3
        assert isinstance(errors[0].__cause__, ConnectionFailed)
        assert sent(r, "create_many") == 1


async def test_a_job_whose_outcome_can_not_be_asked_for() -> None:
    fault = Fault("GET /api/v2/job_statuses/*", "error", status=500)
    async with rig(faults=[fault]) as r, r.zd.coalesce() as many:
        errors = await all_of(many.users.create(name=f"N{one}") for one in range(2))
        assert [type(error) for error in errors] == [OutcomeUnknown] * 2
        assert isinstance(errors[0].__cause__, ServerError)
        assert errors[0].operation == "users.create"


async def test_records_that_were_written_and_could_not_be_read() -> None:
    fault = Fault("GET /api/v2/users/show_many", "error", status=500)
    async with rig(faults=[fault]) as r, r.zd.coalesce() as many:
        errors = await all_of(many.users.create(name=f"N{one}") for one in range(2))
        for number, error in enumerate(errors):
            assert (type(error), error.failed, error.operation) == (PartialFailure, [], "users.create")
            assert r.account.state.users[error.results[0].id].name == f"N{number}"
            assert isinstance(error.__cause__, ServerError)


@pytest.mark.parametrize("call", ["create", "create_or_update"])
async def test_imports_that_nobody_has_enabled(call) -> None:
    async with rig(settings=Settings(bulk_imports_enabled=False)) as r, r.zd.coalesce() as many:
        calls = [getattr(many.users, call)(name=f"N{one}", email=f"n{one}@example.org") for one in range(2)]
        errors = await all_of(calls)
        for error in errors:
            assert (type(error), error.status, error.operation) == (PermissionDenied, 403, f"users.{call}")
            assert f"users.{call}_many" in str(error)
        updated = await many.users.update(CUSTOMER_ID, notes="goes")
        assert updated.notes == "goes"


async def test_job_slots_that_others_have_are_waited_for_and_nothing_goes_twice() -> None:
    async with rig(settings=Settings(job_cap=2), client={"limits": {"inflight-jobs": 30}}) as r:
        ended = []
        async with r.zd.coalesce() as many:
            for one in range(6):  # of different groups, so that they are six jobs
                view = many.with_options(group=str(one))
                ended.append(asyncio.ensure_future(outcome(view.users.create(name=f"N{one}"))))
            users = await asyncio.gather(*ended)
        assert [user.name for user in users] == [f"N{one}" for one in range(6)]
        names = [user.name for user in r.account.state.users.values()]
        assert [names.count(f"N{one}") for one in range(6)] == [1] * 6


# --- tickets and their keys


async def test_a_create_that_is_awaited_twice_is_refused() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        call = many.tickets.create(subject="one", comment=NOTE)
        first, second = await all_of([call, call])
        third = await outcome(call)
        assert first.subject == "one"
        assert [type(second), type(third)] == [BadArgument, BadArgument]
        assert [one.subject async for one in r.zd.tickets.list()].count("one") == 1


async def test_a_create_that_was_refused_may_be_tried_again() -> None:
    faults = [Fault("POST /api/v2/tickets/create_many", "error", calls=(1,), status=400)]
    async with rig(faults=faults) as r, r.zd.coalesce() as many:
        call = many.tickets.create(subject="one", comment=NOTE)
        (refused,) = await all_of([call])
        assert refused.status == 400
        assert (await call).subject == "one"


async def test_a_key_of_the_programs_own_is_sent() -> None:
    async with rig() as r, r.zd.coalesce() as many:
        first = await many.tickets.create(comment=NOTE, idempotency_key="order-7")
        again = await many.tickets.create(comment=NOTE, idempotency_key="order-7")
        assert first.id == again.id
        assert paths(r) == ["POST tickets", "POST tickets"]


async def test_what_is_written_to_a_deleted_user() -> None:
    async with rig() as r:
        gone = add_user(r.account, "gone@example.org")
        await r.zd.users.delete(gone.id)
        async with r.zd.coalesce() as many:
            (error,) = await all_of([many.users.update(gone.id, notes="x")])
        assert isinstance(error, NotFound)
