"""Deleted users: look at them, and delete them permanently.

Source: https://developer.zendesk.com/api-reference/ticketing/users/users/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.users import Count, DeletedUser
from ._base import Resource
from ._validate import MAX_ROWS

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, UserId

__all__ = ["DeletedUsers"]

LIST: Final = Route("users.deleted.list", "GET", "/api/v2/deleted_users", "deleted_users", DeletedUser, paging="cursor")
COUNT: Final = Route("users.deleted.count", "GET", "/api/v2/deleted_users/count", "count", Count)
SHOW: Final = Route("users.deleted.show", "GET", "/api/v2/deleted_users/{user_id}", "deleted_user", DeletedUser)
DELETE: Final = Route("users.deleted.delete", "DELETE", "/api/v2/deleted_users/{user_id}", "deleted_user", DeletedUser)


class DeletedUsers(Resource):
    """Users after `users.delete`."""

    def list(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[DeletedUser]:
        """Deleted users, the permanently deleted ones among them: those are named "Permanently Deleted User"."""
        return self._list(LIST, options, page_size, cursor)

    def count(self, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many there are, roughly, the permanently deleted ones included."""
        return self._call(COUNT, options)

    def show(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[DeletedUser]:
        """One deleted user; `NotFound` once it is deleted permanently."""
        return self._call(SHOW, options, user_id=user_id)

    def delete(self, user_id: UserId, **options: Unpack[CallOptions]) -> Call[DeletedUser]:
        """Deletes a user permanently, with all personal data. `users.delete` must come first.

        There is no way back. Limited to 700 in ten minutes; `users.compliance_deletion_statuses` tells how far
        Zendesk has come.
        """
        return self._call(DELETE, options, user_id=user_id)
