"""What there is beside the profiles, organizations and groups themselves: memberships, subscriptions, merges.

A merge of organizations takes its time: it is new, then in progress, then complete, by the account's clock, and all
that it moves is moved at the end. What is due happens before any request is answered (`apply_merges`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .membership_store import FIRST_GROUP_MEMBERSHIP, FIRST_ORGANIZATION_MEMBERSHIP, MembershipStore
from .records import Group, Organization

if TYPE_CHECKING:
    from .state import State


@attrs.define(slots=True, eq=False)
class Subscription:
    """A user who is told of all tickets of an organization."""

    id: int
    user_id: int
    organization_id: int
    created_at: float


@attrs.define(slots=True, eq=False)
class Merge:
    """One organization going into another. `failed`: one of the two was gone when it was due."""

    id: str
    loser_id: int
    winner_id: int
    actor_id: int
    created_at: float
    starts_at: float
    ends_at: float
    done: bool = False
    failed: bool = False

    def status(self, now: float) -> str:
        """`new`, `in_progress`, `complete` or `error`."""
        if self.done:
            return "error" if self.failed else "complete"
        return "in_progress" if now >= self.starts_at else "new"


@attrs.define(eq=False)
class Directory:
    """The stores; `State` and the functions of this module change them."""

    organization_memberships: MembershipStore = attrs.field(
        factory=lambda: MembershipStore(FIRST_ORGANIZATION_MEMBERSHIP)
    )
    group_memberships: MembershipStore = attrs.field(factory=lambda: MembershipStore(FIRST_GROUP_MEMBERSHIP))
    subscriptions: dict[int, Subscription] = attrs.field(factory=dict)
    merges: dict[str, Merge] = attrs.field(factory=dict)
    external_ids: dict[str, int] = attrs.field(factory=dict)
    """Case-folded external id to the organization's id."""
    deleted_groups: dict[int, Group] = attrs.field(factory=dict)

    def subscribe(self, subscription_id: int, user_id: int, organization_id: int, now: float) -> Subscription:
        """A new subscription; whether the user has one already is the caller's to check."""
        made = Subscription(subscription_id, user_id, organization_id, now)
        self.subscriptions[made.id] = made
        return made

    def unsubscribe(self, user_id: int) -> None:
        """End all subscriptions of a user."""
        for subscription_id in self.subscriptions_of(user_id):
            del self.subscriptions[subscription_id]

    def subscriptions_of(self, user_id: int) -> list[int]:
        """The ids of a user's subscriptions, ascending."""
        return [one.id for one in self.subscriptions.values() if one.user_id == user_id]


# --- organizations


def named_organization(state: State, name: str) -> Organization | None:
    """The organization with this name, whatever its case."""
    return _at(state, state.organization_names.get(name.casefold()))


def externally_named(state: State, external_id: str) -> Organization | None:
    """The organization with this external id, whatever its case."""
    return _at(state, state.directory.external_ids.get(external_id.casefold()))


def _at(state: State, organization_id: int | None) -> Organization | None:
    return None if organization_id is None else state.organizations[organization_id]


def rename_organization(state: State, organization: Organization, name: str) -> None:
    """Give it another name; whether that is free is the caller's to check."""
    state.organization_names.pop(organization.name.casefold(), None)
    organization.name = name
    state.organization_names[name.casefold()] = organization.id


def set_external_id(state: State, organization: Organization, external_id: str | None) -> None:
    """Change or clear it; the case is kept as written."""
    if organization.external_id is not None:
        state.directory.external_ids.pop(organization.external_id.casefold(), None)
    organization.external_id = external_id
    if external_id is not None:
        state.directory.external_ids[external_id.casefold()] = organization.id


def remove_organization(state: State, organization: Organization, actor_id: int, now: float) -> None:
    """Delete it: memberships and subscriptions end, its tickets have none, its names are free for others."""
    _move_tickets(state, organization.id, None, actor_id, now)
    for user_id in list(state.organization_users.get(organization.id, ())):
        user = state.users[user_id]
        state.set_organizations(user, [one for one in user.organization_ids if one != organization.id], now)
        user.updated_at = now
    subscriptions = state.directory.subscriptions
    for row in [row for row in subscriptions.values() if row.organization_id == organization.id]:
        del subscriptions[row.id]
    set_external_id(state, organization, None)
    state.organization_names.pop(organization.name.casefold(), None)
    state.organization_users.pop(organization.id, None)
    del state.organizations[organization.id]


def _move_tickets(state: State, organization_id: int, into: int | None, actor_id: int, now: float) -> None:
    for ticket_id in list(state.tickets.of_organization.get(organization_id, ())):
        state.tickets.update(state.tickets.records[ticket_id], {"organization_id": into}, actor_id=actor_id, now=now)


# --- groups


def remove_group(state: State, group: Group, now: float) -> None:
    """Delete it: its memberships end; the group itself is kept, marked as deleted."""
    for user_id in list(state.group_users.get(group.id, ())):
        user = state.users[user_id]
        state.set_groups(user, [one for one in user.group_ids if one != group.id], now)
        user.updated_at = now
    state.group_users.pop(group.id, None)
    group.deleted, group.updated_at = True, now
    state.directory.deleted_groups[group.id] = state.groups.pop(group.id)


# --- merges


def apply_merges(state: State, now: float) -> None:
    """Carry out the merges that are due by now, in the order of their times."""
    due = [merge for merge in state.directory.merges.values() if not merge.done and merge.ends_at <= now]
    for merge in sorted(due, key=lambda merge: merge.ends_at):
        merge.done = True
        loser, winner = state.organizations.get(merge.loser_id), state.organizations.get(merge.winner_id)
        merge.failed = loser is None or winner is None
        if loser is not None and winner is not None:
            _merge(state, loser, winner, merge.actor_id, merge.ends_at)


def _merge(state: State, loser: Organization, winner: Organization, actor_id: int, at: float) -> None:
    """Users, tickets and domain names move; nothing else of the loser is kept."""
    _move_tickets(state, loser.id, winner.id, actor_id, at)
    for user_id in list(state.organization_users.get(loser.id, ())):
        user = state.users[user_id]
        moved = [winner.id if one == loser.id else one for one in user.organization_ids]
        state.set_organizations(user, moved, at)
        user.updated_at = at
    winner.domain_names = tuple(dict.fromkeys((*winner.domain_names, *loser.domain_names)))
    winner.updated_at = at
    remove_organization(state, loser, actor_id, at)
