"""What `include` brings along with tickets and with their audits.

Source: the page on side-loading of the reference. Some names put something into each ticket; the others put lists
beside the tickets, with each record once. Names that are unknown are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from . import render, ticket_render
from .account_collections import BRANDS, SHARING_AGREEMENTS
from .collection_forms import TICKET_FORMS
from .collection_model import Collection
from .collection_visit import shown as shown_row
from .guards import Holder
from .http import Call, Json
from .render import View
from .ticket_metrics import metrics
from .ticket_records import Audit, Ticket

Loader = Callable[[Holder, Call, Sequence[Ticket]], list[Json]]

_DATES: Final = (
    "assignee_updated_at", "requester_updated_at", "status_updated_at", "initially_assigned_at", "assigned_at",
    "solved_at", "latest_comment_added_at", "custom_status_updated_at",
)


def rows(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[dict[str, Json]]:
    """Tickets with what `include` puts into each of them."""
    view, names = View.of(account, call), _names(call.arg("include"))
    inside = [_INSIDE[name] for name in names if name in _INSIDE]
    return [ticket_render.ticket(view, one) | {key: value(view, one) for key, value in inside} for one in shown]


def sideloads(account: Holder, call: Call, include: str | None, shown: Sequence[Ticket]) -> dict[str, Json]:
    """The lists that `include` asks for, next to these tickets."""
    return {name: _BESIDE[name](account, call, shown) for name in _names(include) if name in _BESIDE}


def audit_sideloads(account: Holder, call: Call, audits: Sequence[Audit]) -> dict[str, Json]:
    """The lists that `include` asks for, next to these audits: their authors, and what belongs to their tickets."""
    names, view, records = _names(call.arg("include")), View.of(account, call), account.state.tickets.records
    tickets = [records[ticket_id] for ticket_id in _once(audit.ticket_id for audit in audits)]
    beside: dict[str, Json] = {}
    if "users" in names:
        beside["users"] = _users_shown(view, (audit.author_id for audit in audits))
    if "tickets" in names:
        beside["tickets"] = [ticket_render.ticket(view, one) for one in tickets]
    of_tickets = [name for name in ("groups", "organizations") if name in names]
    return beside | {name: _BESIDE[name](account, call, tickets) for name in of_tickets}


def _names(include: str | None) -> dict[str, None]:
    return dict.fromkeys(part.strip() for part in (include or "").split(","))


def _once(ids: Iterable[int | None]) -> list[int]:
    return [found for found in dict.fromkeys(ids) if found is not None]


# --- inside of tickets


def _dates(view: View, ticket: Ticket) -> Json:
    times = metrics(view, ticket)
    return {name: times[name] for name in _DATES}


_INSIDE: Final[Mapping[str, tuple[str, Callable[[View, Ticket], Json]]]] = {
    "comment_count": ("comment_count", lambda view, one: len(view.state.tickets.comments_of(one))),
    "incident_counts": ("incident_count", lambda view, one: len(view.state.tickets.incidents.get(one.id, ()))),
    "dates": ("dates", _dates),
    "metric_sets": ("metric_set", metrics),
    # The account has no policies.
    "slas": ("slas", lambda _view, _one: {"policy_metrics": []}),
}


# --- beside them


def _users(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[Json]:
    ids = (
        key for one in shown for key in (one.requester_id, one.submitter_id, one.assignee_id, *one.collaborator_ids)
    )
    return _users_shown(View.of(account, call), ids)


def _users_shown(view: View, ids: Iterable[int | None]) -> list[Json]:
    return [render.user(view, view.state.users[key]) for key in _once(ids) if key in view.state.users]


def _groups(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[Json]:
    view, known = View.of(account, call), account.state.groups
    return [render.group(view, known[key]) for key in _once(one.group_id for one in shown) if key in known]


def _organizations(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[Json]:
    view, known = View.of(account, call), account.state.organizations
    ids = _once(one.organization_id for one in shown)
    return [render.organization(view, known[key]) for key in ids if key in known]


def _last_audits(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[Json]:
    view, tickets = View.of(account, call), account.state.tickets
    histories = (tickets.audits_of(one) for one in shown)
    return [ticket_render.audit(view, history[-1]) for history in histories if history]


def _brands(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[Json]:
    first = account.state.tickets.brand_id
    return _rows(account, call, BRANDS, (one.brand_id or first for one in shown))


def _forms(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[Json]:
    first = account.state.tickets.form_id
    return _rows(account, call, TICKET_FORMS, (one.ticket_form_id or first for one in shown))


def _agreements(account: Holder, call: Call, shown: Sequence[Ticket]) -> list[Json]:
    return _rows(account, call, SHARING_AGREEMENTS, (key for one in shown for key in one.sharing_agreement_ids))


def _rows(account: Holder, call: Call, collection: Collection, ids: Iterable[int | None]) -> list[Json]:
    known = collection.rows(account)
    return [shown_row(account, call, collection, known[key]) for key in _once(ids) if key in known]


_BESIDE: Final[Mapping[str, Loader]] = {
    "users": _users, "groups": _groups, "organizations": _organizations, "last_audits": _last_audits,
    "brands": _brands, "ticket_forms": _forms, "sharing_agreements": _agreements,
}
