"""Answers of the user's own: they go the way of all requests, and win over endpoints."""

from __future__ import annotations

import pytest

from zdasync.limits.table import Limit
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID, Account, Fault, Refusal, Reply
from zdasync.simulator.patterns import read

VIEW = "GET /api/v2/views/{id}/execute"


# --- patterns


@pytest.mark.parametrize(("pattern", "request_line", "values"), [
    ("GET /api/v2/users", "GET /api/v2/users", {}),
    ("GET /api/v2/users", "GET /api/v2/users/1", None),
    ("GET /api/v2/users", "POST /api/v2/users", None),
    ("* /api/v2/users", "PATCH /api/v2/users", {}),
    ("GET /a/{x}/b/{y}", "GET /a/1/b/caf%C3%A9", {"x": "1", "y": "café"}),
    ("GET /a/{x}", "GET /a/", None),
    ("GET /a/{x}", "GET /a/1/2", None),
    ("GET /a.b", "GET /aXb", None),
    ("* /a*", "GET /ab/c", {}),
    ("* /a/{x}/*", "GET /a/1/b/c", {"x": "1"}),
    ("* /a/*", "GET /a", None),
])
def test_patterns(pattern, request_line, values) -> None:
    assert read(pattern).values(*request_line.split(" ")) == values


@pytest.mark.parametrize("route", ["", "/api/v2/users", "GET", "GET api/v2/users"])
def test_a_route_that_is_none(route) -> None:
    with pytest.raises(ValueError, match="a method and a path"):
        Account(canned={route: {}})
    with pytest.raises(ValueError, match="a method and a path"):
        Account().answer(route, {})


@pytest.mark.parametrize("body", [object(), {"a": {1j}}])
def test_a_body_that_is_no_json(body) -> None:
    with pytest.raises(TypeError):
        Account(canned={VIEW: body})


# --- what is answered


async def test_a_canned_answer_has_the_headers_of_all_replies_and_stands_in_the_log(serve) -> None:
    wire = await serve(canned={VIEW: {"rows": [1]}})
    got = await wire("GET", "/api/v2/views/7/execute.json?x=1")
    assert (got.status, got.json) == (200, {"rows": [1]})
    assert got.headers["X-Rate-Limit-Remaining"] == "699"
    assert got.headers["ETag"].startswith('W/"')
    assert got.headers["X-Zendesk-API-Version"] == "v2"
    logged = wire.account.log[-1]
    assert (logged.method, logged.path, logged.actor) == ("GET", "/api/v2/views/7/execute", ADMIN_ID)
    assert (await wire("GET", "/api/v2/views/7/other")).status == 404
    assert (await wire("POST", "/api/v2/views/7/execute", json={})).status == 404


async def test_status_headers_and_no_body(serve) -> None:
    wire = await serve()
    wire.account.answer("POST /api/v2/tickets", {"ticket": {"id": 7}}, status=201, headers={"Location": "/t/7"})
    wire.account.answer("DELETE /api/v2/tickets/{id}", None, status=204)
    made = await wire("POST", "/api/v2/tickets", json={"ticket": {}})
    assert (made.status, made.json, made.headers["Location"]) == (201, {"ticket": {"id": 7}}, "/t/7")
    gone = await wire("DELETE", "/api/v2/tickets/7")
    assert (gone.status, gone.body) == (204, b"")


async def test_a_function_is_asked_for_each_request(serve) -> None:
    seen = []

    def show(call):
        seen.append(call)
        if call.values["id"] == "0":
            raise Refusal(404, {"error": "RecordNotFound"})
        if call.arg("plain"):
            return Reply(202, "on its way", {"Content-Type": "text/plain"})
        return {"id": int(call.values["id"]), "body": call.body, "who": call.actor.user.id}

    wire = await serve(canned={"* /api/v2/things/{id}": show})
    got = await wire("PUT", "/api/v2/things/5", json={"a": 1})
    assert got.json == {"id": 5, "body": {"a": 1}, "who": ADMIN_ID}
    assert (await wire("GET", "/api/v2/things/0")).status == 404
    plain = await wire("GET", "/api/v2/things/5?plain=1")
    assert (plain.status, plain.text, plain.headers["Content-Type"]) == (202, "on its way", "text/plain")
    assert [call.now for call in seen] == [one.time for one in wire.account.log]


async def test_a_body_is_as_it_was_when_it_was_given(serve) -> None:
    body = {"rows": [1]}
    wire = await serve(canned={VIEW: body})
    body["rows"].append(2)
    assert (await wire("GET", "/api/v2/views/7/execute")).json == {"rows": [1]}


async def test_it_wins_over_an_endpoint_and_the_last_given_over_all(serve) -> None:
    path = f"/api/v2/users/{CUSTOMER_ID}"
    wire = await serve(canned={"GET /api/v2/users/{id}": {"user": 1}})
    assert (await wire("GET", path)).json == {"user": 1}
    assert (await wire("GET", "/api/v2/users")).json["count"] == 4
    wire.account.answer("* /api/v2/*", {"user": 2})
    assert (await wire("GET", path)).json == {"user": 2}


# --- what else happens to the request


async def test_credentials_are_checked(serve) -> None:
    wire = await serve(canned={VIEW: {}})
    wire.account.answer("GET /api/v2/help_center/articles", {"articles": []}, anonymous=True)
    assert (await wire("GET", "/api/v2/views/7/execute", auth=None)).status == 401
    assert (await wire("GET", "/api/v2/views/7/execute", auth="Bearer nonsense")).status == 401
    assert (await wire("GET", "/api/v2/help_center/articles", auth=None)).status == 200
    assert (await wire("GET", "/api/v2/help_center/articles", auth="Bearer nonsense")).status == 401


async def test_limits_and_faults_hold(serve) -> None:
    wire = await serve(canned={VIEW: {}}, faults=[Fault(VIEW, "error", calls=(2,))])
    got = [(await wire("GET", "/api/v2/views/7/execute")).status for _ in range(6)]
    assert got == [200, 502, 200, 200, 200, 429]
    assert wire.account.rejections == {"views-execute": 1}
    assert (await wire("GET", "/api/v2/views/8/execute")).status == 200


async def test_an_own_limit_on_a_canned_path_counts_per_target(serve) -> None:
    row = Limit(name="mine", count=1, key="organization", endpoints=("GET /api/v2/organizations/{id}/things",))
    wire = await serve(canned={row.endpoints[0]: {}}, limits=[row])
    got = [(await wire("GET", f"/api/v2/organizations/{number}/things")).status for number in (1, 2, 1)]
    assert got == [200, 200, 429]


async def test_the_strict_mode_does_not_know_their_parameters(serve) -> None:
    wire = await serve(canned={VIEW: {}}, strict=True)
    assert (await wire("GET", "/api/v2/views/7/execute?whatever=1")).status == 200
    assert (await wire("GET", "/api/v2/users?whatever=1")).status == 500
