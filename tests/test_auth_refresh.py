"""Refresh tokens that rotate: no pair is lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_server import SECRET, Server, header, refresh_token

from zdasync._renewal import RENEWAL_MARGIN
from zdasync.auth import (
    RefreshToken,
    settle,
)
from zdasync.errors import AuthenticationError
from zdasync.testing import run_virtual


async def test_a_refresh_rotates_and_the_new_pair_is_stored_first():
    server = Server()
    events = []

    async def store(granted):
        events.append("storing")
        await asyncio.sleep(1)
        events.append(granted)

    credentials = RefreshToken("r0", "crm", SECRET, on_rotate=store)
    value = await header(credentials, server)
    events.append(value)
    assert events[0] == "storing"
    assert (events[1].access_token, events[1].refresh_token) == ("a1", "r1")
    assert events[2] == "Bearer a1"
    assert server.payloads == [
        {"grant_type": "refresh_token", "client_id": "crm", "client_secret": SECRET, "refresh_token": "r0"}
    ]
    assert credentials.rejected(value)
    assert await header(credentials, server) == "Bearer a2"
    assert server.payloads[1]["refresh_token"] == "r1"


async def test_a_public_client_sends_no_secret():
    server = Server()
    await header(RefreshToken("r0", "crm", on_rotate=[].append), server)
    assert "client_secret" not in server.payloads[0]


async def test_a_server_that_does_not_rotate_leaves_a_pair_that_works():
    stored = []
    server = Server(rotates=False)
    credentials = refresh_token(stored)
    credentials.rejected(await header(credentials, server))
    await header(credentials, server)
    assert [granted.refresh_token for granted in stored] == ["r0", "r0"]
    assert [payload["refresh_token"] for payload in server.payloads] == ["r0", "r0"]


async def test_a_given_access_token_is_used_until_its_end():
    server = Server()
    credentials = refresh_token(access_token="a0", expires_in=1000)
    assert await header(credentials, server) == "Bearer a0"
    await asyncio.sleep(1000 - RENEWAL_MARGIN - 1)
    assert await header(credentials, server) == "Bearer a0"
    await asyncio.sleep(1)
    assert await header(credentials, server) == "Bearer a1"


async def test_a_given_access_token_without_an_end_is_used_until_the_server_refuses_it():
    server = Server()
    credentials = refresh_token(access_token="a0")
    await asyncio.sleep(1_000_000)
    assert await header(credentials, server) == "Bearer a0"
    assert credentials.rejected("Bearer a0")
    assert await header(credentials, server) == "Bearer a1"


async def test_a_given_access_token_that_is_over_is_not_used():
    assert await header(refresh_token(access_token="a0", expires_in=0), Server()) == "Bearer a1"


async def test_when_the_callback_raises_the_call_fails_and_the_pair_is_offered_again():
    offered = []

    def store(granted):
        offered.append(granted)
        if len(offered) < 3:
            raise OSError("disk full")

    server = Server()
    credentials = refresh_token(on_rotate=store)
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            await header(credentials, server)
    assert await header(credentials, server) == "Bearer a1"
    assert (len(server.payloads), offered) == (1, [offered[0]] * 3)


async def test_a_pair_that_grew_old_unstored_is_stored_before_it_is_used_for_the_next():
    offered = []

    def store(granted):
        offered.append(granted.refresh_token)
        if len(offered) == 1:
            raise OSError("disk full")

    server = Server(expires_in=600)
    credentials = refresh_token(on_rotate=store)
    with pytest.raises(OSError, match="disk full"):
        await header(credentials, server)
    await asyncio.sleep(600)
    assert await header(credentials, server) == "Bearer a2"
    assert offered == ["r1", "r1", "r2"]
    assert server.payloads[1]["refresh_token"] == "r1"


async def test_a_refused_refresh_token_is_not_lost():
    failure = AuthenticationError("revoked", status=400, code="invalid_grant")
    server = Server(failure)
    credentials = refresh_token()
    with pytest.raises(AuthenticationError):
        await header(credentials, server)
    await header(credentials, server)
    assert [payload["refresh_token"] for payload in server.payloads] == ["r0", "r0"]


async def test_a_client_that_closes_waits_until_the_new_pair_is_stored():
    stored = []

    async def store(granted):
        await asyncio.sleep(1)
        stored.append(granted.refresh_token)

    credentials = refresh_token(on_rotate=store)
    call = asyncio.create_task(header(credentials, Server()))
    await asyncio.sleep(0.5)
    call.cancel()
    await settle(credentials)
    assert stored == ["r1"]


class Chain:
    """A server that rotates for real: each refresh token works once."""

    def __init__(self, delay):
        self.delay = delay
        self.number = 0

    async def __call__(self, _, payload):
        assert payload["refresh_token"] == f"r{self.number}", "a token that was already used is sent again"
        self.number += 1
        reply = {"access_token": f"a{self.number}", "refresh_token": f"r{self.number}", "expires_in": 400}
        await asyncio.sleep(self.delay)
        return reply


@settings(max_examples=60, deadline=None)
@given(
    calls=st.lists(
        st.tuples(st.floats(0, 2000), st.none() | st.floats(0, 3), st.booleans()), min_size=1, max_size=40
    ),
    delay=st.floats(0, 2),
    broken=st.sets(st.integers(1, 12)),
)
def test_no_interleaving_of_calls_cancellations_rejections_and_failures_breaks_the_chain(calls, delay, broken):
    async def main():
        server = Chain(delay)
        stored = []
        offers = 0

        async def store(granted):
            nonlocal offers
            offers += 1
            failing = offers in broken
            await asyncio.sleep(delay / 2)
            if failing:
                raise OSError("disk full")
            stored.append((granted.access_token, granted.refresh_token))

        credentials = RefreshToken("r0", "crm", on_rotate=store)

        async def call(start, patience, reject):
            await asyncio.sleep(start)
            try:
                async with asyncio.timeout(patience):
                    value = await header(credentials, server)
            except (OSError, TimeoutError):
                return
            assert value.removeprefix("Bearer ") in {access for access, _ in stored}, "used before it was stored"
            if reject:
                credentials.rejected(value)

        async with asyncio.TaskGroup() as group:
            for each in calls:
                group.create_task(call(*each))
        await settle(credentials)
        for _ in range(len(broken) + 1):
            try:
                value = await header(credentials, server)
            except OSError:
                continue
            assert value == f"Bearer a{server.number}"
            assert stored[-1] == (f"a{server.number}", f"r{server.number}")
            break
        else:
            raise AssertionError("no call succeeded")
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(main())
