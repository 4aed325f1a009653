"""What every call can do: raw replies, options, odd characters, and requests that have no method."""

from __future__ import annotations

import asyncio

import pytest

from zdasync import BadArgument, DeadlineExceeded, NotFound, PermissionDenied, Priority
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

from .conftest import AGENT

ODD = ("a&b=c", "x+y z", "ü/ß?#%41", "quote\"'", "日本", "*")


# --- raw


async def test_raw_gives_the_reply_as_it_came(start) -> None:
    stage = await start()
    reply = await stage.zd.users.show(CUSTOMER_ID).raw()
    assert set(reply) == {"user"}
    assert reply["user"]["created_at"] == "2021-11-14T22:15:17Z"
    assert (await stage.zd.users.count().raw())["count"]["value"] == 4
    assert len((await stage.zd.users.identities.make_primary(
        CUSTOMER_ID, stage.user(CUSTOMER_ID).identities[0].id
    ).raw())["identities"]) == 1


async def test_raw_is_none_where_there_is_no_body(start) -> None:
    stage = await start()
    identity = stage.account.state.add_identity(stage.user(CUSTOMER_ID), "twitter", "carla", stage.account.now())
    assert await stage.zd.users.identities.delete(CUSTOMER_ID, identity.id).raw() is None
    assert await stage.zd.users.request_create(name="N").raw() is None
    assert await stage.zd.users.logout_many([AGENT_ID]).raw() is None


async def test_raw_sends_the_same_request(start) -> None:
    stage = await start()
    await stage.zd.users.autocomplete("Carla", include="groups")
    await stage.zd.users.autocomplete("Carla", include="groups").raw()
    assert stage.queries[0] == stage.queries[1]


# --- characters


@pytest.mark.parametrize("name", ODD)
async def test_odd_external_ids_arrive_as_they_are(start, name) -> None:
    stage = await start()
    made = await stage.zd.users.create(name="Odd", external_id=name)
    for listing in (
        stage.zd.users.show_many(external_ids=[name]),
        stage.zd.users.list(external_id=name),
        stage.zd.users.search(external_id=name),
    ):
        assert [user.id async for user in listing] == [made.id]


@pytest.mark.parametrize("name", ["Ünal & Söhne", "50% + more", "#hash?", "Æ 🎈"])
async def test_odd_names_arrive_as_they_are(start, name) -> None:
    stage = await start()
    made = await stage.zd.users.create(name=name)
    assert made.name == name
    assert [user.id async for user in stage.zd.users.autocomplete(name)] == [made.id]
    assert [user.id async for user in stage.zd.users.autocomplete_by_body(name)] == [made.id]
    with pytest.raises(BadArgument, match="comma"):
        stage.zd.users.show_many(external_ids=["a,b"])


# --- options


async def test_a_deadline_that_can_not_be_kept_fails_at_once_with_the_wait(start) -> None:
    stage = await start()
    loop = asyncio.get_running_loop()
    for number in range(5):
        await stage.zd.users.update(CUSTOMER_ID, notes=str(number))
    began = loop.time()
    with pytest.raises(DeadlineExceeded) as caught:
        await stage.zd.users.update(CUSTOMER_ID, notes="late", deadline=5.0)
    assert loop.time() == began
    assert caught.value.limit == "create-update-user/profile"
    assert 5 < caught.value.wait <= 60
    assert caught.value.operation == "users.update"
    assert stage.account.requests == 5


async def test_options_of_a_view_and_of_a_call(start) -> None:
    stage = await start()
    quick = stage.zd.with_options(deadline=5.0, priority=Priority.INTERACTIVE)
    for number in range(5):
        await quick.users.update(CUSTOMER_ID, notes=str(number))
    with pytest.raises(DeadlineExceeded):
        await quick.users.update(CUSTOMER_ID, notes="late")
    await quick.users.update(CUSTOMER_ID, notes="patient", deadline=120.0)
    assert stage.user(CUSTOMER_ID).notes == "patient"


@pytest.mark.parametrize("options", [{"deadline": 0}, {"timeout": -1}, {"priority": 7}, {"tries": 2}])
async def test_options_that_are_none(start, options) -> None:
    stage = await start()
    with pytest.raises(BadArgument):
        stage.zd.users.show(CUSTOMER_ID, **options)
    with pytest.raises(BadArgument):
        stage.zd.with_options(**options)


# --- the escape hatch


async def test_any_endpoint(start) -> None:
    stage = await start()
    groups = await stage.zd.request("GET", "/api/v2/groups", params={"page[size]": 1})
    assert len(groups["groups"]) == 1
    assert groups["meta"]["has_more"] is True
    made = await stage.zd.request("POST", "/api/v2/users", json={"user": {"name": "Raw"}})
    assert made["user"]["name"] == "Raw"
    identity = stage.user(CUSTOMER_ID).identities[0]
    gone = await stage.zd.request("DELETE", f"/api/v2/users/{CUSTOMER_ID}/identities/{identity.id}")
    assert gone is None


async def test_parameters_of_a_request(start) -> None:
    stage = await start()
    many = await stage.zd.request("GET", "/api/v2/users/show_many", params={"ids": [ADMIN_ID, AGENT_ID]})
    assert many["count"] == 2
    await stage.zd.request("GET", "/api/v2/users", params={"role[]": ["agent", "admin"], "external_id": None})
    await stage.zd.request("GET", "/api/v2/oauth/tokens", params={"all": True})
    assert stage.queries == [
        [("ids", f"{ADMIN_ID},{AGENT_ID}")], [("role[]", "agent"), ("role[]", "admin")], [("all", "true")],
    ]


async def test_a_request_has_the_same_errors(start) -> None:
    stage = await start(auth=AGENT)
    with pytest.raises(NotFound) as caught:
        await stage.zd.request("GET", "/api/v2/nothing_of_the_kind")
    assert caught.value.code == "InvalidEndpoint"
    with pytest.raises(PermissionDenied):
        await stage.zd.request("PUT", f"/api/v2/users/{ADMIN_ID}", json={"user": {"notes": "n"}})


async def test_a_request_is_under_the_same_limits(start) -> None:
    stage = await start()
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(3):
        await stage.zd.request("PUT", f"/api/v2/users/{CUSTOMER_ID}", json={"user": {"notes": str(number)}})
        await stage.zd.users.update(CUSTOMER_ID, notes=str(number))
    assert loop.time() - began > 40
    assert stage.account.rejections == {}


async def test_different_profiles_are_written_once_a_second(start) -> None:
    stage = await start(users=20)
    ids = stage.account.state.user_ids[4:14]
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(stage.zd.users.update(one, notes="n") for one in ids))
    assert 8 < loop.time() - began < 11
    assert stage.account.rejections == {}


@pytest.mark.parametrize(
    "path",
    ["users", "https://evil.example/api/v2/users", "//evil.example/", "/api/v2/../../x", "/api/v2/users?role=admin",
     "/api/v2/us ers", "/api/v2/%2e%2e/x", "/a\r\nX: 1", ""],
)
async def test_paths_that_lead_astray_are_refused_before_sending(start, path) -> None:
    stage = await start()
    with pytest.raises(BadArgument):
        await stage.zd.request("GET", path)
    assert stage.sent == []


async def test_limits_for_a_human_and_for_a_program(start) -> None:
    stage = await start()
    await asyncio.gather(*(stage.zd.users.show(one) for one in (CUSTOMER_ID, UNVERIFIED_ID, ADMIN_ID)))
    await stage.zd.users.update(CUSTOMER_ID, notes="n")
    limits = stage.zd.limits
    assert (limits["account"].total, limits["account"].used, limits["account"].remaining) == (700, 4, 696)
    profile = next(state for state in limits if state.limit == "create-update-user/profile")
    assert (profile.total, profile.used, profile.key) == (5, 1, f"id:{CUSTOMER_ID}")
    assert "account" in str(limits)
    assert {row["limit"] for row in limits.to_dicts()} >= {"account", "create-update-user/second"}
