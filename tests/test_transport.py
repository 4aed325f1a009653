"""What goes on the wire, and what the transport makes of what comes back."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from support import ADMIN, now, puppet, puppet_client, reply, rig

from zdasync import OAuthToken, RequestTimeout, Zendesk
from zdasync._core.message import Request
from zdasync._core.route import Route
from zdasync.client import VERSION
from zdasync.errors import ConnectionFailed
from zdasync.simulator import CUSTOMER_ID
from zdasync.transport import CONNECT, Transport

USER = '{"user": {"id": 5, "email": "a@example.org"}}'
SHOW = Request(Route("users.show", "GET", "/api/v2/users/5"), "/api/v2/users/5")


def headers_of(request):
    lines = request.partition("\r\n\r\n")[0].split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


async def test_the_headers_of_a_read() -> None:
    async with puppet_client(reply(200, USER), auth=OAuthToken("abc")) as (zd, server):
        await zd.users.show(5, include="identities")
        assert server.requests[0].startswith("GET /api/v2/users/5?include=identities HTTP/1.1\r\n")
        headers = headers_of(server.requests[0])
        assert headers["authorization"] == "Bearer abc"
        assert headers["accept"] == "application/json"
        assert headers["user-agent"] == f"zdasync/{VERSION}"
        assert "gzip" in headers["accept-encoding"]
        assert not {"content-type", "cookie", "x-on-behalf-of"} & headers.keys()


async def test_json_is_announced_on_every_write() -> None:
    async with puppet_client(reply(200, USER)) as (zd, server):
        await zd.users.update(5, notes=None)
        await zd.users.create(name="N")
        await zd.users.delete(5)
        heads = [(one.split(" ")[0], headers_of(one)["content-type"]) for one in server.requests]
        assert heads == [(method, "application/json") for method in ("PUT", "POST", "DELETE")]
        assert server.requests[0].endswith('{"user":{"notes":null}}')


async def test_an_upload_is_a_form() -> None:
    async with puppet_client(reply(200, USER)) as (zd, server):
        await zd.users.upload_photo(5, b"GIF89a", filename="me.gif")
        assert headers_of(server.requests[0])["content-type"].startswith("multipart/form-data; boundary=")
        assert 'name="user[photo][uploaded_data]"; filename="me.gif"' in server.requests[0]
        assert "Content-Type: image/gif\r\n" in server.requests[0]


async def test_a_view_adds_its_header_and_nothing_to_others() -> None:
    async with puppet_client(reply(200, USER)) as (zd, server):
        await zd.on_behalf_of("customer@example.com").users.show(5)
        await zd.users.show(5)
        assert [headers_of(one).get("x-on-behalf-of") for one in server.requests] == ["customer@example.com", None]


async def test_cookies_are_not_kept() -> None:
    async with puppet(reply(200, USER, Set_Cookie="_zendesk_session=1; path=/")) as server:
        url = server.url.replace("127.0.0.1", "localhost")  # jars keep no cookies of bare addresses
        async with Zendesk(base_url=url, auth=ADMIN, plan="team") as zd:
            await zd.users.show(5)
            await zd.users.show(5)
        assert "cookie" not in headers_of(server.requests[1])


async def test_a_connection_is_used_again() -> None:
    async with puppet_client(reply(200, USER)) as (zd, server):
        for _ in range(5):
            await zd.users.show(5)
        assert server.connections == 1


async def test_compressed_replies_are_unpacked() -> None:
    async with puppet_client(reply(200, gzip.compress(USER.encode()), Content_Encoding="gzip")) as (zd, _):
        assert (await zd.users.show(5)).email == "a@example.org"


async def test_a_broken_compression_is_a_lost_reply() -> None:
    broken = reply(200, b"no gzip at all", Content_Encoding="gzip")
    async with puppet_client(broken, reply(200, USER)) as (zd, server):
        assert (await zd.users.show(5)).id == 5
        assert len(server.requests) == 2


async def test_queries_are_encoded_once() -> None:
    async with rig(strict=True) as r:
        await r.zd.users.search("name:Ü & co? +1 100%")
        assert list(r.account.strict_violations) == []
    async with puppet_client(reply(200, '{"users": []}')) as (zd, server):
        await zd.users.search("a&b=c d+e%20ü")
        assert "?query=a%26b%3Dc+d%2Be%2520%C3%BC&per_page=100 " in server.requests[0]


async def test_a_host_that_swallows_everything_is_never_connected_to(monkeypatch) -> None:
    async def swallow(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", swallow)
    async with Zendesk(base_url="http://127.0.0.1:9", auth=ADMIN, plan="team") as zd:
        start = now()
        with pytest.raises(RequestTimeout, match="no connection within 30 s") as caught:
            await zd.users.create(name="N")
        assert not caught.value.sent
        assert 5 * CONNECT < now() - start < 5 * CONNECT + 10
        start = now()
        with pytest.raises(RequestTimeout, match=r"no connection within 0\.8 s"):
            await zd.users.create(name="N", timeout=1)
        assert zd.limits["account"].used == 0


async def test_the_timeout_counts_to_the_last_byte() -> None:
    half = reply(200, USER)[:-10]
    async with puppet_client(half, timeout=3) as (zd, _):
        start = now()
        with pytest.raises(RequestTimeout, match=r"no whole reply to GET /api/v2/users/\{user_id\} within 3 s"):
            await zd.users.show(5)
        assert now() - start >= 15


async def test_times_are_those_of_the_loop() -> None:
    async with rig(latency=2, latency_after=3) as r:
        transport = Transport(r.account.url, connections=1, timeout=60, user_agent="test")
        start = now()
        response = await transport.send(SHOW, {})
        assert (response.sent_at, response.received_at) == (start, start + 5)
        assert response.headers["x-request-id"] == response.headers["X-Request-Id"]
        await transport.aclose()


async def test_nothing_is_sent_after_the_close() -> None:
    async with rig() as r:
        transport = Transport(r.account.url, connections=1, timeout=60, user_agent="test")
        await transport.aclose()
        assert transport.closed
        with pytest.raises(ConnectionFailed) as caught:
            await transport.send(SHOW, {})
        assert not caught.value.sent
        assert r.account.requests == 0


@pytest.mark.parametrize("connections", [1, 3])
async def test_no_more_connections_than_allowed(connections) -> None:
    async with rig(client={"connections": connections}, latency=1) as r:
        await r.zd.users.me()  # the first goes alone
        start = now()
        await asyncio.gather(*(r.zd.users.show(CUSTOMER_ID) for _ in range(12)))
        assert now() - start == pytest.approx(12 / connections)
