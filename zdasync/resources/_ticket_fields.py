"""What is checked of a ticket's fields before they are sent, beyond their names and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from .._core.message import Priority
from ..errors import BadArgument
from ._validate import checked_fields, email, objects

__all__ = ["iso_time", "may_be_repeated", "safe_pair", "said_in", "ticket_fields"]

_READ_ONLY: Final = frozenset({
    "allow_attachments", "allow_channelback", "created_at", "description", "encoded_id", "fields", "followup_ids",
    "forum_topic_id", "from_messaging_channel", "generated_timestamp", "has_incidents", "id", "is_public",
    "satisfaction_probability", "satisfaction_rating", "updated_at", "url",
})  # fmt: skip
_INSTEAD: Final = {
    "description": "; it is the first comment",
    "fields": "; write custom_fields",
    "satisfaction_rating": "; see satisfaction_ratings",
}
_BULK_ONLY: Final = {"additional_tags": "tickets.tags.add", "remove_tags": "tickets.tags.remove"}
_PARTS: Final = (
    "comment", "comments", "requester", "collaborators", "additional_collaborators", "followers", "email_ccs",
)
"""The fields that hold objects, or lists of them."""

_TIMES: Final = ("due_at", "updated_stamp", "created_at", "updated_at", "solved_at")
_SAYS: Final = ("body", "html_body", "value")
_NEVER_TWICE: Final = ("comment", "voice_comment", "safe_update")


def ticket_fields(fields: Mapping[str, Any], shape: type[Any], where: str = "") -> None:
    """Checks the fields of one ticket that is written as `shape` says, and of what they hold."""
    for name in sorted(fields.keys() - shape.__annotations__.keys(), key=str):
        if name in _READ_ONLY:
            raise BadArgument(f"{where}{name} is read-only, leave it out{_INSTEAD.get(name, '')}")
        if name in _BULK_ONLY:
            raise BadArgument(
                f"{where}{name} works in update_many with ids only; for one ticket there is {_BULK_ONLY[name]}"
            )
    if isinstance(fields.get("priority"), Priority):
        raise BadArgument(
            f'{where}priority is the ticket\'s here: "urgent", "high", "normal" or "low"; which call goes first is '
            "said by zd.with_options(priority=...)"
        )
    said_in(fields, where)
    checked_fields(fields, shape, "ticket", where)
    for name, part_where, part in _parts(fields, where):
        _part(name, part, part_where)
    for name in _TIMES:
        iso_time(f"{where}{name}", fields.get(name))
    if fields.get("assignee_email") is not None:
        email(f"{where}assignee_email", fields["assignee_email"])
    safe_pair(fields.get("safe_update"), fields.get("updated_stamp"), where)


def _parts(fields: Mapping[str, Any], where: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every object inside of a field: the field's name, what errors call the object, and the object."""
    for name in _PARTS:
        yield from ((name, f"{place}: ", part) for place, part in objects(fields.get(name), f"{where}{name}"))


def _part(name: str, part: Mapping[str, Any], where: str) -> None:
    """What the keys and the types of an object inside of a field don't tell."""
    if name in ("comment", "comments"):
        if not any(part.get(key) for key in (*_SAYS, "uploads")):
            raise BadArgument(f"{where}a comment needs a body, an html_body or uploads")
        iso_time(f"{where}created_at", part.get("created_at"))
        return
    if name in ("followers", "email_ccs") and part.get("user_id") is None and part.get("user_email") is None:
        raise BadArgument(f"{where}name the user by user_id or by user_email")
    for key in ("email", "user_email"):
        if part.get(key) is not None:
            email(f"{where}{key}", part[key])


def said_in(fields: Mapping[str, Any], where: str = "") -> None:
    """Refuses a comment that is a mere text, and says how it is written."""
    if isinstance(fields.get("comment"), str):
        raise BadArgument(f'{where}comment: expected object, got str; write comment={{"body": "..."}}')


def iso_time(name: str, value: object) -> None:
    """Refuses what is neither a time nor a string that says one."""
    if value is None or isinstance(value, datetime):  # a datetime without a zone is refused where it is encoded
        return
    try:
        datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BadArgument(f"{name} must be a datetime, or a string like 2024-01-31T12:00:00Z, not {value!r}") from None


def safe_pair(safe_update: object, updated_stamp: object, where: str = "") -> None:
    """Refuses one of the two without the other: the update would go through, whoever was faster."""
    if safe_update and updated_stamp is None:
        raise BadArgument(f"{where}safe_update needs an updated_stamp, the ticket's updated_at as it was last seen")
    if updated_stamp is not None and not safe_update:
        raise BadArgument(f"{where}updated_stamp protects from nothing without safe_update=True")
    iso_time(f"{where}updated_stamp", updated_stamp)


def may_be_repeated(written: Mapping[str, Any]) -> bool:
    """Does it do no harm to send this update twice?

    A comment would be there twice. A safe update that went through refuses its own repetition, as if someone else had
    been faster.
    """
    return not any(written.get(name) for name in _NEVER_TWICE)
