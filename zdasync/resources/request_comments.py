"""Comments on requests: what was said in public.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-requests/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.ticket_comments import TicketComment
from ._base import Resource
from ._sorting import checked_choice
from ._ticket_fields import iso_time
from ._validate import MAX_ROWS, filters, include_query
from .types.requests import CommentRole, RequestSideload
from .types.tickets import CommentSort

if TYPE_CHECKING:
    from datetime import datetime

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["RequestComments"]

_ALL: Final = "/api/v2/requests/{request_id}/comments"
LIST: Final = Route("requests.comments.list", "GET", _ALL, "comments", TicketComment, paging="cursor")
SHOW: Final = Route("requests.comments.show", "GET", _ALL + "/{ticket_comment_id}", "comment", TicketComment)


class RequestComments(Resource):
    """Public comments on requests. To add one, update the request with a `comment`."""

    def list(
        self,
        request_id: RecordId,
        *,
        sort: CommentSort | None = None,
        since: datetime | str | None = None,
        role: CommentRole | None = None,
        include: RequestSideload | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketComment]:
        """The comments on a request: the oldest first, or the newest with `sort="-created_at"`.

        `since`, a time or a string like 2024-01-31T12:00:00Z, leaves out what is older, `role` what the others said
        ("agent" or "end_user"). `include="users"` brings the authors along.
        """
        iso_time("since", since)
        query = filters(
            sort=checked_choice("sort", sort, CommentSort),
            since=since,
            role=checked_choice("role", role, CommentRole),
        )
        query += include_query(include, RequestSideload, "requests")
        return self._list(LIST, options, page_size, cursor, query=query, request_id=request_id)

    def show(
        self, request_id: RecordId, ticket_comment_id: RecordId, **options: Unpack[CallOptions]
    ) -> Call[TicketComment]:
        """One comment on a request."""
        return self._call(SHOW, options, request_id=request_id, ticket_comment_id=ticket_comment_id)
