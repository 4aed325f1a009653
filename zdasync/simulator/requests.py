"""Endpoints of requests: tickets as those see them who ask.

Source: the Requests page of the reference. An end user reads the tickets that he asked, those that he is in copy of,
and those of an organization of his that shares its tickets, as far as they have public comments; agents read all of
them. What was said in private, tags and whatever else is for agents is never shown. Who writes a request is in
`request_writes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from . import render, ticket_render
from .guards import Holder, caller, path_id, path_self_or_any, signed_in
from .http import Call, Endpoints, Json, Refusal, Reply
from .organizations import path_organization
from .pages import EITHER_WAY, Order, Paging, paginate
from .queries import terms
from .records import User
from .refusals import bad_request, forbidden, not_found
from .render import View, iso
from .state import State
from .ticket_parameters import moment
from .ticket_records import Comment, Ticket
from .validation import Found

HEAVY_PAGE: Final = 50
"""Rows of a page that a heavy requester still gets."""
_SEARCH: Final = Paging(styles=("offset",))


# --- who may see what


def sees(state: State, user: User, ticket: Ticket) -> bool:
    """May the user read this request?"""
    if user.staff:
        return True
    own = user.id == ticket.requester_id or user.id in ticket.collaborator_ids
    return ticket.is_public and (own or shares(state, user, ticket.organization_id))


def shares(state: State, user: User, organization_id: int | None) -> bool:
    """Do the members of an organization, of whom the user is one, read each other's requests?"""
    if organization_id is None or organization_id not in user.organization_ids:
        return False
    return state.organizations[organization_id].shared_tickets or user.ticket_restriction == "organization"


def path_request(account: Holder, call: Call) -> Ticket:
    """The request that the path names; 404 for one that the caller doesn't see."""
    ticket = account.state.tickets.active(path_id(call, "request_id"))
    if ticket is None or not sees(account.state, caller(call), ticket):
        raise not_found()
    return ticket


def solvable(user: User, ticket: Ticket) -> bool:
    """May the user mark the request as solved? Its requester may, once an agent has it."""
    return user.id == ticket.requester_id and ticket.waiting and ticket.assignee_id is not None


# --- lists


def list_own(account: Holder, call: Call) -> Reply:
    """GET /requests: what the caller has asked."""
    return _page(account, call, _asked(account, caller(call).id))


def list_open(account: Holder, call: Call) -> Reply:
    """GET /requests/open: neither solved nor closed."""
    return _page(account, call, [one for one in _asked(account, caller(call).id) if one.waiting])


def list_solved(account: Holder, call: Call) -> Reply:
    """GET /requests/solved: solved or closed."""
    return _page(account, call, [one for one in _asked(account, caller(call).id) if not one.waiting])


def list_ccd(account: Holder, call: Call) -> Reply:
    """GET /requests/ccd: asked by others, with the caller in copy."""
    user_id = caller(call).id
    return _page(account, call, [one for one in _copied(account, user_id) if one.requester_id != user_id])


def list_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/requests: one's own, or anybody's for agents."""
    return _page(account, call, _asked(account, path_self_or_any(account, call).id))


def list_of_organization(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}/requests: for agents, and for members who share their tickets."""
    organization = path_organization(account, call)
    if not caller(call).staff and not shares(account.state, caller(call), organization.id):
        raise forbidden()
    return _page(account, call, _tickets(account, account.state.tickets.of_organization.get(organization.id, ())))


def search(account: Holder, call: Call) -> Reply:
    """GET /requests/search: the caller's requests, own or in copy, that have all words of the query."""
    user_id, born = caller(call).id, call.now - account.settings.search_lag
    words = [word.casefold().rstrip("*") for word in terms(call.arg("query") or "")]
    own = {one.id: one for one in (*_asked(account, user_id), *_copied(account, user_id))}
    known = [own[key] for key in sorted(own) if own[key].created_at <= born]
    found = [one for one in known if all(word in _text(account, one) for word in words)]
    return _page(account, call, found, _SEARCH)


def _text(account: Holder, ticket: Ticket) -> str:
    said = (comment.body for comment in account.state.tickets.comments_of(ticket) if comment.public)
    return "\n".join((ticket.subject or "", *said)).casefold()


def _asked(account: Holder, user_id: int) -> list[Ticket]:
    return _tickets(account, account.state.tickets.requested.get(user_id, ()))


def _copied(account: Holder, user_id: int) -> list[Ticket]:
    return _tickets(account, account.state.tickets.copied.get(user_id, ()))


def _tickets(account: Holder, ids: Sequence[int]) -> list[Ticket]:
    return [account.state.tickets.records[ticket_id] for ticket_id in ids]


def _page(account: Holder, call: Call, rows: Sequence[Ticket], paging: Paging = EITHER_WAY) -> Reply:
    actor, view = caller(call), View.of(account, call)
    shown = [one for one in rows if sees(account.state, actor, one)]
    _refuse_heavy(account, call, len(shown))
    body = paginate(
        call,
        shown,
        "requests",
        settings=account.settings,
        paging=paging,
        order=Order(
            lambda one: one.id,
            offset_sorts={"created_at": lambda one: one.created_at, "updated_at": lambda one: one.updated_at},
        ),
        render=lambda one: request(view, actor, one),
        sideload=lambda page: _sideloads(view, actor, call, page),
    )
    return Reply(body=body)


def _refuse_heavy(account: Holder, call: Call, rows: int) -> None:
    """503 for large pages of somebody with too many requests, where the settings say so."""
    most, size = account.settings.heavy_requester, call.arg("page[size]") or call.arg("per_page") or "100"
    if most is not None and rows > most and size.isdecimal() and int(size) > HEAVY_PAGE:
        raise Refusal(503, {"error": "unavailable", "description": "The request took too long"})


# --- one request and its comments


def show(account: Holder, call: Call) -> Reply:
    """GET /requests/{request_id}."""
    return shown(account, call, path_request(account, call))


def shown(
    account: Holder, call: Call, ticket: Ticket, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """The reply with one request, as its caller sees it; an anonymous caller sees it as its requester."""
    view = View.of(account, call)
    actor = call.actor.user or account.state.users[ticket.requester_id]
    body = {"request": request(view, actor, ticket)} | _sideloads(view, actor, call, [ticket])
    return Reply(status, body, headers or {})


def list_comments(account: Holder, call: Call) -> Reply:
    """GET /requests/{request_id}/comments: the public ones, by time; `since` and `role` leave some out."""
    view, actor = View.of(account, call), caller(call)
    rows = _said(account, path_request(account, call))
    role, since = call.arg("role"), _since(call)
    if role is not None:
        if role not in ("agent", "end_user"):
            raise bad_request("role is not valid", "InvalidValue")
        rows = [one for one in rows if _is_staff(account, one) == (role == "agent")]
    body = paginate(
        call,
        [one for one in rows if since is None or one.created_at >= since],
        "comments",
        settings=account.settings,
        order=Order(lambda one: one.id, sorts={"created_at": lambda one: one.created_at}),
        render=lambda one: ticket_render.comment(view, one),
        sideload=lambda page: _users(view, actor, call, [one.author_id for one in page]),
    )
    return Reply(body=body)


def show_comment(account: Holder, call: Call) -> Reply:
    """GET /requests/{request_id}/comments/{ticket_comment_id}: a public one."""
    wanted = path_id(call, "ticket_comment_id")
    for comment in _said(account, path_request(account, call)):
        if comment.id == wanted:
            return Reply(body={"comment": ticket_render.comment(View.of(account, call), comment)})
    raise not_found()


def _said(account: Holder, ticket: Ticket) -> list[Comment]:
    public = (one for one in account.state.tickets.comments_of(ticket) if one.public)
    return sorted(public, key=lambda one: one.id)


def _is_staff(account: Holder, comment: Comment) -> bool:
    author = account.state.users.get(comment.author_id)
    return author is not None and author.staff


def _since(call: Call) -> float | None:
    found: Found = {}
    at = moment({"since": call.arg("since")}, "since", found)
    if found:
        raise bad_request("since is not valid", "InvalidValue")
    return at




# --- what is shown


def request(view: View, actor: User, ticket: Ticket) -> dict[str, Json]:
    """A ticket as a request, for one reader."""
    fields = [
        {"id": field_id, "value": ticket.custom_fields.get(field_id)}
        for field_id in ticket_render.field_ids(view, ticket)
    ]
    tickets = view.state.tickets
    return {
        "url": view.url(f"requests/{ticket.id}"),
        "id": ticket.id,
        "status": ticket.status,
        "custom_status_id": ticket.custom_status_id or tickets.custom_statuses.get(ticket.status),
        "priority": ticket.priority,
        "type": ticket.type,
        "subject": ticket.subject,
        "description": ticket.description,
        "organization_id": ticket.organization_id,
        "via": ticket_render.via(ticket.via),
        "custom_fields": fields,
        "requester_id": ticket.requester_id,
        "collaborator_ids": list(ticket.email_cc_ids),
        "email_cc_ids": list(ticket.email_cc_ids),
        "is_public": ticket.is_public,
        "due_at": iso(ticket.due_at),
        "can_be_solved_by_me": solvable(actor, ticket),
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "recipient": ticket.recipient,
        "followup_source_id": ticket.via_followup_source_id,
        "assignee_id": ticket.assignee_id,
        "group_id": ticket.group_id,
        "ticket_form_id": ticket.ticket_form_id or tickets.form_id,
        "fields": fields,
    }


def _sideloads(view: View, actor: User, call: Call, page: Sequence[Ticket]) -> dict[str, Json]:
    ids = [key for one in page for key in (one.requester_id, one.assignee_id, *one.email_cc_ids) if key is not None]
    return _users(view, actor, call, ids)


def _users(view: View, actor: User, call: Call, ids: Sequence[int]) -> dict[str, Json]:
    """The users that `include=users` brings along, each once."""
    if "users" not in (call.arg("include") or "").split(","):
        return {}
    known = view.state.users
    return {"users": [render.for_caller(view, actor, known[key]) for key in dict.fromkeys(ids) if key in known]}


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/requests"): signed_in(list_own),
    ("GET", "/api/v2/requests/open"): signed_in(list_open),
    ("GET", "/api/v2/requests/solved"): signed_in(list_solved),
    ("GET", "/api/v2/requests/ccd"): signed_in(list_ccd),
    ("GET", "/api/v2/requests/search"): signed_in(search),
    ("GET", "/api/v2/users/{user_id}/requests"): signed_in(list_of_user),
    ("GET", "/api/v2/organizations/{organization_id}/requests"): signed_in(list_of_organization),
    ("GET", "/api/v2/requests/{request_id}"): signed_in(show),
    ("GET", "/api/v2/requests/{request_id}/comments"): signed_in(list_comments),
    ("GET", "/api/v2/requests/{request_id}/comments/{ticket_comment_id}"): signed_in(show_comment),
}
