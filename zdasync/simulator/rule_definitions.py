"""What the simulated account says that conditions and actions of rules may be: the fields that it evaluates itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .guards import Holder
from .http import Json
from .rule_conditions import FIELDS
from .ticket_records import PRIORITIES, STATUSES, TYPES

__all__ = ["actions", "conditions"]

_LISTS: Final[Mapping[str, Sequence[str]]] = {"status": STATUSES, "priority": PRIORITIES, "type": TYPES}
_RANKED: Final = ("status", "priority")
_TAGS: Final = "current_tags"
_ACTIONS: Final = (
    "status", "priority", "type", "group_id", "assignee_id", "set_tags", "current_tags", "remove_tags",
    "comment_value", "comment_mode_is_public",
)


def conditions(account: Holder) -> list[Json]:
    """The conditions that a rule may have, with their operators."""
    return [
        _definition(account, name) | {"operators": [_operator(value) for value in _operators(name)]}
        for name in FIELDS
        if name != "tags"
    ]


def actions(account: Holder) -> list[Json]:
    """The actions that a rule may have."""
    return [_definition(account, name) for name in _ACTIONS]


def _definition(account: Holder, name: str) -> dict[str, Json]:
    values = _values(account, name)
    return {
        "title": name.removesuffix("_id").replace("_", " ").capitalize(),
        "subject": name,
        "type": "list" if values else "text",
        "group": "ticket",
        "nullable": name not in ("status", "requester_id"),
        "repeatable": name == _TAGS,
        "values": values,
    }


def _values(account: Holder, name: str) -> list[Json]:
    if name == "group_id":
        return [_value(str(group.id), group.name) for group in account.state.groups.values()]
    if name == "assignee_id":
        agents = [user for user in account.state.active_users() if user.staff]
        return [_value("current_user", "(current user)"), *(_value(str(user.id), user.name) for user in agents)]
    return [_value(value, value.capitalize()) for value in _LISTS.get(name, ())]


def _value(value: str, title: str) -> dict[str, Json]:
    return {"value": value, "title": title, "enabled": True}


def _operators(name: str) -> tuple[str, ...]:
    if name == _TAGS:
        return ("includes", "not_includes")
    return ("is", "is_not", "less_than", "greater_than") if name in _RANKED else ("is", "is_not")


def _operator(value: str) -> dict[str, Json]:
    return {"value": value, "title": value.replace("_", " ").capitalize(), "terminal": False}
