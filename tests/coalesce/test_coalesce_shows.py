"""Reading many records, one call each."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

import attrs
import pytest
from coalescing import all_of, outcome, paths
from support import add_user, now, puppet_client, refusing_url, reply, rig, under_way

from zdasync import (
    ApiToken,
    AuthenticationError,
    ConnectionFailed,
    DeadlineExceeded,
    NotFound,
    OAuthToken,
    PermissionDenied,
    Priority,
    RequestTimeout,
    ServerError,
    UnexpectedReply,
    Zendesk,
)
from zdasync.simulator import CUSTOMER_ID, Fault, Settings
from zdasync.simulator.tokens import find_client, issue


def asked_for(r, path="/users/show_many"):
    """The ids that each request for many named, in order."""
    return [
        [int(one) for one in parse_qs(line.query)["ids"][0].split(",")]
        for line in r.account.log if line.path.endswith(path)
    ]


async def test_concurrent_shows_become_requests_for_a_hundred() -> None:
    async with rig(users=260) as r:
        ids = sorted(r.account.state.users)[:250]
        async with r.zd.coalesce() as many:
            users = await asyncio.gather(*(many.users.show(one) for one in ids))
        assert [user.id for user in users] == ids
        assert asked_for(r) == [ids[:100], ids[100:200], ids[200:]]
        assert len(r.account.log) == 3


@pytest.mark.parametrize("page", ["users", "organizations", "tickets"])
async def test_every_kind_gives_what_the_single_call_gives(page) -> None:
    async with rig(users=20, tickets=5) as r:
        await asyncio.gather(*(r.zd.organizations.create(name=f"O{number}") for number in range(4)))
        records = [one async for one in getattr(r.zd, page).list()][:4]
        r.account.log.clear()
        async with r.zd.coalesce() as many:
            shown = await asyncio.gather(*(getattr(many, page).show(one.id) for one in records))
            alone = await asyncio.gather(*(getattr(r.zd, page).show(one.id) for one in records))
            raw = await getattr(many, page).show(records[0].id).raw()
        assert shown == alone
        assert raw.keys() == {page[:-1]}
        assert paths(r).count(f"GET {page}/show_many") == 2


async def test_the_same_id_is_fetched_once_also_where_it_stands_in_a_batch_that_is_full() -> None:
    async with rig(users=200) as r:
        ids = sorted(r.account.state.users)[:200]
        async with r.zd.coalesce() as many:
            users = await asyncio.gather(*(many.users.show(one) for one in [*ids, *ids, *ids[:7]]))
        assert [user.id for user in users] == [*ids, *ids, *ids[:7]]
        assert asked_for(r) == [ids[:100], ids[100:]]


async def test_an_answer_under_way_is_not_used_for_a_later_call() -> None:
    async with rig(latency_after=1.0) as r, r.zd.coalesce() as many:
        await many.users.me()  # until a first reply is in, only one request goes at a time
        first = under_way(outcome(many.users.show(CUSTOMER_ID)))
        await asyncio.sleep(0.5)
        r.account.state.users[CUSTOMER_ID].notes = "changed meanwhile"
        began = now()
        second = await many.users.show(CUSTOMER_ID)
        assert now() - began == pytest.approx(1.0, abs=0.01)  # it does not wait for the first one either
        assert ((await first).notes, second.notes) == (None, "changed meanwhile")
        assert asked_for(r) == [[CUSTOMER_ID], [CUSTOMER_ID]]


@pytest.mark.parametrize("page", ["users", "organizations", "tickets"])
async def test_an_id_without_a_record_is_an_error_for_its_callers_only(page) -> None:
    async with rig(users=9, tickets=3) as r:
        await r.zd.organizations.create(name="Acme")
        there, *_ = [one.id async for one in getattr(r.zd, page).list()]
        expected = await outcome(getattr(r.zd, page).show(10**9))
        async with r.zd.coalesce() as many:
            show = getattr(many, page).show
            missing, found, again = await all_of([show(10**9), show(there), show(10**9)])
        assert found.id == there
        for error in (missing, again):
            assert (type(error), error.code, error.status, error.operation, error.message) == (
                NotFound, "RecordNotFound", 404, f"{page}.show", expected.message,
            )
        assert missing is not again


async def test_a_deleted_user_is_shown_as_by_the_single_call() -> None:
    async with rig() as r:
        gone = add_user(r.account, "gone@example.org")
        await r.zd.users.delete(gone.id)
        r.account.log.clear()
        async with r.zd.coalesce() as many:
            deleted, there = await asyncio.gather(many.users.show(gone.id), many.users.show(CUSTOMER_ID))
        assert (deleted.id, deleted.active, there.active) == (gone.id, False, True)
        assert paths(r) == ["GET users/show_many", f"GET users/{gone.id}"]


async def test_an_account_that_hides_deleted_users() -> None:
    async with rig(settings=Settings(show_deleted_users=False)) as r:
        gone = add_user(r.account, "gone@example.org")
        await r.zd.users.delete(gone.id)
        async with r.zd.coalesce() as many:
            with pytest.raises(NotFound):
                await many.users.show(gone.id)


async def test_what_a_request_for_many_can_not_say_goes_alone() -> None:
    async with rig(users=5) as r, r.zd.coalesce() as many:
        user, sideloads = await many.users.show(CUSTOMER_ID, include="identities").with_sideloads()
        await many.users.me()
        await many.users.related(CUSTOMER_ID)
        await many.request("GET", f"/api/v2/users/{CUSTOMER_ID}")
        assert (user.id, bool(sideloads.identities)) == (CUSTOMER_ID, True)
        assert paths(r) == [
            f"GET users/{CUSTOMER_ID}", "GET users/me", f"GET users/{CUSTOMER_ID}/related", f"GET users/{CUSTOMER_ID}",
        ]


async def test_records_of_the_callers_own_class() -> None:
    @attrs.frozen
    class Person:
        id: int
        email: str

    async with rig() as r, r.zd.coalesce() as many:
        assert await many.users.show(CUSTOMER_ID).into(Person) == Person(CUSTOMER_ID, "customer@example.com")


# --- when a batch goes


async def test_a_lone_call_waits_for_company_no_longer_than_told() -> None:
    async with rig() as r, r.zd.coalesce(wait=0.25) as many:
        first = under_way(outcome(many.users.show(CUSTOMER_ID)))
        began = now()
        await asyncio.sleep(0.2)
        second = under_way(outcome(many.organizations.show(1)))
        await first
        assert now() - began == pytest.approx(0.25, abs=0.01)
        await second
        assert now() - began == pytest.approx(0.45, abs=0.01)


async def test_a_full_batch_does_not_wait() -> None:
    async with rig(users=100) as r, r.zd.coalesce(wait=60) as many:
        began = now()
        await asyncio.gather(*(many.users.show(one) for one in sorted(r.account.state.users)[:100]))
        assert now() == began


async def test_calls_join_a_batch_that_waits_for_its_leave() -> None:
    async with rig(users=150, client={"limits": {"account": 5}}) as r:
        ids = sorted(r.account.state.users)[:130]
        for _ in range(5):
            await r.zd.users.me()
        r.account.log.clear()
        async with r.zd.coalesce() as many:
            calls = []
            for one in ids:
                calls.append(under_way(outcome(many.users.show(one))))
                await asyncio.sleep(0.1)  # a batch of its own each, if only the wait were looked at
            users = await asyncio.gather(*calls)
        assert [user.id for user in users] == ids
        assert [len(one) for one in asked_for(r)] == [100, 30]
        assert r.account.rejections == {}


# --- options and views


async def test_calls_of_different_options_go_in_different_batches() -> None:
    async with rig(users=9) as r:
        a, b, c, d = sorted(r.account.state.users)[:4]
        async with r.zd.coalesce() as many:
            bulk = many.with_options(priority=Priority.BULK)
            await asyncio.gather(
                many.users.show(a), many.users.show(b, timeout=5), bulk.users.show(c), many.users.show(d),
                many.users.show(a, group="other"), many.with_options(priority=Priority.BULK).users.show(d),
            )
        assert sorted(asked_for(r)) == sorted([[a, d], [b], [c, d], [a]])


async def test_options_of_the_view_and_of_the_call_hold_for_the_batch() -> None:
    async with rig(latency=2.0) as r:
        async with r.zd.with_options(timeout=1).coalesce() as many:
            errors = await all_of([many.users.show(CUSTOMER_ID)])
        async with r.zd.coalesce() as many:
            errors += await all_of([many.users.show(CUSTOMER_ID, timeout=1)])
        assert [(type(error), error.operation) for error in errors] == [(RequestTimeout, "users.show")] * 2


async def test_calls_for_others_go_in_their_name_and_apart() -> None:
    async with rig() as r:
        client = find_client(r.account.state, "client")
        admin = next(user.id for user in r.account.state.users.values() if user.role == "admin")
        token = issue(r.account.state, r.account.now(), client=client, user_id=admin, scopes=("read", "impersonate"))
        async with Zendesk(base_url=r.account.url, auth=OAuthToken(token.value)) as zd, zd.coalesce() as many:
            customer = many.on_behalf_of(CUSTOMER_ID)
            refused, own = await all_of([customer.users.show(admin), many.users.show(admin)])
        assert (type(refused), refused.operation, own.id) == (PermissionDenied, "users.show", admin)
        assert sorted(line.actor for line in r.account.log) == sorted([admin, CUSTOMER_ID])


# --- errors of the whole request


async def test_an_error_of_the_request_is_everybodys() -> None:
    async with rig(auth=ApiToken("admin@example.com", "wrong")) as r, r.zd.coalesce() as many:
        errors = await all_of(many.users.show(one) for one in (1, 2, 3))
        for error in errors:
            assert (type(error), error.status, error.operation) == (AuthenticationError, 401, "users.show")
            assert error.__notes__ == ["sent as a part of users.show_many"]
        assert len(set(map(id, errors))) == 3
        assert len(r.account.log) == 1


async def test_a_network_that_is_down() -> None:
    async with Zendesk(base_url=refusing_url(), auth=ApiToken("a@b.c", "t")) as zd, zd.coalesce() as many:
        errors = await all_of(many.tickets.show(one) for one in (1, 2))
    assert [(type(error), error.operation, error.sent) for error in errors] == [
        (ConnectionFailed, "tickets.show", False)
    ] * 2


async def test_a_passing_error_is_cured_for_all() -> None:
    faults = [Fault("GET /api/v2/users/show_many", "error", calls=(1,), status=500),
              Fault("GET /api/v2/users/show_many", "rate_limited", calls=(2,), retry_after=3)]
    async with rig(faults=faults) as r, r.zd.coalesce() as many:
        user, gone = await all_of([many.users.show(CUSTOMER_ID), many.users.show(10**9)])
        assert (user.id, type(gone)) == (CUSTOMER_ID, NotFound)


async def test_the_single_call_after_a_row_left_out_has_an_error_of_its_own() -> None:
    fault = Fault("GET /api/v2/users/1000000000", "error", status=500)
    async with rig(faults=[fault]) as r, r.zd.coalesce() as many:
        error, gone, user = await all_of(many.users.show(one) for one in (10**9, 10**9 + 1, CUSTOMER_ID))
        assert (type(error), error.operation) == (ServerError, "users.show")
        assert (type(gone), user.id) == (NotFound, CUSTOMER_ID)


@pytest.mark.parametrize("body", ['{"users": 7}', "{}", "<html>"])
async def test_a_reply_that_is_none(body) -> None:
    async with puppet_client(reply(body=body)) as (zd, _), zd.coalesce() as many:
        errors = await all_of(many.users.show(one) for one in (1, 2))
    assert [(type(error), error.operation) for error in errors] == [(UnexpectedReply, "users.show")] * 2


# --- deadlines


async def test_a_deadline_is_the_callers_own() -> None:
    async with rig(users=5, client={"limits": {"account": 1}}) as r:
        a, b, *_ = sorted(r.account.state.users)
        await r.zd.users.me()
        async with r.zd.coalesce() as many:
            began = now()
            late, patient, free = await all_of(
                [many.users.show(a, deadline=1), many.users.show(b, deadline=500), many.users.show(a)]
            )
        assert (type(late), late.operation, late.limit) == (DeadlineExceeded, "users.show", "account")
        assert (patient.id, free.id) == (b, a)
        assert now() - began > 1


async def test_who_was_told_of_an_error_may_call_again_at_once() -> None:
    async with rig(client={"limits": {"account": 1}}) as r, r.zd.coalesce() as many:
        await r.zd.users.me()

        async def twice():
            with pytest.raises(DeadlineExceeded):
                await many.with_options(deadline=1).users.show(CUSTOMER_ID)
            with pytest.raises(DeadlineExceeded):
                await many.with_options(deadline=1).users.show(CUSTOMER_ID)
            return await many.users.show(CUSTOMER_ID)

        async with asyncio.timeout(100):
            assert (await twice()).id == CUSTOMER_ID
