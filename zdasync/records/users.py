"""Users and what belongs to one: identities, photos, counts, settings, traces of deletion.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/ and .../users/user_identities/, with the
fields of replies recorded between 2023 and 2025. What an end user is shown of a user lacks most fields.
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict

__all__ = [
    "Attachment", "ComplianceDeletionStatus", "Count", "CurrentUser", "DeletedUser", "Entitlement", "Identity",
    "Thumbnail", "User", "UserRelated", "UserSettings",
]


class Thumbnail(Record, frozen=True, kw_only=True):
    """A picture in one size. `size` is in bytes, `width` and `height` in pixels.

    Where an account has no private attachments, whoever has `content_url` has the file: `repr` doesn't show it.
    """

    hidden = frozenset({"content_url", "mapped_content_url"})

    id: int
    name: str | None = None
    file_name: str | None = None
    content_type: str | None = None
    content_url: str | None = None
    mapped_content_url: str | None = None
    url: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    inline: bool | None = None
    deleted: bool | None = None
    malware_access_override: bool | None = None
    malware_scan_result: str | None = None


class Attachment(Thumbnail, frozen=True, kw_only=True):
    """A file; as a user's photo, the picture in full with its smaller `thumbnails`."""

    thumbnails: tuple[Thumbnail, ...] = ()


class User(Record, frozen=True, kw_only=True):
    """An end user, an agent or an administrator.

    `role` is "end-user", "agent" or "admin"; what an agent may do in detail stands in `custom_role_id` and
    `role_type`. `email` and `phone` are the primary ones, the others are identities. `organization_id` is the default
    organization of several. `active` is False once the user is deleted. `external_id` is matched without regard to
    case, and shown in the case of the last write.
    """

    id: int
    url: str | None = None
    name: str | None = None
    email: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    time_zone: str | None = None
    iana_time_zone: str | None = None
    phone: str | None = None
    shared_phone_number: bool | None = None
    photo: Attachment | None = None
    locale_id: int | None = None
    locale: str | None = None
    organization_id: int | None = None
    role: str | None = None
    verified: bool | None = None
    external_id: str | None = None
    tags: tuple[str, ...] = ()
    alias: str | None = None
    active: bool | None = None
    shared: bool | None = None
    shared_agent: bool | None = None
    last_login_at: datetime | None = None
    two_factor_auth_enabled: bool | None = None
    signature: str | None = None
    details: str | None = None
    notes: str | None = None
    role_type: int | None = None
    custom_role_id: int | None = None
    moderator: bool | None = None
    ticket_restriction: str | None = None
    only_private_comments: bool | None = None
    restricted_agent: bool | None = None
    suspended: bool | None = None
    default_group_id: int | None = None
    report_csv: bool | None = None
    user_fields: dict[str, JsonValue] = empty_dict()
    chat_only: bool | None = None
    remote_photo_url: str | None = None
    agent_brand_ids: tuple[int, ...] = ()
    active_brand_id: int | None = None


class CurrentUser(User, frozen=True, kw_only=True):
    """The user whom the credentials stand for.

    For a caller without credentials, and in some cases with wrong ones, Zendesk answers with the "Anonymous user", who
    has no id: `id` is 0 then. `authenticity_token` is for browsers: it goes into `X-CSRF-Token`.
    """

    hidden = frozenset({"authenticity_token"})

    id: int = 0
    authenticity_token: str | None = None

    @property
    def anonymous(self) -> bool:
        """Does Zendesk take the caller for nobody in particular?"""
        return not self.id


class DeletedUser(Record, frozen=True, kw_only=True):
    """A user after deletion; once deleted permanently, what names the person is None.

    `shared_phone_number` is a bool as in users, or a text: Zendesk's schema has it so.
    """

    id: int
    url: str | None = None
    name: str | None = None
    email: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    time_zone: str | None = None
    phone: str | None = None
    shared_phone_number: bool | str | None = None
    photo: Attachment | None = None
    locale_id: int | None = None
    locale: str | None = None
    organization_id: int | None = None
    role: str | None = None
    active: bool | None = None


class Identity(Record, frozen=True, kw_only=True):
    """One way to recognize a user: an e-mail address, a telephone number, an account elsewhere.

    `type` is "email", "phone_number", "twitter", "facebook", "google", "agent_forwarding" and, read only, others.
    `verification_method` ("none", "low", "sso", "embed", "full") replaces `verified`, which Zendesk is retiring.
    """

    id: int
    user_id: int | None = None
    type: str | None = None
    value: str | None = None
    primary: bool | None = None
    verified: bool | None = None
    verification_method: str | None = None
    verified_at: datetime | None = None
    deliverable_state: str | None = None
    undeliverable_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    url: str | None = None


class Count(Record, frozen=True, kw_only=True):
    """How many there are. Above 100,000 the number is as old as `refreshed_at`, up to a day.

    While it is counted anew `refreshed_at` may be None, and `value` stops at 100,000.
    """

    value: int
    refreshed_at: datetime | None = None


class UserRelated(Record, frozen=True, kw_only=True):
    """How many tickets and subscriptions hang on a user, as far as the caller may see them."""

    assigned_tickets: int | None = None
    requested_tickets: int | None = None
    ccd_tickets: int | None = None
    organization_subscriptions: int | None = None


class ComplianceDeletionStatus(Record, frozen=True, kw_only=True):
    """One step of a permanent deletion in one part of Zendesk.

    `action` is "request_deletion", "started" or "complete"; `application` names the part, "all" among them.
    """

    user_id: int
    action: str | None = None
    application: str | None = None
    account_subdomain: str | None = None
    executer_id: int | None = None
    created_at: datetime | None = None


class UserSettings(Record, frozen=True, kw_only=True):
    """The interface settings of the current user, as Zendesk's own interface keeps them."""

    lotus: dict[str, JsonValue] = empty_dict()
    admin_center: dict[str, JsonValue] = empty_dict()
    shared_views_order: tuple[int, ...] = ()


class Entitlement(Record, frozen=True, kw_only=True):
    """Whether a user has a seat in one product. `name` is the role in it."""

    name: str | None = None
    is_active: bool | None = None
