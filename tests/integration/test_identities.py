"""Identities: all eight calls for agents, six for end users."""

from __future__ import annotations

import pytest

from zdasync import BadArgument, NotFound, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID


async def of(zd, user_id, **options):
    return [identity async for identity in zd.users.identities.list(user_id, **options)]


async def test_list_of_all_of_one_type_of_several(start) -> None:
    stage = await start()
    identities = stage.zd.users.identities
    await identities.create(CUSTOMER_ID, type="phone_number", value="+49301234567")
    await identities.create(CUSTOMER_ID, type="twitter", value="carla")
    kinds = [one.type for one in await of(stage.zd, CUSTOMER_ID)]
    assert kinds == ["email", "phone_number", "twitter"]
    assert [one.type for one in await of(stage.zd, CUSTOMER_ID, type="twitter")] == ["twitter"]
    several = await of(stage.zd, CUSTOMER_ID, type=["email", "twitter"])
    assert [one.type for one in several] == ["email", "twitter"]


async def test_list_in_pages(start) -> None:
    stage = await start()
    for number in range(4):
        await stage.zd.users.identities.create(CUSTOMER_ID, type="email", value=f"{number}@example.org")
    stage.forget()
    assert len(await of(stage.zd, CUSTOMER_ID, page_size=2)) == 5
    assert stage.sent == [f"GET /api/v2/users/{CUSTOMER_ID}/identities"] * 3


async def test_show_has_every_field(start) -> None:
    stage = await start()
    (primary,) = await of(stage.zd, CUSTOMER_ID)
    shown = await stage.zd.users.identities.show(CUSTOMER_ID, primary.id)
    assert shown == primary
    assert (shown.user_id, shown.type, shown.value) == (CUSTOMER_ID, "email", "customer@example.com")
    assert (shown.primary, shown.verified, shown.verification_method) == (True, True, "low")
    assert shown.verified_at is not None
    assert (shown.deliverable_state, shown.undeliverable_count) == ("deliverable", 0)
    assert stage.drifts == []


async def test_show_of_another_users_identity(start) -> None:
    stage = await start()
    (primary,) = await of(stage.zd, CUSTOMER_ID)
    with pytest.raises(NotFound):
        await stage.zd.users.identities.show(UNVERIFIED_ID, primary.id)


async def test_create_adds_a_second_address(start) -> None:
    stage = await start()
    made = await stage.zd.users.identities.create(
        CUSTOMER_ID, type="email", value="Second@Example.org", verified=True, skip_verify_email=True
    )
    assert stage.statuses == [201]
    assert (made.value, made.verified, made.primary) == ("second@example.org", True, False)
    assert (await stage.zd.users.show(CUSTOMER_ID)).email == "customer@example.com"


async def test_create_with_a_verification_method(start) -> None:
    stage = await start()
    made = await stage.zd.users.identities.create(
        CUSTOMER_ID, type="email", value="low@example.org", verification_method="low"
    )
    assert (made.verification_method, made.verified) == ("low", True)
    with pytest.raises(BadArgument, match="verification_method"):
        stage.zd.users.identities.create(CUSTOMER_ID, type="email", value="a@example.org", verification_method="sso")


async def test_an_address_that_somebody_has(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.identities.create(CUSTOMER_ID, type="email", value="agent@example.com")
    assert [problem.code for problems in caught.value.fields.values() for problem in problems] == ["DuplicateValue"]


async def test_what_is_no_identity_is_refused_before_sending(start) -> None:
    stage = await start()
    identities = stage.zd.users.identities
    with pytest.raises(BadArgument, match="no e-mail"):
        identities.create(CUSTOMER_ID, type="email", value="no address")
    with pytest.raises(BadArgument, match="identity has no field"):
        identities.create(CUSTOMER_ID, type="email", value="a@example.org", verifed=True)
    with pytest.raises(BadArgument, match="no fields"):
        identities.update(CUSTOMER_ID, 1)
    for kind in ([], 5):
        with pytest.raises(BadArgument, match="type"):
            identities.list(CUSTOMER_ID, type=kind)
    with pytest.raises(BadArgument, match="identity_id"):
        identities.show(CUSTOMER_ID, "1/../../users")
    assert stage.sent == []


async def test_update_changes_the_value_or_the_verification(start) -> None:
    stage = await start()
    (primary,) = await of(stage.zd, UNVERIFIED_ID)
    changed = await stage.zd.users.identities.update(UNVERIFIED_ID, primary.id, value="renamed@example.com")
    assert (changed.value, changed.primary) == ("renamed@example.com", True)
    verified = await stage.zd.users.identities.update(UNVERIFIED_ID, primary.id, verified=True)
    assert verified.verified is True
    assert (await stage.zd.users.show(UNVERIFIED_ID)).email == "renamed@example.com"


async def test_make_primary_gives_all_identities(start) -> None:
    stage = await start()
    second = await stage.zd.users.identities.create(CUSTOMER_ID, type="email", value="second@example.org")
    page = await stage.zd.users.identities.make_primary(CUSTOMER_ID, second.id)
    assert {one.value: one.primary for one in page} == {"second@example.org": True, "customer@example.com": False}
    assert page.has_more is False
    assert (await stage.zd.users.show(CUSTOMER_ID)).email == "second@example.org"
    assert stage.sent[1] == f"PUT /api/v2/users/{CUSTOMER_ID}/identities/{second.id}/make_primary"


async def test_make_primary_is_sent_once_however_it_is_read(start) -> None:
    stage = await start()
    second = await stage.zd.users.identities.create(CUSTOMER_ID, type="email", value="second@example.org")
    stage.forget()
    values = [one.value async for one in stage.zd.users.identities.make_primary(CUSTOMER_ID, second.id)]
    assert len(values) == 2
    assert len(stage.sent) == 1


async def test_verify_may_bring_the_user_into_an_organization(start) -> None:
    stage = await start()
    organization = stage.account.state.organizations[min(stage.account.state.organizations)]
    made = await stage.zd.users.identities.create(
        UNVERIFIED_ID, type="email", value=f"uwe@{organization.domain_names[0]}"
    )
    verified = await stage.zd.users.identities.verify(UNVERIFIED_ID, made.id)
    assert (verified.id, verified.verified) == (made.id, True)
    user = await stage.zd.users.show(UNVERIFIED_ID)
    assert (user.verified, user.organization_id) == (True, organization.id)


async def test_the_owners_address_can_not_be_verified(start) -> None:
    stage = await start()
    made = await stage.zd.users.identities.create(ADMIN_ID, type="email", value="ada@example.com")
    with pytest.raises(PermissionDenied):
        await stage.zd.users.identities.verify(ADMIN_ID, made.id)


async def test_request_verification(start) -> None:
    stage = await start()
    (primary,) = await of(stage.zd, UNVERIFIED_ID)
    assert await stage.zd.users.identities.request_verification(UNVERIFIED_ID, primary.id) is None
    assert stage.sent[-1].endswith("/request_verification")


async def test_delete(start) -> None:
    stage = await start()
    made = await stage.zd.users.identities.create(CUSTOMER_ID, type="email", value="second@example.org")
    assert await stage.zd.users.identities.delete(CUSTOMER_ID, made.id) is None
    assert stage.statuses[-1] == 204
    with pytest.raises(NotFound):
        await stage.zd.users.identities.show(CUSTOMER_ID, made.id)
    # The address is free again.
    assert (await stage.zd.users.update(UNVERIFIED_ID, email="second@example.org")).id == UNVERIFIED_ID


async def test_granular_scopes_are_not_enough(start) -> None:
    stage = await start()
    granular = await stage.bearer("users:read", "users:write")
    assert (await granular.users.show(CUSTOMER_ID)).id == CUSTOMER_ID
    with pytest.raises(PermissionDenied):
        await granular.users.identities.list(CUSTOMER_ID)
    assert len(await of(await stage.bearer("read"), CUSTOMER_ID)) == 1


# --- end users, on their own identities


@pytest.fixture
async def customer(start):
    stage = await start()
    return stage, await stage.bearer("read", "write", user_id=CUSTOMER_ID)


async def test_an_end_user_sees_addresses_and_numbers_only(customer) -> None:
    stage, zd = customer
    for kind, value in (("twitter", "carla"), ("phone_number", "+49301234567")):
        await stage.zd.users.identities.create(CUSTOMER_ID, type=kind, value=value)
    stage.forget()
    assert [one.type for one in await of(zd, CUSTOMER_ID, end_user=True)] == ["email", "phone_number"]
    assert stage.sent == [f"GET /api/v2/end_users/{CUSTOMER_ID}/identities"]


async def test_an_end_user_adds_shows_and_deletes(customer) -> None:
    stage, zd = customer
    identities = zd.users.identities
    made = await identities.create(CUSTOMER_ID, end_user=True, type="email", value="mine@example.org")
    assert made.verified is False
    shown = await identities.show(CUSTOMER_ID, made.id, end_user=True)
    assert shown == made
    assert f"/end_users/{CUSTOMER_ID}/identities/{made.id}" in shown.url
    assert await identities.request_verification(CUSTOMER_ID, made.id, end_user=True) is None
    assert await identities.delete(CUSTOMER_ID, made.id, end_user=True) is None
    assert all(f"/api/v2/end_users/{CUSTOMER_ID}/identities" in line for line in stage.sent)


async def test_an_end_user_makes_only_verified_addresses_primary(customer) -> None:
    stage, zd = customer
    made = await zd.users.identities.create(CUSTOMER_ID, end_user=True, type="email", value="mine@example.org")
    with pytest.raises(ValidationError):
        await zd.users.identities.make_primary(CUSTOMER_ID, made.id, end_user=True)
    await stage.zd.users.identities.verify(CUSTOMER_ID, made.id)
    page = await zd.users.identities.make_primary(CUSTOMER_ID, made.id, end_user=True)
    assert {one.value: one.primary for one in page}["mine@example.org"] is True


async def test_an_end_user_reaches_nobody_else(customer) -> None:
    _, zd = customer
    with pytest.raises(PermissionDenied):
        await zd.users.identities.list(AGENT_ID, end_user=True)
    with pytest.raises(PermissionDenied):
        await zd.users.identities.list(CUSTOMER_ID)
