"""Who may call an endpoint, said once in each table of endpoints.

A guard wraps an endpoint: it lets what is due happen first, so that every reply is as of its own time, and answers 401
to callers without credentials and 403 to callers whose role is too small.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

from .http import Call, Reply
from .records import User
from .refusals import forbidden, not_authenticated, not_found, too_many_values
from .settings import Settings
from .state import State

MAX_IDS: Final = 100
"""Ids or rows that one call may name."""
_ID: Final = re.compile(r"[0-9]{1,19}\Z")


class Holder(Protocol):
    """What endpoints use of an account."""

    @property
    def state(self) -> State:
        """The data."""

    @property
    def settings(self) -> Settings:
        """The named choices."""

    def now(self) -> float:
        """The account's time in unix seconds."""


Handler = Callable[[Holder, Call], Reply]


def anyone(handler: Handler) -> Handler:
    """Open to callers without credentials."""

    def endpoint(account: Holder, call: Call) -> Reply:
        account.state.advance(call.now)
        return handler(account, call)

    return endpoint


def _guarded(handler: Handler, allowed: Callable[[User], bool]) -> Handler:
    def checked(account: Holder, call: Call) -> Reply:
        if not allowed(caller(call)):
            raise forbidden()
        return handler(account, call)

    return anyone(checked)


def signed_in(handler: Handler) -> Handler:
    """Open to everybody with credentials."""
    return _guarded(handler, lambda _: True)


def agents(handler: Handler) -> Handler:
    """Open to agents and admins."""
    return _guarded(handler, lambda user: user.staff)


def admins(handler: Handler) -> Handler:
    """Open to admins."""
    return _guarded(handler, lambda user: user.admin)


def caller(call: Call) -> User:
    """Who calls; 401 for an anonymous caller."""
    if call.actor.user is None:
        raise not_authenticated()
    return call.actor.user


def as_id(text: str) -> int | None:
    """A text as an id; None for what is no number of 64 bits."""
    return int(text) if _ID.match(text) else None


def path_id(call: Call, name: str) -> int:
    """An id from the path; what is no number names no record."""
    found = as_id(call.values[name])
    if found is None:
        raise not_found()
    return found


def path_user(account: Holder, call: Call, name: str = "user_id") -> User:
    """The active user that the path names, by id or as `me`; 404 otherwise."""
    if call.values[name] == "me":
        return caller(call)
    user = account.state.active(path_id(call, name))
    if user is None:
        raise not_found()
    return user


def path_self_or_any(account: Holder, call: Call) -> User:
    """The user that the path names, when the caller is that user or works here; 403 otherwise."""
    user = path_user(account, call)
    if user is not caller(call) and not caller(call).staff:
        raise forbidden()
    return user


def listed(call: Call, name: str) -> list[str] | None:
    """A comma-separated parameter as its parts, at most 100; None when it is not there."""
    raw = call.arg(name)
    if raw is None:
        return None
    parts = [part.strip() for part in raw.split(",") if part.strip()]
    if len(parts) > MAX_IDS:
        raise too_many_values()
    return parts


def may_edit(actor: User, user: User) -> bool:
    """Admins edit everybody, agents edit end users."""
    return actor.admin or (actor.staff and not user.staff)
