"""Endpoints of audits: those of a ticket, one, those of all tickets, and the conversation of a ticket.

Source: the Ticket Audits page of the reference. The list of all audits has its cursors beside the rows, in the form of
the page's sample: base64 of `<second>.0||<id>|` for what comes after an audit, with the bar in front for what came
before it. Older requests name the cursor `cursor`, newer ones `page[after]` and `page[before]`.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from . import render, ticket_render
from .guards import Holder, admins, agents, path_id
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .pages import MAX_SIZE, Order, Paging, link, paginate, whole
from .refusals import bad_paging, not_found
from .render import View
from .ticket_comments import hide
from .ticket_edits import done
from .ticket_history import audit_place
from .ticket_records import Audit, Comment, Ticket
from .ticket_sideloads import audit_sideloads
from .tickets import path_ticket

_CURSOR: Final = re.compile(rb"(\|?)(\d{1,12})\.0\|\|(\d{1,19})(\|?)")


def list_audits(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/audits: oldest first."""
    view, ticket = View.of(account, call), path_ticket(account, call)
    body = paginate(
        call,
        account.state.tickets.audits_of(ticket),
        "audits",
        settings=account.settings,
        order=Order(
            id_of=lambda audit: audit.id,
            sorts={"created_at": lambda audit: audit.created_at},
        ),
        render=lambda audit: ticket_render.audit(view, audit),
        sideload=lambda page: audit_sideloads(account, call, page),
    )
    return Reply(body=body)


def count(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/audits/count."""
    value = len(account.state.tickets.audits_of(path_ticket(account, call)))
    return Reply(body={"count": counted(account, call.path, value, call.now)})


def show(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/audits/{ticket_audit_id}."""
    audit = _audit(account, call, path_ticket(account, call))
    return Reply(body={"audit": ticket_render.audit(View.of(account, call), audit)})


def make_private(account: Holder, call: Call) -> Reply:
    """PUT /tickets/{ticket_id}/audits/{ticket_audit_id}/make_private: the comment of the audit."""
    ticket = path_ticket(account, call)
    comments = [event.comment for event in _audit(account, call, ticket).events if event.comment is not None]
    if not comments:
        raise not_found()
    hide(account, call, ticket, comments[0])
    return done(account)


def list_all(account: Holder, call: Call) -> Reply:
    """GET /ticket_audits: those of all tickets that are neither deleted nor archived, oldest first."""
    size = min(whole(call, "page[size]", whole(call, "limit", MAX_SIZE)), MAX_SIZE)
    after, before = _edge(call)
    log, tickets = account.state.tickets.history.log(), account.state.tickets
    backwards = before is not None
    start = bisect_left(log, before, key=audit_place) - 1 if before else bisect_right(log, after, key=audit_place)
    page: list[Audit] = []
    end = start
    while len(page) < size and 0 <= end < len(log):
        ticket = tickets.active(log[end].ticket_id)
        if ticket is not None and not ticket.archived:
            page.append(log[end])
        end += -1 if backwards else 1
    if backwards:
        page.reverse()
    more = backwards or any(tickets.active(audit.ticket_id) for audit in log[end:])
    return Reply(body=_framed(account, call, page, more=more or account.settings.audits_end == "empty page"))


def _framed(account: Holder, call: Call, page: Sequence[Audit], *, more: bool) -> dict[str, Json]:
    view = View.of(account, call)
    after = f"{_text(page[-1])}|" if page and more else None
    before = f"|{_text(page[0])}" if page else None
    return {
        "audits": [ticket_render.audit(view, audit) for audit in page],
        **audit_sideloads(account, call, page),
        "before_url": _link(account, call, before),
        "after_url": _link(account, call, after),
        "before_cursor": None if before is None else _encoded(before),
        "after_cursor": None if after is None else _encoded(after),
    }


def _text(audit: Audit) -> str:
    second, audit_id = audit_place(audit)
    return f"{second}.0||{audit_id}"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _link(account: Holder, call: Call, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return link(call, account.settings, {"cursor": _encoded(cursor), "page[after]": None, "page[before]": None})


def _edge(call: Call) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """The place that the page comes after, and the one that it comes before, if that is asked for."""
    given = call.arg("cursor") or call.arg("page[after]") or call.arg("page[before]")
    if given is None:
        return (-1, -1), None
    try:
        found = _CURSOR.fullmatch(base64.b64decode(given, validate=True))
    except (binascii.Error, ValueError):
        found = None
    if found is None or bool(found[1]) == bool(found[4]):
        raise bad_paging("cursor is not valid")
    place = int(found[2]), int(found[3])
    return ((-1, -1), place) if found[1] else (place, None)


# --- conversations


def conversation_log(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/conversation_log: what was said, by cursor."""
    view, ticket = View.of(account, call), path_ticket(account, call)
    body = paginate(
        call,
        account.state.tickets.comments_of(ticket),
        "events",
        settings=account.settings,
        paging=Paging(styles=("cursor",)),
        order=Order(id_of=lambda comment: comment.id, sorts={"created_at": lambda comment: comment.created_at}),
        render=lambda comment: _said(view, comment),
    )
    return Reply(body=body)


def _said(view: View, comment: Comment) -> dict[str, Json]:
    author = view.state.users.get(comment.author_id)
    return {
        "id": str(comment.id),
        "type": "Comment",
        "created_at": render.iso(comment.created_at),
        "reference": f"zen:ticket:{comment.ticket_id}:comment:{comment.id}",
        "author": {
            "type": "agent" if author is not None and author.staff else "user",
            "zen:support:user_id": comment.author_id,
        },
        "content": {"type": "html", "body": ticket_render.html_of(comment)},
        "attachments": ticket_render.comment(view, comment)["attachments"],
        "metadata": {"public": comment.public, "via": ticket_render.via(comment.via)},
    }


# --- parts


def _audit(account: Holder, call: Call, ticket: Ticket) -> Audit:
    audit_id = path_id(call, "ticket_audit_id")
    for audit in account.state.tickets.audits_of(ticket):
        if audit.id == audit_id:
            return audit
    raise not_found()


_AUDITS: Final = "/api/v2/tickets/{ticket_id}/audits"

ENDPOINTS: Endpoints = {
    ("GET", _AUDITS): agents(list_audits),
    ("GET", _AUDITS + "/count"): agents(count),
    ("GET", _AUDITS + "/{ticket_audit_id}"): agents(show),
    ("PUT", _AUDITS + "/{ticket_audit_id}/make_private"): agents(make_private),
    ("GET", "/api/v2/ticket_audits"): admins(list_all),
    ("GET", "/api/v2/tickets/{ticket_id}/conversation_log"): agents(conversation_log),
}
