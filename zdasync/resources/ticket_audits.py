"""The audits of tickets: what happened to them, update by update.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.ticket_audits import TicketAudit
from ..records.users import Count
from ._base import Resource
from ._validate import MAX_ROWS, include_query
from .types.tickets import AuditSideload

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["TicketAudits"]

_ALL: Final = "/api/v2/tickets/{ticket_id}/audits"
_ONE: Final = _ALL + "/{audit_id}"
LIST: Final = Route("tickets.audits.list", "GET", _ALL, "audits", TicketAudit, paging="cursor")
LIST_ACCOUNT: Final = Route(
    "tickets.audits.list", "GET", "/api/v2/ticket_audits", "audits", TicketAudit, paging="after_url"
)
COUNT: Final = Route("tickets.audits.count", "GET", _ALL + "/count", "count", Count)
SHOW: Final = Route("tickets.audits.show", "GET", _ONE, "audit", TicketAudit)
MAKE_PRIVATE: Final = Route("tickets.audits.make_private", "PUT", _ONE + "/make_private")


class TicketAudits(Resource):
    """The history of tickets. Audits are never changed, but for the privacy of the comment in one."""

    def list(
        self,
        ticket_id: RecordId | None = None,
        *,
        include: AuditSideload | Iterable[AuditSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketAudit]:
        """The audits of a ticket; without `ticket_id` those of all tickets that are not archived.

        The latter is for admins. To follow what happens from some time on, use the incremental export of ticket events.
        """
        query = include_query(include, AuditSideload, "audits")
        if ticket_id is None:
            return self._list(LIST_ACCOUNT, options, page_size, cursor, query=query)
        return self._list(LIST, options, page_size, cursor, query=query, ticket_id=ticket_id)

    def count(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many audits a ticket has."""
        return self._call(COUNT, options, ticket_id=ticket_id)

    def show(self, ticket_id: RecordId, audit_id: RecordId, **options: Unpack[CallOptions]) -> Call[TicketAudit]:
        """One audit of a ticket, with its events."""
        return self._call(SHOW, options, ticket_id=ticket_id, audit_id=audit_id)

    def make_private(self, ticket_id: RecordId, audit_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Turns the public comment of an audit into a note among agents."""
        return self._call(MAKE_PRIVATE, options, ticket_id=ticket_id, audit_id=audit_id)
