"""Group memberships: which agents belong to which groups.

Source: https://developer.zendesk.com/api-reference/ticketing/groups/group_memberships/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.memberships import GroupMembership
from ._base import Resource
from ._subsets import subset
from ._validate import MAX_ROWS, include_query
from .types.groups import GroupMembershipSideload, NewGroupMembership, NewUserGroupMembership

if TYPE_CHECKING:
    import attrs

    from ..call import Call, Pages
    from ..jobs import Job
    from .types.common import CallOptions, RecordId
    from .types.groups import NewGroupMembershipFields, NewUserGroupMembershipFields

__all__ = ["GroupMemberships"]

_ALL: Final = "/api/v2/group_memberships"
_ONE: Final = "/{group_membership_id}"
_OF_USER: Final = "/api/v2/users/{user_id}/group_memberships"
_OF_GROUP: Final = "/api/v2/groups/{group_id}/memberships"
_KEY: Final = "group_membership"
_KEYS: Final = "group_memberships"

LIST: Final = Route("group_memberships.list", "GET", _ALL, _KEYS, GroupMembership, paging="cursor")
LIST_USER: Final = Route("group_memberships.list", "GET", _OF_USER, _KEYS, GroupMembership, paging="cursor")
LIST_GROUP: Final = Route("group_memberships.list", "GET", _OF_GROUP, _KEYS, GroupMembership, paging="cursor")
ASSIGNABLE: Final = Route(
    "group_memberships.assignable", "GET", _ALL + "/assignable", _KEYS, GroupMembership, paging="cursor"
)
ASSIGNABLE_GROUP: Final = Route(
    "group_memberships.assignable", "GET", _OF_GROUP + "/assignable", _KEYS, GroupMembership, paging="cursor"
)
SHOW: Final = Route("group_memberships.show", "GET", _ALL + _ONE, _KEY, GroupMembership)
SHOW_USER: Final = Route("group_memberships.show", "GET", _OF_USER + _ONE, _KEY, GroupMembership)
CREATE: Final = Route("group_memberships.create", "POST", _ALL, _KEY, GroupMembership, writes=NewGroupMembership)
CREATE_USER: Final = Route(
    "group_memberships.create_for_user", "POST", _OF_USER, _KEY, GroupMembership, writes=NewUserGroupMembership
)
CREATE_MANY: Final = Route(
    "group_memberships.create_many", "POST", _ALL + "/create_many", "job_status", job=True, writes=NewGroupMembership,
    wrap=_KEYS,
)
DELETE: Final = Route("group_memberships.delete", "DELETE", _ALL + _ONE)
DELETE_USER: Final = Route("group_memberships.delete", "DELETE", _OF_USER + _ONE)
DESTROY_MANY: Final = Route(
    "group_memberships.destroy_many", "DELETE", _ALL + "/destroy_many", "job_status", job=True, idempotent=False
)
MAKE_DEFAULT: Final = Route(
    "group_memberships.make_default", "PUT", _OF_USER + _ONE + "/make_default", _KEYS, GroupMembership
)


class GroupMemberships(Resource):
    """Memberships of agents in groups: made and ended, and one of them the agent's default."""

    def list(
        self,
        *,
        user_id: RecordId | None = None,
        group_id: RecordId | None = None,
        include: GroupMembershipSideload | Iterable[GroupMembershipSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[GroupMembership]:
        """Memberships: all of them, those of an agent, or those in a group.

        `include` sideloads the users and groups that they join: they are on `Page.sideloads`.
        """
        route, ids = subset(LIST, user_id=(LIST_USER, user_id), group_id=(LIST_GROUP, group_id))
        query = include_query(include, GroupMembershipSideload, "group memberships")
        return self._list(route, options, page_size, cursor, query=query, **ids)

    def assignable(
        self,
        *,
        group_id: RecordId | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[GroupMembership]:
        """The memberships of agents to whom tickets can be assigned, everywhere or in one group."""
        route, ids = subset(ASSIGNABLE, group_id=(ASSIGNABLE_GROUP, group_id))
        return self._list(route, options, page_size, cursor, **ids)

    def show(
        self,
        group_membership_id: RecordId,
        *,
        user_id: RecordId | None = None,
        include: GroupMembershipSideload | Iterable[GroupMembershipSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[GroupMembership]:
        """One membership; with `user_id`, `NotFound` for one of another agent."""
        route, ids = subset(SHOW, user_id=(SHOW_USER, user_id))
        query = include_query(include, GroupMembershipSideload, "group memberships")
        return self._call(route, options, query=query, group_membership_id=group_membership_id, **ids)

    def create(self, **fields: Unpack[NewGroupMembershipFields]) -> Call[GroupMembership]:
        """Brings an agent (`user_id`) into a group (`group_id`).

        The first membership of an agent is the default one; a later one with `default=True` becomes it. A membership
        that exists, or one of an end user, raises `ValidationError`. A lost reply raises `OutcomeUnknown`: the
        membership may exist.
        """
        return self._write(CREATE, fields)

    def create_for_user(
        self, user_id: RecordId, **fields: Unpack[NewUserGroupMembershipFields]
    ) -> Call[GroupMembership]:
        """As `create`, by the path of the agent."""
        return self._write(CREATE_USER, fields, user_id=user_id)

    def create_many(
        self,
        rows: Sequence[NewGroupMembership | Mapping[str, object] | attrs.AttrsInstance],
        **options: Unpack[CallOptions],
    ) -> Call[Job]:
        """Starts a job that makes up to 100 memberships; each row has a `user_id` and a `group_id`."""
        return self._rows(CREATE_MANY, rows, options)

    def delete(
        self, group_membership_id: RecordId, *, user_id: RecordId | None = None, **options: Unpack[CallOptions]
    ) -> Call[None]:
        """Ends a membership. Where it was the default one, another one of the agent takes its place."""
        route, ids = subset(DELETE, user_id=(DELETE_USER, user_id))
        return self._call(route, options, group_membership_id=group_membership_id, **ids)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[Job]:
        """Starts a job that ends up to 100 memberships, named by their ids."""
        return self._by_ids(DESTROY_MANY, options, ids)

    def make_default(
        self, user_id: RecordId, group_membership_id: RecordId, **options: Unpack[CallOptions]
    ) -> Pages[GroupMembership]:
        """Makes a membership the agent's default one, and gives all memberships of the agent, in one page."""
        return self._pages(MAKE_DEFAULT, options, user_id=user_id, group_membership_id=group_membership_id)
