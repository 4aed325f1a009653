"""The data of the simulated account, with the indexes that keep 100,000 users fast.

The model: plain records (`zdasync.simulator.records`) in dictionaries by id, and one index for each thing that the
API finds users by: identity values, external ids whatever their case, phone numbers, organizations, groups. Ids of
active users are kept sorted, so that a cursor page is a bisection and a slice. What is indexed changes through
methods of `State` only, and what belongs to organizations and groups through `zdasync.simulator.directory`. Nothing
here knows HTTP, rights or settings.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import attrs

from . import sorted_ids
from .attachment_store import Attachments
from .directory import Directory, apply_merges
from .idempotency import Replies
from .job_queue import JobQueue
from .phones import number_key
from .population import populate, populate_tickets
from .records import (
    ADMIN,
    ADMIN_ID,
    AGENT,
    AGENT_ID,
    CUSTOMER_ID,
    END_USER,
    UNVERIFIED_ID,
    ComplianceStep,
    CustomRole,
    Group,
    Identity,
    Organization,
    Session,
    User,
)
from .ticket_extras import Ratings, Skip, SuspendedMessages
from .ticket_records import Ticket
from .ticket_store import Tickets
from .webhook_store import Webhooks

__all__ = [
    "ADMIN", "ADMIN_ID", "AGENT", "AGENT_ID", "CUSTOMER_ID", "END_USER", "UNVERIFIED_ID", "ComplianceStep",
    "CustomRole", "Group", "Identity", "Organization", "Session", "State", "Ticket", "User",
]

_FIRST_ID: Final = 360_000_000_000
_ID_STEP: Final = 20
_USER_FIELDS: Final = ("tier", "membership_level", "membership_expires", "newsletter", "points", "crm_url")
_ORGANIZATION_FIELDS: Final = ("region", "seats", "contract_ends")


@attrs.define(eq=False)
class State:
    """One account's data. `seed` makes ids, cursors of chance and job ids repeatable."""

    seed: int = 0
    subdomain: str = "example"
    owner_id: int | None = None
    users: dict[int, User] = attrs.field(factory=dict, repr=False)
    """Everybody ever: deleted ones too, see `User.active` and `User.erased`."""
    user_ids: list[int] = attrs.field(factory=list, repr=False)
    """Ids of active users, ascending."""
    deleted_ids: list[int] = attrs.field(factory=list, repr=False)
    """Ids of deleted users, erased ones among them, ascending."""
    identities: dict[int, Identity] = attrs.field(factory=dict, repr=False)
    identity_values: defaultdict[str, dict[str, Identity]] = attrs.field(
        factory=lambda: defaultdict(dict), repr=False
    )
    """Type to value to the identity of an active user."""
    external_ids: dict[str, int] = attrs.field(factory=dict, repr=False)
    """Case-folded external id to user id, active users only."""
    phones: dict[str, set[int]] = attrs.field(factory=dict, repr=False)
    """Phone number, digits only, to the ids of active users who have it."""
    organizations: dict[int, Organization] = attrs.field(factory=dict, repr=False)
    organization_names: dict[str, int] = attrs.field(factory=dict, repr=False)
    organization_users: defaultdict[int, list[int]] = attrs.field(factory=lambda: defaultdict(list), repr=False)
    groups: dict[int, Group] = attrs.field(factory=dict, repr=False)
    group_users: defaultdict[int, list[int]] = attrs.field(factory=lambda: defaultdict(list), repr=False)
    custom_roles: dict[int, CustomRole] = attrs.field(factory=dict, repr=False)
    tickets: Tickets = attrs.field(init=False, repr=False)
    replies: Replies = attrs.field(factory=Replies, repr=False)
    """Replies to requests with an idempotency key."""
    attachments: Attachments = attrs.field(init=False, repr=False)
    webhooks: Webhooks = attrs.field(init=False, repr=False)
    ratings: Ratings = attrs.field(factory=Ratings, repr=False)
    skips: dict[int, Skip] = attrs.field(factory=dict, repr=False)
    suspended: SuspendedMessages = attrs.field(init=False, repr=False)
    """Messages held back; `suspended.add` holds one back."""
    directory: Directory = attrs.field(factory=Directory, repr=False)
    """Memberships, subscriptions, merges of organizations, deleted groups."""
    sessions: dict[int, Session] = attrs.field(factory=dict, repr=False)
    compliance: defaultdict[int, list[ComplianceStep]] = attrs.field(factory=lambda: defaultdict(list), repr=False)
    merged_emails: set[str] = attrs.field(factory=set, repr=False)
    user_field_keys: tuple[str, ...] = _USER_FIELDS
    """Keys of the account's custom user fields; other keys in a write are ignored."""
    organization_field_keys: tuple[str, ...] = _ORGANIZATION_FIELDS
    """The same of organizations."""
    counts: dict[str, tuple[int, float]] = attrs.field(factory=dict, repr=False)
    """Cached counts above 100,000 with the time of their refresh."""
    collections: dict[str, dict[Any, dict[str, Any]]] = attrs.field(factory=dict, repr=False)
    """Records of simple collections by collection and id; `collection_model` owns their shape."""
    jobs: JobQueue = attrs.field(init=False, repr=False)
    random: random.Random = attrs.field(init=False, repr=False)
    clients: dict[Any, Any] = attrs.field(factory=dict, repr=False)
    """OAuth clients; the server's OAuth endpoints own the shape of these four stores."""
    tokens: dict[Any, Any] = attrs.field(factory=dict, repr=False)
    codes: dict[Any, Any] = attrs.field(factory=dict, repr=False)
    refresh_tokens: dict[Any, Any] = attrs.field(factory=dict, repr=False)
    _last_id: int = attrs.field(default=_FIRST_ID, init=False, repr=False)
    _changed: list[User] = attrs.field(factory=list, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.tickets = Tickets(self.next_id)
        self.suspended = SuspendedMessages(self.next_id)
        self.attachments = Attachments(self.next_id, random.Random(self.seed + 2))  # noqa: S311  # repeatable
        self.webhooks = Webhooks(random.Random(self.seed + 3))  # noqa: S311  # repeatable
        self.random = random.Random(self.seed)  # noqa: S311  # repeatable, not secret
        self.jobs = JobQueue(random=random.Random(self.seed + 1))  # noqa: S311  # repeatable, not secret

    @classmethod
    def seeded(cls, users: int = 0, seed: int = 0, now: float = 0.0, tickets: int = 0) -> State:
        """The four fixed users, `users` and `tickets` more; the same for the same arguments (see `population`)."""
        state = cls(seed=seed)
        populate(state, users, now)
        populate_tickets(state, tickets, now)
        return state

    def next_id(self) -> int:
        """An id that nothing else has; later ids are larger."""
        self._last_id += _ID_STEP
        return self._last_id

    def advance(self, now: float) -> None:
        """Let everything happen that is due by now: rows of jobs, merges of organizations."""
        self.jobs.advance(now)
        apply_merges(self, now)

    # --- users

    def add_user(self, user: User) -> User:
        """Take a new profile in, with the external id, organizations, groups and phone that it has."""
        self.users[user.id] = user
        sorted_ids.add(self.user_ids, user.id)
        self._index(user)
        return user

    def active(self, user_id: int) -> User | None:
        """The profile with this id, unless it is deleted."""
        user = self.users.get(user_id)
        return user if user is not None and user.active else None

    def active_users(self) -> Iterator[User]:
        """Everybody who is not deleted, by id."""
        return (self.users[user_id] for user_id in self.user_ids)

    def by_external_id(self, external_id: str) -> User | None:
        """The active profile with this external id, whatever its case."""
        user_id = self.external_ids.get(external_id.casefold())
        return None if user_id is None else self.users[user_id]

    def by_identity(self, kind: str, value: str) -> User | None:
        """The active profile that owns an identity, primary or not. E-mails are stored as the settings fold them."""
        identity = self.identity_values[kind].get(value)
        return None if identity is None else self.users[identity.user_id]

    def by_email(self, email: str) -> User | None:
        """The active profile that owns an e-mail address, primary or not."""
        return self.by_identity("email", email)

    def changed_users(self) -> Sequence[User]:
        """Everybody ever, deleted ones too, by the second of their last change and by id; not to be changed."""
        # Nobody leaves `users`, newcomers stand at its end, and sorting what is nearly sorted costs one pass.
        self._changed += islice(self.users.values(), len(self._changed), None)
        self._changed.sort(key=lambda user: (int(user.updated_at), user.id))
        return self._changed

    def delete_user(self, user: User, now: float) -> None:
        """Soft-delete: its names are free for others, its record stays."""
        self._unindex(user)
        sorted_ids.discard(self.user_ids, user.id)
        sorted_ids.add(self.deleted_ids, user.id)
        user.active = False
        user.deleted_at = user.updated_at = now
        self.end_sessions(user.id)
        self.directory.unsubscribe(user.id)

    def erase_user(self, user: User, now: float) -> None:
        """Delete permanently: nothing personal is left."""
        for identity in user.identities:
            self.identities.pop(identity.id, None)
        user.identities = []
        user.name = "Permanently Deleted User"
        user.phone = user.alias = user.signature = user.details = user.notes = user.external_id = None
        user.photo, user.password, user.tags, user.fields, user.erased = None, None, (), {}, True
        user.organization_ids, user.group_ids = [], []
        user.updated_at = now

    def set_external_id(self, user: User, external_id: str | None) -> None:
        """Change or clear it; the case is kept as written."""
        if user.external_id is not None:
            self.external_ids.pop(user.external_id.casefold(), None)
        user.external_id = external_id
        if external_id is not None:
            self.external_ids[external_id.casefold()] = user.id

    def set_phone(self, user: User, phone: str | None, *, shared: bool | None) -> None:
        """Change or clear the primary phone number."""
        self._unindex_phone(user)
        user.phone, user.shared_phone_number = phone, shared
        self._index_phone(user)

    def set_organizations(self, user: User, organization_ids: Iterable[int], now: float | None = None) -> None:
        """Replace all memberships; the first one is the default. New ones begin `now`: with the user's last change."""
        before, user.organization_ids = user.organization_ids, list(dict.fromkeys(organization_ids))
        for organization_id in before:
            sorted_ids.discard(self.organization_users[organization_id], user.id)
        for organization_id in user.organization_ids:
            sorted_ids.add(self.organization_users[organization_id], user.id)
        at = user.updated_at if now is None else now
        self.directory.organization_memberships.replace(user.id, before, user.organization_ids, at)

    def set_groups(self, user: User, group_ids: Iterable[int], now: float | None = None) -> None:
        """Replace all group memberships; the next group becomes the default one when that goes. For `now` see above."""
        before, user.group_ids = user.group_ids, list(dict.fromkeys(group_ids))
        for group_id in before:
            sorted_ids.discard(self.group_users[group_id], user.id)
        for group_id in user.group_ids:
            sorted_ids.add(self.group_users[group_id], user.id)
        if user.default_group_id is not None and user.default_group_id not in user.group_ids:
            user.default_group_id = user.group_ids[0] if user.group_ids else None
        at = user.updated_at if now is None else now
        self.directory.group_memberships.replace(user.id, before, user.group_ids, at)

    # --- identities

    def add_identity(
        self, user: User, kind: str, value: str, now: float, *, verified: bool = False, primary: bool = False
    ) -> Identity:
        """Give a profile another identity; whether the value is free is the caller's to check."""
        identity = Identity(
            id=self.next_id(), user_id=user.id, type=kind, value=value, created_at=now, updated_at=now, primary=primary
        )
        identity.set_verified(now, verified=verified)
        user.identities.append(identity)
        self.identities[identity.id] = identity
        self.identity_values[kind][value] = identity
        return identity

    def rename_identity(self, identity: Identity, value: str, now: float) -> None:
        """Change an identity's value."""
        self.identity_values[identity.type].pop(identity.value, None)
        identity.value, identity.updated_at = value, now
        self.identity_values[identity.type][value] = identity

    def remove_identity(self, identity: Identity) -> None:
        """Take an identity away from its profile."""
        self.users[identity.user_id].identities.remove(identity)
        self.identity_values[identity.type].pop(identity.value, None)
        del self.identities[identity.id]

    def move_identities(self, source: User, target: User) -> None:
        """All identities of one profile become secondary ones of another."""
        for identity in source.identities:
            identity.user_id = target.id
            identity.primary = identity.type == "email" and identity.primary and target.primary_email is None
            target.identities.append(identity)
        source.identities = []

    # --- everything around users

    def add_organization(self, name: str, now: float, *, domain_names: tuple[str, ...] = ()) -> Organization:
        """A new organization; names are unique whatever their case."""
        organization = Organization(
            id=self.next_id(), name=name, created_at=now, updated_at=now, domain_names=domain_names
        )
        self.organizations[organization.id] = organization
        self.organization_names[name.casefold()] = organization.id
        return organization

    def add_group(self, name: str, now: float, *, default: bool = False) -> Group:
        """A new group."""
        group = Group(id=self.next_id(), name=name, created_at=now, updated_at=now, default=default)
        self.groups[group.id] = group
        return group

    def add_custom_role(self, name: str, role_type: int, now: float) -> CustomRole:
        """A new custom role."""
        role = CustomRole(id=self.next_id(), name=name, role_type=role_type, created_at=now)
        self.custom_roles[role.id] = role
        return role

    def add_ticket(
        self,
        requester_id: int,
        *,
        assignee_id: int | None = None,
        collaborator_ids: tuple[int, ...] = (),
        status: str = "open",
        now: float | None = None,
    ) -> Ticket:
        """A new ticket with those in copy; as old as its requester unless `now` is given."""
        requester = self.users[requester_id]
        return self.tickets.create(
            requester_id,
            now=requester.created_at if now is None else now,
            subject="Help",
            comment="Please help.",
            assignee_id=assignee_id,
            email_cc_ids=collaborator_ids,
            status=status,
            organization_id=requester.organization_id,
        )

    def add_session(self, user_id: int, now: float) -> Session:
        """A new browser session."""
        session = Session(self.next_id(), user_id, now, now)
        self.sessions[session.id] = session
        return session

    def end_sessions(self, user_id: int) -> None:
        """End all sessions of a user."""
        for session in [session for session in self.sessions.values() if session.user_id == user_id]:
            del self.sessions[session.id]

    # --- indexes

    def _index(self, user: User) -> None:
        if user.external_id is not None:
            self.external_ids[user.external_id.casefold()] = user.id
        for identity in user.identities:
            self.identities[identity.id] = identity
            self.identity_values[identity.type][identity.value] = identity
        for organization_id in user.organization_ids:
            sorted_ids.add(self.organization_users[organization_id], user.id)
        for group_id in user.group_ids:
            sorted_ids.add(self.group_users[group_id], user.id)
        self.directory.organization_memberships.replace(user.id, (), user.organization_ids, user.created_at)
        self.directory.group_memberships.replace(user.id, (), user.group_ids, user.created_at)
        self._index_phone(user)

    def _unindex(self, user: User) -> None:
        if user.external_id is not None:
            self.external_ids.pop(user.external_id.casefold(), None)
        for identity in user.identities:
            self.identity_values[identity.type].pop(identity.value, None)
        for organization_id in user.organization_ids:
            sorted_ids.discard(self.organization_users[organization_id], user.id)
        for group_id in user.group_ids:
            sorted_ids.discard(self.group_users[group_id], user.id)
        self.directory.organization_memberships.replace(user.id, user.organization_ids, (), user.updated_at)
        self.directory.group_memberships.replace(user.id, user.group_ids, (), user.updated_at)
        self._unindex_phone(user)

    def _index_phone(self, user: User) -> None:
        if user.phone:
            self.phones.setdefault(number_key(user.phone), set()).add(user.id)

    def _unindex_phone(self, user: User) -> None:
        if user.phone:
            self.phones.get(number_key(user.phone), set()).discard(user.id)
