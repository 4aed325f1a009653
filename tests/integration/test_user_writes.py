"""Writing users one by one."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from zdasync import BadArgument, PermissionDenied, ValidationError
from zdasync.events import ParametersIgnored
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

from .conftest import AGENT

# --- create


async def test_create_with_everything(start) -> None:
    stage = await start()
    organization = min(stage.account.state.organizations)
    user = await stage.zd.users.create(
        name="Zoë Åberg 🎈", email="zoe@example.org", external_id="CRM-7", tags=["vip", "press"], notes="Likes tea.",
        details="Door 3", alias="Z", phone="+49301234567", locale="de", time_zone="Berlin",
        organization_id=organization, user_fields={"tier": "gold", "points": 7}, verified=True,
        skip_verify_email=True, identities=[{"type": "twitter", "value": "zoe"}],
    )
    assert (user.name, user.email, user.external_id, user.tags) == (
        "Zoë Åberg 🎈", "zoe@example.org", "CRM-7", ("vip", "press"),
    )
    assert (user.locale, user.time_zone, user.iana_time_zone) == ("de", "Berlin", "Europe/Berlin")
    assert (user.organization_id, user.verified, user.role) == (organization, True, "end-user")
    assert (user.user_fields["tier"], user.user_fields["points"]) == ("gold", 7)
    assert stage.statuses == [201]
    kinds = {identity.type async for identity in stage.zd.users.identities.list(user.id)}
    assert kinds == {"email", "phone_number", "twitter"}


async def test_a_name_is_all_that_a_new_user_needs(start) -> None:
    stage = await start()
    user = await stage.zd.users.create(name="Nobody Known")
    assert (user.email, user.external_id, user.ticket_restriction) == (None, None, "requested")
    with pytest.raises(BadArgument, match="needs a name"):
        stage.zd.users.create(email="a@example.org")


async def test_an_organization_by_its_name(start) -> None:
    stage = await start()
    name = stage.account.state.organizations[stage.user(CUSTOMER_ID).organization_id].name
    user = await stage.zd.users.create(name="Colleague", organization={"name": name.upper()})
    assert user.organization_id == stage.user(CUSTOMER_ID).organization_id


async def test_a_custom_role_makes_an_agent(start) -> None:
    stage = await start()
    role = min(stage.account.state.custom_roles)
    user = await stage.zd.users.create(name="New Agent", email="new@example.com", role="end-user", custom_role_id=role)
    assert (user.role, user.custom_role_id) == ("agent", role)


async def test_create_never_updates(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.create(name="Again", email="customer@example.com")
    assert (caught.value.status, caught.value.code) == (422, "RecordInvalid")
    assert [problem.code for problem in caught.value.fields["email"]] == ["DuplicateValue"]
    await stage.zd.users.create(name="One", external_id="x-1")
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.create(name="Two", external_id="X-1")
    assert [problem.code for problem in caught.value.fields["external_id"]] == ["DuplicateValue"]


async def test_agents_make_no_agents(start) -> None:
    stage = await start(auth=AGENT)
    assert (await stage.zd.users.create(name="Fine")).name == "Fine"
    with pytest.raises(PermissionDenied):
        await stage.zd.users.create(name="Too much", role="agent")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"emial": "a@example.org"}, "email"),
        ({"email": "no address"}, "no e-mail"),
        ({"tags": "vip"}, "tags"),
        ({"role": "boss"}, "role must be"),
        ({"created_at": "2024"}, "read-only"),
        ({"id": 7}, "read-only"),
        ({"photo": b""}, "upload_photo"),
        ({"verified": "yes"}, "verified"),
    ],
)
async def test_what_can_not_be_written_is_refused_before_sending(start, fields, says) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match=says):
        stage.zd.users.create(**{"name": "N", **fields})
    assert stage.sent == []


async def test_request_create(start) -> None:
    stage = await start()
    assert await stage.zd.users.request_create(name="Extra Agent", email="extra@example.com") is None
    assert stage.sent == ["POST /api/v2/users/request_create"]


# --- create_or_update


async def test_upsert_creates_then_updates(start) -> None:
    stage = await start()
    first = await stage.zd.users.create_or_update(email="c@example.org", name="C", user_fields={"tier": "gold"})
    second = await stage.zd.users.create_or_update(email="C@Example.org", name="C the Second", tags=["vip"])
    assert stage.statuses == [201, 200]
    assert first.id == second.id
    assert (second.name, second.email, second.tags) == ("C the Second", "c@example.org", ("vip",))
    assert second.user_fields["tier"] == "gold"


async def test_upsert_rewrites_the_case_of_the_external_id(start) -> None:
    stage = await start()
    made = await stage.zd.users.create_or_update(external_id="Abc-1", name="A")
    found = await stage.zd.users.create_or_update(external_id="aBC-1", name="A")
    assert (found.id, found.external_id) == (made.id, "aBC-1")
    assert (await stage.zd.users.show(made.id)).external_id == "aBC-1"


async def test_upsert_by_external_id_adds_the_address_as_a_second_one(start) -> None:
    stage = await start()
    made = await stage.zd.users.create_or_update(external_id="e-1", name="E", email="old@example.org")
    found = await stage.zd.users.create_or_update(external_id="e-1", email="new@example.org")
    assert (found.id, found.email) == (made.id, "old@example.org")
    by_second = await stage.zd.users.create_or_update(email="new@example.org", notes="found by the second address")
    assert by_second.id == made.id


async def test_upsert_whose_keys_name_two_users(start) -> None:
    stage = await start()
    await stage.zd.users.create(name="One", external_id="one")
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.create_or_update(external_id="one", email="customer@example.com")
    assert caught.value.fields["email"][0].code == "DuplicateValue"


async def test_upsert_without_a_key_would_make_a_new_user_each_time(start) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="email or external_id"):
        stage.zd.users.create_or_update(name="Nameless")
    with pytest.raises(BadArgument, match="email or external_id"):
        stage.zd.users.create_or_update(name="Nameless", email=None)


async def test_a_new_user_of_an_upsert_needs_a_name(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.create_or_update(email="nameless@example.org")
    assert "name" in caught.value.fields


# --- update


async def test_none_clears_and_what_is_absent_stays(start) -> None:
    stage = await start()
    user = await stage.zd.users.create(name="U", notes="n", details="d", alias="a", external_id="u-1", tags=["one"])
    changed = await stage.zd.users.update(user.id, notes=None, external_id=None)
    assert (changed.notes, changed.external_id) == (None, None)
    assert (changed.name, changed.details, changed.alias, changed.tags) == ("U", "d", "a", ("one",))
    assert changed.updated_at is not None


async def test_tags_are_replaced_and_fields_merged(start) -> None:
    stage = await start()
    user = await stage.zd.users.create(name="U", tags=["one", "two"], user_fields={"tier": "gold", "points": 3})
    changed = await stage.zd.users.update(user.id, tags=["three"], user_fields={"tier": None})
    assert changed.tags == ("three",)
    assert (changed.user_fields["tier"], changed.user_fields["points"]) == (None, 3)
    assert (await stage.zd.users.update(user.id, tags=[])).tags == ()


async def test_email_adds_a_second_address_and_leaves_the_primary_one(start) -> None:
    stage = await start()
    changed = await stage.zd.users.update(CUSTOMER_ID, email="second@example.org")
    assert changed.email == "customer@example.com"
    identities = {one.value: one async for one in stage.zd.users.identities.list(CUSTOMER_ID, type="email")}
    assert (identities["second@example.org"].primary, identities["second@example.org"].verified) == (False, False)
    assert identities["customer@example.com"].primary is True


async def test_organization_id_ends_all_other_memberships(start) -> None:
    stage = await start()
    state = stage.account.state
    one, two, three = sorted(state.organizations)[:3]
    state.set_organizations(stage.user(CUSTOMER_ID), [one, two])
    assert (await stage.zd.users.update(CUSTOMER_ID, organization_id=three)).organization_id == three
    assert stage.user(CUSTOMER_ID).organization_ids == [three]
    assert [user.id async for user in stage.zd.users.list(organization_id=one)] == []
    assert (await stage.zd.users.update(CUSTOMER_ID, organization_id=None)).organization_id is None


async def test_the_same_profile_may_be_written_five_times_a_minute(start) -> None:
    stage = await start()
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(6):
        await stage.zd.users.update(CUSTOMER_ID, notes=str(number))
    assert loop.time() - began > 40
    assert stage.account.rejections == {}
    assert stage.user(CUSTOMER_ID).notes == "5"


async def test_update_verifies_and_suspends(start) -> None:
    stage = await start()
    changed = await stage.zd.users.update(UNVERIFIED_ID, verified=True, suspended=True)
    assert (changed.verified, changed.suspended) == (True, True)


async def test_a_clash_of_addresses_names_the_field(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.update(UNVERIFIED_ID, email="customer@example.com")
    assert caught.value.fields["email"][0].code == "DuplicateValue"
    assert "customer@example.com" in str(caught.value)


async def test_update_without_fields_is_refused(start) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="no fields"):
        stage.zd.users.update(CUSTOMER_ID)


async def test_agents_update_no_agents(start) -> None:
    stage = await start(auth=AGENT)
    assert (await stage.zd.users.update(CUSTOMER_ID, notes="fine")).notes == "fine"
    with pytest.raises(PermissionDenied) as caught:
        await stage.zd.users.update(ADMIN_ID, notes="not fine")
    assert caught.value.status == 403


async def test_what_the_server_ignores_becomes_an_event(start) -> None:
    stage = await start()
    await stage.zd.users.update(CUSTOMER_ID, restricted_agent=False)
    (warning,) = [event for event in stage.events if isinstance(event, ParametersIgnored)]
    assert (warning.operation, "user.restricted_agent" in warning.text) == ("users.update", True)


async def test_options_may_stand_among_the_fields(start) -> None:
    stage = await start()
    user = await stage.zd.users.update(CUSTOMER_ID, notes="soon", deadline=30.0, timeout=5.0)
    assert user.notes == "soon"
    assert [event for event in stage.events if isinstance(event, ParametersIgnored)] == []


async def test_a_write_into_the_callers_own_class(start) -> None:
    @attrs.frozen
    class Customer:
        id: int
        name: str
        user_fields: dict[str, object]

    stage = await start()
    customer = await stage.zd.users.create(name="Own", user_fields={"tier": "gold"}).into(Customer)
    assert (type(customer), customer.name, customer.user_fields["tier"]) == (Customer, "Own", "gold")


# --- merge and delete


async def test_merge_gives_the_winner(start) -> None:
    stage = await start()
    stage.account.state.add_ticket(UNVERIFIED_ID)
    winner = await stage.zd.users.merge(UNVERIFIED_ID, into=CUSTOMER_ID)
    assert winner.id == CUSTOMER_ID
    assert (await stage.zd.users.related(CUSTOMER_ID)).requested_tickets == 1
    values = {one.value async for one in stage.zd.users.identities.list(CUSTOMER_ID)}
    assert values == {"customer@example.com", "unverified@example.com"}
    assert (await stage.zd.users.show(UNVERIFIED_ID)).active is False


async def test_merge_is_for_end_users(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError):
        await stage.zd.users.merge(AGENT_ID, into=CUSTOMER_ID)
    with pytest.raises(BadArgument, match="into itself"):
        stage.zd.users.merge(CUSTOMER_ID, into=str(CUSTOMER_ID))


async def test_delete_gives_the_user_who_is_inactive_now(start) -> None:
    stage = await start()
    gone = await stage.zd.users.delete(CUSTOMER_ID)
    assert (gone.id, gone.active, gone.name) == (CUSTOMER_ID, False, "Carla Customer")
    assert stage.statuses == [200]
    assert (await stage.zd.users.show(CUSTOMER_ID)).active is False
    assert CUSTOMER_ID not in [user.id async for user in stage.zd.users.list()]


async def test_a_requester_of_open_tickets_stays(start) -> None:
    stage = await start()
    stage.account.state.add_ticket(CUSTOMER_ID)
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.delete(CUSTOMER_ID)
    assert list(caught.value.fields) == ["base"]


async def test_the_address_of_a_deleted_user_is_free(start) -> None:
    stage = await start()
    await stage.zd.users.delete(CUSTOMER_ID)
    again = await stage.zd.users.create_or_update(email="customer@example.com", name="Carla, again")
    assert again.id != CUSTOMER_ID
