"""What views, macros, triggers and automations of the simulated account share: who sees them, how they are sorted.

Agents see the rules that all share, their own, and those of their groups; they write their own, admins write all.
Source: the Business rules pages of the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..records.rules import Automation
from .collection_model import Collection, Filter, Guard, Row, Write, equal
from .guards import Handler, Holder, agents, caller
from .http import Call, Json, Reply
from .records import User
from .refusals import Details, forbidden, problem

__all__ = [
    "AUTOMATIONS", "RULE_SORTS", "check", "complete", "may_see", "own_rules", "owners", "problem_of_lists",
    "rule_filters", "visible",
]

RULE_SORTS: Final[Mapping[str, str]] = {
    "alphabetical": "title", "created_at": "created_at", "updated_at": "updated_at", "position": "position",
}
"""What rules can be sorted by; how often a rule is used nobody counts here."""

_TIMES: Final = frozenset({
    "NEW", "OPEN", "PENDING", "HOLD", "SOLVED", "CLOSED", "assigned_at", "updated_at", "requester_updated_at",
    "assignee_updated_at", "due_date", "until_due_date",
})
"""Fields of conditions that count hours."""


def visible(call: Call, row: Row) -> bool:
    """Does the caller see a rule?"""
    return may_see(caller(call), row)


def may_see(user: User, row: Row) -> bool:
    """Is a rule shared by all, the user's own, or that of a group that the user is in (any group, for admins)?"""
    restriction = row.get("restriction")
    if not restriction:
        return True
    if restriction.get("type") == "User":
        return _own(user, row)
    return user.admin or not {restriction.get("id"), *(restriction.get("ids") or ())}.isdisjoint(user.group_ids)


def own_rules(write: Write) -> None:
    """Refuses the write of a rule that others have too to agents who are no admins."""
    user = caller(write.call)
    if not user.admin and not all(_own(user, row) for row in (write.row, write.old) if row is not None):
        raise forbidden()


def owners(collection: Callable[[], Collection]) -> Guard:
    """Who may delete a rule: admins, and the agent whose own it is."""

    def guard(handler: Handler) -> Handler:
        def checked(account: Holder, call: Call) -> Reply:
            user, name = caller(call), list(call.values.values())[-1]
            row = collection().named(account, name)
            if may_see(user, row) and not user.admin and not _own(user, row):
                raise forbidden()
            return handler(account, call)

        return agents(checked)

    return guard


def _own(user: User, row: Mapping[str, Json]) -> bool:
    restriction = row.get("restriction") or {}
    return (restriction.get("type"), restriction.get("id")) == ("User", user.id)


def problem_of_lists(lists: Mapping[str, Json]) -> Details:
    """What is wrong with conditions or actions, by the names of their lists: each must name its field."""
    return {
        name: [problem(f"{name.capitalize()}: an entry has no field", "BlankValue")]
        for name, rows in lists.items()
        if not all(isinstance(row, dict) and row.get("field") for row in rows or ())
    }


def rule_filters() -> dict[str, Filter]:
    """Filters that listings of rules have: whether they are active, whose they are, of which group."""
    return {**equal("active"), "access": _access, "group_id": _group}


def _access(row: Row, value: str) -> bool:
    kind = (row.get("restriction") or {}).get("type")
    return {"personal": kind == "User", "shared": kind != "User", "account": kind is None}.get(value, True)


def _group(row: Row, value: str) -> bool:
    restriction = row.get("restriction") or {}
    ids = [restriction.get("id"), *(restriction.get("ids") or ())]
    return restriction.get("type") == "Group" and value in map(str, ids)


# --- automations


def _automations(account: Holder) -> Iterable[Mapping[str, Json]]:
    del account
    yield {
        "title": "Close ticket 4 days after status is set to solved",
        "active": True,
        "default": True,
        "conditions": {
            "all": [
                {"field": "status", "operator": "is", "value": "solved"},
                {"field": "SOLVED", "operator": "greater_than", "value": "96"},
            ],
            "any": [],
        },
        "actions": [{"field": "status", "value": "closed"}],
    }


def complete(write: Write) -> None:
    """What is left out of the conditions that are written is gone."""
    if write.fields.get("conditions") is not None:
        write.row["conditions"] = {"all": [], "any": [], **write.fields["conditions"]}


def check(write: Write) -> Details:
    """What is wrong with the conditions and actions of a rule."""
    conditions = write.row.get("conditions") or {}
    tests = [*(conditions.get("all") or ()), *(conditions.get("any") or ())]
    return problem_of_lists({"conditions": tests, "actions": write.row.get("actions")})


def _check_automation(write: Write) -> Details:
    wrong = dict(check(write))
    conditions = write.row.get("conditions") or {}
    if not wrong and all(one["field"] not in _TIMES for one in conditions.get("all") or ()):
        wrong["base"] = [problem("Automations need a condition on hours since something happened", "InvalidValue")]
    return wrong


AUTOMATIONS: Final = Collection(
    name="automations",
    path="/api/v2/automations",
    record=Automation,
    seed=_automations,
    defaults={"active": True, "default": False},
    order="position",
    filters=equal("active"),
    sorts=RULE_SORTS,
    prepare=complete,
    check=_check_automation,
)
