"""What the server turned away is sent again when the server lets it, and only where that can do no harm."""

from __future__ import annotations

import asyncio
from typing import get_args

import pytest
from support import add_user, gather_all, now, puppet_client, reply, rig

from zdasync import (
    AuthenticationError,
    Conflict,
    DeadlineExceeded,
    OutcomeUnknown,
    PaginationLimit,
    RateLimited,
    ServerError,
    TooManyJobs,
)
from zdasync.events import Admitted, Retrying, Throttled
from zdasync.simulator import CUSTOMER_ID, Fault
from zdasync.simulator.settings import Body429

FORMS = [*(form for form in get_args(Body429) if form != "pagination"), "page"]
NEW = {"name": "New", "email": "new@example.org"}
PHOTO = b"\x89PNG" + bytes(range(256)) * 400


def calls(zd):
    """One call of each method."""
    return {
        "GET": lambda: zd.users.show(CUSTOMER_ID),
        "PUT": lambda: zd.users.update(CUSTOMER_ID, notes="changed"),
        "POST": lambda: zd.users.create(**NEW),
        "DELETE": lambda: zd.users.delete(CUSTOMER_ID),
    }


def done(account):
    """What a call of each method leaves behind; None for nothing."""
    customer = account.state.users[CUSTOMER_ID]
    return {
        "PUT": customer.notes,
        "POST": account.state.by_email(NEW["email"]),
        "DELETE": None if customer.active else "gone",
    }


# -- 429 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_a_rejection_in_any_form_is_waited_out(form, method) -> None:
    fault = Fault(f"{method} /api/v2/*", "rate_limited", calls=(1,), form=form, retry_after=7)
    async with rig(faults=[fault]) as r:
        start = now()
        await calls(r.zd)[method]()
        assert 7 <= now() - start < 9
        assert r.served(method) == r.account.requests == r.used == 2
        assert [one.wait for one in r.told(Throttled)] == [7]
        assert method == "GET" or done(r.account)[method] is not None


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        (7, 7, 7.3), (None, 10, 10.3), (0, 0.5, 0.8), (93, 93, 93.3), ("date", 30, 31.3), ("1.5", 1.5, 1.8),
        ("soon", 10, 10.3), ("-3", 0.5, 0.8), ("inf", 10, 10.3), ("nan", 10, 10.3), ("", 10, 10.3),
    ],
)
async def test_retry_after_in_any_form(said, least, most) -> None:
    fault = Fault("GET /api/v2/*", "rate_limited", calls=(1,), form="edge", retry_after=said, seconds=31)
    async with rig(faults=[fault]) as r:
        start = now()
        await r.zd.users.show(CUSTOMER_ID)
        assert least <= now() - start <= most


async def test_a_rejection_without_retry_after_is_waited_out_by_the_limits_own_header() -> None:
    body = '{"user": {"id": 5}}'
    header = {"zendesk_ratelimit_create_update_user": "total=5; remaining=0; resets=23"}
    async with puppet_client(reply(429, "slow down", **header), reply(200, body)) as (zd, _):
        start = now()
        await zd.users.update(5, notes="x")
        assert 23 <= now() - start < 25


async def test_rejections_without_end_raise_with_limit_and_wait() -> None:
    async with rig(faults=[Fault("GET /api/v2/*", "rate_limited", form="text", retry_after=1)]) as r:
        with pytest.raises(RateLimited) as caught:
            await r.zd.users.show(CUSTOMER_ID)
        assert caught.value.wait == 1
        assert caught.value.limit == "hidden: users.show"  # no window that is known explains it
        assert caught.value.status == 429
        assert r.account.requests == 20


async def test_the_job_form_names_the_jobs() -> None:
    async with rig(faults=[Fault("POST /api/v2/users/*", "rate_limited", form="jobs", retry_after=1)]) as r:
        with pytest.raises(TooManyJobs) as caught:
            await r.zd.users.create_or_update_many([NEW])
        assert caught.value.current_job_ids == ["V3-00000000000000000000000000000001"]
        assert caught.value.limit == "inflight-jobs"


@pytest.mark.parametrize("status", [422, 503, 400])
async def test_too_many_jobs_is_known_by_its_code_under_any_status(status) -> None:
    full = '{"error": "TooManyJobs", "description": "Too many", "current_job_ids": ["a"]}'
    ready = '{"job_status": {"id": "b", "status": "completed", "results": []}}'
    async with puppet_client(reply(status, full), reply(200, ready)) as (zd, server):
        job = await zd.users.create_or_update_many([NEW])
        assert job.id == "b"
        assert sum(request.startswith("POST") for request in server.requests) == 2  # polls for job "a" are between


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_end_of_offset_pages_is_no_rejection(method) -> None:
    async with rig(faults=[Fault(f"{method} /api/v2/*", "rate_limited", form="pagination", retry_after=30)]) as r:
        start = now()
        with pytest.raises(PaginationLimit, match="cursor pages"):
            await calls(r.zd)[method]()
        assert now() - start < 1
        assert r.account.requests == 1


# -- 5xx --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(("said", "least", "most"), [(5, 5, 6.5), (0, 0.2, 1.5), ("date", 7, 9.5), (75, 75, 76.5)])
async def test_503_with_retry_after_is_sent_again_whatever_it_is(method, said, least, most) -> None:
    fault = Fault(f"{method} /api/v2/*", "unavailable", calls=(1,), retry_after=said, seconds=8)
    async with rig(faults=[fault]) as r:
        start = now()
        await calls(r.zd)[method]()
        assert least <= now() - start <= most
        assert r.account.requests == 2
        assert [one.reason for one in r.told(Retrying)] == ["503 with Retry-After"]


async def test_503_without_retry_after_is_maintenance() -> None:
    async with rig(faults=[Fault("POST /api/v2/users", "unavailable")]) as r:
        with pytest.raises(ServerError, match="try again later") as caught:
            await r.zd.users.create(**NEW)
        assert (caught.value.status, caught.value.retry_after) == (503, None)
        assert r.account.requests == r.used == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_what_may_be_sent_twice_is_sent_again_after_5xx(method, status) -> None:
    async with rig(faults=[Fault(f"{method} /api/v2/*", "error", calls=(1, 2), status=status)]) as r:
        start = now()
        await calls(r.zd)[method]()
        assert now() - start >= 0.75
        assert r.account.requests == r.used == 3
        assert len(r.told(Admitted)) == 3


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_5xx_without_end_raises(method) -> None:
    async with rig(faults=[Fault(f"{method} /api/v2/*", "error", status=500)]) as r:
        with pytest.raises(ServerError) as caught:
            await calls(r.zd)[method]()
        assert caught.value.status == 500
        assert r.account.requests == 5
        assert (method, done(r.account).get(method)) in {("GET", None), ("PUT", None), ("DELETE", None)}


@pytest.mark.parametrize(("status", "error"), [(500, ServerError), (502, OutcomeUnknown), (504, OutcomeUnknown)])
async def test_a_post_is_not_sent_again_after_5xx(status, error) -> None:
    async with rig(faults=[Fault("POST /api/v2/users", "error_after", status=status)]) as r:
        with pytest.raises(error) as caught:
            await r.zd.users.create(**NEW)
        assert r.account.requests == r.served("POST") == r.used == 1
        assert (caught.value.__cause__ is not None) == (error is OutcomeUnknown)


async def test_bulk_writes_and_merges_are_not_sent_again_although_they_are_puts_and_deletes() -> None:
    async with rig(faults=[Fault("* /api/v2/users/*", "error_after", status=504)]) as r:
        winner = add_user(r.account, "winner@example.org")
        ended = await gather_all([
            r.zd.users.update_many(ids=[CUSTOMER_ID], notes="x"),
            r.zd.users.destroy_many(ids=[winner.id]),
            r.zd.users.merge(CUSTOMER_ID, into=winner.id),
            r.zd.users.change_password(CUSTOMER_ID, previous_password="a", password="b"),
        ])
        assert {name.partition("(")[0]: count for name, count in ended.items()} == {"OutcomeUnknown": 4}
        assert r.account.requests == 4
        assert r.zd.limits["inflight-jobs"].used == 0


# -- 409 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("send", [lambda zd: zd.users.create(**NEW), lambda zd: zd.users.update(5, notes="x")])
async def test_a_database_conflict_is_tried_again(send) -> None:
    conflict = reply(409, '{"error": "DatabaseConflict", "description": "Database collision"}')
    async with puppet_client(*[conflict] * 4, reply(200, '{"user": {"id": 5}}')) as (zd, server):
        assert (await send(zd)).id == 5
        assert len(server.requests) == zd.limits["account"].used == 5


async def test_database_conflicts_end_after_ten_attempts() -> None:
    async with puppet_client(reply(409, '{"error": "DatabaseConflict"}')) as (zd, server):
        with pytest.raises(Conflict) as caught:
            await zd.users.show(5)
        assert caught.value.code == "DatabaseConflict"
        assert len(server.requests) == 10


@pytest.mark.parametrize("code", ["UpdateConflict", "SomethingElse"])
async def test_other_conflicts_are_the_callers(code) -> None:
    async with puppet_client(reply(409, f'{{"error": "{code}", "description": "outdated"}}')) as (zd, server):
        with pytest.raises(Conflict) as caught:
            await zd.users.update(5, notes="x")
        assert caught.value.code == code
        assert len(server.requests) == 1


# -- deadlines --------------------------------------------------------------------------------------------------------


async def test_a_deadline_that_cannot_be_met_fails_at_once_with_the_wait() -> None:
    async with rig() as r:
        for number in range(5):
            await r.zd.users.update(CUSTOMER_ID, notes=str(number))
        start, requests = now(), r.account.requests
        with pytest.raises(DeadlineExceeded) as caught:
            await r.zd.users.update(CUSTOMER_ID, notes="late", deadline=10)
        assert isinstance(caught.value, TimeoutError)
        assert now() == start
        assert r.account.requests == requests
        assert caught.value.limit == "create-update-user/profile"
        assert caught.value.operation == "users.update"
        await asyncio.sleep(caught.value.wait)
        await r.zd.users.update(CUSTOMER_ID, notes="on time", deadline=0.001)


async def test_a_deadline_during_backoff() -> None:
    async with rig(faults=[Fault("GET /api/v2/*", "unavailable", retry_after=30)]) as r:
        start = now()
        with pytest.raises(DeadlineExceeded) as caught:
            await r.zd.users.show(CUSTOMER_ID, deadline=5)
        assert now() - start < 1
        assert caught.value.wait >= 30
        assert isinstance(caught.value.__cause__, ServerError)
        assert r.account.requests == 1


async def test_a_deadline_after_a_rejection() -> None:
    async with rig(faults=[Fault("GET /api/v2/*", "rate_limited", retry_after=60)]) as r:
        start = now()
        with pytest.raises(DeadlineExceeded) as caught:
            await r.zd.with_options(deadline=5).users.show(CUSTOMER_ID)
        assert now() - start < 1
        assert 60 <= caught.value.wait < 61
        assert r.account.requests == 1


async def test_a_deadline_passes_while_waiting_for_what_the_estimate_could_not_know() -> None:
    async with rig(client={"connections": 1}, latency=20) as r:
        slow = asyncio.ensure_future(r.zd.users.show(CUSTOMER_ID)._run())
        await asyncio.sleep(1)
        start = now()
        with pytest.raises(DeadlineExceeded):
            await r.zd.users.show(CUSTOMER_ID, deadline=5)
        assert now() - start == 5
        assert (await slow).id == CUSTOMER_ID


async def test_a_reply_that_comes_after_the_deadline_is_still_given() -> None:
    async with rig(latency=20) as r:
        assert (await r.zd.users.show(CUSTOMER_ID, deadline=1)).id == CUSTOMER_ID


# -- 401 --------------------------------------------------------------------------------------------------------------


async def test_401_with_credentials_that_cannot_be_renewed_is_final() -> None:
    async with rig() as r:
        r.account.api_tokens.clear()
        with pytest.raises(AuthenticationError, match="Couldn't authenticate you"):
            await r.zd.users.show(CUSTOMER_ID)
        assert r.account.requests == r.used == 1
