"""Groups of agents, to which tickets are assigned.

Source: https://developer.zendesk.com/api-reference/ticketing/groups/groups/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.groups import Group
from ..records.users import Count
from ._base import Resource
from ._subsets import subset
from ._validate import MAX_ROWS, flags, include_query
from .types.groups import GroupSideload, GroupWrite, NewGroup

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.groups import GroupFields, NewGroupFields

__all__ = ["Groups"]

_ALL: Final = "/api/v2/groups"
_ONE: Final = _ALL + "/{group_id}"
_OF_USER: Final = "/api/v2/users/{user_id}/groups"

LIST: Final = Route("groups.list", "GET", _ALL, "groups", Group, paging="cursor")
LIST_USER: Final = Route("groups.list", "GET", _OF_USER, "groups", Group, paging="cursor")
ASSIGNABLE: Final = Route("groups.assignable", "GET", _ALL + "/assignable", "groups", Group, paging="cursor")
COUNT: Final = Route("groups.count", "GET", _ALL + "/count", "count", Count)
COUNT_USER: Final = Route("groups.count", "GET", _OF_USER + "/count", "count", Count)
SHOW: Final = Route("groups.show", "GET", _ONE, "group", Group)
CREATE: Final = Route("groups.create", "POST", _ALL, "group", Group, writes=NewGroup)
UPDATE: Final = Route("groups.update", "PUT", _ONE, "group", Group, writes=GroupWrite)
DELETE: Final = Route("groups.delete", "DELETE", _ONE)


class Groups(Resource):
    """Groups of agents. Who belongs to them, `group_memberships` tells; `users.list` takes `group_id`."""

    def list(
        self,
        *,
        user_id: RecordId | None = None,
        exclude_deleted: bool | None = None,
        include: GroupSideload | Iterable[GroupSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Group]:
        """Groups: all of them, or those of an agent. Deleted ones come too, unless `exclude_deleted` is True.

        `include="users"` sideloads the members: they are on `Page.sideloads`.
        """
        route, ids = subset(LIST, user_id=(LIST_USER, user_id))
        query = flags(exclude_deleted=exclude_deleted) + include_query(include, GroupSideload, "groups")
        return self._list(route, options, page_size, cursor, query=query, **ids)

    def assignable(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[Group]:
        """The groups to which the caller may assign tickets."""
        return self._list(ASSIGNABLE, options, page_size, cursor)

    def count(self, *, user_id: RecordId | None = None, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many groups there are, or how many an agent belongs to."""
        route, ids = subset(COUNT, user_id=(COUNT_USER, user_id))
        return self._call(route, options, **ids)

    def show(
        self,
        group_id: RecordId,
        *,
        include: GroupSideload | Iterable[GroupSideload] | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Group]:
        """One group; a deleted one may still be shown, with `deleted` True."""
        return self._call(SHOW, options, query=include_query(include, GroupSideload, "groups"), group_id=group_id)

    def create(self, **fields: Unpack[NewGroupFields]) -> Call[Group]:
        """Creates a group with a `name`. See `types.GroupWrite` for the fields."""
        return self._write(CREATE, fields)

    def update(self, group_id: RecordId, **fields: Unpack[GroupFields]) -> Call[Group]:
        """Writes fields of a group; what is not given stays."""
        return self._write(UPDATE, fields, group_id=group_id)

    def delete(self, group_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a group: its agents belong to it no more."""
        return self._call(DELETE, options, group_id=group_id)
