"""Bookmarks: tickets that the caller has marked.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/bookmarks/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.activities import Bookmark
from ._base import Resource
from ._validate import MAX_ROWS, page_size, record_id
from .types.account import BookmarkWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["Bookmarks"]

_ALL: Final = "/api/v2/bookmarks"

LIST: Final = Route("bookmarks.list", "GET", _ALL, "bookmarks", Bookmark, paging="offset")
CREATE: Final = Route("bookmarks.create", "POST", _ALL, "bookmark", Bookmark, writes=BookmarkWrite, idempotent=True)
DELETE: Final = Route("bookmarks.delete", "DELETE", _ALL + "/{bookmark_id}")


class Bookmarks(Resource):
    """The caller's own bookmarks. For agents."""

    def list(self, *, per_page: int = MAX_ROWS, **options: Unpack[CallOptions]) -> Pages[Bookmark]:
        """All bookmarks of the caller, by pages with numbers."""
        return self._pages(LIST, options, query=(("per_page", str(page_size(per_page))),))

    def create(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[Bookmark]:
        """Marks a ticket; one that is marked already gives its bookmark."""
        body = {"bookmark": {"ticket_id": record_id("ticket_id", ticket_id)}}
        return self._call(CREATE, options, body=body)

    def delete(self, bookmark_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Takes a bookmark away."""
        return self._call(DELETE, options, bookmark_id=bookmark_id)
