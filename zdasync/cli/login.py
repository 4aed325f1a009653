"""`zdasync login`, `logout` and `profiles`: sign in once, and keep what that brings where others can't read it.

Secrets are read from the keyboard without showing, or line by line from a stdin that is piped; none is an argument.
"""

from __future__ import annotations

import getpass
import sys
import webbrowser
from collections.abc import Coroutine
from functools import partial
from typing import Annotated, Any, Final

import attrs

from ..auth import Anonymous, ApiToken, Auth, ClientCredentials, OAuthToken
from ..client import Zendesk
from ..config import checked_plan, resolve_base_url
from ..errors import BadArgument, UnexpectedReply, ZendeskError
from ..records.users import User
from . import output, profiles, vault
from .account import settings_of
from .kept import in_thread, tokens
from .loopback import HOST, PATH, listening
from .options import DEFAULT, Flag, Options, Port, told
from .profiles import Kind, Profile, Store
from .status import Status, complain, explain
from .text import printable
from .vault import Secrets

SCOPE: Final = "read write"
PATIENCE: Final = 600.0
"""Seconds that a person has to grant access."""


@attrs.frozen(kw_only=True)
class _Browser:
    """How a person is brought to the page that asks for access."""

    port: int
    opened: bool


def login(
    *,
    subdomain: Annotated[str | None, told("The acme of acme.zendesk.com.")] = None,
    base_url: Annotated[str | None, told("Another address than that: a proxy, a simulated account.")] = None,
    client_id: Annotated[str | None, told("The OAuth client's unique identifier.")] = None,
    scope: Annotated[str, told("The scopes to ask for, separated by spaces.")] = SCOPE,
    confidential: Annotated[Flag, told("The OAuth client has a secret, which is asked for.")] = False,
    client_credentials: Annotated[Flag, told("Sign in as the OAuth client itself, without a browser.")] = False,
    api_token: Annotated[Flag, told("Sign in with an agent's e-mail and an API token; both are asked for.")] = False,
    port: Annotated[Port, told(f"The browser comes back to http://{HOST}:PORT{PATH}; 0: any port.")] = 0,
    no_browser: Annotated[Flag, told("Open no browser; the address is printed either way.")] = False,
    store: Annotated[Store, told("Where the secrets go: the system's keyring, or the profile file.")] = "keyring",
    options: Options = DEFAULT,
) -> Coroutine[Any, Any, int]:
    """Sign in and keep the credentials as a profile (--profile; "default" unless you name one).

    Three ways: in the browser with an OAuth client (--client-id; authorization code with PKCE), with the client's own
    credentials (--client-credentials), or with an agent's API token (--api-token). Secrets are asked for, or read from
    a stdin that is piped, one a line.
    """
    if options.simulate:
        raise BadArgument("a simulated account that ends with this command needs no login: see zdasync simulate")
    kind: Kind = "api_token" if api_token else "client_credentials" if client_credentials else "oauth"
    if api_token and client_credentials:
        raise BadArgument("--api-token or --client-credentials: one of the two")
    if api_token == (client_id is not None):
        raise BadArgument(
            "an API token needs no --client-id" if api_token else "name the OAuth client with --client-id, or use "
            "--api-token"
        )
    if store == "keyring" and not vault.available():
        raise BadArgument(f"there is no system keyring here: --store file keeps the secrets in {profiles.path()}")
    profiles.known()
    profile = Profile(
        name=profiles.checked_name(options.profile or profiles.DEFAULT), kind=kind, store=store,
        base_url=resolve_base_url(subdomain, base_url), client_id=client_id, scope=None if api_token else scope,
        email=_asked("e-mail", secret=False) if api_token else None,
        plan=None if options.plan is None else checked_plan(options.plan),
    )
    browser = _Browser(port=port, opened=not no_browser)
    return _sign_in(profile, _secret(profile, confidential=confidential), browser, options)


def logout(*, options: Options = DEFAULT) -> Coroutine[Any, Any, int]:
    """Forget a profile (--profile) and its secrets; a token that a person granted is ended at the account first."""
    name = profiles.checked_name(options.profile or profiles.DEFAULT)
    profile = profiles.find(name)
    if profile is None:
        raise BadArgument(f"there is no profile {name!r}")
    return _sign_out(profile, options)


def profiles_(*, options: Options = DEFAULT) -> None:
    """List the profiles, without their secrets."""
    found = profiles.known()
    with output.rows([field.name for field in attrs.fields(Profile)], machine=options.json) as show:
        for profile in found:
            show(attrs.asdict(profile))


# -- signing in --------------------------------------------------------------------------------------------------------


async def _sign_in(profile: Profile, secret: str | None, browser: _Browser, options: Options) -> int:
    if profile.kind == "oauth":
        secrets = await _granted(profile, secret, browser)
        auth: Auth = OAuthToken(secrets["access_token"])
    elif profile.kind == "client_credentials":
        secrets = Secrets(client_secret=secret or "")
        auth = ClientCredentials(profile.client_id or "", secret or "", profile.scope or SCOPE)
    else:
        secrets = Secrets(api_token=secret or "")
        auth = ApiToken(profile.email or "", secret or "")
    async with Zendesk(base_url=profile.base_url, auth=auth) as zd:
        user = await zd.verify_credentials()
    await in_thread(partial(profiles.save, profile, secrets))
    _welcome(profile, user, options)
    return Status.DONE


async def _granted(profile: Profile, client_secret: str | None, browser: _Browser) -> Secrets:
    """What the authorization code grant brings."""
    client_id, scope = profile.client_id or "", profile.scope or SCOPE
    async with listening(browser.port) as listener, Zendesk(base_url=profile.base_url, auth=Anonymous()) as zd:
        asked = zd.oauth.authorization_url(client_id, listener.redirect_uri, scope)
        listener.expected = asked.state
        await _show(asked.url, browser)
        code = await listener.code(PATIENCE)
        granted = await zd.oauth.exchange_code(
            code, client_id=client_id, client_secret=client_secret, redirect_uri=listener.redirect_uri,
            state=asked.state, expected_state=asked.state, code_verifier=asked.code_verifier, scope=scope,
        )
    if granted.refresh_token is None:
        raise UnexpectedReply("the account granted no refresh token, so the sign-in would not last")
    return tokens(granted, client_secret=client_secret)


async def _show(url: str, browser: _Browser) -> None:
    sys.stderr.write(f"grant access here: {printable(url)}\n")
    sys.stderr.flush()
    if browser.opened and not await in_thread(partial(webbrowser.open, url)):
        sys.stderr.write("no browser opened: open that address in one on this machine\n")


def _welcome(profile: Profile, user: User, options: Options) -> None:
    if options.json:
        output.document({**attrs.asdict(profile), "user_id": user.id, "user": user.name}, machine=True)
        return
    where = "the system's keyring" if profile.store == "keyring" else f"{profiles.path()}"
    output.write(
        f"signed in to {profile.base_url} as {printable(user.name or '')} <{printable(user.email or '')}>; profile "
        f"{profile.name!r}, its secrets in {where}"
    )


async def _sign_out(profile: Profile, options: Options) -> int:
    status = Status.DONE
    if profile.kind == "oauth":
        try:
            found = await in_thread(partial(settings_of, profile))
            async with Zendesk(base_url=found.base_url, auth=found.auth) as zd:
                await zd.oauth.tokens.revoke_current()
        except ZendeskError as error:
            complain("logout", f"the token was not ended at the account: {explain(error)}")
            status = Status.FAILURES
    await in_thread(partial(profiles.remove, profile))
    if options.json:
        output.document({"profile": profile.name, "revoked": status is Status.DONE}, machine=True)
    else:
        output.write(f"profile {profile.name!r} is forgotten")
    return status


# -- what is asked for -------------------------------------------------------------------------------------------------


def _secret(profile: Profile, *, confidential: bool) -> str | None:
    if profile.kind == "api_token":
        return _asked("API token")
    if profile.kind == "client_credentials" or confidential:
        return _asked("secret of the OAuth client")
    return None


def _asked(what: str, *, secret: bool = True) -> str:
    """What somebody types, or the next line of a stdin that is piped. Raises `BadArgument` when there is none."""
    if not sys.stdin.isatty():
        found = sys.stdin.readline()
    elif secret:
        found = getpass.getpass(f"{what}: ")
    else:
        sys.stderr.write(f"{what}: ")
        sys.stderr.flush()
        found = sys.stdin.readline()
    if not found.strip():
        raise BadArgument(f"no {what} was given: type it when asked, or pipe it into stdin")
    return found.strip()
