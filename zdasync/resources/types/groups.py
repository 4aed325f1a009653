"""The fields of groups and of memberships in them that can be written."""

from __future__ import annotations

from typing import Literal, Required, TypedDict

from .common import CallOptions

__all__ = [
    "GroupFields", "GroupMembershipSideload", "GroupSideload", "GroupWrite", "NewGroup", "NewGroupFields",
    "NewGroupMembership", "NewGroupMembershipFields", "NewUserGroupMembership", "NewUserGroupMembershipFields",
]

GroupSideload = Literal["users"]
"""What can be sideloaded with groups."""
GroupMembershipSideload = Literal["users", "groups"]
"""What can be sideloaded with memberships in groups."""


class _Group(TypedDict, total=False):
    description: str
    is_public: bool


class GroupWrite(_Group, total=False):
    """The fields of a group that can be written. A group that was made private can't be made public again."""

    name: str


class NewGroup(_Group, total=False):
    """The fields of a new group."""

    name: Required[str]


class GroupFields(GroupWrite, CallOptions, total=False):
    """The fields of a group, and the options of the call."""


class NewGroupFields(NewGroup, CallOptions, total=False):
    """The fields of a new group, and the options of the call."""


class NewUserGroupMembership(TypedDict, total=False):
    """A membership of an agent who is named elsewhere. `default` makes the group the agent's default one."""

    group_id: Required[int]
    default: bool


class NewGroupMembership(NewUserGroupMembership, total=False):
    """A membership of an agent in a group. `default` makes the group the agent's default one."""

    user_id: Required[int]


class NewUserGroupMembershipFields(NewUserGroupMembership, CallOptions, total=False):
    """A membership of an agent who is named elsewhere, and the options of the call."""


class NewGroupMembershipFields(NewGroupMembership, CallOptions, total=False):
    """A membership of an agent in a group, and the options of the call."""
