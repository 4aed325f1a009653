"""Endpoints that write one ticket: create, update, delete, spam.

Source: the Tickets page of the reference and recorded replies: a creation answers 201 with the ticket, its audit and a
`Location`; `?async=true` 202 with the ticket's id and a job; a deletion 204. A creation may carry an idempotency key.
"""

from __future__ import annotations

from typing import Final

from . import ticket_render
from .guards import Holder, agents, caller
from .http import Call, Endpoints, Json, Reply
from .jobs import check_cap, submit
from .parameters import Permitted, envelope, strays, warning
from .render import View
from .ticket_parameters import NEW_TICKET, TICKET, permit_ticket
from .ticket_people import TicketWriter
from .ticket_records import Audit, Ticket
from .ticket_rows import CREATE_CLASS, CREATE_FAILED, CREATE_TYPE, CREATING, created, row_step
from .ticket_writes import create_ticket, update_ticket
from .tickets import path_ticket, shown_ticket

_CREATE: Final = "tickets/create"
_UPDATE: Final = "tickets/update"


def done(account: Holder) -> Reply:
    """200 where there is nothing to say."""
    if account.settings.empty_200 == "text":
        return Reply(body="")
    return Reply(empty=True)


def create(account: Holder, call: Call) -> Reply:
    """POST /tickets."""
    remembered = account.state.replies.find(call, account.settings.idempotency_seconds)
    if remembered is not None:
        return remembered
    permitted = permit_ticket(envelope(call.body, "ticket", _CREATE), NEW_TICKET, _CREATE)
    headers = warning(_CREATE, (*permitted.dropped, *strays(call.body, "ticket")))
    if call.arg("async") == "true":
        reply = _create_later(account, call, permitted, headers)
    else:
        ticket = create_ticket(TicketWriter(account, caller(call), call.now), permitted.fields)
        location = {"Location": View.of(account, call).url(f"tickets/{ticket.id}")}
        first = account.state.tickets.audits_of(ticket)[0]
        reply = _written(account, call, ticket, first, 201, headers | location)
    return account.state.replies.keep(call, reply)


def _create_later(account: Holder, call: Call, permitted: Permitted, headers: dict[str, str]) -> Reply:
    """Reserve an id and let a job make the ticket; the id stays unused when it can't."""
    check_cap(account, CREATE_CLASS)
    ticket_id = account.state.tickets.reserve()

    def write(now: float) -> dict[str, Json]:
        writer = TicketWriter(account, caller(call), now)
        return created(0, create_ticket(writer, permitted.fields, ticket_id=ticket_id))

    steps = [row_step(0, CREATE_FAILED, write)]
    reply = submit(
        account, call, steps, job_type=CREATE_TYPE, job_class=CREATE_CLASS, verb=CREATING, headers=headers
    )
    return Reply(202, {"ticket": {"id": ticket_id}} | reply.body, reply.headers)


def update(account: Holder, call: Call) -> Reply:
    """PUT /tickets/{ticket_id}."""
    ticket = path_ticket(account, call)
    permitted = permit_ticket(envelope(call.body, "ticket", _UPDATE), TICKET, _UPDATE)
    headers = warning(_UPDATE, (*permitted.dropped, *strays(call.body, "ticket")))
    audit = update_ticket(TicketWriter(account, caller(call), call.now), ticket, permitted.fields)
    return _written(account, call, ticket, audit, 200, headers)


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /tickets/{ticket_id}: soft; 204."""
    account.state.tickets.delete(path_ticket(account, call), call.now, caller(call).id)
    return Reply(204, empty=True)


def mark_as_spam(account: Holder, call: Call) -> Reply:
    """PUT /tickets/{ticket_id}/mark_as_spam: the ticket is deleted, its requester suspended."""
    spam(TicketWriter(account, caller(call), call.now), path_ticket(account, call))
    return done(account)


def spam(writer: TicketWriter, ticket: Ticket) -> None:
    """Delete a ticket and suspend whoever asked it, unless they work here."""
    requester = writer.state.users[ticket.requester_id]
    if not requester.staff:
        requester.suspended, requester.updated_at = True, writer.now
    ticket.spam = True
    writer.state.tickets.delete(ticket, writer.now, writer.actor.id)


def _written(
    account: Holder, call: Call, ticket: Ticket, audit: Audit | None, status: int, headers: dict[str, str]
) -> Reply:
    told = None if audit is None else ticket_render.audit(View.of(account, call), audit)
    return Reply(status, shown_ticket(account, call, ticket) | {"audit": told}, headers)


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/tickets"): agents(create),
    ("PUT", "/api/v2/tickets/{ticket_id}"): agents(update),
    ("DELETE", "/api/v2/tickets/{ticket_id}"): agents(delete),
    ("PUT", "/api/v2/tickets/{ticket_id}/mark_as_spam"): agents(mark_as_spam),
}
