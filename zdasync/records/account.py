"""The account: its settings, languages, audit log, and agreements with other accounts.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/account_settings/, .../locales/,
.../audit_logs/ and https://developer.zendesk.com/api-reference/ticketing/tickets/sharing_agreements/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict

__all__ = ["AccountSettings", "AuditLog", "Locale", "SharingAgreement"]


class AccountSettings(Record, frozen=True, kw_only=True):
    """The settings of the account by section. What a section holds depends on the plan and grows."""

    active_features: dict[str, JsonValue] = empty_dict()
    agents: dict[str, JsonValue] = empty_dict()
    api: dict[str, JsonValue] = empty_dict()
    apps: dict[str, JsonValue] = empty_dict()
    billing: dict[str, JsonValue] = empty_dict()
    branding: dict[str, JsonValue] = empty_dict()
    brands: dict[str, JsonValue] = empty_dict()
    cdn: dict[str, JsonValue] = empty_dict()
    chat: dict[str, JsonValue] = empty_dict()
    cross_sell: dict[str, JsonValue] = empty_dict()
    email: dict[str, JsonValue] = empty_dict()
    google_apps: dict[str, JsonValue] = empty_dict()
    groups: dict[str, JsonValue] = empty_dict()
    limits: dict[str, JsonValue] = empty_dict()
    localization: dict[str, JsonValue] = empty_dict()
    lotus: dict[str, JsonValue] = empty_dict()
    metrics: dict[str, JsonValue] = empty_dict()
    onboarding: dict[str, JsonValue] = empty_dict()
    routing: dict[str, JsonValue] = empty_dict()
    rule: dict[str, JsonValue] = empty_dict()
    side_conversations: dict[str, JsonValue] = empty_dict()
    statistics: dict[str, JsonValue] = empty_dict()
    ticket_form: dict[str, JsonValue] = empty_dict()
    tickets: dict[str, JsonValue] = empty_dict()
    twitter: dict[str, JsonValue] = empty_dict()
    user: dict[str, JsonValue] = empty_dict()
    voice: dict[str, JsonValue] = empty_dict()


class AuditLog(Record, frozen=True, kw_only=True):
    """One change in the account: who (`actor_id`, -1 is Zendesk itself) did what (`action`) to which thing.

    `source_type` names the kind of thing ("user", "rule", "apitoken", ...); `change_description` is in the account's
    language and in no fixed form.
    """

    id: int
    url: str | None = None
    action: str | None = None
    action_label: str | None = None
    actor_id: int | None = None
    actor_name: str | None = None
    change_description: str | None = None
    ip_address: str | None = None
    source_id: int | None = None
    source_label: str | None = None
    source_type: str | None = None
    created_at: datetime | None = None


class Locale(Record, frozen=True, kw_only=True):
    """A language; `locale` is its code, such as "en-US"."""

    id: int
    url: str | None = None
    locale: str | None = None
    name: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class SharingAgreement(Record, frozen=True, kw_only=True):
    """An agreement to share tickets with another account.

    `type` is "inbound" or "outbound"; `status` is "accepted", "declined", "pending", "inactive", "failed",
    "ssl_error" or "configuration_error"; `partner_name` is null for another Zendesk account, or "jira".
    """

    id: int
    url: str | None = None
    name: str | None = None
    type: str | None = None
    status: str | None = None
    partner_name: str | None = None
    remote_subdomain: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
