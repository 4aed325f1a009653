"""Tokens that expire: renewed in time, once, and whatever happens to those who wait."""

from __future__ import annotations

import asyncio
import gc

import pytest
from token_server import SECRET, Server, all_kinds, client_credentials, header, now, refresh_token

from zdasync._renewal import FORCED_RENEWAL_PAUSE, RENEWAL_MARGIN, granted_token
from zdasync.auth import (
    Anonymous,
    settle,
)
from zdasync.errors import ConnectionFailed, TransportError, UnexpectedReply


async def test_client_credentials_ask_for_a_token_once_and_keep_it():
    server = Server()
    credentials = client_credentials(scope="users:read  write", expires_in=7200)
    assert [await header(credentials, server) for _ in range(3)] == ["Bearer a1"] * 3
    assert server.paths == ["/oauth/tokens"]
    assert server.payloads == [
        {
            "grant_type": "client_credentials",
            "client_id": "crm",
            "client_secret": SECRET,
            "scope": "users:read write",
            "expires_in": 7200,
        }
    ]


async def test_without_a_wish_no_lifetime_is_asked_for():
    server = Server()
    await header(client_credentials(), server)
    assert "expires_in" not in server.payloads[0]


async def test_a_token_is_renewed_before_it_expires_counted_from_the_request():
    server = Server(delay=5.0, expires_in=3600)
    credentials = client_credentials()
    begun = now()
    await header(credentials, server)
    await asyncio.sleep(begun + 3600 - RENEWAL_MARGIN - now() - 0.01)
    assert await header(credentials, server) == "Bearer a1"
    await asyncio.sleep(0.02)
    assert await header(credentials, server) == "Bearer a2"


async def test_a_short_lived_token_is_used_for_most_of_its_life():
    server = Server(delay=0.0, expires_in=50)
    credentials = client_credentials()
    await header(credentials, server)
    await asyncio.sleep(39)
    assert await header(credentials, server) == "Bearer a1"
    await asyncio.sleep(2)
    assert await header(credentials, server) == "Bearer a2"


async def test_a_token_without_an_end_is_kept():
    server = Server(expires_in=None)
    credentials = client_credentials()
    await header(credentials, server)
    await asyncio.sleep(10_000_000)
    assert await header(credentials, server) == "Bearer a1"


async def test_a_thousand_calls_wait_for_one_renewal():
    server = Server()
    credentials = client_credentials()
    values = await asyncio.gather(*(header(credentials, server) for _ in range(1000)))
    assert (set(values), len(server.payloads)) == ({"Bearer a1"}, 1)


async def test_a_failed_renewal_fails_all_who_wait_and_the_next_call_tries_again():
    failure = ConnectionFailed("no route")
    server = Server(failure)
    credentials = client_credentials()
    values = await asyncio.gather(*(header(credentials, server) for _ in range(20)), return_exceptions=True)
    assert values == [failure] * 20
    assert await header(credentials, server) == "Bearer a2"


async def test_a_call_that_comes_right_after_a_failure_starts_one_renewal():
    server = Server(ConnectionFailed("no route"))
    credentials = client_credentials()

    async def stubborn():
        try:
            return await header(credentials, server)
        except ConnectionFailed:
            return await header(credentials, server)

    assert set(await asyncio.gather(*(stubborn() for _ in range(20)))) == {"Bearer a2"}
    assert len(server.payloads) == 2


async def test_a_call_in_the_very_turn_in_which_a_renewal_fails_starts_the_next_one():
    loop = asyncio.get_running_loop()
    replies = []

    async def exchange(path, payload):
        replies.append(loop.create_future())
        return await replies[-1]

    credentials = client_credentials()
    first = asyncio.create_task(header(credentials, exchange))
    await asyncio.sleep(1)
    replies[0].set_exception(ConnectionFailed("no route"))
    second = asyncio.create_task(header(credentials, exchange))
    await asyncio.sleep(1)
    third = asyncio.create_task(header(credentials, exchange))
    await asyncio.sleep(1)
    assert len(replies) == 2
    replies[1].set_result({"access_token": "a2"})
    assert [await second, await third] == ["Bearer a2"] * 2
    with pytest.raises(ConnectionFailed):
        await first


async def test_a_cancelled_waiter_cancels_no_renewal():
    server = Server()
    credentials = client_credentials()
    first, *others = [asyncio.create_task(header(credentials, server)) for _ in range(3)]
    await asyncio.sleep(0.5)
    first.cancel()
    others[0].cancel()
    assert await others[1] == "Bearer a1"
    assert first.cancelled()
    assert others[0].cancelled()
    assert len(server.payloads) == 1


async def test_a_renewal_that_nobody_waits_for_any_more_ends_and_counts():
    server = Server()
    credentials = client_credentials()
    task = asyncio.create_task(header(credentials, server))
    await asyncio.sleep(0.5)
    task.cancel()
    await settle(credentials)
    assert await header(credentials, server) == "Bearer a1"
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_renewal_that_fails_unheard_makes_no_noise(caplog):
    server = Server(ConnectionFailed("no route"))
    credentials = client_credentials()
    task = asyncio.create_task(header(credentials, server))
    await asyncio.sleep(0.5)
    task.cancel()
    await settle(credentials)
    await asyncio.sleep(0)
    del task
    gc.collect()
    assert caplog.records == []
    assert await header(credentials, server) == "Bearer a2"


async def test_a_renewal_cancelled_from_outside_is_an_error_and_no_cancellation():
    async def exchange(path, payload):
        raise asyncio.CancelledError

    credentials = client_credentials()
    with pytest.raises(TransportError, match="cancelled"):
        await header(credentials, exchange)
    assert await header(credentials, Server()) == "Bearer a1"


async def test_settling_what_renews_nothing_returns():
    for credentials in (*all_kinds(), Anonymous()):
        await settle(credentials)


@pytest.mark.parametrize("reply", [{}, {"access_token": None}, {"access_token": ""}, {"access_token": "a\r\nb: c"}])
async def test_a_reply_without_a_usable_token_is_unexpected(reply):
    async def exchange(path, payload):
        return {**reply, "refresh_token": SECRET}

    with pytest.raises(UnexpectedReply) as caught:
        await header(client_credentials(), exchange)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", [None, "soon", 0, -5, True])
async def test_a_lifetime_that_is_none_means_no_end(value):
    granted = granted_token({"access_token": "a", "expires_in": value})
    assert granted.expires_in is None


# 401 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [client_credentials, refresh_token])
async def test_a_rejected_token_is_replaced_once_however_many_calls_held_it(build):
    server = Server()
    credentials = build()
    old = await header(credentials, server)
    assert [credentials.rejected(old) for _ in range(5)] == [True] * 5
    values = await asyncio.gather(*(header(credentials, server) for _ in range(5)))
    assert set(values) == {"Bearer a2"}
    assert credentials.rejected(old) is True
    assert await header(credentials, server) == "Bearer a2"


async def test_401_upon_401_does_not_renew_for_ever():
    server = Server(delay=0.0)
    credentials = client_credentials()
    assert credentials.rejected(await header(credentials, server)) is True
    assert credentials.rejected(await header(credentials, server)) is False
    assert await header(credentials, server) == "Bearer a2"
    await asyncio.sleep(FORCED_RENEWAL_PAUSE)
    assert credentials.rejected("Bearer a2") is True
    assert await header(credentials, server) == "Bearer a3"
