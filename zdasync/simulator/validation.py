"""Whether a profile may be written as asked: everything that is wrong is found before anything is changed.

The texts are those quoted in the trackers of other clients, where such quotes exist; a program must match on the
fields and on the codes under `error`, since the real texts come in the caller's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .http import Json
from .locales import LOCALES, ZONES
from .matching import email_taken, external_id_taken, identity_value
from .records import ADMIN, AGENT, END_USER, User
from .refusals import Details, problem, record_invalid
from .settings import Settings
from .state import State

EMAIL: Final = re.compile(r"[^@\s,;<>()\[\]\"\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]\Z")
IDENTITY_TYPES: Final = ("email", "twitter", "facebook", "google", "agent_forwarding", "phone_number")
ROLES: Final = (END_USER, AGENT, ADMIN)
RESTRICTIONS: Final = ("organization", "groups", "assigned", "requested")
_SHORT: Final = ("name", "alias", "external_id")
_LONG: Final = ("details", "notes", "signature")

Found = dict[str, list[dict[str, str]]]


def check_user(state: State, settings: Settings, fields: Mapping[str, Json], user: User | None) -> None:
    """Raises the 422 with everything that is wrong with writing `fields` to `user` (None: to a new profile)."""
    found: Found = {}
    _check_lengths(settings, fields, user, found)
    _check_email(state, settings, fields.get("email"), user, found)
    _check_external_id(state, fields, user, found)
    _check_identities(state, settings, fields, user, found)
    _check_references(state, fields, found)
    _check_choices(state, fields, user, found)
    if found:
        raise record_invalid(found)


def check_identity(
    state: State, settings: Settings, kind: str, value: str, user: User | None
) -> Details:
    """What is wrong with giving `user` this identity; empty when nothing is."""
    if kind not in IDENTITY_TYPES:
        return {"type": [problem("Type: is invalid", "InvalidValue")]}
    if not value.strip():
        return {"value": [problem("Value: cannot be blank", "BlankValue")]}
    if kind == "email" and not EMAIL.match(value.strip()):
        return {"email": [problem(f"Email: {value} is not properly formatted", "InvalidFormat")]}
    value = identity_value(settings, kind, value)
    owner = state.by_identity(kind, value)
    if owner is None or owner is user:
        return {}
    if kind == "email":
        return email_taken(value)
    return {"value": [problem(f"Value: {value} is already being used by another user", "DuplicateValue")]}


def _check_lengths(settings: Settings, fields: Mapping[str, Json], user: User | None, found: Found) -> None:
    if (user is None or "name" in fields) and not (fields.get("name") or "").strip():
        found["name"] = [problem("Name: is too short (minimum is 1 characters)")]
    for names, limit in ((_SHORT, settings.max_name_length), (_LONG, settings.max_text_length)):
        for name in names:
            if len(fields.get(name) or "") > limit:
                label = name.replace("_", " ").capitalize()
                text = f"{label}: is too long (maximum is {limit} characters)"
                found[name] = [problem(text, "ValueTooLong")]


def _check_email(state: State, settings: Settings, email: Json, user: User | None, found: Found) -> None:
    if email:
        _merge(found, check_identity(state, settings, "email", email, user))


def _check_external_id(state: State, fields: Mapping[str, Json], user: User | None, found: Found) -> None:
    external_id = fields.get("external_id")
    owner = state.by_external_id(external_id) if external_id else None
    if owner is not None and owner is not user:
        _merge(found, external_id_taken())


def _check_identities(
    state: State, settings: Settings, fields: Mapping[str, Json], user: User | None, found: Found
) -> None:
    for row in fields.get("identities") or ():
        details = check_identity(state, settings, str(row.get("type")), str(row.get("value") or ""), user)
        _merge(found, details)


def _check_references(state: State, fields: Mapping[str, Json], found: Found) -> None:
    organization_id = fields.get("organization_id")
    if organization_id is not None and organization_id not in state.organizations:
        found["organization"] = [problem("Organization: is invalid", "InvalidValue")]
    role_id = fields.get("custom_role_id")
    if role_id is not None and role_id not in state.custom_roles:
        found["custom_role_id"] = [problem("Custom role: is invalid", "InvalidValue")]
    group_id = fields.get("default_group_id")
    if group_id is not None and group_id not in state.groups:
        found["default_group_id"] = [problem("Default group: is invalid", "InvalidValue")]


def _check_choices(state: State, fields: Mapping[str, Json], user: User | None, found: Found) -> None:
    role = fields.get("role")
    if role is not None and role not in ROLES:
        found["role"] = [problem("Role: is invalid", "InvalidValue")]
    if user is not None and user.id == state.owner_id and role not in (None, ADMIN):
        found["role"] = [problem("Role: the account owner must be an administrator", "InvalidValue")]
    if fields.get("locale") is not None and fields["locale"] not in LOCALES:
        found["locale"] = [problem("Locale: is invalid", "InvalidValue")]
    zone = fields.get("time_zone")
    if zone is not None and zone not in ZONES and zone not in ZONES.values():
        found["time_zone"] = [problem("Time zone: is invalid", "InvalidValue")]
    restriction = fields.get("ticket_restriction")
    if restriction is not None and restriction not in RESTRICTIONS and staff_after(fields, user):
        found["ticket_restriction"] = [problem("Ticket restriction: is invalid", "InvalidValue")]


def staff_after(fields: Mapping[str, Json], user: User | None) -> bool:
    """Will the profile be an agent or admin once `fields` are written?"""
    return role_after(fields, user) != END_USER


def role_after(fields: Mapping[str, Json], user: User | None) -> str:
    """The role once `fields` are written: a custom role makes an agent of an end user."""
    role: str = fields.get("role") or (END_USER if user is None else user.role)
    return AGENT if role == END_USER and fields.get("custom_role_id") is not None else role


def _merge(found: Found, details: Details) -> None:
    for name, problems in details.items():
        known = found.setdefault(name, [])
        known.extend(dict(one) for one in problems if dict(one) not in known)
