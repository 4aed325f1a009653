"""Which keys a write takes and of which type: what is unknown is dropped, what has the wrong type answers 400.

The model: the real service filters the body before anything else. Keys that it does not know, and those that are
read-only, vanish from it, the reply is a 2xx as if nothing had happened, and `X-Zendesk-API-Warn` names them (recorded
in 2024). Values are bent where that is harmless (a number for a text, "1" for true); a value of the wrong kind is the
400 "Invalid attribute" of which a recorded sample exists for tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from .http import Json
from .refusals import invalid_attribute

Coerce = Callable[[Json], Json]
"""Gives the value to use; raises `WrongType` with the rule that the value breaks."""


class WrongType(Exception):
    """A value that can't be bent into its parameter's type; the text is the rule it breaks."""


WARN_HEADER: Final = "X-Zendesk-API-Warn"
_WARN_LENGTH: Final = 4_000
_INTEGER: Final = re.compile(r"-?\d{1,19}\Z")
_TRUE: Final = (True, "true", "1", 1)
_FALSE: Final = (False, "false", "0", 0)


def text(value: Json) -> Json:
    """A string, or a number as one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise WrongType("must be a string")


def integer(value: Json) -> Json:
    """A whole number, or a string of digits."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and _INTEGER.match(value):
        return int(value)
    if value == "":
        return None
    raise WrongType("must be an integer")


def flag(value: Json) -> Json:
    """True or false, in one of their spellings."""
    if value is None:
        return None
    if isinstance(value, bool | int | str):
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
    raise WrongType("must be either true or false")


def mapping(value: Json) -> Json:
    """An object."""
    if value is None or isinstance(value, dict):
        return value
    raise WrongType("must be a hash")


def texts(value: Json) -> Json:
    """An array of strings."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongType("must be an array")
    return [text(item) for item in value if item is not None]


def integers(value: Json) -> Json:
    """An array of whole numbers."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongType("must be an array")
    return [integer(item) for item in value]


def mappings(value: Json) -> Json:
    """An array of objects."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrongType("must be an array")
    return [mapping(item) or {} for item in value]


USER: Final[Mapping[str, Coerce]] = {
    "active_brand_id": integer, "agent_brand_ids": integers, "alias": text, "custom_role_id": integer,
    "default_group_id": integer, "details": text, "email": text, "external_id": text, "identities": mappings,
    "locale": text, "locale_id": integer, "moderator": flag, "name": text, "notes": text,
    "only_private_comments": flag, "organization": mapping, "organization_id": integer, "phone": text,
    "remote_photo_url": text, "restricted_agent": flag, "role": text, "shared_phone_number": flag, "signature": text,
    "skip_verify_email": flag, "suspended": flag, "tags": texts, "ticket_restriction": text, "time_zone": text,
    "user_fields": mapping, "verified": flag,
}
"""What a write of a user takes; `restricted_agent` only where a setting says so."""

IDENTITY: Final[Mapping[str, Coerce]] = {
    "type": text, "value": text, "verified": flag, "verification_method": text, "skip_verify_email": flag,
}
"""What a write of an identity takes."""


@attrs.frozen(slots=True)
class Permitted:
    """The part of a record that the service looks at, and the paths of what it dropped."""

    fields: dict[str, Json]
    dropped: tuple[str, ...] = ()


def permit(
    record: Json, known: Mapping[str, Coerce], prefix: str, action: str, *, extra: Mapping[str, Coerce] | None = None
) -> Permitted:
    """Filter one record. `prefix` is its key in the body (`user`), `action` like `users/update`.

    Raises the 400 for a value of the wrong type.
    """
    if not isinstance(record, dict):
        raise invalid_attribute(prefix, "must be a hash", f"api/v2/{action}")
    fields, dropped = {}, []
    for key, value in record.items():
        coerce = known.get(key) or (extra or {}).get(key)
        if coerce is None:
            dropped.append(f"{prefix}.{key}")
            continue
        try:
            fields[key] = coerce(value)
        except WrongType as error:
            raise invalid_attribute(f"{prefix}.{key}", str(error), f"api/v2/{action}") from None
    return Permitted(fields, tuple(dropped))


def permit_many(
    body: Json, key: str, known: Mapping[str, Coerce], action: str, *, extra: Mapping[str, Coerce] | None = None
) -> tuple[list[dict[str, Json]], tuple[str, ...]]:
    """Filter a list of records under `key` of a body; gives them and the paths of what was dropped, each once."""
    rows = body.get(key) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise invalid_attribute(key, "must be an array", f"api/v2/{action}")
    permitted = [permit(row, known, key, action, extra=extra) for row in rows]
    dropped = dict.fromkeys(path for row in permitted for path in row.dropped)
    return [row.fields for row in permitted], (*dropped, *strays(body, key))


def envelope(body: Json, key: str, action: str) -> Json:
    """The record under `key` of a body; 400 when it is not there."""
    if not isinstance(body, dict) or key not in body:
        raise invalid_attribute(key, "is missing", f"api/v2/{action}")
    return body[key]


def strays(body: Json, *known: str) -> tuple[str, ...]:
    """The top-level keys of a body that nothing reads."""
    return tuple(key for key in body if key not in known) if isinstance(body, dict) else ()


def warning(action: str, dropped: tuple[str, ...]) -> dict[str, str]:
    """The header that names what was dropped; nothing when nothing was. `action` is like `users/update`."""
    if not dropped:
        return {}
    controller, _, verb = action.rpartition("/")
    keys = ", ".join(f'"{key}"' for key in dropped)[:_WARN_LENGTH]
    value = (
        f'{{:allowed_parameters=>{{:controller=>"api/v2/{controller}", :action=>"{verb}", '
        f":unpermitted_keys=>[{keys}], :invalid_values=>[]}}}}"
    )
    return {WARN_HEADER: "".join(char if " " <= char <= "~" else "?" for char in value)}
