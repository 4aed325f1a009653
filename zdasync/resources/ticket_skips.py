"""Ticket skips: which tickets agents passed over when they were served one after another, and why.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_skips/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.ticket_skips import TicketSkip
from ._base import Resource
from ._sorting import sorted_query
from ._subsets import subset
from ._validate import MAX_ROWS
from .types.ticket_skips import TicketSkipWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, SortOrder
    from .types.ticket_skips import TicketSkipFields

__all__ = ["TicketSkips"]

_ALL: Final = "/api/v2/skips"
LIST: Final = Route("tickets.skips.list", "GET", _ALL, "skips", TicketSkip, paging="cursor")
LIST_TICKET: Final = Route("tickets.skips.list", "GET", "/api/v2/tickets/{ticket_id}/skips", "skips", TicketSkip,
                           paging="cursor")
LIST_USER: Final = Route("tickets.skips.list", "GET", "/api/v2/users/{user_id}/skips", "skips", TicketSkip,
                         paging="cursor")
CREATE: Final = Route("tickets.skips.create", "POST", _ALL, "skip", TicketSkip, writes=TicketSkipWrite)


class TicketSkips(Resource):
    """Skips of tickets in guided mode. Agents see their own, those who may see all see all."""

    def list(
        self,
        *,
        ticket_id: RecordId | None = None,
        user_id: RecordId | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketSkip]:
        """Skips: all of them, those of a ticket, or those by an agent.

        With `sort_order` ("asc": the oldest first) pages are by number and end at 10,000 skips; without it the
        listing has cursors.
        """
        query = sorted_query(page_size, cursor, sort_order)
        route, ids = subset(LIST, ticket_id=(LIST_TICKET, ticket_id), user_id=(LIST_USER, user_id))
        return self._pages(route, options, query=query, **ids)

    def create(self, **fields: Unpack[TicketSkipFields]) -> Call[TicketSkip]:
        """Notes that the caller, an agent, passes over a ticket."""
        return self._write(CREATE, fields)
