"""Deleted tickets: look at them, bring them back, delete them permanently.

A deleted ticket can be brought back for 30 days; then Zendesk deletes it permanently by itself.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.tickets import DeletedTicket
from ._base import Resource
from ._sorting import sorted_query
from ._validate import MAX_ROWS, many_query, record_id
from .types.tickets import DeletedTicketSort

if TYPE_CHECKING:
    from ..call import Call, Pages
    from ..jobs import Job
    from .types.common import CallOptions, RecordId, SortOrder

__all__ = ["DeletedTickets"]

_ALL: Final = "/api/v2/deleted_tickets"
LIST: Final = Route("tickets.deleted.list", "GET", _ALL, "deleted_tickets", DeletedTicket, paging="cursor")
RESTORE: Final = Route("tickets.deleted.restore", "PUT", _ALL + "/{ticket_id}/restore")
RESTORE_MANY: Final = Route("tickets.deleted.restore_many", "PUT", _ALL + "/restore_many")
DELETE: Final = Route(
    "tickets.deleted.delete", "DELETE", _ALL + "/{ticket_id}", "job_status", job=True, idempotent=False
)
DESTROY_MANY: Final = Route(
    "tickets.deleted.destroy_many", "DELETE", _ALL + "/destroy_many", "job_status", job=True, idempotent=False
)


class DeletedTickets(Resource):
    """Tickets after `tickets.delete`."""

    def list(
        self,
        *,
        sort_by: DeletedTicketSort | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[DeletedTicket]:
        """Tickets that were deleted and can be brought back. Limited to 10 pages a minute.

        With `sort_by` or `sort_order` the pages are by number: they end at 10,000 tickets, and there is no `cursor`.
        """
        query = sorted_query(page_size, cursor, sort_order, sort_by, DeletedTicketSort)
        return self._pages(LIST, options, query=query)

    def restore(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Brings a deleted ticket back, with the status that it had."""
        return self._call(RESTORE, options, ticket_id=ticket_id)

    def restore_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Brings up to 100 deleted tickets back."""
        query, _ = many_query(ids, None)
        return self._call(RESTORE_MANY, options, query=query)

    def delete(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[Job]:
        """Starts a job that deletes a ticket permanently. `tickets.delete` must come first.

        There is no way back. The job answers with one row, which names no ticket.
        """
        request = self._request(DELETE, options, ticket_id=ticket_id)
        return self._job(request, [record_id("ticket_id", ticket_id)])

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[Job]:
        """Starts a job that deletes up to 100 tickets permanently, as `delete` does one.

        The job answers with one row for all of them, which names no ticket.
        """
        return self._by_ids(DESTROY_MANY, options, ids)
