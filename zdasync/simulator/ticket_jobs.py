"""Endpoints that write many tickets, or merge some: each starts a job.

The model: the request is checked as a whole (types, at most 100 rows), the rows one by one when their time comes; a row
that fails is a result with `error` and `details`. For the shapes of results see `ticket_rows`. Source: the Tickets page
of the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from .guards import MAX_IDS, Holder, agents, as_id, caller, listed
from .http import Call, Endpoints, Json, Reply
from .job_rows import updated
from .jobs import submit
from .parameters import envelope, flag, integer, integers, permit, strays, text, warning
from .refusals import bad_request, not_found, problem, record_invalid, too_many_values
from .ticket_edits import spam
from .ticket_parameters import BULK, NEW_TICKET, permit_ticket, permit_tickets
from .ticket_people import TicketWriter
from .ticket_records import CLOSED, Draft, Event, Ticket
from .ticket_refusals import closed_ticket
from .ticket_rows import (
    CREATE_CLASS,
    CREATE_FAILED,
    CREATE_TYPE,
    CREATING,
    UPDATE_CLASS,
    UPDATE_TYPE,
    UPDATING,
    created,
    deleted,
    row_step,
)
from .ticket_writes import create_ticket, update_ticket
from .tickets import path_ticket

Fields = Mapping[str, Json]
Act = Callable[[TicketWriter, Ticket], dict[str, Json]]

_MERGE: Final = {
    "ids": integers, "source_comment": text, "source_comment_is_public": flag, "target_comment": text,
    "target_comment_is_public": flag,
}


def create_many(account: Holder, call: Call) -> Reply:
    """POST /tickets/create_many."""
    action = "tickets/create_many"
    rows, dropped = permit_tickets(call.body, NEW_TICKET, action)
    check_count(rows)

    def write(index: int, fields: Fields, now: float) -> dict[str, Json]:
        return created(index, create_ticket(TicketWriter(account, caller(call), now), fields))

    steps = [row_step(index, CREATE_FAILED, partial(write, index, fields)) for index, fields in enumerate(rows)]
    return submit(
        account, call, steps, job_type=CREATE_TYPE, job_class=CREATE_CLASS, verb=CREATING,
        headers=warning(action, dropped),
    )


def update_many(account: Holder, call: Call) -> Reply:
    """PUT /tickets/update_many: one change to many (`?ids=` and `ticket`), or a change each (`tickets`)."""
    action, ids = "tickets/update_many", listed(call, "ids")
    if ids is not None:
        permitted = permit_ticket(envelope(call.body, "ticket", action), BULK, action)
        changes = [(as_id(part) or 0, permitted.fields) for part in ids]
        dropped = (*permitted.dropped, *strays(call.body, "ticket"))
    else:
        rows, dropped = permit_tickets(call.body, {**BULK, "id": integer}, action)
        check_count(rows)
        changes = [(row.pop("id", None) or 0, row) for row in rows]

    def write(ticket_id: int, fields: Fields, now: float) -> dict[str, Json]:
        update_ticket(TicketWriter(account, caller(call), now), _found(account, ticket_id), fields)
        return updated(ticket_id)

    steps = [
        row_step(index, "TicketUpdateFailed", partial(write, ticket_id, fields), {"id": ticket_id})
        for index, (ticket_id, fields) in enumerate(changes)
    ]
    return submit(
        account, call, steps, job_type=UPDATE_TYPE, job_class=UPDATE_CLASS, verb=UPDATING,
        headers=warning(action, dropped),
    )


def destroy_many(account: Holder, call: Call) -> Reply:
    """DELETE /tickets/destroy_many?ids=: soft."""
    return _each(account, call, "TicketDestroyFailed", _delete, "Deleting ticket")


def mark_many_as_spam(account: Holder, call: Call) -> Reply:
    """PUT /tickets/mark_many_as_spam?ids=."""
    return _each(account, call, "TicketSpamFailed", _spam, UPDATING)


def merge(account: Holder, call: Call) -> Reply:
    """POST /tickets/{ticket_id}/merge: those of the body go into the one of the path."""
    action, target = "tickets/merge", path_ticket(account, call)
    permitted = permit(call.body, _MERGE, "ticket", action)
    ids = list(dict.fromkeys(permitted.fields.get("ids") or ()))
    if not ids:
        raise bad_request("ids must be given")
    if len(ids) > MAX_IDS:
        raise too_many_values()
    sources = [_found(account, ticket_id) for ticket_id in ids]
    if target in sources:
        raise record_invalid({"base": [problem("A ticket cannot be merged into itself", "InvalidValue")]})
    if any(ticket.closed for ticket in (target, *sources)):
        raise closed_ticket()

    def write(now: float) -> dict[str, Json]:
        for source in sources:
            _merge(TicketWriter(account, caller(call), now), source, target, permitted.fields)
        return {"success": True}

    steps = [row_step(0, "TicketMergeFailed", write)]
    return submit(
        account, call, steps, job_type="Ticket Merge", job_class="TicketMergeJob", verb="Merging ticket",
        headers=warning(action, permitted.dropped), whole=True,
    )


def check_count(rows: Sequence[Fields]) -> None:
    """Raises the 400 for more than 100 rows."""
    if len(rows) > MAX_IDS:
        raise too_many_values()


def given_ids(call: Call) -> list[int]:
    """The ids of the query; 400 without any, or with too many."""
    ids = listed(call, "ids")
    if ids is None:
        raise bad_request("ids must be given")
    return [as_id(part) or 0 for part in ids]


def _each(account: Holder, call: Call, error: str, act: Act, verb: str) -> Reply:
    """A job that does the same to each ticket of the query's ids."""

    def write(ticket_id: int, now: float) -> dict[str, Json]:
        return act(TicketWriter(account, caller(call), now), _found(account, ticket_id))

    steps = [
        row_step(index, error, partial(write, ticket_id), {"id": ticket_id})
        for index, ticket_id in enumerate(given_ids(call))
    ]
    return submit(account, call, steps, job_type=UPDATE_TYPE, job_class=UPDATE_CLASS, verb=verb)


def _delete(writer: TicketWriter, ticket: Ticket) -> dict[str, Json]:
    writer.state.tickets.delete(ticket, writer.now, writer.actor.id)
    return deleted(ticket)


def _spam(writer: TicketWriter, ticket: Ticket) -> dict[str, Json]:
    spam(writer, ticket)
    return updated(ticket.id)


def _merge(writer: TicketWriter, source: Ticket, target: Ticket, fields: Fields) -> None:
    """The source is closed with a comment that says where it went, the target told what has come."""
    tickets = writer.state.tickets
    kept = fields.get("source_comment") or f"This ticket was closed and merged into ticket #{target.id}."
    told = fields.get("target_comment") or f'Ticket #{source.id} "{source.subject}" was closed and merged here.'
    _say(writer, source, {"status": CLOSED}, kept, public=fields.get("source_comment_is_public") is True)
    come = tickets.comments_of(target)[-1].id
    more = [Event(tickets.new_id(), "TicketMergeAudit", more={"source_id": source.id, "after_comment_id": come})]
    tags = tuple(dict.fromkeys((*target.tags, *source.tags)))
    _say(writer, target, {"tags": tags}, told, public=fields.get("target_comment_is_public") is True, more=more)


def _say(
    writer: TicketWriter, ticket: Ticket, changes: Fields, body: str, *, public: bool, more: Sequence[Event] = ()
) -> None:
    draft = Draft(writer.actor.id, body, public=public, staff=True)
    writer.state.tickets.update(ticket, changes, actor_id=writer.actor.id, now=writer.now, comment=draft, more=more)


def _found(account: Holder, ticket_id: int) -> Ticket:
    ticket = account.state.tickets.active(ticket_id)
    if ticket is None:
        raise not_found()
    return ticket


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/tickets/create_many"): agents(create_many),
    ("PUT", "/api/v2/tickets/update_many"): agents(update_many),
    ("DELETE", "/api/v2/tickets/destroy_many"): agents(destroy_many),
    ("PUT", "/api/v2/tickets/mark_many_as_spam"): agents(mark_many_as_spam),
    ("POST", "/api/v2/tickets/{ticket_id}/merge"): agents(merge),
}
