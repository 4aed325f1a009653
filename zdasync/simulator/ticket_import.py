"""Endpoints that import tickets: with dates, several comments and a status of the past, for admins.

Source: the Ticket Import page of the reference. What is imported is taken as given: no rule asks for an assignee, and
`created_at`, `updated_at` and `solved_at` stand as they were. `archive_immediately` puts closed tickets where lists
don't look.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import attrs

from .guards import Holder, admins, caller
from .http import Call, Endpoints, Json, Reply
from .jobs import submit
from .parameters import envelope, strays, warning
from .refusals import problem, record_invalid
from .render import View
from .ticket_jobs import check_count
from .ticket_parameters import IMPORTED, moment, permit_ticket, permit_tickets
from .ticket_people import TicketWriter
from .ticket_records import Ticket
from .ticket_rows import CREATE_CLASS, CREATE_TYPE, created, row_step
from .ticket_writes import author_of, body_of, drafted, plan_of
from .tickets import shown_ticket
from .validation import Found

_ACTION: Final = "imports/tickets"


def import_ticket(writer: TicketWriter, fields: Mapping[str, Json], *, archive: bool) -> Ticket:
    """A ticket as it was elsewhere; raises the 422 with everything that is wrong with it."""
    found: Found = {}
    comments = _comments(fields)
    if not comments or not all(body_of(comment) for comment in comments):
        found["base"] = [problem("Description: cannot be blank", "BlankValue")]
    plan = plan_of(writer, fields, None, found, imported=True)
    dates = {name: moment(fields, name, found) for name in ("created_at", "updated_at", "solved_at")}
    if found:
        raise record_invalid(found)
    requester = writer.settle(plan.requester or writer.actor)
    authors = [author_of(writer, comment, requester, found) for comment in comments]
    if found:
        raise record_invalid(found)
    drafts = [drafted(writer, comment, author) for comment, author in zip(comments, authors, strict=True)]
    changes: dict[str, Json] = {"organization_id": requester.organization_id, **plan.settled(writer)}
    born = dates["created_at"] or drafts[0].created_at or writer.now
    tickets = writer.state.tickets
    ticket = tickets.create(
        requester.id, now=writer.now, submitter_id=drafts[0].author_id, comment=drafts[0], created_at=born,
        updated_at=dates["updated_at"], **changes,
    )
    for draft in drafts[1:]:
        at = born if draft.created_at is None else draft.created_at
        tickets.update(ticket, {}, actor_id=draft.author_id, now=at, comment=attrs.evolve(draft, created_at=at))
    tickets.backdate(ticket, dates["updated_at"] or ticket.updated_at)
    if dates["solved_at"] is not None:
        ticket.times.solved_at = ticket.times.first_solved_at = dates["solved_at"]
    if archive and ticket.closed:
        tickets.archive(ticket)
    return ticket


def _comments(fields: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The comments of an import, the description before them where it stands alone."""
    comments = list(fields.get("comments") or ())
    if not comments and fields.get("comment"):
        comments = [fields["comment"]]
    if fields.get("description"):
        comments.insert(0, {"body": fields["description"]})
    return comments


def import_one(account: Holder, call: Call) -> Reply:
    """POST /imports/tickets."""
    permitted = permit_ticket(envelope(call.body, "ticket", _ACTION), IMPORTED, _ACTION)
    writer = TicketWriter(account, caller(call), call.now)
    ticket = import_ticket(writer, permitted.fields, archive=_archive(call))
    headers = warning(_ACTION, (*permitted.dropped, *strays(call.body, "ticket")))
    location = {"Location": View.of(account, call).url(f"tickets/{ticket.id}")}
    return Reply(201, shown_ticket(account, call, ticket), headers | location)


def import_many(account: Holder, call: Call) -> Reply:
    """POST /imports/tickets/create_many."""
    action = f"{_ACTION}/create_many"
    rows, dropped = permit_tickets(call.body, IMPORTED, action)
    check_count(rows)

    def write(index: int, fields: Mapping[str, Json], now: float) -> dict[str, Json]:
        writer = TicketWriter(account, caller(call), now)
        return created(index, import_ticket(writer, fields, archive=_archive(call)))

    steps = [row_step(index, "TicketImportFailed", partial(write, index, fields)) for index, fields in enumerate(rows)]
    return submit(
        account, call, steps, job_type=CREATE_TYPE, job_class=CREATE_CLASS, verb="Importing ticket",
        headers=warning(action, dropped),
    )


def _archive(call: Call) -> bool:
    return call.arg("archive_immediately") == "true"


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/imports/tickets"): admins(import_one),
    ("POST", "/api/v2/imports/tickets/create_many"): admins(import_many),
}
