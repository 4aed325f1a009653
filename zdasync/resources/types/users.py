"""The fields of users, identities and settings that can be written, as typed dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Required, TypeAlias, TypedDict

from ...records import JsonValue
from .common import CallOptions, FieldValue, Ids, Strings

__all__ = [
    "IdentityChange", "IdentityFields", "IdentityType", "IdentityWrite", "NewIdentity", "NewIdentityFields",
    "NewUserFields", "OrganizationName", "Role", "SettingsFields", "SettingsWrite", "UserFields", "UserSort",
    "UserWrite",
]

if TYPE_CHECKING:
    NewIdentities: TypeAlias = "list[IdentityWrite] | tuple[IdentityWrite, ...]"
else:  # what msgspec checks against: any sequence that is no string
    NewIdentities = list[dict[str, str]]

Role = Literal["end-user", "agent", "admin"]
UserSort = Literal["id", "name", "created_at", "updated_at"]
"""What the users of an organization can be sorted by."""
IdentityType = Literal["email", "phone_number", "twitter", "facebook", "google", "agent_forwarding"]


class IdentityWrite(TypedDict):
    """An identity in the making, inside a new user."""

    type: str
    value: str


class OrganizationName(TypedDict):
    """An organization by name, inside a new user."""

    name: str


class _UserFields(TypedDict, total=False):
    email: str | None
    external_id: str | None
    alias: str | None
    agent_brand_ids: Ids | None
    active_brand_id: int | None
    custom_role_id: int | None
    default_group_id: int | None
    details: str | None
    identities: NewIdentities
    locale: str | None
    locale_id: int | None
    moderator: bool
    notes: str | None
    only_private_comments: bool
    organization: OrganizationName | None
    organization_id: int | None
    password: str
    phone: str | None
    remote_photo_url: str | None
    restricted_agent: bool
    role: Role
    shared_phone_number: bool | None
    signature: str | None
    skip_verify_email: bool
    suspended: bool
    tags: Strings
    ticket_restriction: str | None
    time_zone: str | None
    user_fields: Mapping[str, FieldValue]
    verified: bool


class UserWrite(_UserFields, total=False):
    """The fields of a user that can be written.

    `email` sets the primary address of a new user; in an update it *adds a secondary address* and leaves the primary
    one as it is (see `users.identities.make_primary`). `organization_id` in an update makes that the user's only
    organization: all other memberships end. `tags` replaces the user's tags. `locale` wins over `locale_id`. `role`
    takes three values; finer ones go into `custom_role_id`, which also turns an end user into an agent.
    `skip_verify_email` keeps Zendesk from sending its mail.
    """

    id: int
    name: str


class UserFields(_UserFields, CallOptions, total=False):
    """The fields of a user, and the options of the call."""

    name: str


class NewUserFields(_UserFields, CallOptions, total=False):
    """The fields of a new user, of which `name` is required, and the options of the call."""

    name: Required[str]


class NewIdentity(TypedDict, total=False):
    """The fields of a new identity."""

    type: Required[str]
    value: Required[str]
    primary: bool
    verified: bool
    verification_method: Literal["none", "low"]
    skip_verify_email: bool


class NewIdentityFields(NewIdentity, CallOptions, total=False):
    """The fields of a new identity, and the options of the call."""


class IdentityChange(TypedDict, total=False):
    """The fields of an identity that can be changed. It becomes the primary one through `make_primary` only."""

    value: str
    verified: bool
    verification_method: Literal["none", "low"]
    skip_verify_email: bool


class IdentityFields(IdentityChange, CallOptions, total=False):
    """The fields of an identity that can be changed, and the options of the call."""


class SettingsWrite(TypedDict, total=False):
    """The parts of the current user's settings."""

    lotus: Mapping[str, JsonValue]
    admin_center: Mapping[str, JsonValue]
    shared_views_order: Ids


class SettingsFields(SettingsWrite, CallOptions, total=False):
    """The parts of the current user's settings, and the options of the call."""
