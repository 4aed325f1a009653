"""Writing profiles: create, update, create-or-update, as single calls and as the rows of a job.

The model: filter and type-check the fields (`parameters`), find everything that is wrong (`validation`), and only then
change the state; a refused write has changed nothing. Rules from the Users page of the reference: `email` on an update
adds a secondary identity and never changes the primary one; `verified` alone sets the primary's flag;
`organization_id` replaces all memberships; tags are replaced, user fields merged key by key; the locale's name wins
over its id; an end user with an invalid `ticket_restriction` gets "requested".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from . import parameters
from .guards import Holder, may_edit
from .http import Call, Json
from .locales import LOCALE_NAMES, ZONES
from .matching import fold_email, identity_value, match
from .parameters import Permitted
from .phones import write_phone
from .records import END_USER, Photo, User
from .refusals import forbidden
from .settings import Settings
from .state import State
from .validation import check_user, role_after

_PLAIN: Final = ("name", "alias", "details", "notes", "signature", "agent_brand_ids")
_FLAGS: Final = ("moderator", "only_private_comments", "suspended")
_END_USER_RESTRICTIONS: Final = ("organization", "requested")
_ZONE_NAMES: Final = {iana: name for name, iana in reversed(ZONES.items())}


@attrs.frozen(slots=True, eq=False)
class Writer:
    """What every write needs: where to, by which rules, on whose behalf, when."""

    state: State
    settings: Settings
    actor: User
    now: float

    @classmethod
    def of(cls, account: Holder, call: Call, actor: User) -> Writer:
        """The writer of one request."""
        return cls(account.state, account.settings, actor, call.now)


def permit_user(settings: Settings, record: Json, action: str, prefix: str = "user") -> Permitted:
    """The writable part of a user; see `parameters.permit`."""
    return parameters.permit(record, user_parameters(settings), prefix, action)


def user_parameters(settings: Settings) -> Mapping[str, parameters.Coerce]:
    """What a write of a user takes under these settings."""
    if settings.restricted_agent_writable:
        return parameters.USER
    return {key: coerce for key, coerce in parameters.USER.items() if key != "restricted_agent"}


def create_user(writer: Writer, fields: Mapping[str, Json]) -> User:
    """A new profile; raises 403 for an agent who makes staff, 422 for what is invalid."""
    state, now = writer.state, writer.now
    _check_rights(writer, None, fields)
    check_user(state, writer.settings, fields, None)
    user = state.add_user(User(state.next_id(), fields["name"], now, now))
    _write_first_identities(writer, user, fields)
    _apply(writer, user, fields)
    return user


def update_user(writer: Writer, user: User, fields: Mapping[str, Json]) -> User:
    """Change a profile; raises 403 where the caller may not, 422 for what is invalid."""
    _check_rights(writer, user, fields)
    check_user(writer.state, writer.settings, fields, user)
    _write_email(writer, user, fields)
    _add_identities(writer, user, fields.get("identities") or ())
    _apply(writer, user, fields)
    user.updated_at = writer.now
    return user


def upsert_user(writer: Writer, fields: Mapping[str, Json]) -> tuple[User, bool]:
    """Update the profile that the fields name, or create it; tells whether it is new."""
    user = match(writer.state, writer.settings, fields)
    if user is None:
        return create_user(writer, fields), True
    return update_user(writer, user, fields), False


def _check_rights(writer: Writer, user: User | None, fields: Mapping[str, Json]) -> None:
    if user is not None and (user.shared or not may_edit(writer.actor, user)):
        raise forbidden()
    if not writer.actor.admin and role_after(fields, user) != END_USER:
        raise forbidden()


# --- e-mail and identities


def _write_first_identities(writer: Writer, user: User, fields: Mapping[str, Json]) -> None:
    verified = bool(fields.get("verified"))
    if fields.get("email"):
        address = fold_email(writer.settings, fields["email"])
        writer.state.add_identity(user, "email", address, writer.now, verified=verified, primary=True)
    _add_identities(writer, user, fields.get("identities") or ())


def _write_email(writer: Writer, user: User, fields: Mapping[str, Json]) -> None:
    """An update's `email` and `verified`: see the module's docstring for who gets the flag."""
    email, verified = fields.get("email"), fields.get("verified")
    if not email:
        primary = user.primary_email
        if verified is not None and primary is not None:
            primary.set_verified(writer.now, verified=verified)
        return
    address = fold_email(writer.settings, email)
    known = writer.state.identity_values["email"].get(address)
    if known is None:
        writer.state.add_identity(
            user, "email", address, writer.now, verified=bool(verified), primary=user.primary_email is None
        )
    elif verified is not None:
        known.set_verified(writer.now, verified=verified)


def _add_identities(writer: Writer, user: User, rows: Iterable[Mapping[str, Json]]) -> None:
    """Add those that the user does not have yet; the first e-mail of a user without one is primary."""
    for row in rows:
        kind = str(row["type"])
        value = identity_value(writer.settings, kind, str(row["value"]))
        if value not in writer.state.identity_values[kind]:
            primary = kind == "email" and user.primary_email is None
            verified = row.get("verified") in (True, "true", 1)
            writer.state.add_identity(user, kind, value, writer.now, verified=verified, primary=primary)


# --- everything else


def _apply(writer: Writer, user: User, fields: Mapping[str, Json]) -> None:
    """Write what was checked; e-mail and identities are not among it."""
    for key in _PLAIN:
        if key in fields:
            setattr(user, key, fields[key])
    for key in _FLAGS:
        if fields.get(key) is not None:
            setattr(user, key, fields[key])
    if "external_id" in fields:
        writer.state.set_external_id(user, fields["external_id"] or None)
    if "tags" in fields:
        user.tags = clean_tags(fields["tags"])
    if "user_fields" in fields:
        _merge_fields(writer.state, user, fields["user_fields"] or {})
    _write_role(user, fields)
    _write_locale(user, fields)
    _write_organization(writer, user, fields)
    _write_group(writer, user, fields)
    if "phone" in fields:
        shared = fields.get("shared_phone_number")
        write_phone(writer.state, user, fields["phone"], writer.now, shared=shared)
    if fields.get("remote_photo_url"):
        user.photo = _remote_photo(writer, fields["remote_photo_url"])


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as they are stored: lower case, without spaces, each once."""
    cleaned = ("_".join(tag.lower().split()) for tag in tags)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))


def _merge_fields(state: State, user: User, values: Mapping[str, Json]) -> None:
    user.fields.update({key: value for key, value in values.items() if key in state.user_field_keys})


def _write_role(user: User, fields: Mapping[str, Json]) -> None:
    was_staff = user.staff
    user.role = role_after(fields, user)
    if "custom_role_id" in fields:
        user.custom_role_id = fields["custom_role_id"]
    if not user.staff or user.admin:
        user.custom_role_id = None
    if "ticket_restriction" in fields:
        user.ticket_restriction = fields["ticket_restriction"]
    elif user.staff and not was_staff:
        user.ticket_restriction = None
    if not user.staff and user.ticket_restriction not in _END_USER_RESTRICTIONS:
        user.ticket_restriction = "requested"
    if fields.get("restricted_agent") is not None and user.staff and not user.admin:
        user.ticket_restriction = (user.ticket_restriction or "groups") if fields["restricted_agent"] else None


def _write_locale(user: User, fields: Mapping[str, Json]) -> None:
    if fields.get("locale") is not None:
        user.locale = fields["locale"]
    elif fields.get("locale_id") is not None:
        user.locale = LOCALE_NAMES.get(fields["locale_id"], user.locale)
    zone = fields.get("time_zone")
    if zone is not None:
        user.time_zone = zone if zone in ZONES else _ZONE_NAMES[zone]


def _write_organization(writer: Writer, user: User, fields: Mapping[str, Json]) -> None:
    if "organization_id" in fields:
        organization_id = fields["organization_id"]
        writer.state.set_organizations(user, () if organization_id is None else (organization_id,), writer.now)
    elif fields.get("organization") and isinstance(fields["organization"].get("name"), str):
        found = _organization_named(writer, fields["organization"]["name"].strip())
        if found is not None:
            writer.state.set_organizations(user, (found,), writer.now)


def _organization_named(writer: Writer, name: str) -> int | None:
    found = writer.state.organization_names.get(name.casefold())
    if found is None and name and writer.settings.unknown_organization_name == "create":
        return writer.state.add_organization(name, writer.now).id
    return found


def _write_group(writer: Writer, user: User, fields: Mapping[str, Json]) -> None:
    if "default_group_id" not in fields or not user.staff:
        return
    group_id = user.default_group_id = fields["default_group_id"]
    if group_id is not None:
        writer.state.set_groups(user, (group_id, *user.group_ids), writer.now)


def _remote_photo(writer: Writer, url: str) -> Photo:
    name = url.rstrip("/").rpartition("/")[2].partition("?")[0] or "photo.png"
    shows_at = writer.now + writer.settings.photo_seconds
    return Photo(writer.state.next_id(), name, "image/png", 0, shows_at)
