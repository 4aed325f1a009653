"""Endpoints of deleted tickets: the list, restoring, and deleting for good, which is a job.

Source: the Tickets page of the reference; that the job of a permanent deletion has no total and an object for its
results was recorded between 2023 and 2025.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from . import ticket_render
from .guards import Holder, agents, path_id
from .http import Call, Endpoints, Reply
from .jobs import submit
from .pages import Order, paginate
from .refusals import not_found
from .render import View
from .ticket_edits import done
from .ticket_jobs import given_ids
from .ticket_records import Ticket

_CLASS: Final = "TicketPermanentlyDeleteJob"


def list_deleted(account: Holder, call: Call) -> Reply:
    """GET /deleted_tickets."""
    view, tickets = View.of(account, call), account.state.tickets
    body = paginate(
        call,
        tickets.deleted_ids,
        "deleted_tickets",
        settings=account.settings,
        order=Order(offset_sorts={
            "subject": lambda ticket_id: tickets.records[ticket_id].subject or "",
            "deleted_at": lambda ticket_id: tickets.records[ticket_id].deleted_at or 0.0,
        }),
        render=lambda ticket_id: ticket_render.deleted_ticket(view, tickets.records[ticket_id]),
    )
    return Reply(body=body)


def restore(account: Holder, call: Call) -> Reply:
    """PUT /deleted_tickets/{ticket_id}/restore."""
    account.state.tickets.restore(_deleted(account, call), call.now)
    return done(account)


def restore_many(account: Holder, call: Call) -> Reply:
    """PUT /deleted_tickets/restore_many?ids=: those that are not deleted are left as they are."""
    for ticket in _among(account, given_ids(call)):
        account.state.tickets.restore(ticket, call.now)
    return done(account)


def erase(account: Holder, call: Call) -> Reply:
    """DELETE /deleted_tickets/{ticket_id}."""
    return _erasing(account, call, [_deleted(account, call).id])


def erase_many(account: Holder, call: Call) -> Reply:
    """DELETE /deleted_tickets/destroy_many?ids=."""
    return _erasing(account, call, given_ids(call))


def _erasing(account: Holder, call: Call, ids: Sequence[int]) -> Reply:
    def write(now: float) -> dict[str, bool]:
        for ticket in _among(account, ids):
            account.state.tickets.erase(ticket, now)
        return {"success": True}

    return submit(
        account, call, [write], job_type="Ticket Permanently Delete", job_class=_CLASS, verb="Deleting ticket",
        whole=True,
    )


def _among(account: Holder, ids: Sequence[int]) -> list[Ticket]:
    found = (account.state.tickets.deleted(ticket_id) for ticket_id in ids)
    return [ticket for ticket in dict.fromkeys(found) if ticket is not None]


def _deleted(account: Holder, call: Call) -> Ticket:
    ticket = account.state.tickets.deleted(path_id(call, "ticket_id"))
    if ticket is None:
        raise not_found()
    return ticket


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/deleted_tickets"): agents(list_deleted),
    ("PUT", "/api/v2/deleted_tickets/restore_many"): agents(restore_many),
    ("PUT", "/api/v2/deleted_tickets/{ticket_id}/restore"): agents(restore),
    ("DELETE", "/api/v2/deleted_tickets/destroy_many"): agents(erase_many),
    ("DELETE", "/api/v2/deleted_tickets/{ticket_id}"): agents(erase),
}
