"""Connections that break, replies that never come: sent again where it does no harm, else `OutcomeUnknown`."""

from __future__ import annotations

import asyncio

import pytest
from support import ADMIN, now, puppet, puppet_client, refusing_url, reply, rig

from zdasync import ConnectionFailed, NotFound, OutcomeUnknown, RequestTimeout, TransportError, UnexpectedReply, Zendesk
from zdasync.events import Admitted, Retrying
from zdasync.simulator import CUSTOMER_ID, Account, Fault

NEW = {"name": "New", "email": "new@example.org"}
PHOTO = b"\x89PNG" + bytes(range(256)) * 400
USER = '{"user": {"id": 5, "email": "a@example.org"}}'
LOSSES = ["reset_before", "reset_after", "truncate", "stall"]


# -- never connected --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("send", [lambda zd: zd.users.show(5), lambda zd: zd.users.create(**NEW)])
async def test_a_refused_connection_is_tried_again_and_charges_nothing(send) -> None:
    events: list[object] = []
    async with Zendesk(base_url=refusing_url(), auth=ADMIN, plan="team", observer=events.append) as zd:
        with pytest.raises(ConnectionFailed) as caught:
            await send(zd)
        assert not caught.value.sent
        assert zd.limits["account"].used == zd.limits["connections"].used == 0
        assert sum(isinstance(event, Admitted) for event in events) == 5


async def test_a_server_that_comes_back_is_reached() -> None:
    url = refusing_url()
    async with Zendesk(base_url=url, auth=ADMIN, plan="team") as zd:
        task = asyncio.ensure_future(zd.users.create(**NEW)._run())
        await asyncio.sleep(0.7)
        account = Account()
        async with account.serve(port=int(url.rpartition(":")[2])):
            assert (await task).email == NEW["email"]
            assert account.requests == 1


# -- lost on the way --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_get_whose_reply_is_lost_is_sent_again(kind) -> None:
    async with rig(client={"timeout": 20}, faults=[Fault("GET /api/v2/*", kind, calls=(1,))]) as r:
        assert (await r.zd.users.show(CUSTOMER_ID)).id == CUSTOMER_ID
        assert r.account.requests == len(r.told(Admitted)) == r.used == 2
        assert [one.reason for one in r.told(Retrying)] == ["RequestTimeout" if kind == "stall" else "ConnectionFailed"]


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_put_whose_reply_is_lost_is_sent_again_and_each_attempt_is_charged(kind) -> None:
    fault = Fault("PUT /api/v2/users/{id}", kind, calls=(1, 2))
    async with rig(client={"timeout": 10}, faults=[fault]) as r:
        assert (await r.zd.users.update(CUSTOMER_ID, notes="whole")).notes == "whole"
        assert r.served("PUT") == len(r.told(Admitted)) == 3
        assert r.account.rejections == {}


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_delete_whose_reply_is_lost_is_sent_again(kind) -> None:
    fault = Fault("DELETE /api/v2/users/{id}", kind, calls=(1,))
    async with rig(client={"timeout": 10}, faults=[fault]) as r:
        if kind == "reset_before":
            assert (await r.zd.users.delete(CUSTOMER_ID)).active is False
        else:
            with pytest.raises(NotFound) as caught:
                await r.zd.users.delete(CUSTOMER_ID)
            assert isinstance(caught.value.__cause__, TransportError)  # so it may have been this very call
        assert r.served("DELETE") == len(r.told(Admitted)) == r.used == 2
        assert not r.account.state.users[CUSTOMER_ID].active


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_post_whose_reply_is_lost_is_not_sent_again(kind) -> None:
    async with rig(client={"timeout": 20}, faults=[Fault("POST /api/v2/users", kind)]) as r:
        with pytest.raises(OutcomeUnknown, match="may or may not have been carried out") as caught:
            await r.zd.users.create(**NEW)
        cause = RequestTimeout if kind == "stall" else ConnectionFailed
        assert isinstance(caught.value.__cause__, cause)
        assert caught.value.operation == "users.create"
        assert r.served("POST") == r.account.requests == r.used == 1
        assert (r.account.state.by_email(NEW["email"]) is None) == (kind == "reset_before")


@pytest.mark.parametrize("kind", LOSSES)
async def test_a_job_whose_reply_is_lost_is_not_started_twice_and_keeps_no_slot(kind) -> None:
    async with rig(client={"timeout": 20}, faults=[Fault("POST /api/v2/users/*", kind, calls=(1,))]) as r:
        with pytest.raises(OutcomeUnknown):
            await r.zd.users.create_or_update_many([NEW])
        assert r.served("POST") == 1
        assert len(r.account.state.jobs.jobs) == (kind != "reset_before")
        assert r.zd.limits["inflight-jobs"].used == 0
        started = [job.id async for job in r.zd.job_statuses.list()]
        assert len(started) == len(r.account.state.jobs.jobs)  # the caller can find out


async def test_a_timeout_of_the_call_goes_before_that_of_the_client() -> None:
    async with rig(faults=[Fault("GET /api/v2/*", "slow", seconds=50)]) as r:
        start = now()
        with pytest.raises(RequestTimeout, match="within 2 s"):
            await r.zd.users.show(CUSTOMER_ID, timeout=2)
        assert 10 < now() - start < 50
        assert r.account.requests == r.used == 5
        start = now()
        assert (await r.zd.users.show(CUSTOMER_ID)).id == CUSTOMER_ID
        assert now() - start == pytest.approx(50)


async def test_a_slow_reply_is_waited_for() -> None:
    async with rig(faults=[Fault("POST /api/v2/users", "slow_before", seconds=100)]) as r:
        assert (await r.zd.users.create(**NEW)).email == NEW["email"]
        assert r.account.requests == 1


@pytest.mark.parametrize("garbage", [b"no http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
async def test_a_reply_that_is_no_http_is_a_lost_reply(garbage) -> None:
    async with puppet_client(garbage, reply(200, USER)) as (zd, server):
        assert (await zd.users.show(5)).id == 5
        assert len(server.requests) == 2
    async with puppet_client(garbage) as (zd, server):
        with pytest.raises(OutcomeUnknown):
            await zd.users.create(**NEW)
        assert len(server.requests) == 1


# -- aiohttp's own resend ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "send", [lambda zd: zd.users.show(5), lambda zd: zd.users.update(5, notes="x"), lambda zd: zd.users.delete(5)]
)
async def test_each_attempt_on_a_connection_that_died_is_admitted(send) -> None:
    events: list[object] = []
    replies = reply(200, USER), b"", reply(200, USER)
    async with puppet_client(*replies, observer=events.append) as (zd, server):
        await zd.users.show(5)
        await send(zd)
        assert len(server.requests) == 3
        assert server.connections == 2  # the second request went out on a connection that was used before
        assert sum(isinstance(event, Admitted) for event in events) == zd.limits["account"].used == 3


async def test_a_post_on_a_connection_that_died_is_not_sent_again() -> None:
    async with puppet_client(reply(200, USER), b"", reply(201, USER)) as (zd, server):
        await zd.users.show(5)
        with pytest.raises(OutcomeUnknown):
            await zd.users.create(**NEW)
        assert len(server.requests) == zd.limits["account"].used == 2


async def test_each_attempt_on_dying_connections_counts_against_the_five_of_a_profile() -> None:
    ok = reply(200, USER)
    async with puppet_client(ok, b"", ok, b"", ok, ok) as (zd, server):
        start = now()
        for _ in range(4):
            await zd.users.update(5, notes="x")
        assert len(server.requests) == 6
        assert now() - start >= 60  # the profile's minute begins with the first reply's clock


# -- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["rate_limited", "unavailable", "reset_before", "error"])
async def test_json_is_whole_on_the_second_attempt(kind) -> None:
    fault = Fault("PUT /api/v2/users/{id}", kind, calls=(1,), retry_after=1, status=500)
    async with rig(strict=True, faults=[fault]) as r:
        await r.zd.users.update(CUSTOMER_ID, notes="ü" * 20_000)
        assert r.account.state.users[CUSTOMER_ID].notes == "ü" * 20_000
        assert r.served("PUT") == 2


async def chunks():
    for start in range(0, len(PHOTO), 1000):
        yield PHOTO[start : start + 1000]


@pytest.mark.parametrize("kind", ["rate_limited", "unavailable", "reset_before", "error", "truncate"])
@pytest.mark.parametrize("source", ["bytes", "path", "stream", "chunks"])
async def test_an_upload_is_whole_on_the_second_attempt(kind, source, tmp_path) -> None:
    path = tmp_path / "me.png"
    path.write_bytes(PHOTO)
    fault = Fault("PUT /api/v2/users/{id}", kind, calls=(1,), retry_after=1, status=500)
    with path.open("rb") as stream:
        photo = {"bytes": PHOTO, "path": path, "stream": stream, "chunks": chunks()}[source]
        async with rig(strict=True, faults=[fault]) as r:
            await r.zd.users.upload_photo(CUSTOMER_ID, photo)
            assert r.account.state.users[CUSTOMER_ID].photo.content == PHOTO
            assert r.served("PUT") == 2
            assert r.zd.limits["create-update-user/profile"].used == 2


# -- other hosts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_redirect_is_refused_and_the_credentials_stay_here(method) -> None:
    async with puppet(reply(200, USER)) as stranger:
        fault = Fault(f"{method} /api/v2/*", "redirect", location=stranger.url)
        async with rig(faults=[fault]) as r:
            with pytest.raises(UnexpectedReply, match="redirects are not followed") as caught:
                await (r.zd.users.show(CUSTOMER_ID) if method == "GET" else r.zd.users.create(**NEW))
            assert caught.value.status == 302
            assert caught.value.operation in {"users.show", "users.create"}
            assert r.account.requests == r.used == 1
        assert stranger.connections == 0


@pytest.mark.parametrize("status", [301, 303, 304, 307, 308])
async def test_no_redirect_is_followed(status) -> None:
    async with (
        puppet(reply(200, USER)) as stranger,
        puppet_client(reply(status, b"", Location=stranger.url)) as (zd, _),
    ):
        with pytest.raises(UnexpectedReply):
            await zd.users.show(5)
        assert stranger.connections == 0


async def test_next_links_to_another_host_are_not_followed() -> None:
    async with puppet(reply(200, USER)) as stranger:
        faults = [Fault("GET /api/v2/*", "next_link", location=stranger.url)]
        async with rig(users=250, faults=faults) as r:
            listed = [user.id async for user in r.zd.users.list()]
            found = [user.id async for user in r.zd.users.search("type:user")]
            assert len(listed) == len(set(listed)) == 254
            assert len(found) == len(set(found)) > 100
        assert stranger.connections == 0
