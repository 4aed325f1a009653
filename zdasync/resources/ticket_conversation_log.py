"""The conversation of a ticket, whatever channels it went through: comments, messages, and what happened in between.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/conversation_log/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.ticket_comments import ConversationEvent
from ._base import Resource
from ._validate import MAX_ROWS

if TYPE_CHECKING:
    from ..call import Pages
    from .types.common import CallOptions, RecordId

__all__ = ["TicketConversationLog"]

LIST: Final = Route(
    "tickets.conversation_log.list", "GET", "/api/v2/tickets/{ticket_id}/conversation_log", "events",
    ConversationEvent, paging="cursor",
)


class TicketConversationLog(Resource):
    """The conversations of tickets, in accounts with the Agent Workspace."""

    def list(
        self,
        ticket_id: RecordId,
        *,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[ConversationEvent]:
        """The events of a ticket's conversation. Some accounts have a limit of their own on it, 100 or 300 a minute."""
        return self._list(LIST, options, page_size, cursor, ticket_id=ticket_id)
