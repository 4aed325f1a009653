"""What the API shows of each record: keys in the order of recorded replies, absent values as explicit nulls.

Agents and admins see the whole profile; end users see the reduced form of the Users page, whose `url` leads to
`/end_users/`. Sideloads are further top-level arrays, each record once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import lru_cache

import attrs

from .guards import Holder
from .http import Call, Json
from .locales import LOCALES, ZONES
from .records import CustomRole, Group, Identity, Organization, Photo, Session, User
from .settings import Settings
from .state import State

_ROLE_TYPE_ADMIN = 4


@lru_cache(maxsize=65_536)
def _iso(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def iso(at: float | None) -> str | None:
    """A time as the API writes it: UTC, whole seconds."""
    return None if at is None else _iso(int(at))


@attrs.frozen(slots=True, eq=False)
class View:
    """What rendering needs besides the record: whose data, as of when, under which URL."""

    state: State
    settings: Settings
    base_url: str
    now: float

    @classmethod
    def of(cls, account: Holder, call: Call) -> View:
        """The view of one request."""
        return cls(account.state, account.settings, call.base_url, call.now)

    def url(self, path: str) -> str:
        """The absolute URL of an API path such as `users/1`."""
        suffix = ".json" if self.settings.dot_json_urls else ""
        return f"{self.base_url}/api/v2/{path}{suffix}"


def photo(view: View, picture: Photo | None) -> Json:
    """A profile picture as an attachment; null until it shows."""
    if picture is None or picture.shows_at > view.now:
        return None
    content_url = f"{view.base_url}/system/photos/{picture.id}/{picture.name}"
    return {
        "url": view.url(f"attachments/{picture.id}"),
        "id": picture.id,
        "file_name": picture.name,
        "content_url": content_url,
        "mapped_content_url": content_url,
        "content_type": picture.content_type,
        "size": picture.size,
        "inline": False,
        "deleted": False,
        "thumbnails": [],
    }


def _role_type(view: View, shown: User) -> int | None:
    if shown.admin:
        return _ROLE_TYPE_ADMIN
    role = view.state.custom_roles.get(shown.custom_role_id) if shown.custom_role_id is not None else None
    return None if role is None else role.role_type


def user(view: View, shown: User) -> dict[str, Json]:
    """The whole profile, for agents and admins."""
    fields = shown.fields
    body = {
        "id": shown.id,
        "url": view.url(f"users/{shown.id}"),
        "name": shown.name,
        "email": shown.email,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "time_zone": shown.time_zone,
        "iana_time_zone": ZONES.get(shown.time_zone),
        "phone": shown.phone,
        "shared_phone_number": shown.shared_phone_number,
        "photo": photo(view, shown.photo),
        "locale_id": LOCALES.get(shown.locale),
        "locale": shown.locale,
        "organization_id": shown.organization_id,
        "role": shown.role,
        "verified": shown.verified,
        "external_id": shown.external_id,
        "tags": list(shown.tags),
        "alias": shown.alias,
        "active": shown.active,
        "shared": shown.shared,
        "shared_agent": shown.shared_agent,
        "last_login_at": iso(shown.last_login_at),
        "two_factor_auth_enabled": shown.two_factor_auth_enabled,
        "signature": shown.signature,
        "details": shown.details,
        "notes": shown.notes,
        "role_type": _role_type(view, shown),
        "custom_role_id": shown.custom_role_id,
        "moderator": shown.moderator,
        "ticket_restriction": shown.ticket_restriction,
        "only_private_comments": shown.only_private_comments,
        "restricted_agent": not shown.admin and (not shown.staff or shown.ticket_restriction is not None),
        "suspended": shown.suspended,
        "default_group_id": shown.default_group_id,
        "report_csv": False,
        "user_fields": {key: fields.get(key) for key in view.state.user_field_keys},
    }
    if shown.agent_brand_ids is not None:
        body["agent_brand_ids"] = list(shown.agent_brand_ids)
    return body


def _public_email(shown: User) -> str | None:
    """The primary address; when it is not verified, a verified secondary one."""
    primary = shown.primary_email
    if primary is not None and not primary.verified:
        for identity in shown.identities:
            if identity.type == "email" and identity.verified:
                return identity.value
    return None if primary is None else primary.value


def end_user(view: View, shown: User) -> dict[str, Json]:
    """The reduced form, for end users."""
    return {
        "id": shown.id,
        "url": view.url(f"end_users/{shown.id}"),
        "name": shown.name,
        "email": _public_email(shown),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "time_zone": shown.time_zone,
        "iana_time_zone": ZONES.get(shown.time_zone),
        "phone": shown.phone,
        "shared_phone_number": shown.shared_phone_number,
        "photo": photo(view, shown.photo),
        "locale_id": LOCALES.get(shown.locale),
        "locale": shown.locale,
        "organization_id": shown.organization_id,
        "role": shown.role,
        "verified": shown.verified,
    }


def anonymous(view: View) -> dict[str, Json]:
    """Who `users/me` shows to a caller without credentials."""
    nobody = User(0, "Anonymous user", 0.0, 0.0)
    return end_user(view, nobody) | {
        "id": None,
        "url": view.url("end_users/"),
        "email": "invalid@example.com",
        "created_at": None,
        "updated_at": None,
    }


def for_caller(view: View, caller: User, shown: User) -> dict[str, Json]:
    """The form that the caller's role sees."""
    return user(view, shown) if caller.staff else end_user(view, shown)


def deleted_user(view: View, shown: User) -> dict[str, Json]:
    """A deleted profile."""
    return {
        "id": shown.id,
        "url": view.url(f"deleted_users/{shown.id}"),
        "name": shown.name,
        "email": shown.email,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "time_zone": shown.time_zone,
        "phone": shown.phone,
        "shared_phone_number": shown.shared_phone_number,
        "photo": photo(view, shown.photo),
        "locale_id": LOCALES.get(shown.locale),
        "locale": shown.locale,
        "organization_id": shown.organization_id,
        "role": shown.role,
        "active": False,
    }


def identity(view: View, shown: Identity, root: str = "users") -> dict[str, Json]:
    """An identity; `root` is `users` or `end_users`, for its URL."""
    return {
        "url": view.url(f"{root}/{shown.user_id}/identities/{shown.id}"),
        "id": shown.id,
        "user_id": shown.user_id,
        "type": shown.type,
        "value": shown.value,
        "verified": shown.verified,
        "primary": shown.primary,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "undeliverable_count": shown.undeliverable_count,
        "deliverable_state": shown.deliverable_state if shown.type == "email" else None,
        "verification_method": shown.verification_method,
        "verified_at": iso(shown.verified_at),
    }


def organization(view: View, shown: Organization) -> dict[str, Json]:
    """An organization."""
    return {
        "url": view.url(f"organizations/{shown.id}"),
        "id": shown.id,
        "name": shown.name,
        "shared_tickets": shown.shared_tickets,
        "shared_comments": shown.shared_comments,
        "external_id": shown.external_id,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "domain_names": list(shown.domain_names),
        "details": shown.details,
        "notes": shown.notes,
        "group_id": shown.group_id,
        "tags": list(shown.tags),
        "organization_fields": {key: shown.fields.get(key) for key in view.state.organization_field_keys},
    }


def group(view: View, shown: Group) -> dict[str, Json]:
    """A group."""
    return {
        "url": view.url(f"groups/{shown.id}"),
        "id": shown.id,
        "is_public": shown.is_public,
        "name": shown.name,
        "description": shown.description,
        "default": shown.default,
        "deleted": shown.deleted,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
    }


def custom_role(shown: CustomRole) -> dict[str, Json]:
    """A custom role."""
    return {
        "id": shown.id,
        "name": shown.name,
        "description": shown.description,
        "role_type": shown.role_type,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.created_at),
        "configuration": {},
    }


def session(view: View, shown: Session) -> dict[str, Json]:
    """A browser session."""
    return {
        "id": shown.id,
        "user_id": shown.user_id,
        "authenticated_at": iso(shown.authenticated_at),
        "last_seen_at": iso(shown.last_seen_at),
        "url": view.url(f"users/{shown.user_id}/sessions/{shown.id}"),
    }


def _once(ids: Iterable[int | None]) -> list[int]:
    return [found for found in dict.fromkeys(ids) if found is not None]


def _ability(view: View, shown: User) -> dict[str, Json]:
    return {
        "user_id": shown.id,
        "url": view.url(f"users/{shown.id}"),
        "can_edit": not shown.shared,
        "can_edit_password": False,
        "can_manage_identities_of": not shown.shared,
        "can_verify_identities": not shown.shared,
        "can_reset_password": not shown.shared,
    }


def user_sideloads(view: View, include: str | None, shown: Sequence[User]) -> dict[str, Json]:
    """The arrays that `include` asks for, next to these users; names that are unknown are ignored."""
    state = view.state
    loaded: dict[str, Json] = {}
    for name in dict.fromkeys(part.strip() for part in (include or "").split(",")):
        if name == "organizations":
            ids = _once(key for one in shown for key in one.organization_ids)
            loaded[name] = [organization(view, state.organizations[key]) for key in ids if key in state.organizations]
        elif name == "groups":
            ids = _once(key for one in shown for key in one.group_ids)
            loaded[name] = [group(view, state.groups[key]) for key in ids]
        elif name == "roles":
            ids = _once(one.custom_role_id for one in shown)
            loaded[name] = [custom_role(state.custom_roles[key]) for key in ids]
        elif name == "identities":
            loaded[name] = [identity(view, row) for one in shown for row in one.identities]
        elif name == "abilities":
            loaded[name] = [_ability(view, one) for one in shown]
        elif name == "open_ticket_count":
            loaded[name] = {str(one.id): state.tickets.open_of(one.id) for one in shown}
    return loaded
