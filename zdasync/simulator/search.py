"""Endpoints that search everything: by offset up to 1,000 results, their count, and the export by cursor.

The model, from the Search page of the reference and what was probed in 2026: offset pages only (`page[size]` answers
400), past 1,000 results 422 while `count` tells the true number; the export takes one type, comes in the order of
creation, and its cursors live for an hour. The account holds users, organizations, groups and tickets; of other types
nothing is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from . import queries, render, ticket_render, ticket_sideloads
from .guards import Holder, agents, caller
from .http import Call, Endpoints, Json, Reply
from .pages import Order, Paging, paginate
from .queries import Kind
from .refusals import invalid_search
from .render import View
from .ticket_queries import TICKETS
from .ticket_records import STATUSES
from .tickets import priority_rank

MAX_RESULTS: Final = 1000
MAX_EXPORTED: Final = 1000
"""Rows of one page of the export."""

_KINDS: Final = (queries.USERS, queries.ORGANIZATIONS, queries.GROUPS, TICKETS)
_SIDELOADS: Final = re.compile(r"(\w+)\(([^()]*)\)")
_REACHES_TOO_FAR: Final = "Requested response size was greater than Search Response Limits"

Row = tuple[Kind, Any]


def search(account: Holder, call: Call) -> Reply:
    """GET /search."""
    rows = list(_found(account, call, _terms(account, call)))
    paging = Paging(styles=("offset",), max_rows=MAX_RESULTS, too_deep=lambda: invalid_search(422, _REACHES_TOO_FAR))
    order: Order[Row] = Order(
        id_of=lambda row: row[1].id,
        offset_sorts={
            "created_at": lambda row: row[1].created_at,
            "updated_at": lambda row: queries.updated_at(row[1]),
            "priority": lambda row: priority_rank(getattr(row[1], "priority", None)),
            "status": lambda row: STATUSES.index(row[1].status) if row[0] is TICKETS else -1,
            "ticket_type": lambda row: getattr(row[1], "type", None) or "",
        },
    )
    view = View.of(account, call)
    return Reply(body=paginate(
        call, rows, "results", settings=account.settings, paging=paging, order=order,
        render=lambda row: _shown(view, row), sideload=lambda page: _beside(account, call, page),
    ))


def count(account: Holder, call: Call) -> Reply:
    """GET /search/count: the true number, however large."""
    return Reply(body={"count": sum(1 for _ in _found(account, call, _terms(account, call)))})


def export(account: Holder, call: Call) -> Reply:
    """GET /search/export?filter[type]=: one type, by cursor, as long as the cursor lives."""
    settings, wanted, words = account.settings, call.arg("filter[type]"), _terms(account, call)
    if wanted not in {kind.name for kind in _KINDS}:
        raise invalid_search(settings.search_invalid_status, "filter[type] must name one type of record")
    if settings.search_export_type_terms == "refused" and queries.split_types(words)[0]:
        raise invalid_search(settings.search_invalid_status, "the type stands in filter[type], not in the query")
    rows = sorted((row for row in _found(account, call, words) if row[0].name == wanted), key=_born)
    expired = invalid_search(settings.search_cursor_expired_status, "the cursor has expired")
    paging = Paging(
        styles=("cursor",), max_size=MAX_EXPORTED, forwards_only=True,
        cursor_seconds=settings.search_cursor_seconds, expired=lambda: expired,
    )
    view = View.of(account, call)
    body = paginate(
        call, rows, "results", settings=settings, paging=paging, order=Order(id_of=_born),
        render=lambda row: _shown(view, row), sideload=lambda page: _beside(account, call, page),
    )
    return Reply(body=body, headers={"Cache-Control": "max-age=10, private"})


def _born(row: Row) -> tuple[float, int]:
    return row[1].created_at, row[1].id


def _terms(account: Holder, call: Call) -> list[str]:
    query = call.arg("query")
    if query is None:
        raise invalid_search(account.settings.search_invalid_status, "the query is missing")
    return queries.terms(query)


def _found(account: Holder, call: Call, words: list[str]) -> Iterator[Row]:
    """What a query finds, kind by kind, each by id."""
    types, others = queries.split_types(words)
    for kind in _KINDS:
        if not types or kind.name in types:
            records = _records(account, kind)
            yield from ((kind, one) for one in queries.matching(account, kind, others, records, call.now, caller(call)))


def _records(account: Holder, kind: Kind) -> Iterator[Any]:
    state = account.state
    match kind.name:
        case "user":
            return state.active_users()
        case "organization":
            return iter(state.organizations.values())
        case "group":
            return iter(state.groups.values())
    return state.tickets.all_active()


_SHOWN: Final[Mapping[str, Callable[[View, Any], dict[str, Json]]]] = {
    "user": render.user, "organization": render.organization, "group": render.group, "ticket": ticket_render.ticket,
}


def _shown(view: View, row: Row) -> dict[str, Json]:
    kind, record = row
    return {**_SHOWN[kind.name](view, record), "result_type": kind.name}


def _beside(account: Holder, call: Call, page: Sequence[Row]) -> Mapping[str, Json]:
    """What `include=users(groups),tickets(users)` asks for; a bare list of names is ignored."""
    beside: dict[str, Json] = {"facets": None}
    for name, names in _SIDELOADS.findall(call.arg("include") or ""):
        records = [record for kind, record in page if f"{kind.name}s" == name]
        if name == "users":
            beside |= render.user_sideloads(View.of(account, call), names, records)
        elif name == "tickets":
            beside |= ticket_sideloads.sideloads(account, call, names, records)
    return beside


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/search"): agents(search),
    ("GET", "/api/v2/search/count"): agents(count),
    ("GET", "/api/v2/search/export"): agents(export),
}
