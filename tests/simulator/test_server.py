"""The shell around the endpoints: parsing, routes, headers, compression, latency, the log, strict mode."""

from __future__ import annotations

import asyncio
import io
import json

import aiohttp
import pytest

from zdasync.simulator import ADMIN_ID, CUSTOMER_ID, Account, Settings
from zdasync.simulator.account import VIRTUAL_START
from zdasync.simulator.http import Reply
from zdasync.simulator.routing import Router
from zdasync.testing import run_virtual


def endpoint(*_):
    return Reply()


def router(*routes):
    return Router([dict.fromkeys(routes, endpoint)])


# --- routes


def test_a_literal_segment_wins_over_a_parameter() -> None:
    routes = router(("GET", "/a/{id}"), ("GET", "/a/me"), ("GET", "/a/{id}/b"), ("GET", "/a/me/c"))
    assert routes.find("GET", "/a/me").template == "/a/me"
    assert routes.find("GET", "/a/7").values == {"id": "7"}
    assert routes.find("GET", "/a/me/b").values == {"id": "me"}
    assert routes.find("GET", "/a/me/c").values == {}


def test_values_are_decoded_and_empty_segments_match_nothing() -> None:
    routes = router(("GET", "/a/{id}"))
    assert routes.find("GET", "/a/x%2Fy").values == {"id": "x/y"}
    assert routes.find("GET", "/a/") is None
    assert routes.find("GET", "/a") is None
    assert routes.find("POST", "/a/1") is None


def test_two_endpoints_for_one_route_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two endpoints for GET"):
        router(("GET", "/a/{id}"), ("GET", "/a/{other}"))


# --- replies


async def test_the_headers_of_a_ticketing_reply(serve) -> None:
    wire = await serve()
    got = await wire("GET", "/api/v2/users/me.json")
    assert got.status == 200
    assert got.json["user"]["id"] == ADMIN_ID
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    assert got.headers["X-Zendesk-API-Version"] == "v2"
    assert got.headers["ETag"].startswith('W/"')
    assert got.headers["X-Rate-Limit"] == got.headers["ratelimit-limit"] == "700"
    assert got.headers["X-Rate-Limit-Remaining"] == got.headers["ratelimit-remaining"] == "699"
    second = await wire("GET", "/api/v2/users/me")
    assert second.headers["X-Request-Id"] != got.headers["X-Request-Id"]


async def test_the_headers_of_2023(serve) -> None:
    wire = await serve(header_family="rate-limit")
    got = await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"notes": "x"}})
    assert got.headers["rate-limit-remaining"] == "699"
    assert got.headers["zendesk-rate-limit-create-update-user"].startswith("total=5; remaining=4;")
    assert "ratelimit-limit" not in got.headers


@pytest.mark.parametrize(("path", "pair", "family"), [
    ("/api/v2/help_center/articles", True, False),
    ("/api/v2/engagements", False, False),
    ("/api/v2/tickets/1/nothing", True, True),
    ("/elsewhere", False, False),
])
async def test_which_paths_show_which_headers(serve, path, pair, family) -> None:
    wire = await serve()
    got = await wire("GET", path)
    assert got.json == {"error": "InvalidEndpoint", "description": "Not found"}
    assert ("X-Rate-Limit" in got.headers, "ratelimit-limit" in got.headers) == (pair, family)


async def test_the_help_center_has_a_bucket_of_its_own(serve) -> None:
    wire = await serve()
    wire.account.consume("account", 700)
    assert (await wire("GET", "/api/v2/help_center/articles")).headers["X-Rate-Limit-Remaining"] == "699"


async def test_long_bodies_are_compressed_for_those_who_accept_it(serve) -> None:
    wire = await serve(users=100)
    plain = await wire("GET", "/api/v2/users", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    async with wire.session.get(
        wire.account.url + "/api/v2/users",
        headers={"Accept-Encoding": "gzip", "Authorization": "Basic YWRtaW5AZXhhbXBsZS5jb20vdG9rZW46dG9rZW4="},
    ) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert int(response.headers["Content-Length"]) < len(plain.body)
        assert (await response.json())["count"] == plain.json["count"]
    short = await wire("GET", "/api/v2/users/count", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in short.headers


async def test_a_body_that_is_no_json(serve) -> None:
    wire = await serve(settings=Settings(malformed_json_status=422))
    got = await wire("POST", "/api/v2/users", data=b"{", headers={"Content-Type": "application/json"})
    assert got.status == 422
    assert got.json["message"] == "Server could not parse JSON"


async def test_a_large_body_is_taken(serve) -> None:
    wire = await serve()
    body = json.dumps({"user": {"name": "Big", "unknown": "x" * 3_000_000}}).encode()
    got = await wire(
        "POST", "/api/v2/users", data=io.BytesIO(body), headers={"Content-Type": "application/json"}
    )
    assert got.status == 201


async def test_form_uploads_arrive_with_their_files(serve) -> None:
    wire = await serve()
    photo = b"\x89PNG\r\n\x1a\n" + b"0" * 100
    with_file = {"user[photo][uploaded_data]": photo}
    got = await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", data=_multipart(with_file))
    assert got.status == 200
    assert got.json["user"]["photo"]["size"] == len(photo)


def _multipart(files):
    form = aiohttp.FormData()
    for name, content in files.items():
        form.add_field(name, content, filename="face.png", content_type="image/png")
    return form


# --- time


async def test_the_account_follows_virtual_time(serve) -> None:
    wire = await serve()
    loop = asyncio.get_running_loop()
    assert wire.account.now() == VIRTUAL_START + loop.time()
    await asyncio.sleep(3600)
    assert wire.account.now() == VIRTUAL_START + loop.time()


async def test_time_can_run_faster_than_the_loop(serve) -> None:
    wire = await serve(speed=60.0)
    before = wire.account.now()
    await asyncio.sleep(1)
    assert wire.account.now() - before == pytest.approx(60)


def test_an_account_made_before_its_loop_goes_on_from_its_own_time() -> None:
    account = Account()
    made = account.now()

    async def main() -> float:
        async with account.serve():
            await asyncio.sleep(600)
            return account.now()

    assert 600 <= run_virtual(main()) - made < 660


async def test_a_clock_of_ones_own(serve) -> None:
    wire = await serve(clock=lambda: 1_000_000_000.0)
    assert (await wire("GET", "/api/v2/users/me")).headers["Date"] == "Sun, 09 Sep 2001 01:46:40 GMT"


@pytest.mark.parametrize(
    ("latency", "least", "most"), [(2.0, 2.0, 2.0), ((1.0, 3.0), 1.0, 3.0), (lambda: 0.5, 0.5, 0.5)]
)
async def test_latency_is_a_number_a_range_or_a_function(serve, latency, least, most) -> None:
    wire = await serve(latency=latency)
    loop = asyncio.get_running_loop()
    before = loop.time()
    await wire("GET", "/api/v2/users/me")
    assert least <= loop.time() - before <= most


async def test_a_request_counts_after_the_latency_before_and_ahead_of_the_one_after(serve) -> None:
    wire = await serve(latency=5.0, latency_after=10.0)
    start = wire.account.now()
    await wire("GET", "/api/v2/users/me")
    assert wire.account.now() == start + 15
    assert wire.account.log[0].time == start + 5


# --- what tests can see


async def test_the_log_tells_what_was_served(serve) -> None:
    wire = await serve()
    await wire("GET", "/api/v2/users.json?page%5Bsize%5D=2")
    await wire("GET", "/api/v2/users", auth=None)
    assert wire.account.requests == 2
    first, second = wire.account.log
    assert (first.method, first.path, first.query, first.status) == ("GET", "/api/v2/users", "page%5Bsize%5D=2", 200)
    assert (first.actor, first.limit, first.fault) == (ADMIN_ID, None, None)
    assert (second.status, second.actor) == (401, None)


async def test_the_log_is_bounded(serve) -> None:
    wire = await serve(log_size=3)
    for _ in range(5):
        await wire("GET", "/api/v2/users/me")
    assert (len(wire.account.log), wire.account.requests) == (3, 5)


async def test_two_accounts_know_nothing_of_each_other(serve) -> None:
    first, second = await serve(), await serve()
    first.account.consume("account", 700)
    assert (await second("GET", "/api/v2/users/me")).status == 200


# --- strict mode

STRICT = [
    ("GET", "/api/v2/users/me", {"headers": {"Accept": "*/*"}}, "no `Accept"),
    ("POST", "/api/v2/users", {"data": b"{}"}, "Content-Type"),
    ("GET", "/api/v2/users", {"json": {}}, "a body on GET"),
    ("GET", "/api/v2/users?access_token=x", {}, "a secret in the query"),
    ("GET", "/api/v2/users?per_pge=2", {}, "no endpoint reads"),
    ("GET", "/api/v2/users?page=1&page=2", {}, "given 2 times"),
    ("GET", "/api/v2//users", {}, "empty or climbing"),
    ("GET", "/api/v2/users/me", {"headers": {"Host": "elsewhere.example"}}, "sent to elsewhere.example"),
    ("POST", "/api/v2/users", {"data": b"{", "headers": {"Content-Type": "application/json"}}, "isn't"),
]


@pytest.mark.parametrize(("method", "path", "more", "why"), STRICT)
async def test_strict_mode_answers_500_to_what_no_client_should_send(serve, method, path, more, why) -> None:
    wire = await serve(strict=True)
    got = await wire(method, path, **more)
    assert got.status == 500
    assert why in got.text
    assert list(wire.account.strict_violations) == [got.text]
    assert wire.account.log[-1].status == 500


async def test_strict_mode_sees_a_query_that_was_encoded_twice(serve) -> None:
    wire = await serve(strict=True)
    async with wire.session.get(
        f"{wire.account.url}/api/v2/users?page%255Bsize%255D=2", headers={"Accept": "application/json"}
    ) as response:
        assert response.status == 500
        assert "encoded twice" in await response.text()


async def test_strict_mode_ends_a_loop_of_refused_requests(serve) -> None:
    wire = await serve(strict=True)
    statuses = [(await wire("GET", "/api/v2/users/1")).status for _ in range(11)]
    assert statuses == [404] * 10 + [500]


async def test_strict_mode_serves_what_is_right(serve) -> None:
    wire = await serve(strict=True)
    assert (await wire("GET", "/api/v2/users?role[]=admin&role[]=agent&page[size]=5")).status == 200
    assert (await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"notes": "x"}})).status == 200
    assert (await wire("DELETE", f"/api/v2/users/{CUSTOMER_ID}")).status == 200
    assert not wire.account.strict_violations


async def test_out_of_strict_mode_it_is_only_noted(serve) -> None:
    wire = await serve()
    assert (await wire("GET", "/api/v2/users?per_pge=2")).status == 200
    assert len(wire.account.strict_violations) == 1
