"""Who belongs where: users in organizations and agents in groups, and who follows an organization's tickets.

Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organization_memberships/,
.../organizations/organization_subscriptions/ and .../groups/group_memberships/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["GroupMembership", "OrganizationMembership", "OrganizationSubscription"]


class OrganizationMembership(Record, frozen=True, kw_only=True):
    """One user in one organization. `default`: it is the user's default organization, the one of their profile.

    `view_tickets` tells whether the user sees the tickets of the organization's other users.
    """

    id: int
    url: str | None = None
    user_id: int | None = None
    organization_id: int | None = None
    organization_name: str | None = None
    default: bool | None = None
    view_tickets: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class OrganizationSubscription(Record, frozen=True, kw_only=True):
    """One user who is told of all tickets of one organization."""

    id: int
    user_id: int | None = None
    organization_id: int | None = None
    created_at: datetime | None = None


class GroupMembership(Record, frozen=True, kw_only=True):
    """One agent in one group. `default`: tickets that the agent takes over come into this group."""

    id: int
    url: str | None = None
    user_id: int | None = None
    group_id: int | None = None
    default: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
