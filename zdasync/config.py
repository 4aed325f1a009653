"""Where the account is and how it is reached: the base URL, and what the environment says.

The model: credentials go to one host, over HTTPS, and that host is settled here, once. Plain HTTP is for loopback
only, where a simulated account runs.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Final, TypeGuard
from urllib.parse import urlsplit

import attrs

from ._checks import header_value, on_behalf_of_value
from .auth import DEFAULT_SCOPE, ApiToken, ClientCredentials, Credentials, OAuthToken
from .errors import BadArgument
from .limits.table import PLANS, Plan

__all__ = [
    "Settings", "checked_plan", "header_value", "on_behalf_of_value", "resolve_base_url", "settings_from_env",
]

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST_NAME: Final = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_ZENDESK_HOST: Final = re.compile(rf"(?:https?://)?({_LABEL.pattern})\.zendesk\.com(?:/.*)?")
_MAX_HOST: Final = 253
_LOOPBACK_NAME: Final = "localhost"

SUBDOMAIN: Final = "ZENDESK_SUBDOMAIN"
BASE_URL: Final = "ZENDESK_BASE_URL"
PLAN: Final = "ZENDESK_PLAN"
EMAIL: Final = "ZENDESK_EMAIL"
API_TOKEN: Final = "ZENDESK_API_TOKEN"  # noqa: S105  # the name of a variable
OAUTH_TOKEN: Final = "ZENDESK_OAUTH_TOKEN"  # noqa: S105  # the name of a variable
CLIENT_ID: Final = "ZENDESK_CLIENT_ID"
CLIENT_SECRET: Final = "ZENDESK_CLIENT_SECRET"  # noqa: S105  # the name of a variable
SCOPE: Final = "ZENDESK_SCOPE"


@attrs.frozen(slots=True, eq=False)
class Settings:
    """What a client needs to know to begin. `plan` None: the first reply tells the account's limit."""

    base_url: str
    auth: Credentials
    plan: Plan | None = None


def resolve_base_url(subdomain: str | None, base_url: str | None) -> str:
    """Scheme and host of the account, without a slash at the end, from either of its two names.

    `subdomain` is the `acme` of acme.zendesk.com; `base_url` is for proxies and simulated accounts. Raises
    `BadArgument` unless exactly one is given and leads to one host over HTTPS (plain HTTP: to loopback).
    """
    if subdomain is not None and base_url is not None:
        raise BadArgument("give a subdomain or a base_url, not both")
    if subdomain is not None:
        return f"https://{_subdomain(subdomain)}.zendesk.com"
    if base_url is not None:
        return _base_url(base_url)
    raise BadArgument('give a subdomain ("acme" for acme.zendesk.com) or a base_url')


def checked_plan(plan: str) -> Plan:
    """The name of a plan; raises `BadArgument` that lists them."""
    if _is_plan(plan):
        return plan
    raise BadArgument(f"there is no plan {plan!r}: it is one of {', '.join(PLANS)}")


def settings_from_env(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment holds; variables that are empty count as absent.

    The account: ZENDESK_SUBDOMAIN or ZENDESK_BASE_URL. The credentials, in one of three forms: ZENDESK_EMAIL and
    ZENDESK_API_TOKEN; ZENDESK_OAUTH_TOKEN; ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET (ZENDESK_SCOPE if you want
    other scopes than "read write"). ZENDESK_PLAN is optional. Raises `BadArgument` that names the variables at fault,
    never their values, when something is missing or said twice.
    """
    found = {name: value for name, value in environ.items() if name.startswith("ZENDESK_") and value}
    if (SUBDOMAIN in found) == (BASE_URL in found):
        raise BadArgument(f"set either {SUBDOMAIN} or {BASE_URL}" + (", not both" if SUBDOMAIN in found else ""))
    try:
        base_url = resolve_base_url(found.get(SUBDOMAIN), found.get(BASE_URL))
    except BadArgument:
        raise BadArgument(
            f"{SUBDOMAIN} must be the 'acme' of acme.zendesk.com" if SUBDOMAIN in found
            else f"{BASE_URL} must be an https:// address with a host and nothing behind it (http:// to loopback only)"
        ) from None
    plan = found.get(PLAN)
    if plan is not None and not _is_plan(plan):
        raise BadArgument(f"{PLAN} must be one of {', '.join(PLANS)}")
    return Settings(base_url=base_url, auth=_credentials(found), plan=plan)


@attrs.frozen
class _Form:
    """One way to give credentials: the variables that it needs, and those that it may have."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()

    def names_in(self, found: Mapping[str, str]) -> list[str]:
        return [name for name in (*self.needs, *self.may) if name in found]

    def __str__(self) -> str:
        return " and ".join(self.needs)


_API: Final = _Form(needs=(EMAIL, API_TOKEN))
_BEARER: Final = _Form(needs=(OAUTH_TOKEN,))
_CLIENT: Final = _Form(needs=(CLIENT_ID, CLIENT_SECRET), may=(SCOPE,))
_FORMS: Final = (_API, _BEARER, _CLIENT)


def _credentials(found: Mapping[str, str]) -> Credentials:
    begun = [form for form in _FORMS if form.names_in(found)]
    if not begun:
        raise BadArgument(f"no credentials: set {'; or '.join(map(str, _FORMS))}")
    if len(begun) > 1:
        names = [name for form in begun for name in form.names_in(found)]
        raise BadArgument(f"{', '.join(names)} are more than one set of credentials: keep one of them")
    form = begun[0]
    if missing := [name for name in form.needs if name not in found]:
        raise BadArgument(f"{', '.join(form.names_in(found))} is set, but {', '.join(missing)} is missing")
    try:
        return _built(form, found)
    except BadArgument as error:
        raise BadArgument(f"{' or '.join(form.names_in(found))} is no good: {error.message}") from None


def _built(form: _Form, found: Mapping[str, str]) -> Credentials:
    if form is _API:
        return ApiToken(found[EMAIL], found[API_TOKEN])
    if form is _BEARER:
        return OAuthToken(found[OAUTH_TOKEN])
    return ClientCredentials(found[CLIENT_ID], found[CLIENT_SECRET], found.get(SCOPE, DEFAULT_SCOPE))


def _is_plan(plan: str) -> TypeGuard[Plan]:
    return plan in PLANS


def _subdomain(subdomain: object) -> str:
    if not isinstance(subdomain, str):
        raise BadArgument(f"the subdomain must be a string, not {type(subdomain).__name__}")
    name = subdomain.lower()
    if _LABEL.fullmatch(name):
        return name
    if whole := _ZENDESK_HOST.fullmatch(name):
        raise BadArgument(f'the subdomain is what stands before .zendesk.com: write "{whole[1]}"')
    raise BadArgument(
        'the subdomain must be one word of letters, digits and hyphens ("acme" for acme.zendesk.com); '
        "another address goes into base_url"
    )


def _base_url(base_url: object) -> str:
    """No message repeats the value: it may hold a password."""
    if not isinstance(base_url, str):
        raise BadArgument(f"base_url must be a string, not {type(base_url).__name__}")
    if not base_url.isascii() or not base_url.isprintable() or set(base_url) & set(" \\%"):
        raise BadArgument("base_url holds characters that no address has")
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadArgument("base_url is no address: write https://host or https://host:port") from None
    if parts.scheme not in {"https", "http"}:
        raise BadArgument("base_url must begin with https://")
    if "@" in parts.netloc:
        raise BadArgument("base_url must hold no user and no password: give credentials as auth")
    if parts.path not in {"", "/"} or "?" in base_url or "#" in base_url:
        raise BadArgument("base_url must end after the host: no path, no query, no fragment")
    address = _address(host)
    if address is None and not (_HOST_NAME.fullmatch(host) and len(host) <= _MAX_HOST):
        raise BadArgument("base_url names no host: write https://host or https://host:port")
    if parts.scheme == "http" and not (host == _LOOPBACK_NAME if address is None else address.is_loopback):
        raise BadArgument("base_url must begin with https://: plain HTTP would show the credentials to everyone")
    shown = f"[{host}]" if isinstance(address, ipaddress.IPv6Address) else host
    return f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
