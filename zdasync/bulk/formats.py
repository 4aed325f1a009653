"""What can be known of a row before it is sent: whether it is one that the service can take.

The check that a call on many records makes before it sends them is made here row by row, so that a row at fault costs
itself and not its ninety-nine neighbours. Beyond names and types it looks at lengths and at tags. Zendesk documents no
lengths: those here are what its texts are taken to hold, as in the simulated account (`Settings.max_name_length` and
`max_text_length`). A call on a single record leaves them to Zendesk.
Source: https://developer.zendesk.com/api-reference/ticketing/introduction/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadArgument
from .rows import Problem
from .targets import writable_fields

if TYPE_CHECKING:
    from .operations import Operation

__all__ = ["LONGEST_NAME", "LONGEST_TEXT", "row_problem"]

LONGEST_NAME: Final = 255
"""Characters of names, external ids and e-mail addresses."""
LONGEST_TEXT: Final = 65_535
"""Characters of longer texts: details, notes, comments."""

_NAMES: Final = frozenset({"alias", "email", "external_id", "name"})
_COMMENT: Final = ("body", "html_body", "value")
_AT: Final = re.compile(r"(?P<field>[a-z_]+)(?:[.\[][\w.\[\]]*)?(?=:| is | must | needs )")
_REQUIRED: Final = re.compile(r"missing required field (?P<field>\w+)")
_BLANK: Final = re.compile(r"\s")


def row_problem(operation: Operation, fields: Mapping[str, Any]) -> Problem | None:
    """What is wrong with what a row writes, as far as it can be known; None where nothing is.

    The codes: `MissingField`, `UnknownField`, `InvalidFormat` (a type, an address, a time), `TooLong`, and `InvalidRow`
    for what is wrong with the row as a whole.
    """
    checked = dict(fields)
    required = operation.required
    for name in required:
        if checked.get(name) not in (None, ""):
            break
    else:
        if required:
            return _missing(required)
    try:
        operation.check(checked, "")
    except BadArgument as error:
        return _refused(operation, fields, error.message)
    return _too_long(fields) or _bad_tag(fields)


def _missing(required: tuple[str, ...]) -> Problem:
    field = required[0] if len(required) == 1 else None
    return Problem("MissingField", f"the row has no {' and no '.join(required)}", field)


def _refused(operation: Operation, fields: Mapping[str, Any], message: str) -> Problem:
    """What the check of the call says, with the field that it says it of."""
    known = writable_fields(operation)
    unknown = sorted((name for name in fields if name not in known), key=str)
    if unknown:
        return Problem("UnknownField", message, str(unknown[0]))
    found = _AT.match(message)
    field = found["field"] if found is not None and found["field"] in known else None
    if missing := _REQUIRED.search(message):
        return Problem("MissingField", message, field or missing["field"])
    return Problem("InvalidFormat" if field is not None else "InvalidRow", message, field)


def _too_long(fields: Mapping[str, Any]) -> Problem | None:
    for name, value in fields.items():
        if value.__class__ is str:
            if len(value) > LONGEST_NAME and (name in _NAMES or len(value) > LONGEST_TEXT):
                return _long(name, value, LONGEST_NAME if name in _NAMES else LONGEST_TEXT)
        elif name in ("comment", "comments"):
            for place, text in _said(name, value):
                if len(text) > LONGEST_TEXT:
                    return _long(place, text, LONGEST_TEXT)
    return None


def _said(name: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a comment or a list of them
    for place, one in enumerate(value) if isinstance(value, list | tuple) else [(None, value)]:
        where = name if place is None else f"{name}[{place}]"
        yield from ((f"{where}.{key}", one[key]) for key in _COMMENT if isinstance(one.get(key), str))


def _long(name: str, value: str, most: int) -> Problem:
    return Problem("TooLong", f"{name} has {len(value):,} characters, {most:,} is the most", name)


def _bad_tag(fields: Mapping[str, Any]) -> Problem | None:
    for tag in fields.get("tags") or ():
        if not tag or _BLANK.search(tag):
            return Problem("InvalidFormat", f"tags: {tag!r:.80} is no tag: one has no blanks", "tags")
    return None
