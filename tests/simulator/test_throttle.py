"""The server's own counting: aligned windows, the alternatives, keys, headers, rejections."""

from __future__ import annotations

import asyncio
import email.utils

import attrs
import pytest

from zdasync.limits.table import LIMITS, Limit
from zdasync.simulator import ADMIN_ID, CUSTOMER_ID, Settings
from zdasync.simulator.rejections import FORMS, natural
from zdasync.simulator.throttle import Throttle

ROW = Limit(name="few", count=3, interval=60.0, endpoints=("GET /x",))


def used(throttle, now, key=(), row=ROW):
    return throttle.charge(row, key, now).used


# --- the arithmetic


def test_windows_are_aligned_to_the_clock_and_not_to_the_first_request() -> None:
    throttle = Throttle([ROW])
    assert [used(throttle, 119.9) for _ in range(3)] == [1, 2, 3]
    assert used(throttle, 120.0) == 1


def test_twice_the_limit_passes_around_an_edge() -> None:
    throttle = Throttle([ROW])
    passed = [not throttle.charge(ROW, (), now).exceeded for now in (59.8, 59.9, 59.95, 60.0, 60.1, 60.2)]
    assert all(passed)


def test_a_rejected_request_stays_counted_and_never_delays_the_next_window() -> None:
    throttle = Throttle([ROW])
    assert [used(throttle, 10.0) for _ in range(50)][-1] == 50
    assert throttle.charge(ROW, (), 30.0).remaining == 0
    assert not throttle.charge(ROW, (), 60.0).exceeded


@pytest.mark.parametrize("now", [0.0, 0.5, 1.0, 59.0, 59.999, 60.0, 1_700_000_017.25])
def test_date_plus_reset_is_the_edge_of_the_window(now) -> None:
    resets = Throttle([ROW]).charge(ROW, (), now).resets
    assert (int(now) + resets) % 60 == 0
    assert 1 <= resets <= 60


def test_a_window_of_a_second_resets_in_a_second() -> None:
    row = attrs.evolve(ROW, interval=1.0)
    assert Throttle([row]).charge(row, (), 17.9).resets == 1


def test_keys_are_counted_apart() -> None:
    throttle = Throttle([ROW])
    assert [used(throttle, 1.0, key) for key in ("a", "b", "a", "a")] == [1, 1, 2, 3]
    assert throttle.worst["few"] == 3


def test_a_sliding_log_gives_a_unit_back_one_interval_after_it_was_spent() -> None:
    throttle = Throttle([ROW], "sliding_log")
    for now in (0.0, 10.0, 20.0):
        assert not throttle.charge(ROW, (), now).exceeded
    rejected = throttle.charge(ROW, (), 59.5)
    assert rejected.exceeded
    assert rejected.resets == 1
    assert not throttle.charge(ROW, (), 60.0).exceeded
    assert throttle.charge(ROW, (), 60.0).exceeded
    assert not throttle.charge(ROW, (), 70.0).exceeded


def test_a_token_bucket_refills_evenly() -> None:
    throttle = Throttle([ROW], "token_bucket")
    assert [throttle.charge(ROW, (), 0.0).exceeded for _ in range(4)] == [False, False, False, True]
    assert throttle.charge(ROW, (), 19.9).exceeded
    assert not throttle.charge(ROW, (), 20.0).exceeded
    assert throttle.charge(ROW, (), 20.0).resets == 20


@pytest.mark.parametrize("algorithm", ["window", "sliding_log", "token_bucket"])
def test_a_moved_key_takes_its_count_along(algorithm) -> None:
    row = attrs.evolve(ROW, key="profile")
    throttle = Throttle([row], algorithm)
    # One request under two names of one new profile counts once when they turn out to be one.
    throttle.charge(row, "email:a", 1.0)
    throttle.charge(row, "external_id:a", 1.0)
    throttle.move("profile", "email:a", "1")
    throttle.move("profile", "external_id:a", "1")
    assert throttle.charge(row, "1", 1.0).used == 2
    assert throttle.charge(row, "email:a", 1.0).used == 1


def test_moving_a_key_leaves_limits_of_another_kind_alone() -> None:
    throttle = Throttle([ROW])
    used(throttle, 1.0, "a")
    throttle.move("profile", "a", "b")
    assert used(throttle, 1.0, "a") == 2


def test_every_limit_has_a_body_of_its_own_kind() -> None:
    assert {natural(row.name) for row in LIMITS} <= set(FORMS)
    assert len(FORMS) == 9


# --- over the wire


async def test_the_plan_sets_the_limit_and_the_last_unit_is_served(serve) -> None:
    wire = await serve(plan="essential")
    got = [await wire("GET", "/api/v2/users/me") for _ in range(11)]
    assert [g.status for g in got] == [200] * 10 + [429]
    assert [g.headers["X-Rate-Limit-Remaining"] for g in got[:3]] == ["9", "8", "7"]
    assert got[-1].headers["X-Rate-Limit-Remaining"] == "0"
    assert wire.account.rejections == {"account": 1}
    assert wire.account.worst("account") == 11


async def test_a_429_says_when_and_the_next_window_serves(serve) -> None:
    wire = await serve(plan="essential")
    for _ in range(10):
        await wire("GET", "/api/v2/users/me")
    rejected = await wire("GET", "/api/v2/users/me")
    wait = int(rejected.headers["Retry-After"])
    assert rejected.headers["ratelimit-reset"] == str(wait)
    await asyncio.sleep(wait)
    assert (await wire("GET", "/api/v2/users/me")).status == 200


async def test_the_date_and_the_reset_agree_as_recorded(serve) -> None:
    wire = await serve()
    for _ in range(20):
        got = await wire("GET", "/api/v2/users/me")
        date = email.utils.parsedate_to_datetime(got.headers["Date"]).timestamp()
        assert (date + int(got.headers["ratelimit-reset"])) % 60 == 0
        await asyncio.sleep(7.3)


async def test_skew_moves_the_date_and_not_the_windows(serve) -> None:
    wire = await serve(skew=25.0)
    got = await wire("GET", "/api/v2/users/me")
    date = email.utils.parsedate_to_datetime(got.headers["Date"]).timestamp()
    assert (date - 25 + int(got.headers["ratelimit-reset"])) % 60 == 0


async def test_one_write_of_a_user_a_second(serve) -> None:
    wire = await serve()
    body = {"user": {"notes": "x"}}
    first = await wire("PUT", f"/api/v2/users/{ADMIN_ID}", json=body)
    second = await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json=body)
    assert (first.status, second.status) == (200, 429)
    assert second.headers["Retry-After"] == "1"
    await asyncio.sleep(1)
    assert (await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json=body)).status == 200
    assert wire.account.rejections == {"create-update-user/second": 1}


async def test_five_writes_of_one_profile_a_minute_under_whichever_name(serve) -> None:
    wire = await serve()
    names = [
        ("PUT", f"/api/v2/users/{CUSTOMER_ID}", {"notes": "1"}),
        ("POST", "/api/v2/users/create_or_update", {"email": "customer@example.com", "notes": "2"}),
        ("POST", "/api/v2/users/create_or_update.json", {"email": "CUSTOMER@example.com", "notes": "3"}),
        ("PUT", f"/api/v2/users/{CUSTOMER_ID}.json", {"notes": "4"}),
        ("PUT", f"/api/v2/users/{CUSTOMER_ID}", {"notes": "5"}),
        ("POST", "/api/v2/users/create_or_update", {"email": "customer@example.com", "notes": "6"}),
    ]
    statuses, remaining = [], []
    for method, path, user in names:
        got = await wire(method, path, json={"user": user})
        statuses.append(got.status)
        remaining.append(got.headers["zendesk-ratelimit-create-update-user"].split(";")[1])
        await asyncio.sleep(1)
    assert statuses == [200] * 5 + [429]
    assert remaining == [f" remaining={n}" for n in (4, 3, 2, 1, 0, 0)]
    assert wire.account.rejections == {"create-update-user/profile": 1}


async def test_a_new_profile_keeps_its_count_when_it_gets_its_id(serve) -> None:
    wire = await serve()
    body = {"user": {"email": "new@example.org", "external_id": "N-1", "name": "New"}}
    created = await wire("POST", "/api/v2/users/create_or_update", json=body)
    assert created.status == 201
    user_id = created.json["user"]["id"]
    statuses = []
    for _ in range(5):
        await asyncio.sleep(1)
        statuses.append((await wire("PUT", f"/api/v2/users/{user_id}", json={"user": {"notes": "x"}})).status)
    assert statuses == [200] * 4 + [429]


async def test_which_of_the_two_pairs_is_shown_is_a_setting(serve) -> None:
    wire = await serve(settings=Settings(header_pair_shown="second"))
    got = await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"notes": "x"}})
    assert got.headers["zendesk-ratelimit-create-update-user"] == "total=1; remaining=0; resets=1"


@pytest.mark.parametrize(("costs", "remaining"), [(True, "698"), (False, "699")])
async def test_whether_an_endpoints_rejection_costs_the_account_a_unit(serve, costs, remaining) -> None:
    wire = await serve(settings=Settings(endpoint_reject_costs_account=costs))
    for _ in range(2):
        got = await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"notes": "x"}})
    assert got.status == 429
    wire.account.consume("account", 0)
    after = await wire("GET", "/api/v2/users/me")
    assert int(after.headers["X-Rate-Limit-Remaining"]) == int(remaining) - 1


async def test_a_foreign_consumer_spends_the_same_budget(serve) -> None:
    wire = await serve()
    assert wire.account.consume("account", 600) == 100
    assert (await wire("GET", "/api/v2/users/me")).headers["X-Rate-Limit-Remaining"] == "99"
    wire.account.consume("create-update-user/profile", 5, str(CUSTOMER_ID))
    got = await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"notes": "x"}})
    assert got.status == 429
    assert wire.account.worst("create-update-user/profile") == 6
    with pytest.raises(KeyError):
        wire.account.consume("no-such-limit")


async def test_restarted_windows_are_empty(serve) -> None:
    wire = await serve()
    wire.account.consume("account", 700)
    assert (await wire("GET", "/api/v2/users/me")).status == 429
    wire.account.restart_windows()
    assert (await wire("GET", "/api/v2/users/me")).headers["X-Rate-Limit-Remaining"] == "699"


async def test_a_hidden_limit_rejects_while_headers_show_budget(serve) -> None:
    wire = await serve()
    wire.account.hide(Limit(name="hidden", count=1, header="hidden", endpoints=("GET /api/v2/users/{id}",)))
    assert (await wire("GET", f"/api/v2/users/{CUSTOMER_ID}")).status == 200
    got = await wire("GET", f"/api/v2/users/{CUSTOMER_ID}")
    assert got.status == 429
    assert got.headers["X-Rate-Limit-Remaining"] == "698"
    assert not [name for name in got.headers if name.lower().startswith("zendesk-ratelimit")]
    assert wire.account.rejections == {"hidden": 1}


async def test_a_limit_of_ones_own_replaces_the_row_of_its_name(serve) -> None:
    row = next(row for row in LIMITS if row.name == "create-update-user/second")
    wire = await serve(limits=[attrs.evolve(row, count=100)])
    got = [await wire("PUT", f"/api/v2/users/{i}", json={"user": {"notes": "x"}}) for i in (ADMIN_ID, CUSTOMER_ID)]
    assert [g.status for g in got] == [200, 200]


@pytest.mark.parametrize("form", sorted(FORMS))
async def test_all_nine_bodies(serve, form) -> None:
    wire = await serve(settings=Settings(body_429=form))
    wire.account.consume("account", 700)
    got = await wire("GET", "/api/v2/users/me")
    assert (got.headers["Content-Type"], got.body) == FORMS[form]
    assert ("X-Rate-Limit" in got.headers) == (form != "edge")


@pytest.mark.parametrize(("chosen", "form"), [("natural", "plain"), ("text", "text")])
async def test_a_rejection_has_the_body_that_its_limit_is_known_for(serve, chosen, form) -> None:
    wire = await serve(settings=Settings(body_429=chosen))
    for _ in range(2):
        got = await wire("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"notes": "x"}})
    assert got.body == FORMS[form][1]


@pytest.mark.parametrize(("style", "header"), [("seconds", "43"), ("missing", None), ("zero", "0")])
async def test_the_styles_of_retry_after(serve, style, header) -> None:
    wire = await serve(settings=Settings(retry_after=style))
    wire.account.consume("account", 700)
    assert (await wire("GET", "/api/v2/users/me")).headers.get("Retry-After") == header


async def test_retry_after_as_a_date(serve) -> None:
    wire = await serve(settings=Settings(retry_after="date"))
    wire.account.consume("account", 700)
    until = email.utils.parsedate_to_datetime((await wire("GET", "/api/v2/users/me")).headers["Retry-After"])
    assert until.timestamp() % 60 == 0
    assert 0 < until.timestamp() - wire.account.now() <= 60


async def test_job_replies_carry_the_limit_on_jobs_and_the_31st_is_refused(serve) -> None:
    wire = await serve()
    got = [
        await wire("POST", "/api/v2/users/create_many", json={"users": [{"name": f"N {i}"}]}) for i in range(31)
    ]
    assert [g.status for g in got] == [200] * 30 + [429]
    assert got[0].headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=29; resets=60"
    assert got[-1].headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=0; resets=60"
    assert got[-1].json["error"] == "TooManyJobs"
    assert wire.account.rejections == {"inflight-jobs": 1}
    assert wire.account.log[-1].limit == "inflight-jobs"
    assert wire.account.worst("inflight-jobs") == 30


async def test_permanent_deletions_have_ten_minutes(serve) -> None:
    wire = await serve()
    assert wire.account.consume("deleted-users-destroy", 700) == 0
    got = await wire("DELETE", "/api/v2/deleted_users/1")
    assert got.status == 429
    assert int(got.headers["Retry-After"]) + int(wire.account.now()) - 600 * (int(wire.account.now()) // 600) == 600


async def test_refused_credentials_and_unknown_paths_cost_a_unit(serve) -> None:
    wire = await serve()
    await wire("GET", "/api/v2/users", auth="Bearer nonsense")
    await wire("GET", "/api/v2/no_such_thing")
    assert wire.account.worst("account") == 2


@pytest.mark.parametrize(("plan", "kind", "name", "count"), [
    ("enterprise", "default", "incremental-exports", 10),
    ("high_volume", "default", "incremental-exports", 30),
    ("enterprise", "sandbox", "ticket-fields-index", 40),
    ("team", "trial", "tickets-update", 20),
    ("team", "default", "help-center", 200),
])
async def test_counts_follow_plan_and_kind(serve, plan, kind, name, count) -> None:
    wire = await serve(plan=plan, kind=kind)
    assert {row.name: row.count for row in wire.account.throttle.rows}[name] == count
