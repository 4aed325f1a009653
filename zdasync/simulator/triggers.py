"""Triggers of the simulated account, their revisions, and the categories they stand in.

Triggers run nowhere here: they are kept, ordered and shown. Each write that changes a trigger makes a revision. A
category's id is a string; moving one makes the others give way.
Source: the Triggers and Trigger categories pages of the reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from ..records.triggers import Trigger, TriggerCategory
from . import render
from .collection_model import Collection, Row, Write, equal
from .guards import Holder, admins, agents, as_id, caller, path_id
from .http import Call, Endpoints, Json, Reply
from .pages import link
from .parameters import WrongType, integers
from .refusals import Details, bad_request, invalid_attribute, not_found, problem, record_invalid
from .render import View, iso
from .rule_definitions import actions, conditions
from .rules import RULE_SORTS, check, complete
from .trigger_diffs import diff

__all__ = ["CATEGORIES", "ENDPOINTS", "TRIGGERS", "move_category"]

REVISIONS: Final = "trigger_revisions"
"""The name under which the account keeps the revisions of triggers."""
MAX_SIZE: Final = 100
_KEPT: Final = ("title", "description", "active", "conditions", "actions")
"""What a revision keeps."""


# --- categories


def _categories(account: Holder) -> Iterable[Mapping[str, Json]]:
    del account
    yield {"name": "Notifications"}


def _removing(account: Holder, row: Row) -> None:
    inside = [trigger for trigger in TRIGGERS.rows(account).values() if trigger.get("category_id") == row["id"]]
    if inside and account.settings.delete_used_category == "refuse":
        raise record_invalid({"base": [problem("Category: has triggers", "CategoryNotEmpty")]})
    for trigger in inside:
        TRIGGERS.remove(account, trigger)


def _wrote_category(write: Write) -> None:
    if "position" in write.fields:
        move_category(write.account, write.row, write.row["position"])


def move_category(account: Holder, row: Row, position: int) -> None:
    """Put a category in its place; the others keep their order around it."""
    others = [one for one in sorted(CATEGORIES.rows(account).values(), key=_place) if one is not row]
    index = max(0, position - 1)
    for number, one in enumerate([*others[:index], row, *others[index:]], 1):
        one["position"] = number


def _place(row: Row) -> tuple[int, str]:
    return row["position"], str(row["id"])


def _counts(account: Holder, call: Call, row: Row) -> Mapping[str, Json]:
    if call.arg("include") != "rule_counts":
        return {}
    inside = [one for one in TRIGGERS.rows(account).values() if one.get("category_id") == row["id"]]
    active = sum(bool(one.get("active")) for one in inside)
    return {"active_count": active, "inactive_count": len(inside) - active}


CATEGORIES: Final[Collection] = Collection(
    name="trigger_categories",
    path="/api/v2/trigger_categories",
    record=TriggerCategory,
    seed=_categories,
    string_ids=True,
    order="position",
    reads=admins,
    writes=admins,
    sorts={"position": "position", "name": "name", "created_at": "created_at", "updated_at": "updated_at"},
    created=200,
    wrote=_wrote_category,
    removing=_removing,
    show=_counts,
)


# --- triggers


def _triggers(account: Holder) -> Iterable[Mapping[str, Json]]:
    category = next(iter(CATEGORIES.rows(account)))
    for title, created in (("Notify requester of received request", True), ("Notify assignee of assignment", False)):
        field = "update_type" if created else "assignee_id"
        yield {
            "title": title,
            "description": None,
            "default": True,
            "category_id": category,
            "conditions": {"all": [{"field": field, "operator": "is" if created else "changed",
                                    "value": "Create" if created else None}], "any": []},
            "actions": [{"field": "notification_user",
                         "value": ["requester_id" if created else "assignee_id", title, "{{ticket.title}}"]}],
        }


def _prepare(write: Write) -> None:
    complete(write)
    row, categories = write.row, CATEGORIES.rows(write.account)
    if row.get("category_id") is None and write.account.settings.uncategorized_trigger == "first" and categories:
        row["category_id"] = min(categories.values(), key=_place)["id"]


def _check(write: Write) -> Details:
    wrong = dict(check(write))
    if write.row.get("category_id") not in CATEGORIES.rows(write.account):
        wrong["category_id"] = [problem("Category: is invalid", "InvalidValue")]
    return wrong


def _wrote(write: Write) -> None:
    """A revision of the trigger, when what revisions keep has changed."""
    kept = {name: write.row.get(name) for name in _KEPT}
    if write.old is not None and all(write.old.get(name) == kept[name] for name in _KEPT):
        return
    revision_id = write.account.state.next_id()
    _all_revisions(write.account)[revision_id] = {
        "id": revision_id, "trigger_id": write.row["id"], "author_id": caller(write.call).id,
        "created_at": iso(write.call.now), "snapshot": kept,
    }


def _alike(row: Row, value: str) -> bool:
    """`filter[json]`: attributes that a trigger has, in a search."""
    try:
        wanted = msgspec.json.decode(value)
    except msgspec.DecodeError:
        wanted = None
    if not isinstance(wanted, dict):
        raise bad_request("filter[json] is no JSON object")
    return all(row.get(name) == attribute for name, attribute in wanted.items())


def _removed(account: Holder, row: Row) -> None:
    for revision in _revisions(account, row["id"]):
        del _all_revisions(account)[revision["id"]]


TRIGGERS: Final[Collection] = Collection(
    name="triggers",
    path="/api/v2/triggers",
    record=Trigger,
    seed=_triggers,
    defaults={"active": True, "default": False},
    order="position",
    reads=agents,
    writes=admins,
    filters={**equal("active", "category_id"), "filter[json]": _alike},
    sorts=RULE_SORTS,
    prepare=_prepare,
    check=_check,
    wrote=_wrote,
    removed=_removed,
    without=frozenset({"reorder"}),
)


def reorder(account: Holder, call: Call) -> Reply:
    """PUT /triggers/reorder: all of them, in the order of the body; those that it leaves out come after."""
    if len(CATEGORIES.rows(account)) > 1 and account.settings.reorder_with_categories == "refuse":
        raise record_invalid({"base": [problem("Triggers in several categories can't be reordered", "InvalidValue")]})
    rows, ids = TRIGGERS.rows(account), _ids(call)
    if not rows.keys() >= set(ids):
        raise not_found()
    left = sorted((row for row in rows.values() if row["id"] not in ids), key=lambda row: (row["position"], row["id"]))
    for position, row in enumerate([*(rows[one] for one in dict.fromkeys(ids)), *left], 1):
        row["position"] = position
    return Reply(body={"trigger": rows[ids[0]]} if ids else None)


def _ids(call: Call) -> list[int]:
    body = call.body if isinstance(call.body, dict) else {}
    try:
        found: list[int] = integers(body.get("trigger_ids"))
    except WrongType as error:
        raise invalid_attribute("trigger_ids", str(error), "api/v2/triggers/reorder") from None
    return found


def definitions(account: Holder, call: Call) -> Reply:
    """GET /triggers/definitions."""
    del call
    known = conditions(account)
    return Reply(
        body={"definitions": {"conditions_all": known, "conditions_any": known, "actions": actions(account)}}
    )


# --- revisions


def _all_revisions(account: Holder) -> dict[int, Row]:
    """The revisions of all triggers, by id."""
    known: dict[int, Row] = account.state.collections.setdefault(REVISIONS, {})
    return known


def _revisions(account: Holder, trigger_id: int) -> list[Row]:
    """What a trigger was, the latest last."""
    return [one for one in _all_revisions(account).values() if one["trigger_id"] == trigger_id]


def list_revisions(account: Holder, call: Call) -> Reply:
    """GET /triggers/{trigger_id}/revisions: the latest first, with a cursor beside them."""
    trigger = TRIGGERS.named(account, call.values["trigger_id"])
    found = _revisions(account, trigger["id"])
    after = as_id(call.arg("cursor") or call.arg("page[after]") or "")
    size = min(as_id(call.arg("page[size]") or "") or MAX_SIZE, MAX_SIZE)
    rest = [one for one in reversed(found) if after is None or one["id"] < after]
    page = rest[:size]
    ended = not page or (len(rest) <= size and account.settings.audits_end == "null link")
    last = None if ended else str(page[-1]["id"])
    shown = [_shown(account, call, one) | _difference(found, one) for one in page]
    body = {
        REVISIONS: shown,
        "count": len(found),
        "after_cursor": last,
        "after_url": last and link(call, account.settings, {"cursor": last, "page[after]": None}),
        "before_cursor": None,
        "before_url": None,
    }
    return Reply(body=body | _authors(account, call, page))


def show_revision(account: Holder, call: Call) -> Reply:
    """GET /triggers/{trigger_id}/revisions/{trigger_revision_id}."""
    trigger, wanted = TRIGGERS.named(account, call.values["trigger_id"]), path_id(call, "trigger_revision_id")
    found = next((one for one in _revisions(account, trigger["id"]) if one["id"] == wanted), None)
    if found is None:
        raise not_found()
    body = {"trigger_revision": _shown(account, call, found)}
    return Reply(body=body | _authors(account, call, [found]))


def _shown(account: Holder, call: Call, revision: Row) -> dict[str, Json]:
    shown = {name: value for name, value in revision.items() if name != "trigger_id"}
    return {"url": View.of(account, call).url(f"triggers/{revision['trigger_id']}/revisions/{revision['id']}"), **shown}


def _difference(revisions: Sequence[Row], revision: Row) -> dict[str, Json]:
    """How a revision differs from the one before it; nothing for the first."""
    index = revisions.index(revision)
    return {"diff": diff(revisions[index - 1], revision)} if index else {}


def _authors(account: Holder, call: Call, revisions: Iterable[Row]) -> dict[str, Json]:
    if call.arg("include") != "users":
        return {}
    users, view = account.state.users, View.of(account, call)
    return {"users": [render.user(view, users[one]) for one in sorted({row["author_id"] for row in revisions})]}


ENDPOINTS: Endpoints = {
    ("PUT", "/api/v2/triggers/reorder"): admins(reorder),
    ("GET", "/api/v2/triggers/definitions"): agents(definitions),
    ("GET", "/api/v2/triggers/{trigger_id}/revisions"): agents(list_revisions),
    ("GET", "/api/v2/triggers/{trigger_id}/revisions/{trigger_revision_id}"): agents(show_revision),
}
