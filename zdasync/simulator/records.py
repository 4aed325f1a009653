"""What the simulated account stores, as mutable records; times are unix seconds.

A record holds what was written, never what can be computed: whether a user is verified, or what a reply looks like,
is derived when it is asked for.
"""

from __future__ import annotations

from typing import Final

import attrs

from .http import Json

END_USER: Final = "end-user"
AGENT: Final = "agent"
ADMIN: Final = "admin"

ADMIN_ID: Final = 35436
"""`admin@example.com`, the owner of the account."""
AGENT_ID: Final = 35437
"""`agent@example.com`, an agent without restrictions."""
CUSTOMER_ID: Final = 35438
"""`customer@example.com`, a verified end user."""
UNVERIFIED_ID: Final = 35439
"""`unverified@example.com`, an end user whose e-mail nobody has verified."""


@attrs.define(slots=True, eq=False)
class Identity:
    """One way to know a user: an e-mail address, a phone number, an account elsewhere."""

    id: int
    user_id: int
    type: str
    value: str
    created_at: float
    updated_at: float
    verified: bool = False
    primary: bool = False
    verification_method: str = "none"
    verified_at: float | None = None
    deliverable_state: str | None = "deliverable"
    undeliverable_count: int = 0

    def set_verified(self, now: float, *, verified: bool) -> None:
        """Verify it, or take that back; the method follows."""
        if verified != self.verified:
            self.verified_at = now if verified else None
        self.verified = verified
        self.verification_method = "low" if verified else "none"
        self.updated_at = now


@attrs.define(slots=True, eq=False)
class Photo:
    """A profile picture. `shows_at` is when it appears: pictures that are fetched take a while."""

    id: int
    name: str
    content_type: str
    size: int
    shows_at: float
    content: bytes = attrs.field(default=b"", repr=False)


@attrs.define(slots=True, eq=False)
class User:
    """A profile. Only `State` changes what it keeps an index of: ids, identities, organizations, groups, phone."""

    id: int
    name: str
    created_at: float
    updated_at: float
    role: str = END_USER
    external_id: str | None = None
    identities: list[Identity] = attrs.field(factory=list)
    organization_ids: list[int] = attrs.field(factory=list)
    """The default organization first."""
    group_ids: list[int] = attrs.field(factory=list)
    phone: str | None = None
    shared_phone_number: bool | None = None
    time_zone: str = "Eastern Time (US & Canada)"
    locale: str = "en-US"
    tags: tuple[str, ...] = ()
    alias: str | None = None
    signature: str | None = None
    details: str | None = None
    notes: str | None = None
    custom_role_id: int | None = None
    default_group_id: int | None = None
    moderator: bool = False
    ticket_restriction: str | None = "requested"
    only_private_comments: bool = False
    suspended: bool = False
    shared: bool = False
    shared_agent: bool = False
    two_factor_auth_enabled: bool | None = None
    last_login_at: float | None = None
    photo: Photo | None = None
    fields: dict[str, Json] = attrs.field(factory=dict)
    """Custom field values by key; what was never written is absent."""
    agent_brand_ids: list[int] | None = None
    active: bool = True
    erased: bool = False
    """Permanently deleted: only the id and the dates are left."""
    deleted_at: float | None = None
    password: str | None = attrs.field(default=None, repr=False)
    settings: dict[str, Json] = attrs.field(factory=dict)

    @property
    def organization_id(self) -> int | None:
        """The default organization."""
        return self.organization_ids[0] if self.organization_ids else None

    @property
    def primary_email(self) -> Identity | None:
        """The primary e-mail identity; None for a profile without e-mail."""
        for identity in self.identities:
            if identity.primary and identity.type == "email":
                return identity
        return None

    @property
    def email(self) -> str | None:
        """The primary e-mail address."""
        identity = self.primary_email
        return identity.value if identity else None

    @property
    def verified(self) -> bool:
        """Is any identity verified?"""
        return any(identity.verified for identity in self.identities)

    @property
    def staff(self) -> bool:
        """Agents and admins."""
        return self.role != END_USER

    @property
    def admin(self) -> bool:
        """Admins."""
        return self.role == ADMIN


@attrs.define(slots=True, eq=False)
class Organization:
    """An organization. `State` and `directory` keep indexes of its id, name and external id."""

    id: int
    name: str
    created_at: float
    updated_at: float
    domain_names: tuple[str, ...] = ()
    external_id: str | None = None
    tags: tuple[str, ...] = ()
    details: str | None = None
    notes: str | None = None
    group_id: int | None = None
    shared_tickets: bool = False
    shared_comments: bool = False
    fields: dict[str, Json] = attrs.field(factory=dict)
    """Custom field values by key; what was never written is absent."""


@attrs.define(slots=True, eq=False)
class Group:
    """A group of agents."""

    id: int
    name: str
    created_at: float
    updated_at: float
    default: bool = False
    description: str = ""
    is_public: bool = True
    deleted: bool = False


@attrs.define(slots=True, eq=False)
class CustomRole:
    """A custom role; `role_type` 0 is custom, 1 a light agent."""

    id: int
    name: str
    role_type: int
    created_at: float
    description: str = ""


@attrs.define(slots=True, eq=False)
class Session:
    """A browser session of a user."""

    id: int
    user_id: int
    authenticated_at: float
    last_seen_at: float


@attrs.define(slots=True, eq=False)
class ComplianceStep:
    """One step of a permanent deletion in one product; a step in the future has not happened yet."""

    user_id: int
    action: str
    application: str
    created_at: float
    executer_id: int | None = None
