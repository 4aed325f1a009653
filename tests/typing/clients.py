"""Making a client, as a type checker sees it."""

from __future__ import annotations

from typing import Literal, assert_type

from zdasync import (
    LIMITS,
    ApiToken,
    AuthenticationError,
    ClientCredentials,
    Estimate,
    FieldError,
    GrantedToken,
    Limit,
    Limits,
    LimitsSnapshot,
    LimitState,
    OAuthToken,
    Priority,
    RateLimited,
    RefreshToken,
    User,
    ValidationError,
    View,
    Zendesk,
)
from zdasync.events import Event, Throttled


async def token() -> str:
    return "token"


def stored(granted: GrantedToken) -> None:
    assert_type(granted.refresh_token, str | None)


async def stored_later(granted: GrantedToken) -> None:
    stored(granted)


def observe(event: Event) -> None:
    if isinstance(event, Throttled):
        assert_type(event.wait, float)


def ways_to_make_one() -> None:
    Zendesk("acme", auth=ApiToken("agent@acme.com", "token"), plan="enterprise")
    Zendesk(base_url="http://127.0.0.1:8080", auth=OAuthToken("token"), observer=observe)
    Zendesk("acme", auth=ClientCredentials("client", "secret"), limits={"account": 100}, timeout=30)
    Zendesk("acme", auth=RefreshToken("token", "client", on_rotate=stored), priority=Priority.BULK, pace="even")
    Zendesk("acme", auth=RefreshToken("token", "client", on_rotate=stored_later))
    Zendesk("acme", auth=token, limits=[Limit(name="own", count=5, endpoints=("GET /api/v2/users",)), *LIMITS])
    Zendesk("acme", auth=token, reserve=0.1)
    Zendesk("acme", auth=token, reserve={"account": 50, "incremental-exports": 0.5})
    Zendesk("acme", auth=token, reserve="a tenth")  # type: ignore[arg-type]
    Zendesk("acme")  # type: ignore[call-arg]
    Zendesk("acme", auth="token")  # type: ignore[arg-type]
    Zendesk("acme", auth=token, plan="platinum")  # type: ignore[arg-type]
    Zendesk("acme", auth=token, pace="fast")  # type: ignore[arg-type]
    RefreshToken("token", "client")  # type: ignore[call-arg]


async def from_the_environment() -> None:
    async with Zendesk.from_env() as zd:
        assert_type(zd, Zendesk)
        assert_type(await zd.verify_credentials(), User)
    assert_type(Zendesk.from_env({"ZENDESK_SUBDOMAIN": "acme"}, timeout=10.0), Zendesk)


async def views(zd: Zendesk) -> None:
    customer = zd.on_behalf_of("customer@example.com")
    assert_type(customer, View)
    assert_type(customer.with_options(deadline=1.0), View)
    assert_type(await customer.users.show(1), User)
    assert_type(await zd.with_options(group="tenant-1").users.show(1, group="tenant-2"), User)
    zd.with_options(group=1)  # type: ignore[arg-type]
    zd.on_behalf_of(1.5)  # type: ignore[arg-type]


async def coalesced(zd: Zendesk) -> None:
    async with zd.coalesce() as many:
        assert_type(many, View)
        assert_type(await many.users.create_or_update(email="a@example.org"), User)
    async with zd.on_behalf_of(1).coalesce(wait=0.05, merge=True) as many:
        assert_type(await many.with_options(timeout=5).users.show(1), User)
    zd.coalesce(wait="long")  # type: ignore[arg-type]
    zd.coalesce(most=5)  # type: ignore[call-arg]


def limits(zd: Zendesk) -> None:
    assert_type(zd.limits, Limits)
    snapshot: LimitsSnapshot = zd.limits
    assert_type(snapshot["account"].reserve, int)
    assert_type(zd.limits["account"].origin, Literal["documented", "given", "learned", "hidden", "client"])
    assert_type(zd.limits["account"], LimitState)
    estimate = assert_type(zd.limits.estimate(zd.users.show(1), calls=600), Estimate)
    assert_type((estimate.wait, estimate.limit), tuple[float, str | None])
    assert_type(zd.limits.estimate(zd.users.list()), Estimate)
    assert_type(zd.limits.estimate(zd.users.create_many([{"name": "N"}])), Estimate)
    assert_type(zd.limits.estimate("GET", "/api/v2/users"), Estimate)
    zd.limits.estimate(35436)  # type: ignore[arg-type]
    for state in zd.limits:
        assert_type((state.limit, state.remaining, state.reset), tuple[str, int, float | None])


async def errors(zd: Zendesk) -> None:
    try:
        await zd.users.create(name="N")
    except ValidationError as error:
        assert_type(error.fields, dict[str, list[FieldError]])
        assert_type(error.code, str | None)
    except RateLimited as error:
        assert_type((error.limit, error.wait), tuple[str | None, float])
    except AuthenticationError as error:
        assert_type(error.status, int)
