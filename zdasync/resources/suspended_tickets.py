"""Suspended tickets: look at what was held back, and recover or delete it.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/suspended_tickets/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.attachments import Upload
from ..records.suspended_tickets import SuspendedTicket, SuspendedTicketsExport
from ..records.tickets import Ticket
from ._base import Resource
from ._sorting import sorted_query
from ._validate import MAX_ROWS, many_query
from .types.suspended_tickets import SuspendedTicketSort

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, SortOrder

__all__ = ["SuspendedTickets"]

_ALL: Final = "/api/v2/suspended_tickets"
_ONE: Final = _ALL + "/{suspended_ticket_id}"
LIST: Final = Route("suspended_tickets.list", "GET", _ALL, "suspended_tickets", SuspendedTicket, paging="cursor")
SHOW: Final = Route("suspended_tickets.show", "GET", _ONE, "suspended_tickets", SuspendedTicket)
DELETE: Final = Route("suspended_tickets.delete", "DELETE", _ONE)
DESTROY_MANY: Final = Route("suspended_tickets.destroy_many", "DELETE", _ALL + "/destroy_many")
RECOVER: Final = Route("suspended_tickets.recover", "PUT", _ONE + "/recover", "ticket", Ticket, idempotent=False)
RECOVER_MANY: Final = Route("suspended_tickets.recover_many", "PUT", _ALL + "/recover_many", "tickets", Ticket,
                            idempotent=False)
ATTACHMENTS: Final = Route("suspended_tickets.attachments", "POST", _ONE + "/attachments", "upload", Upload)
EXPORT: Final = Route("suspended_tickets.export", "POST", _ALL + "/export", "export", SuspendedTicketsExport)


class SuspendedTickets(Resource):
    """Messages that have not become tickets; for admins and agents who may see all tickets.

    A recovery is not sent a second time when its reply is lost: it ends as `OutcomeUnknown`, and `show` tells
    (`NotFound`: it was recovered).
    """

    def list(
        self,
        *,
        sort_by: SuspendedTicketSort | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[SuspendedTicket]:
        """All suspended tickets.

        With `sort_by` or `sort_order` pages are by number and end at 10,000 records; otherwise the listing has
        cursors.
        """
        query = sorted_query(page_size, cursor, sort_order, sort_by, SuspendedTicketSort)
        return self._pages(LIST, options, query=query)

    def show(self, suspended_ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[SuspendedTicket]:
        """One suspended ticket."""
        return self._call(SHOW, options, suspended_ticket_id=suspended_ticket_id)

    def delete(self, suspended_ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes one for good."""
        return self._call(DELETE, options, suspended_ticket_id=suspended_ticket_id)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes up to 100 for good."""
        query, _ = many_query(ids, None)
        return self._call(DESTROY_MANY, options, query=query)

    def recover(self, suspended_ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[Ticket]:
        """Makes it the ticket, or the comment, that it was meant to be, and gives that ticket.

        The requester of the ticket becomes the caller, lest it be suspended again; `recover_many` with one id keeps
        the sender. Raises `ValidationError` for one that can't be recovered.
        """
        return self._call(RECOVER, options, suspended_ticket_id=suspended_ticket_id)

    def recover_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Pages[Ticket]:
        """Recovers up to 100, each for its own sender, and gives their tickets in one page.

        Compare the number of tickets: one that can't be recovered stays suspended.
        """
        query, _ = many_query(ids, None)
        return self._pages(RECOVER_MANY, options, query=query)

    def attachments(self, suspended_ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[Upload]:
        """Copies its files into an upload, whose `token` attaches them to a comment.

        So a suspended ticket can be made a ticket of by hand.
        """
        return self._call(ATTACHMENTS, options, suspended_ticket_id=suspended_ticket_id)

    def export(self, **options: Unpack[CallOptions]) -> Call[SuspendedTicketsExport]:
        """Starts an export of up to a million suspended tickets, at most one a minute.

        The file comes by mail, to the caller.
        """
        return self._call(EXPORT, options)
