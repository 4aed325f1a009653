"""Endpoints that show tickets: lists and counts, one, many, and who and what belongs to one.

Source: the Tickets page of the reference. Lists know cursors, sorted by id, date of the last change or status, and
offset pages, which can be sorted by more. Tickets that are archived are left out of lists. All is for agents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from . import render, ticket_sideloads
from .guards import Holder, agents, as_id, caller, listed, path_id, path_user
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .pages import EITHER_WAY, Order, Paging, paginate
from .refusals import bad_request, not_found
from .render import View
from .ticket_records import PRIORITIES, STATUSES, Ticket
from .ticket_store import Tickets

Ids = Callable[[Holder, Call], Sequence[int]]
MAX_PROBLEMS: Final = 100
"""Problems that an autocompletion gives."""


def path_ticket(account: Holder, call: Call, name: str = "ticket_id") -> Ticket:
    """The ticket that the path names; 404 when it is deleted, or never was."""
    ticket = account.state.tickets.active(path_id(call, name))
    if ticket is None:
        raise not_found()
    return ticket


def shown_ticket(account: Holder, call: Call, ticket: Ticket) -> dict[str, Json]:
    """A ticket as the body of a reply, with its sideloads."""
    body = {"ticket": ticket_sideloads.rows(account, call, [ticket])[0]}
    return body | ticket_sideloads.sideloads(account, call, call.arg("include"), [ticket])


def ticket_page(
    account: Holder, call: Call, ids: Sequence[int], *, paging: Paging = EITHER_WAY, archived: bool = False
) -> Reply:
    """A page of tickets; `archived`: archived ones are among them."""
    tickets = account.state.tickets
    hidden = tickets.archived_ids
    page: list[Ticket] = []

    def gather(ticket_id: int) -> Json:
        page.append(tickets.records[ticket_id])

    body = paginate(
        call,
        ids,
        "tickets",
        settings=account.settings,
        paging=paging,
        keep=(lambda ticket_id: ticket_id not in hidden) if hidden and not archived else None,
        order=orders(tickets, ids),
        render=gather,
    )
    body["tickets"] = ticket_sideloads.rows(account, call, page)
    return Reply(body=body | ticket_sideloads.sideloads(account, call, call.arg("include"), page))


def orders(tickets: Tickets, ids: Sequence[int] = ()) -> Order[int]:
    """By what tickets can be sorted: cursors know three ways, offset pages some more. `ids` are those in the list."""
    records = tickets.records
    return Order(
        kept={"updated_at": tickets.by_update} if ids is tickets.ids else {},
        sorts={
            "updated_at": lambda ticket_id: records[ticket_id].updated_at,
            "status": lambda ticket_id: STATUSES.index(records[ticket_id].status),
        },
        offset_sorts={
            "created_at": lambda ticket_id: records[ticket_id].created_at,
            "subject": lambda ticket_id: records[ticket_id].subject or "",
            "priority": lambda ticket_id: priority_rank(records[ticket_id].priority),
            "requester": lambda ticket_id: records[ticket_id].requester_id,
            "assignee": lambda ticket_id: records[ticket_id].assignee_id or 0,
            "group": lambda ticket_id: records[ticket_id].group_id or 0,
        },
    )


def priority_rank(priority: str | None) -> int:
    """Where a priority stands among all; none is the least."""
    return -1 if priority is None else PRIORITIES.index(priority)


# --- lists


def list_tickets(account: Holder, call: Call) -> Reply:
    """GET /tickets, or those with an `external_id`."""
    external_id = call.arg("external_id")
    tickets = account.state.tickets
    return ticket_page(account, call, tickets.ids if external_id is None else tickets.external_ids.get(external_id, ()))


def _every(account: Holder, call: Call) -> Sequence[int]:
    del call
    return account.state.tickets.ids


def _requested(account: Holder, call: Call) -> Sequence[int]:
    return account.state.tickets.requested.get(path_user(account, call).id, ())


def _assigned(account: Holder, call: Call) -> Sequence[int]:
    return account.state.tickets.assigned.get(path_user(account, call).id, ())


def _copied(account: Holder, call: Call) -> Sequence[int]:
    return account.state.tickets.copied.get(path_user(account, call).id, ())


def _followed(account: Holder, call: Call) -> Sequence[int]:
    return account.state.tickets.followed.get(path_user(account, call).id, ())


def _of_organization(account: Holder, call: Call) -> Sequence[int]:
    organization_id = path_id(call, "organization_id")
    if organization_id not in account.state.organizations:
        raise not_found()
    return account.state.tickets.of_organization.get(organization_id, ())


def _incidents(account: Holder, call: Call) -> Sequence[int]:
    return account.state.tickets.incidents.get(path_ticket(account, call).id, ())


def _problems(account: Holder, call: Call) -> Sequence[int]:
    del call
    return account.state.tickets.problems


def _page_of(ids: Ids) -> Callable[[Holder, Call], Reply]:
    def endpoint(account: Holder, call: Call) -> Reply:
        archived = ids is _requested and call.arg("exclude_archived") in (None, "false")
        return ticket_page(account, call, ids(account, call), archived=archived)

    return endpoint


def _count_of(ids: Ids) -> Callable[[Holder, Call], Reply]:
    def endpoint(account: Holder, call: Call) -> Reply:
        found = ids(account, call)
        hidden = account.state.tickets.archived_ids
        value = sum(ticket_id not in hidden for ticket_id in found) if hidden else len(found)
        return Reply(body={"count": counted(account, call.path, value, call.now)})

    return endpoint


def recent(account: Holder, call: Call) -> Reply:
    """GET /tickets/recent: what the caller has looked at last, the latest first."""
    tickets = account.state.tickets
    seen = reversed(tickets.viewed.get(caller(call).id, ()))
    return _whole(account, call, (tickets.active(ticket_id) for ticket_id in seen))


def show_many(account: Holder, call: Call) -> Reply:
    """GET /tickets/show_many?ids=: those that don't exist are left out, the rest comes by id."""
    ids = listed(call, "ids")
    if ids is None:
        raise bad_request("ids must be given")
    tickets = account.state.tickets
    return _whole(account, call, (tickets.active(key) for key in sorted({as_id(part) or 0 for part in ids})))


def autocomplete_problems(account: Holder, call: Call) -> Reply:
    """POST /problems/autocomplete: problems whose subject has the words; `text` stands in the body or the query."""
    body = call.body if isinstance(call.body, dict) else {}
    words = str(body.get("text") or call.arg("text") or "").casefold().split()
    tickets = account.state.tickets
    named = (tickets.records[ticket_id] for ticket_id in tickets.problems)
    found = [one for one in named if all(word in (one.subject or "").casefold() for word in words)]
    return _whole(account, call, found[:MAX_PROBLEMS])


def _whole(account: Holder, call: Call, found: Iterable[Ticket | None]) -> Reply:
    tickets = [ticket for ticket in found if ticket is not None]
    frame: dict[str, Json] = {"next_page": None, "previous_page": None, "count": len(tickets)}
    body = {"tickets": ticket_sideloads.rows(account, call, tickets)}
    return Reply(body=body | ticket_sideloads.sideloads(account, call, call.arg("include"), tickets) | frame)


# --- one


def show(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}: the caller has looked at it then."""
    ticket = path_ticket(account, call)
    account.state.tickets.view(caller(call).id, ticket.id)
    return Reply(body=shown_ticket(account, call, ticket))


def related(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/related."""
    ticket = path_ticket(account, call)
    return Reply(body={
        "topic_id": None,
        "jira_issue_ids": [],
        "followup_source_ids": [] if ticket.via_followup_source_id is None else [str(ticket.via_followup_source_id)],
        "from_archive": ticket.archived,
        "incidents": len(account.state.tickets.incidents.get(ticket.id, ())),
    })


def collaborators(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/collaborators."""
    return _people(account, call, path_ticket(account, call).collaborator_ids)


def email_ccs(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/email_ccs."""
    return _people(account, call, path_ticket(account, call).email_cc_ids)


def followers(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/followers."""
    return _people(account, call, path_ticket(account, call).follower_ids)


def _people(account: Holder, call: Call, ids: Sequence[int]) -> Reply:
    view = View.of(account, call)
    users = [render.user(view, account.state.users[key]) for key in ids]
    return Reply(body={"users": users, "next_page": None, "previous_page": None, "count": len(users)})


_ORGANIZATION: Final = "/api/v2/organizations/{organization_id}/tickets"
_USER: Final = "/api/v2/users/{user_id}/tickets"

ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/tickets"): agents(list_tickets),
    ("GET", "/api/v2/tickets/count"): agents(_count_of(_every)),
    ("GET", "/api/v2/tickets/recent"): agents(recent),
    ("GET", "/api/v2/tickets/show_many"): agents(show_many),
    ("GET", "/api/v2/tickets/{ticket_id}"): agents(show),
    ("GET", "/api/v2/tickets/{ticket_id}/related"): agents(related),
    ("GET", "/api/v2/tickets/{ticket_id}/collaborators"): agents(collaborators),
    ("GET", "/api/v2/tickets/{ticket_id}/email_ccs"): agents(email_ccs),
    ("GET", "/api/v2/tickets/{ticket_id}/followers"): agents(followers),
    ("GET", "/api/v2/tickets/{ticket_id}/incidents"): agents(_page_of(_incidents)),
    ("GET", _ORGANIZATION): agents(_page_of(_of_organization)),
    ("GET", _ORGANIZATION + "/count"): agents(_count_of(_of_organization)),
    ("GET", _USER + "/requested"): agents(_page_of(_requested)),
    ("GET", _USER + "/assigned"): agents(_page_of(_assigned)),
    ("GET", _USER + "/assigned/count"): agents(_count_of(_assigned)),
    ("GET", _USER + "/ccd"): agents(_page_of(_copied)),
    ("GET", _USER + "/ccd/count"): agents(_count_of(_copied)),
    ("GET", _USER + "/followed"): agents(_page_of(_followed)),
    ("GET", "/api/v2/problems"): agents(_page_of(_problems)),
    ("POST", "/api/v2/problems/autocomplete"): agents(autocomplete_problems),
}
