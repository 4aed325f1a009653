"""Views of the simulated account: the collection, and what their tickets are shown by.

Tickets are found anew for each call. By page numbers they come in the order of the view, or of `sort_by`; by cursor
they come by id, since cursors take no order. A count is known at once, or after a while, as the settings say.
Source: the Views page of the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..records.views import View as ViewRecord
from . import ticket_render
from .collection_model import Collection, Row, Write
from .guards import Holder, admins, agents, caller, listed
from .http import Call, Endpoints, Json, Reply
from .pages import EITHER_WAY, Order, paginate
from .parameters import envelope
from .refusals import Details, bad_request, not_found, problem, record_invalid, too_many_values
from .render import View
from .rule_conditions import REQUIRED, matching
from .rule_definitions import conditions as condition_definitions
from .rules import RULE_SORTS, own_rules, owners, problem_of_lists, rule_filters, visible
from .ticket_records import Ticket
from .view_tables import execution, groups_of, row_of, sorted_by

COMPACT: Final = 32
"""Views that the short list has."""
MAX_COUNTS: Final = 20
_UNKNOWN: Final = "..."


def _views(account: Holder) -> Iterable[Mapping[str, Json]]:
    del account
    open_ones = {"field": "status", "operator": "less_than", "value": "solved"}
    for title, more in (
        ("Your unsolved tickets", [{"field": "assignee_id", "operator": "is", "value": "current_user"}]),
        ("Unassigned tickets", [{"field": "assignee_id", "operator": "is", "value": ""}]),
        ("All unsolved tickets", []),
    ):
        yield {
            "title": title, "default": True, "conditions": {"all": [open_ones, *more], "any": []},
            "execution": execution({}),
        }


def _prepare(write: Write) -> None:
    """Views are written as `all`, `any` and `output`, and shown as `conditions` and `execution`."""
    own_rules(write)
    row, fields = write.row, write.fields
    lists = {name: row.pop(name, None) or [] for name in ("all", "any")}
    if write.old is None or not {"all", "any"}.isdisjoint(fields):
        row["conditions"] = lists
    output = row.pop("output", None)
    if write.old is None or output is not None:
        row["execution"] = execution(output or {})


def _check(write: Write) -> Details:
    return check_conditions(write.row["conditions"])


def check_conditions(conditions: Mapping[str, Json]) -> Details:
    """What is wrong with the conditions of a view."""
    wrong = dict(problem_of_lists(conditions))
    if not wrong and all(one["field"] not in REQUIRED for one in conditions["all"]):
        text = "View must test for at least one of: status, type, group, assignee, requester"
        wrong["base"] = [problem(text, "InvalidValue")]
    return wrong


VIEWS: Final[Collection] = Collection(
    name="views",
    path="/api/v2/views",
    record=ViewRecord,
    seed=_views,
    defaults={"active": True, "default": False},
    order="position",
    reads=agents,
    writes=agents,
    guards={"delete": owners(lambda: VIEWS), "destroy_many": admins, "update_many": admins},
    visible=visible,
    filters=rule_filters(),
    sorts=RULE_SORTS,
    created=200,
    prepare=_prepare,
    check=_check,
)


# --- the tickets of a view


def list_tickets(account: Holder, call: Call) -> Reply:
    """GET /views/{view_id}/tickets."""
    view, row = View.of(account, call), _view(account, call)

    def shown(page: Iterable[Ticket]) -> dict[str, Json]:
        return {"tickets": [ticket_render.ticket(view, ticket) for ticket in page]}

    return Reply(body=_page(account, call, row, shown))


def execute(account: Holder, call: Call) -> Reply:
    """GET /views/{view_id}/execute."""
    row = _view(account, call)
    return _table(account, call, row, {"id": row["id"], "url": _url(View.of(account, call), row)})


def preview(account: Holder, call: Call) -> Reply:
    """POST /views/preview: the table of a view that is not saved."""
    row = _previewed(call)
    return _table(account, call, row, {"title": None})


def export(account: Holder, call: Call) -> Reply:
    """GET /views/{view_id}/export: the mail with the file is nobody's to read here."""
    return Reply(body={"export": {"view_id": _view(account, call)["id"], "status": "starting"}})


def compact(account: Holder, call: Call) -> Reply:
    """GET /views/compact: the first of the active views."""
    view = View.of(account, call)
    rows = [row for row in _mine(account, call) if row.get("active")][:COMPACT]
    shown = [{"id": row["id"], "url": _url(view, row), "title": row["title"], "active": True,
              "restriction": row.get("restriction"), "position": row["position"]} for row in rows]
    return Reply(body={"views": shown, "count": len(shown), "next_page": None, "previous_page": None})


def definitions(account: Holder, call: Call) -> Reply:
    """GET /views/definitions."""
    del call
    known = condition_definitions(account)
    return Reply(body={"definitions": {"conditions_all": known, "conditions_any": known}})


# --- counts


def count(account: Holder, call: Call) -> Reply:
    """GET /views/{view_id}/count."""
    return Reply(body={"view_count": _counted(account, call, _view(account, call))})


def count_many(account: Holder, call: Call) -> Reply:
    """GET /views/count_many: up to 20 views; those that don't exist are left out."""
    ids = listed(call, "ids")
    if ids is None:
        raise bad_request("ids must be given")
    if len(ids) > MAX_COUNTS:
        raise too_many_values()
    rows = [row for row in _mine(account, call) if str(row["id"]) in ids]
    return Reply(body={"view_counts": [_counted(account, call, row) for row in rows]})


def preview_count(account: Holder, call: Call) -> Reply:
    """POST /views/preview/count."""
    value = len(_found(account, call, _previewed(call)))
    shown = {"view_id": None, "url": None, "value": value, "pretty": str(value), "fresh": True}
    return Reply(body={"view_count": shown})


def _counted(account: Holder, call: Call, row: Row) -> dict[str, Json]:
    """A count; while it is being made there is no number yet."""
    name, ready = f"view {row['id']}", call.now + account.settings.view_count_seconds
    _, ready = account.state.counts.setdefault(name, (0, ready))
    known = call.now >= ready
    value = len(_found(account, call, row)) if known else None
    return {
        "view_id": row["id"],
        "url": View.of(account, call).url(f"views/{row['id']}/count"),
        "value": value,
        "pretty": str(value) if known else _UNKNOWN,
        "fresh": known,
        "active": bool(row.get("active")),
        **({} if known else {"refresh": "poll"}),
    }


# --- what they are made of


def _view(account: Holder, call: Call) -> Row:
    row = VIEWS.named(account, call.values["view_id"])
    if not visible(call, row):
        raise not_found()
    return row


def _mine(account: Holder, call: Call) -> list[Row]:
    rows = [row for row in VIEWS.rows(account).values() if visible(call, row)]
    return sorted(rows, key=lambda row: (row["position"], row["id"]))


def _url(view: View, row: Row) -> str:
    return view.url(f"views/{row['id']}")


def _previewed(call: Call) -> Row:
    body = envelope(call.body, "view", "views/preview")
    given = body if isinstance(body, dict) else {}
    conditions = {name: given.get(name) or [] for name in ("all", "any")}
    wrong = check_conditions(conditions)
    if wrong:
        raise record_invalid(wrong)
    return {"conditions": conditions, "execution": execution(given.get("output") or {})}


def _found(account: Holder, call: Call, row: Row) -> list[Ticket]:
    return matching(account.state.tickets.all_active(), row["conditions"], caller(call).id)


def _page(
    account: Holder, call: Call, row: Row, shown: Callable[[list[Ticket]], dict[str, Json]]
) -> dict[str, Json]:
    """The page of the view's tickets that the call asks for."""
    tickets = _found(account, call, row)
    if not any(name.startswith("page[") for name in call.query):
        plan = row["execution"]
        by = call.arg("sort_by") or plan["sort_by"]
        way = call.arg("sort_order") or (plan["sort_order"] if call.arg("sort_by") is None else "asc")
        tickets = sorted_by(tickets, by, backwards=by is not None and way == "desc")
    page: list[Ticket] = []
    frame = paginate(
        call, tickets, "", settings=account.settings, paging=EITHER_WAY, order=Order(lambda ticket: ticket.id),
        render=page.append,
    )
    del frame[""]
    return shown(page) | frame


def _table(account: Holder, call: Call, row: Row, named: Mapping[str, Json]) -> Reply:
    view, plan = View.of(account, call), row["execution"]

    def shown(page: list[Ticket]) -> dict[str, Json]:
        return {
            "columns": plan["columns"],
            "rows": [row_of(view, ticket, plan["columns"]) for ticket in page],
            "groups": groups_of(page, plan["group_by"]),
            "view": dict(named),
        }

    return Reply(body=_page(account, call, row, shown))


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/views/compact"): agents(compact),
    ("GET", "/api/v2/views/count_many"): agents(count_many),
    ("GET", "/api/v2/views/definitions"): agents(definitions),
    ("POST", "/api/v2/views/preview"): agents(preview),
    ("POST", "/api/v2/views/preview/count"): agents(preview_count),
    ("GET", "/api/v2/views/{view_id}/count"): agents(count),
    ("GET", "/api/v2/views/{view_id}/execute"): agents(execute),
    ("GET", "/api/v2/views/{view_id}/export"): agents(export),
    ("GET", "/api/v2/views/{view_id}/tickets"): agents(list_tickets),
}
