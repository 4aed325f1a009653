"""Which target a request counts for, where a limit counts per target.

A profile has several names: its id in a path, its e-mail addresses and its external id in a body (the external id in
any case: Zendesk compares it without regard to case). Each name is a key of its own until a reply shows which id,
e-mail and external id belong together; from then on they share one window. Names are strings like `id:35436`.
Source: https://developer.zendesk.com/api-reference/ticketing/users/users/ (limit per profile, matching by external id).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from .table import Key

_IN_PATH: Final[Mapping[Key, re.Pattern[str]]] = {
    "profile": re.compile(r"/users/(\d+)"),
    "ticket+agent": re.compile(r"/tickets/(\d+)"),
    "organization": re.compile(r"/organizations/(\d+)"),
    "view+agent": re.compile(r"/views/(\w+)"),
    "custom_object": re.compile(r"/custom_objects/([^/]+)"),
    "upload": re.compile(r"/(?:attachments|uploads)/([^/]+)"),
}
_PER_AGENT: Final = frozenset[Key]({"ticket+agent", "view+agent", "agent", "agent+ip"})


def names_of(key: Key, path: str, fields: Mapping[str, object], actor: str) -> tuple[str, ...]:
    """The names of a request's target for limits of this key; at least one.

    `fields` are those of the record that is written, `actor` is who calls.
    """
    pattern = _IN_PATH.get(key)
    found = pattern.search(path) if pattern else None
    names = [f"id:{found[1]}"] if found else []
    if key == "profile":
        names += profile_names(fields)
    if not names:
        names = [""]
    return tuple(f"{name}@{actor}" for name in names) if key in _PER_AGENT else tuple(names)


def profile_names(fields: Mapping[str, object]) -> list[str]:
    """The names that a user's fields give it."""
    names = []
    if isinstance(email := fields.get("email"), str) and email:
        names.append(f"email:{email.strip().lower()}")
    external_id = fields.get("external_id")
    if isinstance(external_id, str | int) and external_id != "":
        names.append(f"external_id:{str(external_id).lower()}")
    return names


class _User(msgspec.Struct):
    id: int | None = None
    email: str | None = None
    external_id: str | None = None


class _Envelope(msgspec.Struct):
    user: _User | None = None


_decoder: Final = msgspec.json.Decoder(_Envelope)


def names_in_reply(body: bytes) -> list[str]:
    """The names that a reply with a user in it shows to be one profile."""
    try:
        user = _decoder.decode(body).user
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    if user is None or user.id is None:
        return []
    fields = {"email": user.email, "external_id": user.external_id}
    return [f"id:{user.id}", *profile_names(fields)]
