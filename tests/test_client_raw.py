"""`zd.request`: any endpoint, under the same limits, retries and errors as the ones that have a method."""

from __future__ import annotations

import pytest
from support import ADMIN, gather_all, now, puppet_client, refusing_url, reply, rig

from zdasync import BadArgument, OutcomeUnknown, TransportError, UnexpectedReply, Zendesk, ZendeskError
from zdasync.simulator import CUSTOMER_ID, Fault


async def test_any_endpoint() -> None:
    async with rig(strict=True) as r:
        assert (await r.zd.request("get", "/api/v2/users/count.json"))["count"]["value"] == 4
        page = await r.zd.request("GET", "/api/v2/users", params={"page[size]": 2, "role[]": ["admin", "agent"]})
        assert [user["id"] for user in page["users"]] == [35436, 35437]
        assert await r.zd.request("GET", "/api/v2/users/show_many", params={"ids": [CUSTOMER_ID, 5], "include": None})
        email = {"identity": {"type": "email", "value": "second@example.org"}}
        identity = await r.zd.request("POST", f"/api/v2/users/{CUSTOMER_ID}/identities", json=email)
        path = f"/api/v2/users/{CUSTOMER_ID}/identities/{identity['identity']['id']}"
        assert await r.zd.request("DELETE", path) is None


async def test_it_falls_under_the_same_limits() -> None:
    async with rig() as r:
        start = now()
        for number in range(3):
            await r.zd.request("PUT", f"/api/v2/users/{CUSTOMER_ID}.json", json={"user": {"notes": str(number)}})
        for number in range(2):
            await r.zd.users.update(CUSTOMER_ID, notes=str(number))
        customer = {"user": {"email": "Customer@Example.com", "notes": "6"}}
        assert now() - start < 10
        await r.zd.request("POST", "/api/v2/users/create_or_update", json=customer)
        assert now() - start > 30
        assert r.account.rejections == {}
        assert r.account.worst("create-update-user/profile") == 5
        assert r.zd.limits["account"].used == 1


async def test_a_job_that_it_starts_holds_a_slot_until_it_ends() -> None:
    async with rig() as r:
        rows = [{"users": [{"email": f"u{job}@example.org", "name": "N"}]} for job in range(45)]
        path = "/api/v2/users/create_or_update_many.json"
        assert await gather_all(r.zd.request("POST", path, json=row) for row in rows) == {"ok": 45}
        assert r.account.rejections == {}
        assert r.account.worst("inflight-jobs") == 30
        assert len(r.account.state.jobs.jobs) == 45


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("PUT", "/api/v2/users/update_many", 1), ("DELETE", "/api/v2/users/destroy_many.json", 1),
        ("PUT", "/api/v2/users/5/merge", 1), ("PUT", "/api/v2/users/5/password", 1), ("POST", "/api/v2/users", 1),
        ("PUT", "/api/v2/users/5", 5), ("DELETE", "/api/v2/users/5", 5), ("POST", "/api/v2/users/autocomplete", 5),
    ],
)
async def test_it_is_sent_twice_only_where_its_method_here_would_be(method, path, sent) -> None:
    async with puppet_client(b"") as (zd, server):
        with pytest.raises(TransportError):
            await zd.request(method, path)
        assert len(server.requests) == sent


async def test_it_is_retried_and_refused_like_any_call() -> None:
    faults = [Fault("PATCH /api/v2/*", "error"), Fault("GET /api/v2/*", "error", calls=(1,))]
    async with rig(faults=faults) as r:
        with pytest.raises(OutcomeUnknown) as caught:
            await r.zd.request("PATCH", "/api/v2/users/5", json={})
        assert caught.value.operation == "PATCH /api/v2/users/5"
        await r.zd.request("GET", "/api/v2/users/me")
        assert r.account.requests == 3


async def test_a_reply_that_is_no_json_is_an_unexpected_one() -> None:
    async with puppet_client(reply(200, "id,name\n1,A\n", Content_Type="text/csv")) as (zd, _):
        with pytest.raises(UnexpectedReply, match="no JSON") as caught:
            await zd.request("GET", "/api/v2/views/5/export")
        assert caught.value.body.startswith("id,name")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("TRACE", "/api/v2/users"), ("GET", "api/v2/users"), ("GET", "//evil.example/api"), ("GET", ""),
        ("GET", "https://evil.example/api/v2/users"), ("GET", "/api/v2/users?role=admin"), ("GET", "/api/v2/../v1"),
        ("GET", "/api/v2/users#x"), ("GET", "/api/v2/users\r\nX: 1"), ("GET", "/api/v2/%2e%2e/x"), ("GET", "/api/ü"),
        ("GET", "/api/v2/users /x"), ("GET", "/api/v2/a%2Fb"), ("GET", "/api\\v2"), ("GET", "/@evil.example/.."),
    ],
)
async def test_what_is_no_path_is_not_sent(method, path) -> None:
    async with rig() as r:
        with pytest.raises(BadArgument):
            await r.zd.request(method, path)
        assert r.account.requests == 0


async def test_a_refused_connection_is_an_error_of_the_tree() -> None:
    async with Zendesk(base_url=refusing_url(), auth=ADMIN) as zd:
        with pytest.raises(ZendeskError, match="GET /api/v2/users"):
            await zd.request("GET", "/api/v2/users")
