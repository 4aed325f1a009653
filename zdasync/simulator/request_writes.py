"""Endpoints that write requests: asking, adding a comment, solving, putting more people in copy.

Source: the Requests page of the reference. What is written is written as in tickets, by fewer fields. Whoever calls is
the author of what is said, in public, whatever the body names; callers without credentials say who they are, where the
account allows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .guards import Holder, anyone, caller, signed_in
from .http import Call, Endpoints, Json, Reply
from .parameters import Coerce, Permitted, envelope, flag, permit, strays, warning
from .records import User
from .refusals import forbidden, not_authenticated, problem, record_invalid
from .render import View
from .requests import path_request, shares, shown, solvable
from .ticket_parameters import COMMENT, NEW_TICKET
from .ticket_people import TicketWriter, requester_of
from .ticket_records import SOLVED, Ticket
from .ticket_writes import create_ticket, plan_of, update_ticket
from .validation import Found

CREATE: Final = "requests/create"
UPDATE: Final = "requests/update"
WRITABLE: Final[Mapping[str, Coerce]] = {
    name: NEW_TICKET[name]
    for name in (
        "subject", "comment", "requester", "collaborators", "custom_fields", "custom_status_id", "due_at", "priority",
        "recipient", "ticket_form_id", "type",
    )
}
CHANGEABLE: Final[Mapping[str, Coerce]] = {
    "comment": NEW_TICKET["comment"], "solved": flag,
    "additional_collaborators": NEW_TICKET["additional_collaborators"],
}
SAID: Final[Mapping[str, Coerce]] = {name: COMMENT[name] for name in ("body", "html_body", "uploads", "value")}
"""What counts of a comment: neither its author nor whether it is public."""


def create(account: Holder, call: Call) -> Reply:
    """POST /requests: 201 with the request; by the caller, or by the `requester` of one without credentials."""
    permitted = _permit(call, WRITABLE, CREATE)
    fields = {name: value for name, value in permitted.fields.items() if name != "requester"}
    if not (fields.get("subject") or "").strip():
        raise record_invalid({"subject": [problem("Subject: cannot be blank", "BlankValue")]})
    asker = call.actor.user or _newcomer(account, call, permitted.fields)
    ticket = create_ticket(TicketWriter(account, asker, call.now), fields)
    headers = {"Location": View.of(account, call).url(f"requests/{ticket.id}")}
    return shown(account, call, ticket, 201, headers | _warned(call, CREATE, permitted))


def _newcomer(account: Holder, call: Call, fields: Mapping[str, Json]) -> User:
    """Who asks without credentials; made, if need be, once the whole request is known to be right."""
    if not account.settings.anonymous_requests:
        raise not_authenticated()
    writer = TicketWriter(account, User(0, "Anonymous user", 0.0, 0.0), call.now)
    found: Found = {}
    person = requester_of(writer, fields, found)
    if person is None and "requester" not in found:
        found["requester"] = [problem("Requester: Name: cannot be blank", "BlankValue")]
    plan_of(writer, fields, None, found)
    if not _says(fields.get("comment") or {}):
        found["base"] = [problem("Description: cannot be blank", "BlankValue")]
    if found or person is None:
        raise record_invalid(found)
    return writer.settle(person)


def update(account: Holder, call: Call) -> Reply:
    """PUT /requests/{request_id}: a comment, `solved`, more people in copy; everything else is dropped."""
    ticket, actor = path_request(account, call), caller(call)
    permitted = _permit(call, CHANGEABLE, UPDATE)
    if not _may_write(account, actor, ticket):
        raise forbidden()
    fields = dict(permitted.fields)
    if fields.pop("solved", False) and not ticket.closed:
        if solvable(actor, ticket):
            fields["status"] = SOLVED
        elif account.settings.solved_out_of_turn == "refuse":
            raise record_invalid({"solved": [problem("Solved: can't be set by you", "InvalidValue")]})
    update_ticket(TicketWriter(account, actor, call.now), ticket, fields)
    return shown(account, call, ticket, 200, _warned(call, UPDATE, permitted))


def _may_write(account: Holder, user: User, ticket: Ticket) -> bool:
    """Requesters, people in copy and agents write; others of the organization where it lets them."""
    if user.staff or user.id == ticket.requester_id or user.id in ticket.collaborator_ids:
        return True
    organization = account.state.organizations.get(ticket.organization_id or 0)
    return organization is not None and organization.shared_comments and shares(account.state, user, organization.id)


def _permit(call: Call, known: Mapping[str, Coerce], action: str) -> Permitted:
    """What counts of the body; its comment is public."""
    permitted = permit(envelope(call.body, "request", action), known, "request", action)
    if permitted.fields.get("comment") is None:
        return permitted
    comment = permit(permitted.fields["comment"], SAID, "request.comment", action)
    fields = permitted.fields | {"comment": comment.fields | {"public": True}}
    return Permitted(fields, (*permitted.dropped, *comment.dropped))


def _says(comment: Mapping[str, Json]) -> bool:
    return any(comment.get(name) for name in ("body", "html_body", "value"))


def _warned(call: Call, action: str, permitted: Permitted) -> dict[str, str]:
    return warning(action, (*permitted.dropped, *strays(call.body, "request")))


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/requests"): anyone(create),
    ("PUT", "/api/v2/requests/{request_id}"): signed_in(update),
}
