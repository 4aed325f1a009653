"""An account that others spend from too, whose numbers nobody told the client, or that counts in other ways."""

from __future__ import annotations

import asyncio
import json

import pytest
from support import ADMIN, gather_all, now, puppet_client, reply, rig

from zdasync import Limit, Zendesk
from zdasync.limits.table import LIMITS
from zdasync.simulator import CUSTOMER_ID, Settings

USER = '{"user": {"id": 5}}'


async def test_two_clients_that_know_nothing_of_each_other_lose_nothing() -> None:
    async with (
        rig(plan="team", latency=0.05) as r,
        Zendesk(base_url=r.account.url, auth=ADMIN, plan="team") as other,
    ):
        start = now()
        ended = await asyncio.gather(
            gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(500)),
            gather_all(other.users.show(CUSTOMER_ID) for _ in range(500)),
        )
        assert ended == [{"ok": 500}] * 2
        assert sum(r.account.rejections.values()) <= 1
        assert now() - start <= 6 * 60


async def test_a_foreign_consumer_shrinks_the_window_at_once() -> None:
    async with rig(plan="team", client={"connections": 5}, latency=0.05) as r:
        running = [asyncio.ensure_future(gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(300)))]
        await asyncio.sleep(0.5)
        r.account.consume("account", 120)
        await asyncio.sleep(5)
        assert r.account.requests <= 80
        assert r.zd.limits["account"].remaining <= 1  # with others about, the last one is nobody's
        assert await asyncio.gather(*running) == [{"ok": 300}]
        assert r.account.rejections == {}


async def test_a_foreign_consumer_of_a_profile() -> None:
    async with rig() as r:
        await r.zd.users.update(CUSTOMER_ID, notes="0")
        r.account.consume("create-update-user/profile", 3, str(CUSTOMER_ID))
        await r.zd.users.update(CUSTOMER_ID, notes="1")
        start = now()
        await r.zd.users.update(CUSTOMER_ID, notes="2")
        assert now() - start > 30
        assert r.account.rejections == {}


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["ratelimit", "rate-limit"])
async def test_an_unknown_plan_is_learned_from_the_first_reply(family) -> None:
    async with rig(client={"plan": None}, header_family=family, latency=0.1) as r:
        start = now()
        assert await gather_all(r.zd.users.me() for _ in range(700)) == {"ok": 700}
        assert now() - start < 10
        assert r.account.rejections == {}
        assert (r.zd.limits["account"].total, r.used) == (700, 700)


PAIRS = {
    "ratelimit": {"ratelimit_limit": "321", "ratelimit_remaining": "300", "ratelimit_reset": "23"},
    "rate-limit": {"rate_limit": "321", "rate_limit_remaining": "300", "rate_limit_reset": "23"},
    "x alone": {"X_Rate_Limit": "321", "X_Rate_Limit_Remaining": "300"},
}


@pytest.mark.parametrize("family", PAIRS)
@pytest.mark.parametrize("own", ["zendesk_ratelimit", "zendesk_rate_limit", "Zendesk_RateLimit"])
async def test_every_spelling_is_read(family, own) -> None:
    mine = {f"{own}_create_update_user": "total=4; remaining=1; resets=23"}
    said = reply(200, USER, Date="Tue, 14 Nov 2023 22:13:37 GMT", **PAIRS[family], **mine)
    async with puppet_client(said, plan=None) as (zd, _):
        await zd.users.update(5, notes="x")
        account, profile = zd.limits["account"], zd.limits["create-update-user/profile"]
        assert (account.total, account.used) == (321, 21)
        assert (profile.total, profile.used) == (4, 3)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("team", "enterprise_plus"), ("enterprise_plus", "team"), ("essential", "team")]
)
async def test_a_wrong_plan_is_corrected(ours, theirs) -> None:
    async with rig(plan=theirs, client={"plan": ours}, latency=0.1) as r:
        total = {"team": 200, "enterprise_plus": 2500}[theirs]
        assert await gather_all(r.zd.users.me() for _ in range(600)) == {"ok": 600}
        assert r.zd.limits["account"].total == total
        assert r.account.rejections == {}


async def test_a_plan_far_too_high_costs_no_rejection_and_no_call() -> None:
    async with rig(plan="support_essential", client={"plan": "enterprise_plus"}, latency=0.1) as r:
        assert await gather_all(r.zd.users.me() for _ in range(150)) == {"ok": 150}
        assert r.account.rejections == {}  # the first request goes alone, and its reply names the number
        assert r.zd.limits["account"].total == 10


@pytest.mark.parametrize("kind", ["trial", "sandbox"])
async def test_accounts_with_lower_limits_of_their_own(kind) -> None:
    async with rig(kind=kind, plan="team") as r:
        assert await gather_all(r.zd.users.me() for _ in range(300)) == {"ok": 300}
        assert r.account.rejections == {}


async def test_without_any_header_the_plan_is_kept_to() -> None:
    async with puppet_client(reply(200, USER), plan="team") as (zd, server):
        start = now()
        assert await gather_all(zd.users.show(5) for _ in range(250)) == {"ok": 250}
        assert len(server.requests) == 250
        assert now() - start >= 60  # no Date either: a token is back a minute after its reply


@pytest.mark.parametrize("header", ["soon", "-5", "", "total=; remaining=x", "total=0; remaining=0; resets=0"])
async def test_headers_that_say_nothing_are_not_believed(header) -> None:
    said = {"X_Rate_Limit": header, "ratelimit_reset": header, "zendesk_ratelimit_create_update_user": header}
    async with puppet_client(reply(200, USER, **said)) as (zd, _):
        for _ in range(3):
            await zd.users.update(5, notes="x")
        assert zd.limits["account"].total == 700
        assert zd.limits["create-update-user/profile"].total == 5


async def test_the_help_center_has_a_bucket_of_its_own() -> None:
    page = reply(200, "{}", X_Rate_Limit="700", X_Rate_Limit_Remaining="3")
    async with puppet_client(page) as (zd, _):
        await zd.request("GET", "/api/v2/help_center/articles")
        assert zd.limits["help-center"].remaining in {3, 699}
        assert zd.limits["account"].used == 0


# -- other algorithms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sliding_log", "token_bucket"])
async def test_on_other_servers_everything_completes(algorithm) -> None:
    async with rig(plan="team", algorithm=algorithm, latency=0.05) as r:
        start = now()
        ended = await gather_all([
            *(r.zd.users.show(CUSTOMER_ID) for _ in range(700)),
            *(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(10)),
        ])
        assert ended == {"ok": 710}
        assert sum(r.account.rejections.values()) <= 5
        assert now() - start < 6 * 60


@pytest.mark.parametrize(
    ("body", "style"),
    [
        *((body, "seconds") for body in ("html", "text", "json", "export", "plain", "hourly")),
        *(("edge", style) for style in ("seconds", "missing", "zero", "date")), ("text", "missing"), ("text", "zero"),
    ],
)
async def test_real_rejections_in_any_form_lose_nothing(style, body) -> None:
    settings = Settings(body_429=body, retry_after=style)
    async with rig(plan="team", settings=settings, client={"connections": 20}) as r:
        await r.zd.users.me()
        r.account.consume("account", 150)
        ended = await gather_all([
            *(r.zd.users.show(CUSTOMER_ID) for _ in range(120)),
            *(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(7)),
        ])
        assert ended == {"ok": 127}
        assert sum(r.account.rejections.values()) <= 60


async def test_windows_that_are_lost_at_the_server_do_no_harm() -> None:
    async with rig(plan="team") as r:
        running = [asyncio.ensure_future(gather_all(r.zd.users.me() for _ in range(500)))]
        await asyncio.sleep(2)
        r.account.restart_windows()
        assert await asyncio.gather(*running) == [{"ok": 500}]
        assert r.account.rejections == {}


# -- the snapshot -----------------------------------------------------------------------------------------------------


async def test_the_snapshot_tells_how_every_limit_stands() -> None:
    async with rig(plan="team", client={"connections": 8}) as r:
        for _ in range(3):
            await r.zd.users.update(CUSTOMER_ID, notes="x")
        await r.zd.users.me()
        stuck = [asyncio.ensure_future(r.zd.users.update(CUSTOMER_ID, notes="x")._run()) for _ in range(5)]
        await asyncio.sleep(5)
        limits = r.zd.limits
        profile, account = limits["create-update-user/profile"], limits["account"]
        left = 60 - r.account.now() % 60
        assert (account.total, account.used, account.remaining) == (200, 6, 194)
        assert account.reset == pytest.approx(left, abs=1.1)
        assert (profile.key, profile.total, profile.used, profile.remaining) == (f"id:{CUSTOMER_ID}", 5, 5, 0)
        assert (profile.waiting, profile.model) == (3, "aligned")
        assert profile.reset == pytest.approx(left, abs=1.1)
        assert (limits["connections"].total, limits["connections"].model) == (8, "completion")
        assert {one.limit: one.origin for one in limits if one.origin != "documented"} == {"connections": "client"}
        assert {one.reserve for one in limits} == {0}
        assert limits["inflight-jobs"].remaining == 30
        assert account.used == r.account.requests
        assert next(iter(limits)).limit == "connections"
        assert len(limits) == len(list(limits)) == len(limits.to_dicts())
        await asyncio.gather(*stuck)


async def test_the_snapshot_for_people_and_for_programs() -> None:
    async with rig(plan="team") as r:
        await r.zd.users.update(CUSTOMER_ID, notes="x")
        limits = r.zd.limits
        lines = str(limits).splitlines()
        assert lines[0].split() == [
            "limit", "key", "total", "used", "reserve", "remaining", "reset", "waiting", "origin",
        ]
        assert len(lines) == 1 + len(limits)
        assert any(line.split()[:3] == ["account", "-", "200"] for line in lines)
        assert json.loads(json.dumps(limits.to_dicts()))[0]["limit"] == "connections"
        before = [one.used for one in limits]
        await r.zd.users.me()
        assert [one.used for one in limits] == before  # a snapshot stays as it is
        with pytest.raises(KeyError):
            _ = limits["nonsense"]


async def test_rows_of_the_table_can_be_replaced() -> None:
    row = next(row for row in LIMITS if row.name == "account")
    mine = Limit(name=row.name, count=5, endpoints=row.endpoints, service=True)
    async with rig(client={"limits": [mine]}) as r:
        await r.zd.users.me()
        assert r.zd.limits["account"].total in {5, 700}


async def test_a_number_of_the_caller_s_own_is_not_raised_by_the_server() -> None:
    async with rig(plan="enterprise", client={"limits": {"account": 50}}) as r:
        await asyncio.sleep(60 - r.account.now() % 60 + 1)
        r.account.consume("account", 300)  # there is room for fifty more, whatever others take
        async with asyncio.TaskGroup() as group:
            running = group.create_task(gather_all(r.zd.users.me() for _ in range(120)))
            await asyncio.sleep(30)
            assert r.account.requests == 50
            await asyncio.sleep(60)
            assert r.account.requests == 100
            assert r.zd.limits["account"].total == 50
        assert running.result() == {"ok": 120}
        assert r.account.rejections == {}
