"""Which keys a write of a ticket takes, and what is wrong with their values.

Sources: the Tickets and Ticket Import pages of the reference. Keys that are read-only, or that nobody knows, are
dropped as in any write (see `parameters`); values of the right type that can't be are a 422 with details by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from .http import Json
from .parameters import (
    Coerce,
    Permitted,
    WrongType,
    flag,
    integer,
    integers,
    mapping,
    mappings,
    permit,
    strays,
    text,
    texts,
)
from .refusals import invalid_attribute, problem
from .ticket_records import PRIORITIES, STATUSES, TYPES
from .validation import Found


def items(value: Json) -> Json:
    """An array of anything."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongType("must be an array")
    return value


def one_or_more(value: Json) -> Json:
    """A text, or an array of texts."""
    return texts([value] if isinstance(value, str) else value)


TICKET: Final[Mapping[str, Coerce]] = {
    "additional_collaborators": items, "assignee_email": text, "assignee_id": integer,
    "attribute_value_ids": integers, "brand_id": integer, "collaborator_ids": integers, "collaborators": items,
    "comment": mapping, "custom_fields": mappings, "custom_status_id": integer, "due_at": text, "email_ccs": mappings,
    "external_id": text, "followers": mappings, "group_id": integer, "macro_ids": integers, "metadata": mapping,
    "organization_id": integer, "priority": text, "problem_id": integer, "raw_subject": text, "recipient": text,
    "requester": mapping, "requester_id": integer, "safe_update": flag, "sharing_agreement_ids": integers,
    "status": text, "subject": text, "tags": texts, "ticket_form_id": integer, "type": text, "updated_stamp": text,
}
"""What an update takes."""

NEW_TICKET: Final[Mapping[str, Coerce]] = {
    **TICKET, "description": text, "submitter_id": integer, "via_followup_source_id": integer,
}
"""What a creation takes."""

IMPORTED: Final[Mapping[str, Coerce]] = {
    **NEW_TICKET, "comments": mappings, "created_at": text, "updated_at": text, "solved_at": text,
}
"""What an import takes."""

BULK: Final[Mapping[str, Coerce]] = {**TICKET, "additional_tags": texts, "remove_tags": texts}
"""What one change to many tickets takes."""

COMMENT: Final[Mapping[str, Coerce]] = {
    "author_id": integer, "body": text, "html_body": text, "public": flag, "uploads": one_or_more, "value": text,
}
"""What a comment takes; `value` is another name of its body."""

IMPORTED_COMMENT: Final[Mapping[str, Coerce]] = {**COMMENT, "created_at": text}

_CHOICES: Final[Mapping[str, Iterable[str]]] = {"status": STATUSES, "priority": PRIORITIES, "type": TYPES}


def permit_ticket(record: Json, known: Mapping[str, Coerce], action: str, prefix: str = "ticket") -> Permitted:
    """Filter a ticket and the comments in it; see `parameters.permit`."""
    permitted = permit(record, known, prefix, action)
    fields, dropped = dict(permitted.fields), list(permitted.dropped)
    if fields.get("comment") is not None:
        comment = permit(fields["comment"], COMMENT, f"{prefix}.comment", action)
        fields["comment"] = comment.fields
        dropped += comment.dropped
    if fields.get("comments"):
        comments = [permit(row, IMPORTED_COMMENT, f"{prefix}.comments", action) for row in fields["comments"]]
        fields["comments"] = [row.fields for row in comments]
        dropped += dict.fromkeys(path for row in comments for path in row.dropped)
    return Permitted(fields, tuple(dropped))


def permit_tickets(
    body: Json, known: Mapping[str, Coerce], action: str
) -> tuple[list[dict[str, Json]], tuple[str, ...]]:
    """Filter the `tickets` of a body; gives them and the paths of what was dropped, each once."""
    rows = body.get("tickets") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise invalid_attribute("tickets", "must be an array", f"api/v2/{action}")
    permitted = [permit_ticket(row, known, action, "tickets") for row in rows]
    dropped = dict.fromkeys(path for row in permitted for path in row.dropped)
    return [row.fields for row in permitted], (*dropped, *strays(body, "tickets"))


def check_choices(fields: Mapping[str, Json], found: Found) -> None:
    """Values that must be one of a few."""
    for name, choices in _CHOICES.items():
        value = fields.get(name)
        if value not in (None, "") and value not in choices:
            found[name] = [problem(f"{name.capitalize()}: {value} is not valid", "InvalidValue")]


def moment(fields: Mapping[str, Json], name: str, found: Found | None = None) -> float | None:
    """A date of a write, in unix seconds; None when there is none, or when `found` says why."""
    value = fields.get(name)
    if not value:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        if found is not None:
            found[name] = [problem(f"{name.replace('_', ' ').capitalize()}: is not a date", "InvalidValue")]
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def custom_values(rows: Iterable[Mapping[str, Json]], found: Found) -> dict[int, Json]:
    """The values of `custom_fields` by the id of the field."""
    values = {}
    for row in rows:
        key = str(row.get("id", ""))
        if key.isdigit():
            values[int(key)] = row.get("value")
        else:
            found["custom_fields"] = [problem("Custom fields: an id is missing", "InvalidValue")]
    return values
