"""Comments on tickets, and what a ticket's conversation is made of.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/ and .../conversation_log/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict
from .tickets import Via
from .users import Attachment

__all__ = ["ChatEvent", "ChatTranscript", "ConversationEvent", "TicketComment"]


class TicketComment(Record, frozen=True, kw_only=True):
    """A comment on a ticket: public, or a note among agents.

    `type` is "Comment" or, for calls, "VoiceComment", which has its recording and its times in `data`. `body` is
    Markdown, `html_body` what is shown, `plain_body` its text alone. `audit_id` is the audit that it belongs to.
    """

    id: int
    type: str | None = None
    author_id: int | None = None
    body: str | None = None
    html_body: str | None = None
    plain_body: str | None = None
    public: bool | None = None
    attachments: tuple[Attachment, ...] = ()
    uploads: tuple[str, ...] = ()
    audit_id: int | None = None
    via: Via | None = None
    created_at: datetime | None = None
    metadata: dict[str, JsonValue] = empty_dict()
    data: dict[str, JsonValue] = empty_dict()
    formatted_from: str | None = None
    formatted_to: str | None = None
    transcription_visible: bool | None = None


class ChatTranscript(Record, frozen=True, kw_only=True):
    """A chat as a ticket keeps it: `history` has its messages in order."""

    chat_id: str | None = None
    visitor_id: str | None = None
    history: tuple[dict[str, JsonValue], ...] = ()


class ChatEvent(Record, frozen=True, kw_only=True):
    """The event of a ticket's audit that holds a chat."""

    id: int
    type: str | None = None
    value: ChatTranscript | None = None


class ConversationEvent(Record, frozen=True, kw_only=True):
    """A message, a comment or another event of a ticket's conversation, whatever the channel.

    `author` has its `type` ("user", "agent", "bot") and, under "zen:support:user_id", the user's id; what `content`
    has depends on the `type` of the event. `reference` names the event across Zendesk's products.
    """

    id: str
    type: str | None = None
    author: dict[str, JsonValue] = empty_dict()
    content: dict[str, JsonValue] = empty_dict()
    attachments: tuple[Attachment, ...] = ()
    metadata: dict[str, JsonValue] = empty_dict()
    reference: str | None = None
    created_at: datetime | None = None
