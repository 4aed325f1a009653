"""Acting for an end user."""

from __future__ import annotations

import asyncio

import pytest

from zdasync import AuthenticationError, BadArgument, OAuthToken, PermissionDenied
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID
from zdasync.simulator.tokens import find_client

SCOPES = ("read", "write", "impersonate")


@pytest.mark.parametrize("name", ["customer@example.com", "Customer@Example.com", CUSTOMER_ID, str(CUSTOMER_ID)])
async def test_by_address_or_id(start, name) -> None:
    stage = await start()
    admin = await stage.bearer(*SCOPES)
    customer = admin.on_behalf_of(name)
    me = await customer.users.me()
    assert (me.id, me.role) == (CUSTOMER_ID, "end-user")
    assert (await admin.users.me()).id == ADMIN_ID
    assert [one.actor for one in stage.account.log] == [CUSTOMER_ID, ADMIN_ID]


async def test_a_token_from_the_api_with_the_scope_will_do(start) -> None:
    stage = await start()
    number = find_client(stage.account.state, "client").id
    made = await stage.zd.oauth.tokens.create(number, SCOPES)
    admin = await stage.client(OAuthToken(made.full_token))
    assert (await admin.on_behalf_of(CUSTOMER_ID).users.me()).id == CUSTOMER_ID


async def test_the_end_users_rights_count(start) -> None:
    stage = await start()
    customer = (await stage.bearer(*SCOPES)).on_behalf_of(CUSTOMER_ID)
    with pytest.raises(PermissionDenied):
        await customer.users.list()
    identities = [one async for one in customer.users.identities.list(CUSTOMER_ID, end_user=True)]
    assert [one.value for one in identities] == ["customer@example.com"]


async def test_session_and_limits_are_shared(start) -> None:
    stage = await start()
    admin = await stage.bearer(*SCOPES)
    customer = admin.on_behalf_of(CUSTOMER_ID)
    await asyncio.gather(*(view.users.me() for view in (admin, customer) for _ in range(10)))
    assert admin.limits["account"].used == customer.limits["account"].used == 20


async def test_without_the_scope(start) -> None:
    stage = await start()
    with pytest.raises(PermissionDenied) as caught:
        await (await stage.bearer("read", "write")).on_behalf_of(CUSTOMER_ID).users.me()
    assert "impersonate" in caught.value.message


async def test_an_api_token_may_not(start) -> None:
    stage = await start()
    with pytest.raises(PermissionDenied):
        await stage.zd.on_behalf_of(CUSTOMER_ID).users.me()


async def test_an_agents_token_may_not(start) -> None:
    stage = await start()
    agent = await stage.bearer(*SCOPES, user_id=AGENT_ID)
    with pytest.raises(PermissionDenied):
        await agent.on_behalf_of(CUSTOMER_ID).users.me()


@pytest.mark.parametrize("name", ["nobody@example.com", 12])
async def test_somebody_who_does_not_exist(start, name) -> None:
    stage = await start()
    admin = await stage.bearer(*SCOPES)
    with pytest.raises(AuthenticationError) as caught:
        await admin.on_behalf_of(name).users.me()
    assert caught.value.code == "invalid_token"


async def test_agents_can_not_be_impersonated(start) -> None:
    stage = await start()
    with pytest.raises(PermissionDenied):
        await (await stage.bearer(*SCOPES)).on_behalf_of(AGENT_ID).users.me()


async def test_an_unverified_user_under_either_reading(start) -> None:
    strict = await start()
    with pytest.raises(AuthenticationError):
        await (await strict.bearer(*SCOPES)).on_behalf_of(UNVERIFIED_ID).users.me()
    old = await start(settings={"impersonate_verified_only": False})
    assert (await (await old.bearer(*SCOPES)).on_behalf_of(UNVERIFIED_ID).users.me()).id == UNVERIFIED_ID


async def test_options_and_impersonation_go_together(start) -> None:
    stage = await start()
    admin = await stage.bearer(*SCOPES)
    for view in (
        admin.on_behalf_of(CUSTOMER_ID).with_options(deadline=5.0),
        admin.with_options(deadline=5.0).on_behalf_of(CUSTOMER_ID),
    ):
        assert (await view.users.me()).id == CUSTOMER_ID


@pytest.mark.parametrize("wrong", ["a@example.com\r\nX-Evil: 1", "", "no address", " a@example.com", True, None, 1.5])
async def test_what_can_be_no_user_is_refused_before_sending(start, wrong) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="act for"):
        stage.zd.on_behalf_of(wrong)
    assert stage.sent == []
