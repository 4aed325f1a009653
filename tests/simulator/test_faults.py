"""Every scripted fault, and when it strikes."""

from __future__ import annotations

import asyncio
import email.utils
import json

import aiohttp
import pytest

from zdasync.simulator import CUSTOMER_ID, Fault
from zdasync.simulator.faults import Faults, load
from zdasync.simulator.rejections import FORMS

SHOW = f"/api/v2/users/{CUSTOMER_ID}"
NEW = {"user": {"name": "New", "email": "new@example.org"}}


def created(wire):
    return wire.account.state.by_email("new@example.org") is not None


# --- when


def test_calls_are_counted_per_route_from_one() -> None:
    fault = Fault("GET /api/v2/users/{id}", "error", calls=(2,))
    faults = Faults([fault])
    assert faults.strike("GET", "/api/v2/users/1") is None
    assert faults.strike("PUT", "/api/v2/users/1") is None
    assert faults.strike("GET", "/api/v2/users") is None
    assert faults.strike("GET", "/api/v2/users/2") is fault
    assert faults.strike("GET", "/api/v2/users/2") is None


def test_the_first_fitting_fault_strikes_and_all_count() -> None:
    first, second = Fault("* /api/v2/*", "empty", calls=(1,)), Fault("GET /api/v2/users", "error", calls=(2,))
    faults = Faults([first, second])
    assert [faults.strike("GET", "/api/v2/users") for _ in range(3)] == [first, second, None]


def test_faults_come_and_go_while_serving() -> None:
    faults = Faults()
    faults.add(Fault())
    assert faults.strike("DELETE", "/anything") is not None
    faults.clear()
    assert faults.strike("DELETE", "/anything") is None


@pytest.mark.parametrize("wrong", [{"route": "/api"}, {"route": "GET"}, {"kind": "fire"}, {"form": "z"}])
def test_a_fault_that_is_none(wrong) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Fault(**wrong)


def test_faults_are_read_from_a_file(tmp_path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps([{"route": "GET /x", "kind": "stall", "calls": [1, 2], "seconds": 3}]))
    assert load(file) == [Fault("GET /x", "stall", calls=(1, 2), seconds=3)]


@pytest.mark.parametrize(("text", "why"), [
    ("{}", "a list of faults"),
    ('[{"route": "GET /x"}, {"rute": "GET /x"}]', "fault 2"),
    ('[{"kind": "fire"}]', "fault 1"),
    ("[", "Expecting value"),
])
def test_a_file_that_is_wrong_says_where(tmp_path, text, why) -> None:
    file = tmp_path / "faults.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=why):
        load(file)


async def test_a_rejected_request_uses_no_fault_up(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "error", calls=(1,))])
    wire.account.consume("account", 700)
    assert (await wire("GET", SHOW)).status == 429
    wire.account.restart_windows()
    assert (await wire("GET", SHOW)).status == 502


# --- the connection


async def test_reset_before_the_commit(serve) -> None:
    wire = await serve(faults=[Fault("POST /api/v2/users", "reset_before", calls=(1,))])
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire("POST", "/api/v2/users", json=NEW)
    assert not created(wire)
    assert wire.account.worst("account") == 1
    assert wire.account.log[-1].fault == "reset_before"
    assert (await wire("POST", "/api/v2/users", json=NEW)).status == 201


async def test_reset_after_the_commit(serve) -> None:
    wire = await serve(faults=[Fault("POST /api/v2/users", "reset_after", calls=(1,))])
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire("POST", "/api/v2/users", json=NEW)
    assert created(wire)
    assert (await wire("POST", "/api/v2/users", json=NEW)).status == 422


async def test_a_truncated_body(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "truncate")])
    with pytest.raises(aiohttp.ClientPayloadError):
        await wire("GET", SHOW)


async def test_a_body_that_stalls(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "stall", seconds=30)])
    loop = asyncio.get_running_loop()
    before = loop.time()
    got = await wire("GET", SHOW)
    assert got.json["user"]["id"] == CUSTOMER_ID
    assert loop.time() - before == pytest.approx(30)


async def test_a_body_that_stalls_for_ever(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "stall")])
    with pytest.raises(TimeoutError):
        await wire("GET", SHOW, timeout=aiohttp.ClientTimeout(total=3600))


@pytest.mark.parametrize(("kind", "done"), [("slow", True), ("slow_before", False)])
async def test_a_slow_reply_has_its_effect_early_or_late(serve, kind, done) -> None:
    wire = await serve(faults=[Fault("POST /api/v2/users", kind, seconds=90)])
    call = asyncio.create_task(wire("POST", "/api/v2/users", json=NEW))
    await asyncio.sleep(60)
    assert created(wire) is done
    assert (await call).status == 201
    assert created(wire)


async def test_a_client_that_gives_up_on_a_slow_reply_has_still_written(serve) -> None:
    wire = await serve(faults=[Fault("POST /api/v2/users", "slow_before", seconds=90)])
    with pytest.raises(TimeoutError):
        await wire("POST", "/api/v2/users", json=NEW, timeout=aiohttp.ClientTimeout(total=60))
    await asyncio.sleep(60)
    assert created(wire)


async def test_an_empty_body(serve) -> None:
    wire = await serve(faults=[Fault("POST /api/v2/users", "empty")])
    got = await wire("POST", "/api/v2/users", json=NEW)
    assert (got.status, got.body) == (201, b"")
    assert created(wire)


# --- replies that no endpoint wrote


@pytest.mark.parametrize("form", sorted(FORMS))
async def test_a_429_in_any_form(serve, form) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "rate_limited", form=form, retry_after=93)])
    got = await wire("GET", SHOW)
    assert (got.status, got.headers["Content-Type"], got.body) == (429, *FORMS[form])
    assert got.headers["Retry-After"] == "93"


async def test_a_429_as_a_page_of_html(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "rate_limited", form="page")])
    got = await wire("GET", SHOW)
    assert (got.status, got.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert "Retry-After" not in got.headers
    assert "<h1>429 Too Many Requests</h1>" in got.text


@pytest.mark.parametrize(("retry_after", "header"), [(None, None), (5, "5"), ("0", "0"), ("soon", "soon")])
async def test_a_503_with_and_without_retry_after(serve, retry_after, header) -> None:
    wire = await serve(faults=[Fault("POST /api/v2/users", "unavailable", retry_after=retry_after)])
    got = await wire("POST", "/api/v2/users", json=NEW)
    assert (got.status, got.headers.get("Retry-After")) == (503, header)
    assert not created(wire)


async def test_retry_after_as_a_date(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "unavailable", retry_after="date", seconds=40)])
    until = email.utils.parsedate_to_datetime((await wire("GET", SHOW)).headers["Retry-After"]).timestamp()
    assert until == int(wire.account.now() + 40)


@pytest.mark.parametrize("status", [500, 502, 504, 520])
@pytest.mark.parametrize(("kind", "done"), [("error", False), ("error_after", True)])
async def test_pages_of_errors(serve, kind, done, status) -> None:
    wire = await serve(faults=[Fault("POST /api/v2/users", kind, status=status)])
    got = await wire("POST", "/api/v2/users", json=NEW)
    assert (got.status, got.json, created(wire)) == (status, None, done)


# --- other hosts and other clocks


async def test_a_redirect_to_another_host(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "redirect", location="http://evil.example")])
    got = await wire("GET", SHOW + "?include=groups")
    assert (got.status, got.headers["Location"]) == (302, f"http://evil.example{SHOW}?include=groups")


@pytest.mark.parametrize(("query", "link"), [
    ("?page[size]=2", lambda page: page["links"]["next"]),
    ("?per_page=2", lambda page: page["next_page"]),
])
async def test_a_next_link_to_another_host(serve, query, link) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users", "next_link", location="http://evil.example")])
    got = await wire("GET", "/api/v2/users" + query)
    assert link(got.json).startswith("http://evil.example/api/v2/users")
    assert len(got.json["users"]) == 2


async def test_a_skewed_date(serve) -> None:
    wire = await serve(faults=[Fault("GET /api/v2/users/{id}", "skew", seconds=-300, calls=(1,))])
    dates = [
        email.utils.parsedate_to_datetime((await wire("GET", SHOW)).headers["Date"]).timestamp() for _ in range(2)
    ]
    assert dates[1] - dates[0] == 300
