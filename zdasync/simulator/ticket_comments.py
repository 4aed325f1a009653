"""Endpoints of comments: the list, making one private, and taking words out of it for good.

Source: the Ticket Comments page of the reference. What is redacted is replaced by one block for each character. The
older way names the words and works on open tickets; the newer one marks them in the HTML with `<redact>` and works on
closed ones too. Chats are redacted in the audit that holds their history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from . import render, ticket_render
from .attachments import render_attachment
from .guards import Holder, agents, caller, path_id
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .pages import Order, paginate
from .parameters import Coerce, Permitted, integer, integers, permit, text, texts, warning
from .refusals import bad_request, not_found, problem, record_invalid
from .render import View
from .ticket_edits import done
from .ticket_records import Comment, Event, Ticket
from .ticket_refusals import closed_ticket
from .ticket_render import text_of
from .tickets import path_ticket

BLOCK: Final = "▇"
"""What stands for a redacted character."""

_MARKED: Final = re.compile(r"<redact>(.*?)</redact>", re.DOTALL)
_CHAT: Final = "ChatStartedEvent"
_CHAT_ACTION: Final = "chat_redactions/update"


def list_comments(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/comments: oldest first, unless `sort=-created_at` or `sort_order=desc`."""
    view, comments = View.of(account, call), account.state.tickets.comments_of(path_ticket(account, call))
    latest_first = call.arg("sort_order") == "desc" and call.arg("page[size]") is None and not call.arg("sort_by")
    body = paginate(
        call,
        comments[::-1] if latest_first else comments,
        "comments",
        settings=account.settings,
        order=Order(
            id_of=lambda comment: comment.id,
            sorts={"created_at": lambda comment: comment.created_at},
        ),
        render=lambda comment: ticket_render.comment(view, comment),
        sideload=lambda page: _authors(view, page) if call.arg("include") == "users" else {},
    )
    return Reply(body=body)


def count(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/comments/count."""
    value = len(account.state.tickets.comments_of(path_ticket(account, call)))
    return Reply(body={"count": counted(account, call.path, value, call.now)})


def make_private(account: Holder, call: Call) -> Reply:
    """PUT /tickets/{ticket_id}/comments/{ticket_comment_id}/make_private."""
    ticket = path_ticket(account, call)
    hide(account, call, ticket, _comment(account, ticket, path_id(call, "ticket_comment_id")))
    return done(account)


def hide(account: Holder, call: Call, ticket: Ticket, comment: Comment) -> None:
    """Make a comment private, with an audit that says so."""
    tickets = account.state.tickets
    comment.public = False
    ticket.is_public = any(one.public for one in tickets.comments_of(ticket))
    _tell(account, call, ticket, "CommentPrivacyChange", {"comment_id": comment.id, "public": False})


def redact(account: Holder, call: Call) -> Reply:
    """PUT /tickets/{ticket_id}/comments/{ticket_comment_id}/redact: the words of `text`."""
    action, ticket = "comments/redact", path_ticket(account, call)
    comment = _comment(account, ticket, path_id(call, "ticket_comment_id"))
    if ticket.closed:
        raise closed_ticket()
    permitted = permit(call.body, {"text": text}, "comment", action)
    words = permitted.fields.get("text")
    if not words:
        raise bad_request("text must be given")
    if words not in comment.body:
        raise record_invalid({"text": [problem("Text: is not in the comment", "InvalidValue")]})
    comment.body = comment.body.replace(words, BLOCK * len(words))
    comment.html_body = comment.html_body and comment.html_body.replace(words, BLOCK * len(words))
    return _redacted(account, call, ticket, comment, warning(action, permitted.dropped))


def redact_marked(account: Holder, call: Call) -> Reply:
    """PUT /comment_redactions/{ticket_comment_id}: what `html_body` marks, and files by their URLs."""
    action = "comment_redactions/update"
    known = {"ticket_id": integer, "html_body": text, "external_attachment_urls": texts}
    permitted = permit(call.body, known, "comment", action)
    fields = permitted.fields
    ticket = account.state.tickets.active(fields.get("ticket_id") or 0)
    if ticket is None:
        raise not_found()
    comment = _comment(account, ticket, path_id(call, "ticket_comment_id"))
    if not fields.get("html_body") and not fields.get("external_attachment_urls"):
        raise bad_request("html_body or external_attachment_urls must be given")
    if fields.get("html_body"):
        comment.html_body = _MARKED.sub(lambda found: BLOCK * len(text_of(found[1])), fields["html_body"])
        comment.body = text_of(comment.html_body)
    view, files = View.of(account, call), account.state.attachments.by_id
    for key in comment.attachment_ids:
        shown = render_attachment(view, files[key])
        if shown["content_url"] in (fields.get("external_attachment_urls") or ()):
            files[key].redact()
    return _redacted(account, call, ticket, comment, warning(action, permitted.dropped))


def redact_chat(account: Holder, call: Call) -> Reply:
    """PUT /chat_redactions/{ticket_id}: the words of `text` in a message of a chat."""
    known = {"chat_id": text, "chat_index": integer, "message_id": text, "text": text}
    permitted, event = _chat(account, call, known)
    fields = permitted.fields
    words = fields.get("text")
    if not words:
        raise bad_request("text must be given")
    for message in _messages(event, [fields.get("chat_index")], [fields.get("message_id")]):
        message["message"] = str(message.get("message") or "").replace(words, BLOCK * len(words))
    return _chat_shown(account, call, event, permitted)


def redact_chat_files(account: Holder, call: Call) -> Reply:
    """PUT /chat_file_redactions/{ticket_id}: the files of some messages of a chat."""
    permitted, event = _chat(account, call, {"chat_id": text, "chat_indexes": integers, "message_ids": texts})
    fields = permitted.fields
    for message in _messages(event, fields.get("chat_indexes") or (), fields.get("message_ids") or ()):
        message.update({"type": "ChatMessage", "message": "redacted.txt", "filename": "redacted.txt", "url": None})
    return _chat_shown(account, call, event, permitted)


# --- parts


def _comment(account: Holder, ticket: Ticket, comment_id: int) -> Comment:
    for comment in account.state.tickets.comments_of(ticket):
        if comment.id == comment_id:
            return comment
    raise not_found()


def _authors(view: View, page: Sequence[Comment]) -> dict[str, Json]:
    ids = dict.fromkeys(comment.author_id for comment in page)
    return {"users": [render.user(view, view.state.users[key]) for key in ids]}


def _redacted(account: Holder, call: Call, ticket: Ticket, comment: Comment, headers: dict[str, str]) -> Reply:
    tickets = account.state.tickets
    if tickets.comments_of(ticket)[0] is comment:
        ticket.description = comment.body
    _tell(account, call, ticket, "CommentRedactionEvent", {"comment_id": comment.id})
    return Reply(body={"comment": ticket_render.comment(View.of(account, call), comment)}, headers=headers)


def _tell(account: Holder, call: Call, ticket: Ticket, kind: str, more: dict[str, Json]) -> None:
    tickets = account.state.tickets
    event = Event(tickets.new_id(), kind, more=more)
    tickets.update(ticket, {}, actor_id=caller(call).id, now=call.now, more=[event])


def _chat(account: Holder, call: Call, known: Mapping[str, Coerce]) -> tuple[Permitted, Event]:
    """What a body asks for, and the event of the chat that it names."""
    ticket = path_ticket(account, call)
    permitted = permit(call.body, known, "chat", _CHAT_ACTION)
    for audit in account.state.tickets.audits_of(ticket):
        for event in audit.events:
            if event.type == _CHAT and event.more.get("value", {}).get("chat_id") == permitted.fields.get("chat_id"):
                return permitted, event
    raise not_found()


def _messages(event: Event, places: Sequence[Json], ids: Sequence[Json]) -> list[dict[str, Json]]:
    """The messages of a chat at these places or with these ids."""
    found = [
        message for place, message in enumerate(event.more["value"].get("history", []))
        if place in places or (message.get("message_id") is not None and message["message_id"] in ids)
    ]
    if not found:
        raise not_found()
    return found


def _chat_shown(account: Holder, call: Call, event: Event, permitted: Permitted) -> Reply:
    account.state.tickets.touch(path_ticket(account, call), call.now)
    shown = ticket_render.event(View.of(account, call), event)
    return Reply(body={"chat_event": shown}, headers=warning(_CHAT_ACTION, permitted.dropped))


_COMMENTS: Final = "/api/v2/tickets/{ticket_id}/comments"
_ONE: Final = _COMMENTS + "/{ticket_comment_id}"

ENDPOINTS: Endpoints = {
    ("GET", _COMMENTS): agents(list_comments),
    ("GET", _COMMENTS + "/count"): agents(count),
    ("PUT", _ONE + "/make_private"): agents(make_private),
    ("PUT", _ONE + "/redact"): agents(redact),
    ("PUT", "/api/v2/comment_redactions/{ticket_comment_id}"): agents(redact_marked),
    ("PUT", "/api/v2/chat_redactions/{ticket_id}"): agents(redact_chat),
    ("PUT", "/api/v2/chat_file_redactions/{ticket_id}"): agents(redact_chat_files),
}
