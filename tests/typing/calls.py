"""What awaiting a call gives, as a type checker sees it."""

from __future__ import annotations

from typing import Any, assert_type

import attrs

from zdasync import Call, Identity, JobStatus, Sideloads, User, Zendesk
from zdasync.records import (
    Count,
    CurrentUser,
    DeletedUser,
    Entitlement,
    GrantedToken,
    OAuthTokenRecord,
    Session,
    UserRelated,
    UserSettings,
)
from zdasync.resources.oauth import AuthorizationRequest


@attrs.frozen
class Customer:
    id: int
    user_fields: dict[str, object]


class Extended(User, frozen=True, kw_only=True):
    hologram: str | None = None


async def single_records(zd: Zendesk) -> None:
    _ = assert_type(zd.users.show(35436), Call[User])
    assert_type(await zd.users.show(35436), User)
    assert_type(await zd.users.show("35436"), User)
    assert_type(await zd.users.me(), CurrentUser)
    assert_type(await zd.users.related(1), UserRelated)
    assert_type(await zd.users.count(role=["agent", "admin"]), Count)
    assert_type(await zd.users.merge(1, into=2), User)
    assert_type(await zd.users.delete(1), User)
    assert_type(await zd.users.deleted.delete(1), DeletedUser)
    assert_type(await zd.users.identities.verify(1, 2), Identity)
    assert_type(await zd.users.me_settings(), UserSettings)
    assert_type(await zd.users.entitlements(1), dict[str, Entitlement | None])
    assert_type(await zd.users.password_requirements(1), list[str])
    assert_type(await zd.sessions.current(), Session)
    assert_type(await zd.sessions.renew(), str)
    assert_type(await zd.job_statuses.show("V3-1"), JobStatus)
    assert_type(await zd.oauth.tokens.show_current(), OAuthTokenRecord)


async def fields_are_typed(zd: Zendesk) -> None:
    user = await zd.users.show(1)
    assert_type(user.id, int)
    assert_type(user.name, str | None)
    assert_type(user.tags, tuple[str, ...])
    user.name.upper()  # type: ignore[union-attr]
    user.emial  # type: ignore[attr-defined]  # noqa: B018
    user.name = "frozen"  # type: ignore[misc]


async def into_a_class_of_ones_own(zd: Zendesk) -> None:
    call = zd.users.show(1).into(Customer)
    _ = assert_type(call, Call[Customer])
    assert_type(await zd.users.show(1).into(Customer), Customer)
    assert_type((await zd.users.show(1).into(Extended)).email, str | None)
    assert_type(await zd.users.create(name="N").into(Customer), Customer)


async def raw_and_sideloads(zd: Zendesk) -> None:
    assert_type(await zd.users.show(1).raw(), Any)
    assert_type(await zd.users.show(1, include="groups").with_sideloads(), tuple[User, Sideloads])
    assert_type(await zd.request("GET", "/api/v2/users/count"), Any)


async def calls_must_be_awaited(zd: Zendesk) -> None:
    zd.users.delete(1)  # type: ignore[unused-awaitable]
    zd.users.show(1).name  # type: ignore[attr-defined]  # noqa: B018


async def nothing_is_none(zd: Zendesk) -> None:
    _ = assert_type(zd.users.logout_many([1, 2]), Call[None])
    _ = assert_type(zd.users.identities.delete(1, 2), Call[None])
    _ = assert_type(zd.oauth.tokens.revoke(1), Call[None])


async def authorization(zd: Zendesk) -> None:
    request = zd.oauth.authorization_url("client", "https://app.example/callback", "read write")
    assert_type(request, AuthorizationRequest)
    assert_type(request.code_verifier, str | None)
    granted = await zd.oauth.exchange_code(
        "code", client_id="client", redirect_uri="https://app.example/callback", state="s",
        expected_state=request.state, code_verifier=request.code_verifier,
    )
    assert_type(granted, GrantedToken)
