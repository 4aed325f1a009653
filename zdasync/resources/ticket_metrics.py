"""Ticket metrics: how long tickets took, one record for each.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metrics/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.ticket_metrics import TicketMetric
from ._base import Resource
from ._validate import MAX_ROWS

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["TicketMetrics"]

_ALL: Final = "/api/v2/ticket_metrics"
LIST: Final = Route("tickets.metrics.list", "GET", _ALL, "ticket_metrics", TicketMetric, paging="cursor")
SHOW: Final = Route("tickets.metrics.show", "GET", _ALL + "/{ticket_metric_id}", "ticket_metric", TicketMetric)
SHOW_TICKET: Final = Route("tickets.metrics.show", "GET", "/api/v2/tickets/{ticket_id}/metrics", "ticket_metric",
                           TicketMetric)


class TicketMetrics(Resource):
    """The metrics of tickets, for agents. Archived tickets have none in `list`."""

    def list(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[TicketMetric]:
        """The metrics of all tickets that are not archived, the newest first.

        For everything that happened since some time `zd.incremental.ticket_metric_events` is the better source.
        """
        return self._list(LIST, options, page_size, cursor)

    def show(
        self,
        ticket_metric_id: RecordId | None = None,
        *,
        ticket_id: RecordId | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[TicketMetric]:
        """The metrics by their own id, or by `ticket_id`: one of the two."""
        if (ticket_metric_id is None) == (ticket_id is None):
            raise BadArgument("name the metrics by ticket_metric_id or by ticket_id: one of the two")
        if ticket_id is not None:
            return self._call(SHOW_TICKET, options, ticket_id=ticket_id)
        return self._call(SHOW, options, ticket_metric_id=ticket_metric_id)
