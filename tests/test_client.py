"""A client from its making to its close: views, options, observers, the escape hatch, and what is left behind."""

from __future__ import annotations

import asyncio
import logging

import attrs
import pytest
from support import ADMIN, now, rig

from zdasync import (
    Anonymous,
    ApiToken,
    AuthenticationError,
    BadArgument,
    ClientCredentials,
    ConnectionFailed,
    Limit,
    OAuthToken,
    OutcomeUnknown,
    Priority,
    RequestTimeout,
    Zendesk,
)
from zdasync.events import Admitted, Learned, Lost, ParametersIgnored, Queued, Received, Retrying, Sent, Throttled
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID, Account, Fault, Settings
from zdasync.simulator.tokens import find_client, issue

URL = "http://127.0.0.1:9"


def bearer(account: Account, *scopes: str) -> OAuthToken:
    client = find_client(account.state, "client")
    assert client is not None
    token = issue(account.state, account.now(), client=client, user_id=ADMIN_ID, scopes=scopes)
    return OAuthToken(token.value)


def sockets() -> int:
    return len(asyncio.get_running_loop()._selector.get_map())


# -- open and closed --------------------------------------------------------------------------------------------------


async def test_a_client_that_is_not_open_says_so() -> None:
    zd = Zendesk("acme", auth=ADMIN)
    assert zd.base_url == "https://acme.zendesk.com"
    call = zd.users.show(5)
    for send in (lambda: call, zd.verify_credentials, lambda: zd.request("GET", "/api/v2/users")):
        with pytest.raises(BadArgument, match="not open"):
            await send()
    with pytest.raises(BadArgument, match="not open"):
        _ = zd.limits


async def test_opened_twice_and_closed_twice() -> None:
    async with rig() as r:
        with pytest.raises(BadArgument, match="open already"):
            await r.zd.__aenter__()
        assert (await r.zd.users.me()).id == ADMIN_ID
        await r.zd.aclose()
        await r.zd.aclose()
        with pytest.raises(BadArgument, match="not open"):
            await r.zd.users.me()


async def test_a_closed_client_can_be_opened_again() -> None:
    account = Account()
    async with account.serve() as url:
        zd = Zendesk(base_url=url, auth=ADMIN, plan="enterprise")
        for _ in range(2):
            async with zd:
                assert (await zd.users.show(CUSTOMER_ID)).id == CUSTOMER_ID
        assert account.requests == 2


async def test_nothing_is_left_behind() -> None:
    tasks, open_before = asyncio.all_tasks(), sockets()
    async with rig(users=300) as r:
        async for _ in r.zd.users.list():
            break
        await r.zd.users.create_or_update_many([{"email": "a@example.org", "name": "A"}])
        waiting = asyncio.ensure_future(r.zd.users.show(CUSTOMER_ID)._run())
        await asyncio.sleep(0)
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks
    assert sockets() == open_before


async def test_closing_ends_every_call_in_its_own_way() -> None:
    async with rig(client={"connections": 2}, latency=20) as r:
        sent = [asyncio.ensure_future(one._run()) for one in (r.zd.users.show(5), r.zd.users.create(name="N"))]
        await asyncio.sleep(4)  # without an answer the second one goes, too
        queued = asyncio.ensure_future(r.zd.users.show(CUSTOMER_ID)._run())
        await asyncio.sleep(1)
        start = now()
        await r.zd.aclose()
        ended = await asyncio.gather(*sent, queued, return_exceptions=True)
        assert now() == start
        assert [type(one) for one in ended] == [ConnectionFailed, OutcomeUnknown, asyncio.CancelledError]


async def test_closing_ends_a_call_that_is_about_to_try_again() -> None:
    async with rig(faults=[Fault("GET /api/v2/*", "unavailable", retry_after=30)]) as r:
        call = asyncio.ensure_future(r.zd.users.show(5)._run())
        await asyncio.sleep(5)
        await r.zd.aclose()
        with pytest.raises(ConnectionFailed, match="closed meanwhile"):
            await call
        assert r.account.requests == 1


async def test_closing_waits_for_a_token_that_is_being_renewed() -> None:
    async with rig(auth=ClientCredentials("client", "secret"), latency=3) as r:
        call = asyncio.ensure_future(r.zd.users.me()._run())
        await asyncio.sleep(1)
        call.cancel()
        start = now()
        await r.zd.aclose()
        assert now() == start + 2
        assert len(r.account.state.tokens) == 1


# -- views ------------------------------------------------------------------------------------------------------------


async def test_views_share_session_and_limits() -> None:
    account = Account()
    async with account.serve() as url:
        auth = bearer(account, "read", "write", "impersonate")
        async with Zendesk(base_url=url, auth=auth, plan="enterprise") as zd:
            customer = zd.on_behalf_of("customer@example.com")
            assert (await customer.users.me()).id == CUSTOMER_ID
            assert (await zd.on_behalf_of(CUSTOMER_ID).with_options(timeout=5).users.me()).id == CUSTOMER_ID
            assert (await zd.users.me()).id == ADMIN_ID
            assert zd.limits["account"].used == customer.limits["account"].used == account.requests == 3
        with pytest.raises(BadArgument, match="not open"):
            await customer.users.me()


async def test_an_unknown_customer_is_an_authentication_error_and_the_next_call_works() -> None:
    account = Account()
    async with account.serve() as url:
        auth = bearer(account, "read", "impersonate")
        async with Zendesk(base_url=url, auth=auth, plan="enterprise") as zd:
            with pytest.raises(AuthenticationError) as caught:
                await zd.on_behalf_of("nobody@example.com").users.me()
            assert caught.value.code == "invalid_token"
            assert (await zd.users.me()).id == ADMIN_ID
            assert account.requests == 2


@pytest.mark.parametrize("user", ["", "a b@example.org", "x", "a@b.c\r\nX-Evil: 1", 0, -1, True, None, "1/2", "Ünal"])
async def test_who_is_nobody_cannot_be_acted_for(user) -> None:
    with pytest.raises(BadArgument):
        Zendesk("acme", auth=ADMIN).on_behalf_of(user)


async def test_options_of_a_view_hold_unless_the_call_has_its_own() -> None:
    async with rig(latency=3) as r:
        hasty = r.zd.with_options(timeout=1, priority=Priority.BULK)
        with pytest.raises(RequestTimeout, match="within 1 s"):
            await hasty.users.show(CUSTOMER_ID)
        assert (await hasty.users.show(CUSTOMER_ID, timeout=10)).id == CUSTOMER_ID
        assert (await hasty.with_options(timeout=10).users.show(CUSTOMER_ID)).id == CUSTOMER_ID
        assert (await r.zd.users.show(CUSTOMER_ID)).id == CUSTOMER_ID


@pytest.mark.parametrize(
    "options", [{"deadline": 0}, {"timeout": -1}, {"timeout": "5"}, {"priority": 7}, {"retries": 3}, {"deadline": True}]
)
async def test_options_that_are_none(options) -> None:
    with pytest.raises(BadArgument):
        Zendesk("acme", auth=ADMIN).with_options(**options)


# -- making one -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({}, "give a subdomain"),
        ({"subdomain": "acme/x"}, "one word"),
        ({"subdomain": "acme", "base_url": URL}, "not both"),
        ({"base_url": "http://example.org"}, "https"),
        ({"subdomain": "acme", "plan": "gold"}, "enterprise"),
        ({"subdomain": "acme", "auth": "token"}, "ApiToken"),
        ({"subdomain": "acme", "pace": "slow"}, "burst"),
        ({"subdomain": "acme", "connections": 0}, "at least 1"),
        ({"subdomain": "acme", "timeout": 0}, "positive"),
        ({"subdomain": "acme", "limits": {"acount": 5}}, "zdasync.LIMITS"),
        ({"subdomain": "acme", "limits": {"account": 0}}, "at least 1"),
        ({"subdomain": "acme", "limits": {"account": 1.5}}, "whole number"),
    ],
)
async def test_what_cannot_be_a_client(options, hint) -> None:
    with pytest.raises(BadArgument, match=hint):
        Zendesk(**{"auth": ADMIN, **options})


async def test_numbers_and_rows_of_the_callers() -> None:
    row = Limit(name="shy", count=2, interval=60.0, endpoints=("GET /api/v2/users/me",))
    async with rig(client={"limits": {"account": 3}, "plan": None}) as r:
        for _ in range(3):
            await r.zd.users.show(CUSTOMER_ID)
        assert r.zd.limits["account"].total in {3, 700}  # the server may raise it from the next window on
    async with rig(client={"limits": [row]}) as r:
        start = now()
        for _ in range(3):
            await r.zd.users.me()
        assert now() - start > 30
        assert r.zd.limits["shy"].total == 2


async def test_from_env() -> None:
    account = Account()
    async with account.serve() as url:
        environ = {
            "ZENDESK_BASE_URL": url, "ZENDESK_EMAIL": "admin@example.com", "ZENDESK_API_TOKEN": "token",
            "ZENDESK_PLAN": "enterprise", "PATH": "/bin",
        }
        async with Zendesk.from_env(environ) as zd:
            assert (await zd.verify_credentials()).id == ADMIN_ID
            assert zd.limits["account"].total == 700
        async with Zendesk.from_env(environ, auth=Anonymous(), plan="team", timeout=5) as zd:
            with pytest.raises(AuthenticationError):
                await zd.users.show(5)
    with pytest.raises(BadArgument, match="ZENDESK_API_TOKEN"):
        Zendesk.from_env({"ZENDESK_SUBDOMAIN": "acme", "ZENDESK_EMAIL": "a@b.c"})
    assert Zendesk.from_env(environ, subdomain="acme").base_url == "https://acme.zendesk.com"
    assert Zendesk.from_env(environ, base_url=URL).base_url == URL


async def test_the_environment_is_read_when_none_is_given(monkeypatch) -> None:
    for name, value in {"SUBDOMAIN": "acme", "OAUTH_TOKEN": "abc"}.items():
        monkeypatch.setenv(f"ZENDESK_{name}", value)
    zd = Zendesk.from_env()
    assert repr(zd) == "Zendesk(base_url='https://acme.zendesk.com', auth=OAuthToken())"


# -- whose credentials are these --------------------------------------------------------------------------------------


async def test_credentials_that_are_accepted() -> None:
    async with rig() as r:
        assert (await r.zd.verify_credentials()).email == "admin@example.com"


@pytest.mark.parametrize("settings", [Settings(), Settings(me_bad_token="anonymous")])
@pytest.mark.parametrize("auth", [Anonymous(), ApiToken("admin@example.com", "wrong"), OAuthToken("wrong")])
async def test_credentials_that_are_not(auth, settings) -> None:
    async with rig(auth=auth, settings=settings) as r:
        with pytest.raises(AuthenticationError) as caught:
            await r.zd.verify_credentials()
        assert caught.value.status == 401
        assert r.account.requests == 1


async def test_a_password_in_place_of_a_token() -> None:
    class Password(Anonymous):
        async def authorization(self, exchange, now):
            return "Basic YWRtaW5AZXhhbXBsZS5jb206cGFzc3dvcmQ="

    async with rig(auth=Password()) as r:
        assert (await r.zd.users.me()).anonymous
        with pytest.raises(AuthenticationError, match="anonymous"):
            await r.zd.verify_credentials()


# -- observers --------------------------------------------------------------------------------------------------------


async def test_events_come_in_order() -> None:
    faults = [
        Fault("GET /api/v2/users/{id}", "rate_limited", calls=(1,), retry_after=2),
        Fault("GET /api/v2/users/{id}", "reset_before", calls=(1,)),
    ]
    async with rig(faults=faults) as r:
        await r.zd.users.show(CUSTOMER_ID)
        kinds = [type(event) for event in r.events]
        assert kinds == [
            Admitted, Sent, Received, Learned, Throttled, Retrying, Queued, Admitted, Sent, Received,
        ]
        assert all(event.operation == "users.show" for event in r.events)
        assert {event.call for event in r.events} == {0, 1}  # what is learned belongs to no call
        first, last = r.told(Received)
        assert (first.status, first.attempt, last.status, last.attempt) == (429, 1, 200, 2)
        assert last.request_id == f"{1:016x}-SEA"
        assert r.told(Admitted)[1].waited == pytest.approx(2, abs=0.2)
    faults = [Fault("GET /api/v2/*", "reset_before", calls=(1,))]
    async with rig(faults=faults) as r:
        await r.zd.users.show(CUSTOMER_ID)
        assert [type(event) for event in r.events] == [Admitted, Sent, Lost, Retrying, Admitted, Sent, Received]


async def test_what_the_server_ignored_is_told() -> None:
    async with rig() as r:
        await r.zd.request("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"nmae": "x"}})
        [event] = r.told(ParametersIgnored)
        assert "nmae" in event.text


async def test_an_observer_that_raises_breaks_nothing(caplog) -> None:
    def broken(event: object) -> None:
        raise RuntimeError("no thanks")

    async with rig(client={"observer": broken}, faults=[Fault("GET /api/v2/*", "rate_limited", calls=(1,))]) as r:
        assert (await r.zd.users.show(CUSTOMER_ID)).id == CUSTOMER_ID
        assert r.account.requests == r.used == 2
        assert r.zd.limits["connections"].used == 0
    assert [record.levelno for record in caplog.records if record.name == "zdasync"] == [logging.ERROR] * 10


async def test_an_observer_may_start_calls() -> None:
    tasks = []

    def curious(event: object) -> None:
        if isinstance(event, Received) and len(tasks) < 3:
            tasks.append(asyncio.ensure_future(zd.users.show(CUSTOMER_ID)._run()))

    account = Account()
    async with account.serve() as url, Zendesk(base_url=url, auth=ADMIN, plan="team", observer=curious) as zd:
        await zd.users.show(CUSTOMER_ID)
        for number in range(3):
            await tasks[number]
        assert account.requests == zd.limits["account"].used == 4


def test_events_are_frozen() -> None:
    assert all(attrs.fields(kind) for kind in (Admitted, Received, Retrying, Throttled))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Admitted("x", 0.0, None).waited = 1.0
