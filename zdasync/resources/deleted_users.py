"""Deleted users: look at them, and delete them permanently.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.users import Count, DeletedUser
from ._base import Resource
from ._validate import MAX_ROWS, page_query

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types import CallOptions, UserId

__all__ = ["ROUTES", "DeletedUsers"]

LIST: Final = Route("users.deleted.list", "GET", "/api/v2/deleted_users", key="deleted_users", paging="cursor")
COUNT: Final = Route("users.deleted.count", "GET", "/api/v2/deleted_users/count", key="count")
SHOW: Final = Route("users.deleted.show", "GET", "/api/v2/deleted_users/{user_id}", key="deleted_user")
DELETE: Final = Route("users.deleted.delete", "DELETE", "/api/v2/deleted_users/{user_id}", key="deleted_user")

ROUTES: Final = (LIST, COUNT, SHOW, DELETE)


class DeletedUsers(Resource):
    """Users after `users.delete`."""

    def list(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[DeletedUser]:
        """Deleted users, the permanently deleted ones among them: those are named "Permanently Deleted User"."""
        return self._pages(self._request(LIST, options, query=page_query(page_size, cursor)), DeletedUser)

    def count(self, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many there are, roughly, the permanently deleted ones included."""
        return self._call(self._request(COUNT, options), Count)

    def show(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[DeletedUser]:
        """One deleted user; `NotFound` once it is deleted permanently."""
        return self._call(self._request(SHOW, options, user_id=user_id), DeletedUser)

    def delete(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[DeletedUser]:
        """Deletes a user permanently, with all personal data. `users.delete` must come first.

        There is no way back. Limited to 700 in ten minutes; `users.compliance_deletion_statuses` tells how far
        Zendesk has come.
        """
        return self._call(self._request(DELETE, options, user_id=user_id), DeletedUser)
