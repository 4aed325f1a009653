"""The fields of organizations, and of memberships in and subscriptions to them, that can be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Required, TypedDict

from .common import CallOptions, FieldValue, RecordId, Strings

__all__ = [
    "MembershipSideload", "NewOrganization", "NewOrganizationFields", "NewOrganizationMembership",
    "NewOrganizationMembershipFields", "NewOrganizationSubscription", "NewOrganizationSubscriptionFields",
    "NewUserOrganizationMembership", "NewUserOrganizationMembershipFields", "OrganizationFields", "OrganizationRow",
    "OrganizationSideload", "OrganizationUpsertFields", "OrganizationWrite",
]

OrganizationSideload = Literal["abilities"]
"""What can be sideloaded with organizations."""
MembershipSideload = Literal["users", "organizations"]
"""What can be sideloaded with memberships in organizations."""


class _Organization(TypedDict, total=False):
    details: str | None
    domain_names: Strings
    external_id: str | None
    group_id: int | None
    notes: str | None
    organization_fields: Mapping[str, FieldValue]
    shared_comments: bool
    shared_tickets: bool
    tags: Strings


class OrganizationWrite(_Organization, total=False):
    """The fields of an organization that can be written.

    `name` and `external_id` are unique, whatever their case. `tags` and `domain_names` *replace* what there is: send
    all that shall remain; `organization_fields` leaves keys that are not given as they are. New users whose e-mail
    address is in one of `domain_names` come into the organization. `group_id` is the group that gets its new tickets.
    `shared_tickets` lets its users see each other's tickets, `shared_comments` lets them comment there too.
    """

    name: str


class NewOrganization(_Organization, total=False):
    """The fields of a new organization."""

    name: Required[str]


class OrganizationRow(OrganizationWrite, total=False):
    """One row of `update_many`, or the organization of `create_or_update`: fields, and the `id` of whose they are.

    Without an `id` the `external_id` names the organization; beside one it is written like any other field.
    """

    id: RecordId


class OrganizationFields(OrganizationWrite, CallOptions, total=False):
    """The fields of an organization, and the options of the call."""


class NewOrganizationFields(NewOrganization, CallOptions, total=False):
    """The fields of a new organization, and the options of the call."""


class OrganizationUpsertFields(OrganizationRow, CallOptions, total=False):
    """The fields of an organization with what names it, and the options of the call."""


class NewUserOrganizationMembership(TypedDict, total=False):
    """A membership of a user who is named elsewhere. `default` makes the organization the user's default one."""

    organization_id: Required[int]
    default: bool


class NewOrganizationMembership(NewUserOrganizationMembership, total=False):
    """A membership of a user in an organization. `default` makes the organization the user's default one."""

    user_id: Required[int]


class NewUserOrganizationMembershipFields(NewUserOrganizationMembership, CallOptions, total=False):
    """A membership of a user who is named elsewhere, and the options of the call."""


class NewOrganizationMembershipFields(NewOrganizationMembership, CallOptions, total=False):
    """A membership of a user in an organization, and the options of the call."""


class NewOrganizationSubscription(TypedDict, total=False):
    """A subscription of a user to all tickets of an organization."""

    user_id: Required[int]
    organization_id: Required[int]


class NewOrganizationSubscriptionFields(NewOrganizationSubscription, CallOptions, total=False):
    """A subscription of a user to an organization, and the options of the call."""
