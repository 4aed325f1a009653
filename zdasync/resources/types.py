"""What methods take: the options of every call, and the fields that can be written, as typed dictionaries.

A field that is not passed is not sent and stays as it is; None sends null, which clears it. The field types double as
the check that runs before anything is sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Literal, Required, TypeAlias, TypedDict

from .._core.message import Priority
from ..records import Json, JsonValue
from ..records.sideloads import SideloadName

__all__ = [
    "CallOptions", "FieldValue", "IdentityChange", "IdentityFields", "IdentityType", "IdentityWrite", "Json",
    "NewIdentity", "NewIdentityFields", "NewUserFields", "OrganizationName", "Photo", "Role", "SettingsFields",
    "SettingsWrite", "SideloadName", "UserFields", "UserId", "UserWrite",
]

if TYPE_CHECKING:
    Strings: TypeAlias = list[str] | tuple[str, ...]
    Ids: TypeAlias = list[int] | tuple[int, ...]
    NewIdentities: TypeAlias = "list[IdentityWrite] | tuple[IdentityWrite, ...]"
else:  # what msgspec checks against: any sequence that is no string
    Strings = list[str]
    Ids = list[int]
    NewIdentities = list[dict[str, str]]

Role = Literal["end-user", "agent", "admin"]
IdentityType = Literal["email", "phone_number", "twitter", "facebook", "google", "agent_forwarding"]
FieldValue: TypeAlias = JsonValue | datetime
Photo: TypeAlias = str | PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]
"""A picture: the path of a file, its bytes, a stream opened for reading bytes, or chunks that arrive one by one."""
UserId: TypeAlias = int | str
"""A user's id: a whole number, or its digits."""


class CallOptions(TypedDict, total=False):
    """What any call takes: who goes first, and how long it may take.

    `group` names whose call it is, a tenant or a job: within one priority groups take turns, so that one with 10,000
    waiting calls delays one with a single call by no more than a few. `deadline`: seconds from now until the call must
    have been sent, else `DeadlineExceeded`. `timeout`: seconds for one attempt, from sending to the last byte.
    """

    priority: Priority
    group: str
    deadline: float
    timeout: float


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
