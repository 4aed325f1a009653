"""Endpoints of ticket skips: agents passing over tickets.

Source: the Ticket Skips page of the reference. Admins see everybody's skips, agents their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from . import ticket_render
from .guards import Holder, agents, caller, path_id, path_user
from .http import Call, Endpoints, Json, Reply
from .pages import paginate
from .parameters import Coerce, envelope, integer, permit, strays, text, warning
from .refusals import forbidden, not_found, problem, record_invalid
from .render import View, iso
from .ticket_extras import Skip

ACTION: Final = "skips/create"
WRITABLE: Final[Mapping[str, Coerce]] = {"ticket_id": integer, "reason": text}


def list_all(account: Holder, call: Call) -> Reply:
    """GET /skips."""
    return _page(account, call, lambda _: True)


def list_of_ticket(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/skips."""
    ticket = account.state.tickets.active(path_id(call, "ticket_id"))
    if ticket is None:
        raise not_found()
    return _page(account, call, lambda skip: skip.ticket_id == ticket.id)


def list_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/skips: one's own, or anybody's for admins."""
    user = path_user(account, call)
    if user is not caller(call) and not caller(call).admin:
        raise forbidden()
    return _page(account, call, lambda skip: skip.user_id == user.id)


def create(account: Holder, call: Call) -> Reply:
    """POST /skips: 201."""
    permitted = permit(envelope(call.body, "skip", ACTION), WRITABLE, "skip", ACTION)
    ticket = account.state.tickets.active(permitted.fields.get("ticket_id") or 0)
    if ticket is None:
        raise record_invalid({"ticket": [problem("Ticket: cannot be blank", "BlankValue")]})
    skip = Skip(account.state.next_id(), ticket.id, caller(call).id, permitted.fields.get("reason"), call.now)
    account.state.skips[skip.id] = skip
    dropped = (*permitted.dropped, *strays(call.body, "skip"))
    return Reply(201, {"skip": _shown(View.of(account, call), skip)}, warning(ACTION, dropped))


def _page(account: Holder, call: Call, keep: Callable[[Skip], bool]) -> Reply:
    view, actor = View.of(account, call), caller(call)
    rows = [skip for skip in account.state.skips.values() if actor.admin or skip.user_id == actor.id]
    descending = call.arg("sort_order") == "desc" and not any(name.startswith("page[") for name in call.query)
    body = paginate(
        call,
        rows[::-1] if descending else rows,
        "skips",
        settings=account.settings,
        id_of=lambda skip: skip.id,
        keep=keep,
        render=lambda skip: _shown(view, skip),
    )
    return Reply(body=body)


def _shown(view: View, skip: Skip) -> dict[str, Json]:
    ticket = view.state.tickets.active(skip.ticket_id)
    return {
        "id": skip.id,
        "ticket_id": skip.ticket_id,
        "user_id": skip.user_id,
        "reason": skip.reason,
        "created_at": iso(skip.created_at),
        "updated_at": iso(skip.created_at),
        "ticket": None if ticket is None else ticket_render.ticket(view, ticket),
    }


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/skips"): agents(list_all),
    ("POST", "/api/v2/skips"): agents(create),
    ("GET", "/api/v2/tickets/{ticket_id}/skips"): agents(list_of_ticket),
    ("GET", "/api/v2/users/{user_id}/skips"): agents(list_of_user),
}
