"""The comments of tickets: read them, hide them, take words out of them.

A comment is written by `tickets.create` or `tickets.update`, with the change that it goes along with.
Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.ticket_comments import ChatEvent, TicketComment
from ..records.users import Count
from ._base import Resource
from ._sorting import checked_choice
from ._validate import MAX_ROWS, filters, flags, from_1_to_100, include_query, record_id
from ._validate import text as checked_text
from .types.tickets import CommentSideload, CommentSort

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, Ids, RecordId, Strings

__all__ = ["TicketComments"]

_ALL: Final = "/api/v2/tickets/{ticket_id}/comments"
_ONE: Final = _ALL + "/{comment_id}"
LIST: Final = Route("tickets.comments.list", "GET", _ALL, "comments", TicketComment, paging="cursor")
COUNT: Final = Route("tickets.comments.count", "GET", _ALL + "/count", "count", Count)
MAKE_PRIVATE: Final = Route("tickets.comments.make_private", "PUT", _ONE + "/make_private")
REDACT: Final = Route("tickets.comments.redact", "PUT", _ONE + "/redact", "comment", TicketComment)
REDACT_IN_AGENT_WORKSPACE: Final = Route(
    "tickets.comments.redact_in_agent_workspace", "PUT", "/api/v2/comment_redactions/{comment_id}", "comment",
    TicketComment,
)
REDACT_CHAT: Final = Route(
    "tickets.comments.redact_chat", "PUT", "/api/v2/chat_redactions/{ticket_id}", "chat_event", ChatEvent
)
REDACT_CHAT_ATTACHMENT: Final = Route(
    "tickets.comments.redact_chat_attachment", "PUT", "/api/v2/chat_file_redactions/{ticket_id}", "chat_event",
    ChatEvent,
)


class TicketComments(Resource):
    """The comments of tickets. What hides or redacts one is an update of its ticket, and counts as such.

    There is no way back from a redaction, and a closed ticket refuses it.
    """

    def list(
        self,
        ticket_id: RecordId,
        *,
        sort: CommentSort | None = None,
        include: CommentSideload | Iterable[CommentSideload] | None = None,
        include_inline_images: bool | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TicketComment]:
        """The comments of a ticket, public ones and notes, the oldest first or, with `sort="-created_at"`, the newest.

        `include="users"` brings the authors along; `include_inline_images` lists pictures inside of a comment among its
        attachments.
        """
        query = filters(sort=checked_choice("sort", sort, CommentSort))
        query += flags(include_inline_images=include_inline_images)
        query += include_query(include, CommentSideload, "comments")
        return self._list(LIST, options, page_size, cursor, query=query, ticket_id=ticket_id)

    def count(self, ticket_id: RecordId, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many comments a ticket has; it takes 5,000."""
        return self._call(COUNT, options, ticket_id=ticket_id)

    def make_private(self, ticket_id: RecordId, comment_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Turns a public comment into a note among agents. Mails that have left are not called back."""
        return self._call(MAKE_PRIVATE, options, ticket_id=ticket_id, comment_id=comment_id)

    def redact(
        self,
        ticket_id: RecordId,
        comment_id: RecordId,
        text: str,
        **options: Unpack[CallOptions],
    ) -> Call[TicketComment]:
        """Replaces words in a comment by blocks, everywhere in it; gives the comment as it is then.

        Accounts with the Agent Workspace refuse it: theirs is `redact_in_agent_workspace`.
        """
        body = {"text": checked_text("text", text)}
        return self._call(REDACT, options, body=body, ticket_id=ticket_id, comment_id=comment_id)

    def redact_in_agent_workspace(
        self,
        comment_id: RecordId,
        *,
        ticket_id: RecordId,
        html_body: str | None = None,
        external_attachment_urls: Strings | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[TicketComment]:
        """Takes words, pictures or files out of a comment, in accounts with the Agent Workspace.

        `html_body` is the comment's, with what is to go between `<redact>` and `</redact>` (`<img redact ...>` for a
        picture inside of it). `external_attachment_urls` are links to files that are kept elsewhere.
        """
        if html_body is None and external_attachment_urls is None:
            raise BadArgument("redact_in_agent_workspace needs an html_body or external_attachment_urls")
        body: dict[str, object] = {"ticket_id": record_id("ticket_id", ticket_id)}
        if html_body is not None:
            body["html_body"] = checked_text("html_body", html_body)
        if external_attachment_urls is not None:
            body["external_attachment_urls"] = _strings("external_attachment_urls", external_attachment_urls)
        return self._call(REDACT_IN_AGENT_WORKSPACE, options, body=body, comment_id=comment_id)

    def redact_chat(
        self,
        ticket_id: RecordId,
        text: str,
        *,
        chat_id: str,
        chat_index: int | None = None,
        message_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[ChatEvent]:
        """Takes words out of a message of a chat; gives the chat as it is then.

        The message is named by its `chat_index` (in live chats) or its `message_id` (in messaging), as the chat's
        history in the ticket's audits has them: one of the two.
        """
        if (chat_index is None) == (message_id is None):
            raise BadArgument("name the message by chat_index or by message_id: one of the two")
        body: dict[str, object] = {"chat_id": checked_text("chat_id", chat_id), "text": checked_text("text", text)}
        if chat_index is not None:
            body["chat_index"] = record_id("chat_index", chat_index)
        if message_id is not None:
            body["message_id"] = checked_text("message_id", message_id)
        return self._call(REDACT_CHAT, options, body=body, ticket_id=ticket_id)

    def redact_chat_attachment(
        self,
        ticket_id: RecordId,
        *,
        chat_id: str,
        chat_indexes: Ids | None = None,
        message_ids: Strings | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[ChatEvent]:
        """Takes the files of some messages out of a chat; for how messages are named see `redact_chat`."""
        if (chat_indexes is None) == (message_ids is None):
            raise BadArgument("name the messages by chat_indexes or by message_ids: one of the two")
        body: dict[str, object] = {"chat_id": checked_text("chat_id", chat_id)}
        if chat_indexes is not None:
            given = from_1_to_100("chat_indexes", chat_indexes)
            body["chat_indexes"] = [record_id(f"chat_indexes[{i}]", one) for i, one in enumerate(given)]
        if message_ids is not None:
            body["message_ids"] = _strings("message_ids", message_ids)
        return self._call(REDACT_CHAT_ATTACHMENT, options, body=body, ticket_id=ticket_id)


def _strings(name: str, values: object) -> list[str]:
    return [checked_text(f"{name}[{i}]", one) for i, one in enumerate(from_1_to_100(name, values))]
