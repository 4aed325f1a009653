"""What comes along with users, typed, and replies that do not fit their records."""

from __future__ import annotations

import attrs
import pytest

from zdasync import BadArgument, Sideloads, UnexpectedReply, User
from zdasync.records import Ability, Group, Identity, Organization, Role
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

ALL = ["organizations", "groups", "roles", "identities", "abilities", "open_ticket_count"]


async def with_everything(start):
    stage = await start()
    state = stage.account.state
    stage.user(AGENT_ID).custom_role_id = min(state.custom_roles)
    state.add_ticket(CUSTOMER_ID)
    return stage


async def test_every_sideload_of_a_page_is_typed(start) -> None:
    stage = await with_everything(start)
    page = await stage.zd.users.list(include=ALL)
    loaded = page.sideloads
    assert dict(stage.queries[0])["include"] == ",".join(ALL)
    for name, cls in (("organizations", Organization), ("groups", Group), ("roles", Role), ("identities", Identity)):
        assert {type(record) for record in getattr(loaded, name)} == {cls}
    customer, agent = page[2], page[1]
    organization = loaded.organization(customer.organization_id)
    assert organization is not None
    assert organization.name == stage.account.state.organizations[customer.organization_id].name
    group = loaded.group(agent.default_group_id)
    assert group is not None
    assert group.name == "Support"
    role = loaded.role(agent.custom_role_id)
    assert role is not None
    assert role.name == "Team lead"
    assert [one.value for one in loaded.identities_of(CUSTOMER_ID)] == ["customer@example.com"]
    assert {type(ability) for ability in loaded.abilities} == {Ability}
    abilities = {ability.user_id: ability.allowed for ability in loaded.abilities}
    assert abilities[CUSTOMER_ID]["can_edit"] is True
    assert (loaded.open_tickets_of(CUSTOMER_ID), loaded.open_tickets_of(UNVERIFIED_ID)) == (1, 0)
    assert loaded.open_tickets_of(12) is None
    assert stage.drifts == []


async def test_each_record_comes_once(start) -> None:
    stage = await start(users=90)
    page = await stage.zd.users.list(include="organizations")
    ids = [organization.id for organization in page.sideloads.organizations]
    assert len(ids) == len(set(ids)) > 1
    assert {user.organization_id for user in page} - {None} <= set(ids)


async def test_what_was_not_asked_for_is_empty(start) -> None:
    stage = await with_everything(start)
    assert (await stage.zd.users.list()).sideloads == Sideloads()
    loaded = (await stage.zd.users.list(include=["groups"])).sideloads
    assert loaded.groups
    assert (loaded.organizations, loaded.abilities, loaded.open_ticket_count) == ((), (), {})


async def test_every_page_has_its_own(start) -> None:
    stage = await start(users=230)
    async for page in stage.zd.users.list(include="identities").pages():
        assert {identity.user_id for identity in page.sideloads.identities} <= {user.id for user in page}
        assert page.sideloads.identities
    assert [dict(query)["include"] for query in stage.queries] == ["identities"] * 3


@pytest.mark.parametrize("call", ["search", "autocomplete", "autocomplete_by_body", "show_many"])
async def test_other_calls_that_give_pages(start, call) -> None:
    stage = await start()
    options = {"ids": [CUSTOMER_ID]} if call == "show_many" else {}
    given = () if call == "show_many" else ("Carla",)
    page = await getattr(stage.zd.users, call)(*given, include=["organizations"], **options)
    assert [user.id for user in page] == [CUSTOMER_ID]
    assert page.sideloads.organization(page[0].organization_id) is not None


async def test_one_user_with_sideloads(start) -> None:
    stage = await with_everything(start)
    user, loaded = await stage.zd.users.show(CUSTOMER_ID, include=["organizations", "identities"]).with_sideloads()
    assert isinstance(user, User)
    assert loaded.organization(user.organization_id) is not None
    assert len(loaded.identities) == 1
    me, loaded = await stage.zd.users.me(include="groups").with_sideloads()
    assert (me.id, [group.name for group in loaded.groups]) == (ADMIN_ID, ["Support"])
    assert len(stage.sent) == 2


async def test_sideloads_beside_records_of_the_callers_own_class(start) -> None:
    @attrs.frozen
    class Mine:
        id: int

    stage = await start()
    page = await stage.zd.users.list(include="organizations").into(Mine)
    assert isinstance(page[0], Mine)
    assert page.sideloads.organizations


@pytest.mark.parametrize("include", ["organisations", ["groups", "tickets"], "groups,nothing"])
async def test_what_can_not_be_sideloaded_is_refused_before_sending(start, include) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="can't be sideloaded"):
        stage.zd.users.list(include=include)
    assert stage.sent == []


# --- drift


async def test_an_unknown_value_of_an_enumeration_is_no_drift(start) -> None:
    stage = await start()
    stage.user(CUSTOMER_ID).role = "light-agent"
    identity = stage.user(CUSTOMER_ID).identities[0]
    identity.type, identity.verification_method, identity.deliverable_state = "telepathy", "oracle", "teleported"
    assert (await stage.zd.users.show(CUSTOMER_ID)).role == "light-agent"
    (shown,) = [one async for one in stage.zd.users.identities.list(CUSTOMER_ID)]
    assert (shown.type, shown.verification_method) == ("telepathy", "oracle")
    assert stage.drifts == []


async def test_wrong_types_cost_the_field_and_not_the_page(start) -> None:
    stage = await start(users=20)
    odd = stage.user(CUSTOMER_ID)
    odd.suspended, odd.moderator, odd.alias = "no", {"maybe": 1}, ["a", "b"]
    page = await stage.zd.users.list()
    assert len(page) == 24
    user = page[2]
    assert (user.id, user.name, user.suspended, user.moderator, user.alias) == (
        CUSTOMER_ID, "Carla Customer", None, None, None,
    )
    assert page[3].suspended is False
    assert {(drift.operation, drift.record, drift.field) for drift in stage.drifts} == {
        ("users.list", "User", "suspended"), ("users.list", "User", "moderator"), ("users.list", "User", "alias"),
    }
    raw = (await stage.zd.users.list().raw())["users"][2]
    assert (raw["suspended"], raw["moderator"], raw["alias"]) == ("no", {"maybe": 1}, ["a", "b"])


async def test_only_the_id_has_to_be_there(script) -> None:
    stage = await script({"users": [{"id": 7}, {"id": 9_223_372_036_854_775_807, "name": None, "tags": None}]})
    one, other = await stage.zd.users.show_many(ids=[7])
    assert one == User(id=7)
    assert (other.id, other.name, other.tags) == (9_223_372_036_854_775_807, None, ())


async def test_a_user_without_an_id_is_no_user(script) -> None:
    stage = await script({"user": {"name": "Nobody"}})
    with pytest.raises(UnexpectedReply, match="id"):
        await stage.zd.users.show(7)


async def test_ids_as_strings_and_fields_that_nobody_knows(script) -> None:
    stage = await script({"user": {"id": "7", "name": "N", "hologram": True, "created_at": "2024-02-30T00:00:00Z"}})
    user = await stage.zd.users.show(7)
    assert (user.id, user.name, user.created_at) == (7, "N", None)
    assert [drift.field for drift in stage.drifts] == ["created_at"]
    assert (await stage.zd.users.show(7).raw())["user"]["hologram"] is True


async def test_a_record_of_the_callers_own_that_wants_what_is_not_there(script) -> None:
    @attrs.frozen
    class Strict:
        id: int
        hologram: bool

    stage = await script({"user": {"id": 7}})
    with pytest.raises(UnexpectedReply, match="hologram"):
        await stage.zd.users.show(7).into(Strict)


@pytest.mark.parametrize("reply", [[], {}, {"user": None}, {"user": "Carla"}, "text", None])
async def test_a_reply_that_is_something_else(script, reply) -> None:
    stage = await script(reply)
    with pytest.raises(UnexpectedReply):
        await stage.zd.users.show(7)


async def test_sideloads_that_do_not_fit(script) -> None:
    reply = {
        "users": [{"id": 7}], "organizations": [{"id": 1, "name": 5}, "what?"], "groups": None,
        "abilities": {"7": {"can_edit": True}}, "open_ticket_count": {"7": "many"},
    }
    stage = await script(reply)
    loaded = (await stage.zd.users.show_many(ids=[7], include=["organizations", "groups", "abilities"])).sideloads
    assert [organization.id for organization in loaded.organizations] == [1]
    assert (loaded.groups, loaded.open_ticket_count) == ((), {})
    assert loaded.abilities[0].allowed == {"can_edit": True}
    assert stage.drifts
