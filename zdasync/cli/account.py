"""The account that a command works on: that of a profile, of the environment, or a simulated one in this process."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs

from ..auth import DEFAULT_SCOPE, ApiToken, ClientCredentials, Credentials
from ..client import Zendesk
from ..config import PLAN, Settings, checked_plan, resolve_base_url, settings_from_env
from ..errors import BadArgument
from ..events import Observer
from ..limits.table import Plan
from . import profiles
from .kept import KeptTokens, in_thread
from .options import Options
from .profiles import Profile

if TYPE_CHECKING:
    from ..simulator import Account

SIMULATED_PLAN: Final[Plan] = "enterprise"


@attrs.frozen(kw_only=True)
class Simulated:
    """What a simulated account is like: the users and tickets that are made up, and the latency, in seconds."""

    users: int = 0
    tickets: int = 0
    latency: tuple[float, float] = (0.0, 0.0)


POPULATED: Final = Simulated(users=30, tickets=30)
ROOMY: Final = Simulated(latency=(0.05, 0.3))
"""For much work: nobody is there but the four users that always are, and answers take their time."""


@attrs.frozen(eq=False)
class Opened:
    """An open client, the plan that it was told, if any, and the account behind it if that is a simulated one."""

    zd: Zendesk
    plan: Plan | None
    account: Account | None = None


@asynccontextmanager
async def opened(
    options: Options, observer: Observer | None = None, *, simulated: Simulated = POPULATED
) -> AsyncIterator[Opened]:
    """A client of the account that the options name, or the environment, or the profile "default".

    `simulated` is what a simulated account is like. Raises `BadArgument` when none does, or there is no such plan or
    profile.
    """
    plan = None if options.plan is None else checked_plan(options.plan)
    async with AsyncExitStack() as stack:
        if options.simulate:
            from ..simulator import API_TOKEN, Account  # noqa: PLC0415 - for those who ask for it

            plan = plan or SIMULATED_PLAN
            account = Account(
                plan=plan, users=simulated.users, tickets=simulated.tickets, latency=simulated.latency, log_size=0
            )
            url = await stack.enter_async_context(account.serve())
            client = Zendesk(base_url=url, auth=ApiToken("admin@example.com", API_TOKEN), plan=plan, observer=observer)
            yield Opened(await stack.enter_async_context(client), plan, account)
            return
        found = await in_thread(partial(settings, options.profile))
        plan = plan or found.plan
        client = Zendesk(base_url=found.base_url, auth=found.auth, plan=plan, observer=observer)
        yield Opened(await stack.enter_async_context(client), plan)


def settings(name: str | None, environ: Mapping[str, str] | None = None) -> Settings:
    """Where the account is and how it is reached: by a profile's name, else as the environment says, else "default".

    It reads files and asks the keyring, and so may block.
    """
    environ = os.environ if environ is None else environ
    if name is not None:
        return settings_of(_named(name))
    if any(variable.startswith("ZENDESK_") and variable != PLAN and value for variable, value in environ.items()):
        return settings_from_env(environ)
    if (profile := profiles.find(profiles.DEFAULT)) is not None:
        return settings_of(profile)
    raise BadArgument("no account: zdasync login, or set ZENDESK_SUBDOMAIN and what zdasync --help names with it")


def settings_of(profile: Profile) -> Settings:
    """How a profile's account is reached."""
    plan = None if profile.plan is None else checked_plan(profile.plan)
    return Settings(base_url=resolve_base_url(None, profile.base_url), auth=_credentials(profile), plan=plan)


def _named(name: str) -> Profile:
    profile = profiles.find(name)
    if profile is None:
        known = ", ".join(one.name for one in profiles.known())
        raise BadArgument(f"there is no profile {name!r}" + (f": there is {known}" if known else ": zdasync login"))
    return profile


def _credentials(profile: Profile) -> Credentials:
    secrets = profiles.secrets_of(profile)
    try:
        if profile.kind == "api_token":
            return ApiToken(profile.email or "", secrets["api_token"])
        if profile.kind == "client_credentials":
            return ClientCredentials(profile.client_id or "", secrets["client_secret"], profile.scope or DEFAULT_SCOPE)
        return KeptTokens(profile, secrets)
    except KeyError:
        again = f"zdasync login --profile {profile.name}"
        raise BadArgument(f"the secrets of profile {profile.name!r} are gone: {again}") from None
