"""Finding and reading users."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zdasync import BadArgument, NotFound, PermissionDenied
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

FIXED = [ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID]


async def ids(listing) -> list[int]:
    return [user.id async for user in listing]


# --- list


async def test_all_users_come_once_and_in_order(start) -> None:
    stage = await start(users=230)
    found = await ids(stage.zd.users.list())
    assert found == stage.account.state.user_ids
    assert stage.sent == ["GET /api/v2/users"] * 3
    assert dict(stage.queries[0]) == {"page[size]": "100"}


async def test_by_one_role(start) -> None:
    stage = await start(users=5)
    assert await ids(stage.zd.users.list(role="admin")) == [ADMIN_ID]
    assert dict(stage.queries[-1])["role"] == "admin"


async def test_by_several_roles(start) -> None:
    stage = await start(users=5)
    assert await ids(stage.zd.users.list(role=["agent", "admin"])) == [ADMIN_ID, AGENT_ID]
    assert [pair for pair in stage.queries[-1] if pair[0] == "role[]"] == [("role[]", "agent"), ("role[]", "admin")]


async def test_filters_stay_on_every_page(start) -> None:
    stage = await start(users=250)
    expected = [user.id for user in stage.account.state.active_users() if user.role == "end-user"]
    assert await ids(stage.zd.users.list(role="end-user")) == expected
    assert [dict(query)["role"] for query in stage.queries] == ["end-user"] * 3


@pytest.mark.parametrize("role", [[], "", 5, [None], [""]])
async def test_no_role_is_no_filter_and_is_refused_before_sending(start, role) -> None:
    stage = await start()
    for call in (stage.zd.users.list, stage.zd.users.count):
        with pytest.raises(BadArgument, match="role"):
            call(role=role)
    assert stage.sent == []


async def test_by_the_name_of_a_custom_role(start) -> None:
    stage = await start(users=2000)
    leads = await ids(stage.zd.users.list(role="Team lead"))
    roles = {role.name: role.id for role in stage.account.state.custom_roles.values()}
    assert leads
    assert {stage.user(one).custom_role_id for one in leads} == {roles["Team lead"]}


async def test_by_permission_set(start) -> None:
    stage = await start(users=2000)
    light = next(role.id for role in stage.account.state.custom_roles.values() if role.name == "Light agent")
    found = [user async for user in stage.zd.users.list(permission_set=light)]
    assert found
    assert {user.custom_role_id for user in found} == {light}


async def test_by_external_id(start) -> None:
    stage = await start(users=20)
    wanted = next(user for user in stage.account.state.active_users() if user.external_id)
    assert await ids(stage.zd.users.list(external_id=wanted.external_id.lower())) == [wanted.id]
    assert await ids(stage.zd.users.list(external_id="nobody")) == []


async def test_of_a_group(start) -> None:
    stage = await start()
    group = min(stage.account.state.groups)
    assert await ids(stage.zd.users.list(group_id=group)) == [ADMIN_ID, AGENT_ID]
    assert stage.sent == [f"GET /api/v2/groups/{group}/users"]


async def test_of_an_organization_with_a_role(start) -> None:
    stage = await start(users=100)
    organization = stage.user(CUSTOMER_ID).organization_id
    expected = list(stage.account.state.organization_users[organization])
    assert CUSTOMER_ID in expected
    assert await ids(stage.zd.users.list(organization_id=organization)) == expected
    assert await ids(stage.zd.users.list(organization_id=organization, role="admin")) == []
    assert set(stage.sent) == {f"GET /api/v2/organizations/{organization}/users"}


async def test_of_a_group_that_is_not_there(start) -> None:
    stage = await start()
    with pytest.raises(NotFound) as caught:
        await stage.zd.users.list(group_id=99)
    assert (caught.value.code, caught.value.operation) == ("RecordNotFound", "users.list")


async def test_by_group_and_organization_at_once_is_refused_before_sending(start) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="not by both"):
        stage.zd.users.list(group_id=1, organization_id=2)
    assert stage.sent == []


# --- search and autocomplete


async def test_search_by_query(start) -> None:
    stage = await start(users=10)
    assert await ids(stage.zd.users.search("email:customer@example.com")) == [CUSTOMER_ID]
    assert await ids(stage.zd.users.search('name:"Aga Agent"')) == [AGENT_ID]
    assert await ids(stage.zd.users.search("role:admin")) == [ADMIN_ID]
    assert stage.sent == ["GET /api/v2/users/search"] * 3


async def test_search_by_external_id_in_another_case(start) -> None:
    stage = await start(users=10)
    wanted = next(user for user in stage.account.state.active_users() if user.external_id)
    assert await ids(stage.zd.users.search(external_id=wanted.external_id.lower())) == [wanted.id]


async def test_search_needs_one_of_the_two(start) -> None:
    stage = await start()
    for wrong in ({}, {"query": "a", "external_id": "b"}):
        with pytest.raises(BadArgument, match="one of the two"):
            stage.zd.users.search(**wrong)


async def test_search_does_not_find_what_was_written_a_moment_ago(start) -> None:
    stage = await start(settings={"search_lag": 180.0})
    await stage.zd.users.create(name="Nova Novak", email="nova@example.org")
    assert await ids(stage.zd.users.search("nova")) == []


async def test_autocomplete_by_query(start) -> None:
    stage = await start(users=50)
    page = await stage.zd.users.autocomplete("carla c")
    assert [user.name for user in page] == ["Carla Customer"]
    assert dict(stage.queries[-1]) == {"name": "carla c"}


async def test_autocomplete_takes_what_a_lookup_field_narrows_it_with(start) -> None:
    stage = await start()
    assert await ids(stage.zd.users.autocomplete("Aga", field_id="4711", source="zen:user")) == [AGENT_ID]
    assert dict(stage.queries[-1]) == {"name": "Aga", "field_id": "4711", "source": "zen:user"}


async def test_autocomplete_by_body_shows_no_name_in_the_url(start) -> None:
    stage = await start()
    assert await ids(stage.zd.users.autocomplete_by_body("Uwe")) == [UNVERIFIED_ID]
    assert stage.sent == ["POST /api/v2/users/autocomplete"]
    assert stage.queries == [[]]


async def test_autocomplete_by_body_finds_by_phone(start) -> None:
    stage = await start(users=50)
    wanted = [user.id for user in stage.account.state.active_users() if user.phone]
    assert wanted
    assert await ids(stage.zd.users.autocomplete_by_body(phone="+49 30")) == wanted
    assert await ids(stage.zd.users.autocomplete_by_body(phone="+1")) == []


async def test_autocomplete_by_body_needs_a_name_or_a_phone(start) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="name or by phone"):
        stage.zd.users.autocomplete_by_body()
    for wrong in ({"name": ""}, {"phone": " "}, {"name": 5}):
        with pytest.raises(BadArgument, match="must be a string"):
            stage.zd.users.autocomplete_by_body(**wrong)


async def test_autocomplete_leaves_out_users_with_foreign_identities(start) -> None:
    stage = await start()
    state = stage.account.state
    state.add_identity(stage.user(CUSTOMER_ID), "foreign", "sdk-1", stage.account.now())
    assert await ids(stage.zd.users.autocomplete("Carla")) == []


# --- counts


async def test_counts_of_all_of_a_role_of_a_group_of_an_organization(start) -> None:
    stage = await start(users=60)
    state, users = stage.account.state, stage.zd.users
    organization = stage.user(CUSTOMER_ID).organization_id
    everybody = await users.count()
    assert everybody.value == 64
    assert everybody.refreshed_at is not None
    assert everybody.refreshed_at.tzinfo is UTC
    assert (await users.count(role="admin")).value == 1
    assert (await users.count(role=["agent", "admin"])).value == 2
    assert (await users.count(group_id=min(state.groups))).value == 2
    assert (await users.count(organization_id=organization)).value == len(state.organization_users[organization])
    assert stage.sent[-2:] == [
        f"GET /api/v2/groups/{min(state.groups)}/users/count",
        f"GET /api/v2/organizations/{organization}/users/count",
    ]


async def test_a_large_count_that_is_being_refreshed(script) -> None:
    stage = await script({"count": {"value": 100_000, "refreshed_at": None}})
    count = await stage.zd.users.count()
    assert (count.value, count.refreshed_at) == (100_000, None)
    assert stage.drifts == []


# --- show


async def test_show_by_number_or_digits(start) -> None:
    stage = await start()
    user = await stage.zd.users.show(CUSTOMER_ID)
    assert user == await stage.zd.users.show(str(CUSTOMER_ID))
    assert (user.id, user.name, user.email) == (CUSTOMER_ID, "Carla Customer", "customer@example.com")
    assert user.created_at == datetime(2021, 11, 14, 22, 15, 17, tzinfo=UTC)
    assert (user.active, user.verified, user.role, user.tags) == (True, True, "end-user", ())
    assert set(user.user_fields) == set(stage.account.state.user_field_keys)
    assert stage.drifts == []


async def test_show_what_is_not_there(start) -> None:
    stage = await start()
    with pytest.raises(NotFound) as caught:
        await stage.zd.users.show(9_223_372_036_854_775_807)
    assert (caught.value.status, caught.value.code, caught.value.operation) == (404, "RecordNotFound", "users.show")
    assert caught.value.request_id


@pytest.mark.parametrize("wrong", ["1/../../tickets", "", "me", -1, 1.5, True, None, "12 "])
async def test_an_id_that_is_none_is_refused_before_sending(start, wrong) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="user_id"):
        stage.zd.users.show(wrong)
    assert stage.sent == []


async def test_show_many_by_ids_leaves_out_who_is_not_there(start) -> None:
    stage = await start()
    page = await stage.zd.users.show_many(ids=[UNVERIFIED_ID, 12, ADMIN_ID])
    assert [user.id for user in page] == [ADMIN_ID, UNVERIFIED_ID]
    assert (len(page), page.count, page.has_more) == (2, 2, False)
    assert dict(stage.queries[0]) == {"ids": f"{UNVERIFIED_ID},12,{ADMIN_ID}"}


async def test_show_many_by_external_ids(start) -> None:
    stage = await start(users=30)
    known = [user for user in stage.account.state.active_users() if user.external_id][:3]
    wanted = [user.external_id.lower() for user in known]
    assert await ids(stage.zd.users.show_many(external_ids=wanted)) == [user.id for user in known]


async def test_show_many_takes_a_hundred_and_no_more(start) -> None:
    stage = await start(users=150)
    hundred = stage.account.state.user_ids[:100]
    assert len(await stage.zd.users.show_many(ids=hundred)) == 100
    with pytest.raises(BadArgument, match="101 ids in one call"):
        stage.zd.users.show_many(ids=stage.account.state.user_ids[:101])


async def test_related(start) -> None:
    stage = await start()
    state = stage.account.state
    state.add_ticket(CUSTOMER_ID, assignee_id=AGENT_ID)
    state.add_ticket(UNVERIFIED_ID, assignee_id=AGENT_ID, collaborator_ids=(CUSTOMER_ID,))
    for number in (1, 2, 3):
        state.directory.subscribe(number, CUSTOMER_ID, 1, 0.0)
    related = await stage.zd.users.related(CUSTOMER_ID)
    assert (related.requested_tickets, related.ccd_tickets, related.assigned_tickets) == (1, 1, 0)
    assert related.organization_subscriptions == 3
    assert (await stage.zd.users.related(AGENT_ID)).assigned_tickets == 2


async def test_entitlements(start) -> None:
    stage = await start()
    seats = await stage.zd.users.entitlements(ADMIN_ID)
    assert set(seats) == {"chat", "explore", "guide", "talk"}
    assert seats["guide"] is not None
    assert (seats["guide"].name, seats["guide"].is_active) == ("admin", True)
    customers = await stage.zd.users.entitlements(CUSTOMER_ID)
    assert customers["talk"] is not None
    assert customers["talk"].is_active is False


async def test_an_end_user_may_not_list_users(start) -> None:
    stage = await start()
    customer = await stage.bearer("read", user_id=CUSTOMER_ID)
    with pytest.raises(PermissionDenied) as caught:
        await customer.users.list()
    assert caught.value.code == "Forbidden"
