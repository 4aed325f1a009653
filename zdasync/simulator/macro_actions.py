"""What the actions of a macro would write to a ticket, and the actions that would write what a ticket has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from .http import Json
from .ticket_records import Comment, Ticket

__all__ = ["changes", "derived"]

_IDS: Final = frozenset({"group_id", "assignee_id", "brand_id", "ticket_form_id", "custom_status_id", "problem_id"})
_TEXTS: Final = frozenset({"status", "priority", "type", "subject"})
_CUSTOM: Final = "custom_fields_"
_TAGS: Final[Mapping[str, Callable[[list[str], list[str]], list[str]]]] = {
    "set_tags": lambda _, given: given,
    "current_tags": lambda known, given: [*known, *given],
    "remove_tags": lambda known, given: [tag for tag in known if tag not in given],
}
_DERIVED: Final = ("status", "priority", "type", "group_id", "assignee_id")


def changes(actions: Iterable[Mapping[str, Json]], caller_id: int, ticket: Ticket | None) -> dict[str, Json]:
    """What the actions make of a ticket (None: of one that has nothing), as fields of a ticket."""
    changed: dict[str, Json] = {}
    tags = [] if ticket is None else list(ticket.tags)
    comment: dict[str, Json] = {}
    for action in actions:
        name, value = str(action.get("field")), action.get("value")
        if name in _IDS:
            changed[name] = caller_id if value == "current_user" else _number(value)
        elif name in _TEXTS:
            changed[name] = value or None
        elif name in _TAGS:
            tags = changed["tags"] = list(dict.fromkeys(_TAGS[name](tags, _words(value))))
        elif name.startswith(_CUSTOM) and name.removeprefix(_CUSTOM).isdecimal():
            changed.setdefault("fields", []).append({"id": int(name.removeprefix(_CUSTOM)), "value": value})
        else:
            _comment(comment, name, value)
    if "body" in comment or "html_body" in comment:
        changed["comment"] = {"public": True, **comment}
    return changed


def _comment(comment: dict[str, Json], name: str, value: Json) -> None:
    if name in ("comment_value", "comment_value_html"):
        channel, text = value[:2] if isinstance(value, list) and len(value) > 1 else ("channel:all", value)
        text = str(text or "")
        comment["html_body" if name.endswith("html") else "body"] = text
        comment.setdefault("scoped_body", []).append([str(channel), text])
    elif name == "comment_mode_is_public":
        comment["public"] = value in (True, "true")


def derived(ticket: Ticket, comments: Iterable[Comment]) -> list[dict[str, Json]]:
    """The actions of a macro that sets what a ticket has, and writes its last comment."""
    made: list[dict[str, Json]] = [
        {"field": name, "value": str(getattr(ticket, name))} for name in _DERIVED if getattr(ticket, name)
    ]
    if ticket.tags:
        made.append({"field": "set_tags", "value": " ".join(ticket.tags)})
    for comment in comments:
        made.append({"field": "comment_value", "value": ["channel:all", comment.body]})
        made.append({"field": "comment_mode_is_public", "value": "true" if comment.public else "false"})
    return made


def _words(value: Json) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else str(value or "").split()


def _number(value: Json) -> int | None:
    return int(value) if str(value).isdecimal() else None
