"""Endpoints of suspended tickets: messages that were held back, their recovery and their end.

Source: the Suspended Tickets page of the reference. A recovered message becomes a ticket, or a comment on the ticket
that it answers. The recovery of a single one makes the caller the requester, that of several the senders. What a
suspended profile sent can't be recovered. For agents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from . import ticket_render
from .attachments import render_attachment, render_upload
from .guards import Holder, agents, as_id, caller, listed, path_id
from .http import Call, Endpoints, Json, Refusal, Reply
from .matching import fold_email
from .pages import Order, paginate
from .records import User
from .refusals import bad_request, not_found
from .render import View, iso
from .satisfaction import lone
from .ticket_extras import Suspended
from .ticket_people import Newcomer, TicketWriter
from .ticket_records import NEW, OPEN, Draft, Ticket, Via

_SORTS: Final[Mapping[str, Callable[[Suspended], Any]]] = {
    "author_email": lambda one: one.author_email,
    "cause": lambda one: one.cause,
    "created_at": lambda one: one.created_at,
    "subject": lambda one: one.subject,
}
_NO_RECOVERY: Final = "Requester: is suspended"


def list_suspended(account: Holder, call: Call) -> Reply:
    """GET /suspended_tickets."""
    view = View.of(account, call)
    body = paginate(
        call,
        list(account.state.suspended.records.values()),
        "suspended_tickets",
        settings=account.settings,
        order=Order(lambda one: one.id, offset_sorts=_SORTS),
        render=lambda one: render_suspended(view, one),
    )
    return Reply(body=body)


def show(account: Holder, call: Call) -> Reply:
    """GET /suspended_tickets/{suspended_ticket_id}: a list of one."""
    return Reply(body={"suspended_tickets": [render_suspended(View.of(account, call), _path(account, call))]})


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /suspended_tickets/{suspended_ticket_id}: 204."""
    del account.state.suspended.records[_path(account, call).id]
    return Reply(204, empty=True)


def destroy_many(account: Holder, call: Call) -> Reply:
    """DELETE /suspended_tickets/destroy_many: 204; ids that are unknown are passed over."""
    for message in _named(account, call):
        del account.state.suspended.records[message.id]
    return Reply(204, empty=True)


def recover(account: Holder, call: Call) -> Reply:
    """PUT /suspended_tickets/{suspended_ticket_id}/recover: the ticket; 422 with the message itself otherwise."""
    message, view = _path(account, call), View.of(account, call)
    keeps_sender = account.settings.recovered_requester == "sender"
    ticket = _recovered(account, call, message, None if keeps_sender else caller(call))
    if ticket is None:
        raise Refusal(422, {"ticket": [render_suspended(view, message)]})
    return Reply(body={"ticket": lone(account, ticket_render.ticket(view, ticket))})


def recover_many(account: Holder, call: Call) -> Reply:
    """PUT /suspended_tickets/recover_many: the tickets of those that could be recovered."""
    tickets = [_recovered(account, call, message, None) for message in _named(account, call)]
    view = View.of(account, call)
    return Reply(body={"tickets": [ticket_render.ticket(view, one) for one in tickets if one is not None]})


def attachments(account: Holder, call: Call) -> Reply:
    """POST /suspended_tickets/{suspended_ticket_id}/attachments: an upload with copies of the message's files."""
    message, store, upload = _path(account, call), account.state.attachments, None
    for file in (store.by_id[key] for key in message.attachment_ids if key in store.by_id):
        copied = store.add(
            file.file_name, file.content, call.now, content_type=file.content_type, author_id=caller(call).id
        )
        upload = store.upload(copied, call.now, upload, lives=account.settings.upload_lifetime)
    if upload is None:
        raise not_found()
    return Reply(body={"upload": render_upload(View.of(account, call), upload)})


def export(account: Holder, call: Call) -> Reply:
    """POST /suspended_tickets/export: a mail with the file is under way."""
    del account, call
    return Reply(body={"export": {"status": "enqueued", "view_id": "suspended"}})


def _path(account: Holder, call: Call) -> Suspended:
    message = account.state.suspended.records.get(path_id(call, "suspended_ticket_id"))
    if message is None:
        raise not_found()
    return message


def _named(account: Holder, call: Call) -> list[Suspended]:
    """The messages that `ids` names, each once."""
    ids = listed(call, "ids")
    if not ids:
        raise bad_request("ids must be given")
    records = account.state.suspended.records
    found = (records.get(as_id(text) or 0) for text in dict.fromkeys(ids))
    return [message for message in found if message is not None]


def _recovered(account: Holder, call: Call, message: Suspended, requester: User | None) -> Ticket | None:
    """The ticket that a message becomes, or comments on; None where that can't be. Without a requester, its sender."""
    state = account.state
    sender = state.by_email(fold_email(account.settings, message.author_email))
    if sender is not None and sender.suspended:
        message.error_messages = (_NO_RECOVERY,)
        return None
    if requester is None or message.ticket_id is not None:
        writer = TicketWriter(account, caller(call), call.now)
        requester = sender or writer.settle(Newcomer(message.author_name, message.author_email))
    draft = Draft(requester.id, message.content, attachment_ids=message.attachment_ids, staff=requester.staff)
    known = state.tickets.active(message.ticket_id) if message.ticket_id is not None else None
    via = Via("email", message.via.source)
    del state.suspended.records[message.id]
    if known is not None and not known.closed:
        changes = {} if known.status == NEW else {"status": OPEN}
        state.tickets.update(known, changes, actor_id=requester.id, now=call.now, comment=draft, via=via)
        return known
    return state.tickets.create(
        requester.id, now=call.now, comment=draft, subject=message.subject, recipient=message.recipient, status=NEW,
        organization_id=requester.organization_id, via=via,
    )


def render_suspended(view: View, message: Suspended) -> dict[str, Json]:
    """A suspended message; nulls where it has no files and no errors."""
    sender = view.state.by_email(fold_email(view.settings, message.author_email))
    files = view.state.attachments.by_id
    shown = [render_attachment(view, files[key]) for key in message.attachment_ids if key in files]
    return {
        "url": view.url(f"suspended_tickets/{message.id}"),
        "id": message.id,
        "author": {
            "id": None if sender is None else sender.id, "name": message.author_name, "email": message.author_email,
        },
        "subject": message.subject,
        "content": message.content,
        "cause": message.cause,
        "cause_id": message.cause_id,
        "message_id": message.message_id,
        "ticket_id": message.ticket_id,
        "created_at": iso(message.created_at),
        "updated_at": iso(message.updated_at),
        "via": ticket_render.via(message.via),
        "attachments": shown or None,
        "recipient": message.recipient,
        "brand_id": view.state.tickets.brand_id,
        "error_messages": [{"description": text} for text in message.error_messages] or None,
    }


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/suspended_tickets"): agents(list_suspended),
    ("GET", "/api/v2/suspended_tickets/{suspended_ticket_id}"): agents(show),
    ("DELETE", "/api/v2/suspended_tickets/{suspended_ticket_id}"): agents(delete),
    ("DELETE", "/api/v2/suspended_tickets/destroy_many"): agents(destroy_many),
    ("PUT", "/api/v2/suspended_tickets/{suspended_ticket_id}/recover"): agents(recover),
    ("PUT", "/api/v2/suspended_tickets/recover_many"): agents(recover_many),
    ("POST", "/api/v2/suspended_tickets/{suspended_ticket_id}/attachments"): agents(attachments),
    ("POST", "/api/v2/suspended_tickets/export"): agents(export),
}
