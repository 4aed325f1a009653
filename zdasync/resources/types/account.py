"""What can be written of brands, custom roles, account settings and sharing agreements, as typed dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Required, TypedDict

from ...records import JsonValue
from .common import CallOptions, Ids

__all__ = [
    "AccountSettingsFields", "AccountSettingsWrite", "BookmarkWrite", "BrandFields", "BrandWrite", "CustomRoleFields",
    "CustomRoleWrite", "NewBrandFields", "NewBrandWrite", "NewCustomRoleFields", "NewCustomRoleWrite",
    "NewSharingAgreementFields", "NewSharingAgreementWrite", "SharingAgreementFields", "SharingAgreementWrite",
]


class BookmarkWrite(TypedDict):
    """What a bookmark is made of."""

    ticket_id: int


class _BrandWrite(TypedDict, total=False):
    active: bool
    brand_url: str | None
    default: bool
    has_help_center: bool
    host_mapping: str | None
    logo: Mapping[str, JsonValue]
    signature_template: str | None
    ticket_form_ids: Ids


class BrandWrite(_BrandWrite, total=False):
    """The fields of a brand that can be written. `default` true takes it from the brand that had it."""

    name: str
    subdomain: str


class NewBrandWrite(_BrandWrite, total=False):
    """The fields of a new brand, of which `name` and `subdomain` are required."""

    name: Required[str]
    subdomain: Required[str]


class BrandFields(BrandWrite, CallOptions, total=False):
    """The fields of a brand, and the options of the call."""


class NewBrandFields(NewBrandWrite, CallOptions, total=False):
    """The fields of a new brand, and the options of the call."""


class CustomRoleWrite(TypedDict, total=False):
    """The fields of a custom role that can be written. What `configuration` doesn't name keeps its permission."""

    name: str
    description: str | None
    configuration: Mapping[str, JsonValue]


class NewCustomRoleWrite(TypedDict, total=False):
    """The fields of a new custom role, of which `name` is required."""

    name: Required[str]
    description: str | None
    configuration: Mapping[str, JsonValue]


class CustomRoleFields(CustomRoleWrite, CallOptions, total=False):
    """The fields of a custom role, and the options of the call."""


class NewCustomRoleFields(NewCustomRoleWrite, CallOptions, total=False):
    """The fields of a new custom role, and the options of the call."""


class SharingAgreementWrite(TypedDict, total=False):
    """The field of a sharing agreement that can be changed: its `status`, to accept, decline or end it."""

    status: str


class NewSharingAgreementWrite(TypedDict, total=False):
    """The fields of a new sharing agreement; `remote_subdomain` is the other account."""

    remote_subdomain: Required[str]
    name: str
    partner_name: str | None
    type: str


class SharingAgreementFields(SharingAgreementWrite, CallOptions, total=False):
    """The field of a sharing agreement, and the options of the call."""


class NewSharingAgreementFields(NewSharingAgreementWrite, CallOptions, total=False):
    """The fields of a new sharing agreement, and the options of the call."""


class AccountSettingsWrite(TypedDict, total=False):
    """The sections of the account's settings; what a section doesn't name stays as it is."""

    active_features: Mapping[str, JsonValue]
    agents: Mapping[str, JsonValue]
    api: Mapping[str, JsonValue]
    apps: Mapping[str, JsonValue]
    billing: Mapping[str, JsonValue]
    branding: Mapping[str, JsonValue]
    brands: Mapping[str, JsonValue]
    cdn: Mapping[str, JsonValue]
    chat: Mapping[str, JsonValue]
    cross_sell: Mapping[str, JsonValue]
    email: Mapping[str, JsonValue]
    google_apps: Mapping[str, JsonValue]
    groups: Mapping[str, JsonValue]
    limits: Mapping[str, JsonValue]
    localization: Mapping[str, JsonValue]
    lotus: Mapping[str, JsonValue]
    metrics: Mapping[str, JsonValue]
    onboarding: Mapping[str, JsonValue]
    routing: Mapping[str, JsonValue]
    rule: Mapping[str, JsonValue]
    side_conversations: Mapping[str, JsonValue]
    statistics: Mapping[str, JsonValue]
    ticket_form: Mapping[str, JsonValue]
    tickets: Mapping[str, JsonValue]
    twitter: Mapping[str, JsonValue]
    user: Mapping[str, JsonValue]
    voice: Mapping[str, JsonValue]


class AccountSettingsFields(AccountSettingsWrite, CallOptions, total=False):
    """The sections of the account's settings, and the options of the call."""
