"""Tokens that expire, are revoked or can't be had, as the calls see it that need one."""

from __future__ import annotations

import asyncio

import pytest
from support import gather_all, now, puppet_client, reply, rig

from zdasync import (
    AuthenticationError,
    ClientCredentials,
    ConnectionFailed,
    OAuthToken,
    RefreshToken,
    RequestTimeout,
    ServerError,
    UnexpectedReply,
)
from zdasync.events import Retrying
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID, Fault
from zdasync.simulator.tokens import find_client, issue

TOKENS = "POST /oauth/tokens"
GRANTED = reply(201, '{"access_token": "abc", "token_type": "bearer", "expires_in": 1800}')
USER = reply(200, '{"user": {"id": 5}}')


def credentials():
    return ClientCredentials("client", "secret")


async def test_one_grant_for_all_who_wait() -> None:
    async with rig(auth=credentials(), latency=1) as r:
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(50)) == {"ok": 50}
        assert r.served("POST", "/oauth/tokens") == 1
        assert r.used == 50  # the grant counts against no limit of the API


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        (ClientCredentials("client", "wrong"), "invalid_client"),
        (ClientCredentials("nobody", "secret"), "invalid_client"),
        (RefreshToken("wrong", "client", "secret", on_rotate=print), "invalid_grant"),
    ],
)
async def test_a_grant_that_is_refused(auth, code) -> None:
    async with rig(auth=auth) as r:
        with pytest.raises(AuthenticationError) as caught:
            await r.zd.users.show(CUSTOMER_ID)
        assert (caught.value.code, caught.value.operation) == (code, "oauth.exchange")
        assert r.account.requests == 1
        assert r.used == r.zd.limits["connections"].used == 0


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(TOKENS, "error", status=500), ServerError),
        (Fault(TOKENS, "unavailable"), ServerError),
        (Fault(TOKENS, "reset_before"), ConnectionFailed),
        (Fault(TOKENS, "reset_after"), ConnectionFailed),
        (Fault(TOKENS, "truncate"), ConnectionFailed),
        (Fault(TOKENS, "stall"), RequestTimeout),
        (Fault(TOKENS, "empty"), UnexpectedReply),
        (Fault(TOKENS, "redirect"), UnexpectedReply),
    ],
)
async def test_a_grant_that_fails_is_asked_for_once_and_again_by_the_next_call(fault, error) -> None:
    async with rig(auth=credentials(), client={"timeout": 5}, faults=[fault]) as r:
        with pytest.raises(error) as caught:
            await r.zd.users.create(name="N")
        assert getattr(caught.value, "operation", None) == "oauth.exchange"
        assert r.served("POST") == 1
        assert r.used == 0
        r.account.faults.clear()
        assert (await r.zd.users.me()).id == ADMIN_ID


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (Fault(TOKENS, "unavailable", calls=(1, 2), retry_after=3), 6),
        (Fault(TOKENS, "rate_limited", calls=(1,), form="page", retry_after=4), 4),
        (Fault(TOKENS, "rate_limited", calls=(1,), form="edge"), 0.5),
    ],
)
async def test_a_grant_that_was_turned_away_is_asked_for_again(fault, least) -> None:
    async with rig(auth=credentials(), faults=[fault]) as r:
        start = now()
        assert (await r.zd.users.me()).id == ADMIN_ID
        assert least <= now() - start < least + 5
        assert {one.operation for one in r.told(Retrying)} == {"oauth.exchange"}


async def test_a_grant_that_is_turned_away_for_ever() -> None:
    async with rig(auth=credentials(), faults=[Fault(TOKENS, "unavailable", retry_after=1)]) as r:
        with pytest.raises(ServerError):
            await r.zd.users.me()
        assert r.account.requests == 5


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"access_token": ""}', '{"access_token": "a b"}', "<html>"])
async def test_a_grant_without_a_token(body) -> None:
    async with puppet_client(reply(201, body), auth=credentials()) as (zd, server):
        with pytest.raises(UnexpectedReply):
            await zd.users.show(5)
        assert len(server.requests) == 1


async def test_a_token_is_renewed_before_it_ends() -> None:
    async with rig(auth=credentials()) as r:
        for _ in range(4):
            await r.zd.users.me()
            await asyncio.sleep(1000)
        assert r.served("POST", "/oauth/tokens") == 2
        assert {one.status for one in r.account.log} == {200, 201}


async def test_a_revoked_token_is_renewed_and_the_call_tried_once_more() -> None:
    async with rig(auth=credentials()) as r:
        await r.zd.users.me()
        r.account.state.tokens.clear()
        created = await r.zd.users.create(name="N", email="new@example.org")
        assert created.email == "new@example.org"
        assert [one.status for one in r.account.log] == [201, 200, 401, 201, 201]
        assert r.used == 3


async def test_many_calls_with_a_revoked_token_renew_it_once() -> None:
    async with rig(auth=credentials(), latency=1) as r:
        await r.zd.users.me()
        r.account.state.tokens.clear()
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(30)) == {"ok": 30}
        assert r.served("POST", "/oauth/tokens") == 2
        # Those that were under way before the new token was there; the others wait for the connections to widen.
        assert 10 <= sum(one.status == 401 for one in r.account.log) < 30


async def test_a_token_that_is_never_accepted_is_renewed_once() -> None:
    refused = reply(401, '{"error": "invalid_token"}')
    async with puppet_client(GRANTED, refused, GRANTED, refused, auth=credentials()) as (zd, server):
        with pytest.raises(AuthenticationError):
            await zd.users.show(5)
        assert [one.split(" ")[1] for one in server.requests] == ["/oauth/tokens", "/api/v2/users/5"] * 2


async def test_the_grant_goes_without_credentials_and_its_secret_in_the_body_only() -> None:
    async with puppet_client(GRANTED, USER, auth=ClientCredentials("client", "5ecre7")) as (zd, server):
        await zd.users.show(5)
        head, _, body = server.requests[0].partition("\r\n\r\n")
        assert head.startswith("POST /oauth/tokens HTTP/1.1")
        assert "authorization" not in head.lower()
        assert "5ecre7" not in head
        assert '"client_secret":"5ecre7"' in body


async def test_an_async_callable_is_asked_again_after_401() -> None:
    asked = []

    async def token() -> str:
        asked.append(1)
        return tokens[len(asked) - 1].value

    async with rig(auth=token) as r:
        client = find_client(r.account.state, "client")
        tokens = [
            issue(r.account.state, r.account.now(), client=client, user_id=ADMIN_ID, scopes=["read"]) for _ in range(2)
        ]
        del r.account.state.tokens[tokens[0].value]
        assert (await r.zd.users.me()).id == ADMIN_ID
        assert len(asked) == 2


async def test_an_async_callable_that_knows_no_better_is_asked_twice() -> None:
    async def token() -> str:
        return "revoked"

    async with rig(auth=token) as r:
        with pytest.raises(AuthenticationError):
            await r.zd.users.show(CUSTOMER_ID)
        assert r.account.requests == r.used == 2


async def test_what_the_callable_raises_reaches_the_caller_and_nothing_is_charged() -> None:
    class Locked(Exception):
        pass

    async def token() -> str:
        raise Locked

    async with rig(auth=token) as r:
        with pytest.raises(Locked):
            await r.zd.users.me()
        assert r.account.requests == r.used == r.zd.limits["connections"].used == 0


async def test_a_given_token_is_final() -> None:
    async with rig(auth=OAuthToken("revoked")) as r:
        with pytest.raises(AuthenticationError) as caught:
            await r.zd.users.show(CUSTOMER_ID)
        assert caught.value.code == "invalid_token"
        assert r.account.requests == r.used == 1


async def test_a_refreshed_pair_reaches_its_keeper_before_it_is_used() -> None:
    stored = []
    async with rig(auth=RefreshToken("first", "client", "secret", on_rotate=stored.append)) as r:
        client = find_client(r.account.state, "client")
        pair = issue(
            r.account.state, r.account.now(), client=client, user_id=ADMIN_ID, scopes=["read"], expires_in=1800,
            refresh_expires_in=90_000,
        )
        r.account.state.refresh_tokens["first"] = pair
        for _ in range(3):
            await r.zd.users.me()
            assert stored[-1].access_token in r.account.state.tokens
            await asyncio.sleep(1800)
        assert len({one.refresh_token for one in stored}) == 3
        assert {one.status for one in r.account.log} == {200, 201}
