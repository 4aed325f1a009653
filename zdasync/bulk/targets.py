"""Where a value goes in what is written: a field, a part of one, or a custom field of a ticket.

A target is written as a path: `details`, `user_fields.tier`, `comment.body`, `custom_fields.360001`. What there is to
be written into is what the operation's typed dictionary says; within fields that hold the account's own keys any key
will do.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args, get_origin, get_type_hints, is_typeddict

import attrs

from ..errors import BadArgument

if TYPE_CHECKING:
    from .operations import Operation

__all__ = ["Kind", "Target", "find_target", "kind_of", "writable_fields"]

Kind = Literal["text", "int", "bool", "list", "ints", "any"]
"""What a field takes: a text, a whole number, yes or no, texts, whole numbers, or whatever comes."""

_OWN_KEYS: Final = ("user_fields", "organization_fields", "custom_fields")
_KINDS: Final[Mapping[object, Kind]] = {str: "text", int: "int", bool: "bool"}


@attrs.frozen
class Target:
    """A field, with the `key` within it where the value is a part of it; a number for one of `custom_fields`."""

    field: str
    key: str | int | None = None
    kind: Kind = attrs.field(default="any", eq=False)

    def __str__(self) -> str:
        return self.field if self.key is None else f"{self.field}.{self.key}"


def writable_fields(operation: Operation) -> Mapping[str, Any]:
    """The fields that rows of the operation can have, each with its type."""
    if operation.by_query or operation.route.writes is None:
        return {"id": int}
    return _hints(cast("Hashable", operation.route.writes))


def find_target(operation: Operation, path: str) -> Target:
    """The target with this path; raises `BadArgument` where there is none, with what is close to it."""
    known = writable_fields(operation)
    field, dot, key = path.partition(".")
    if field not in known:
        raise BadArgument(f"{operation.name} writes no field {field!r}{_hint(field, known, own=True)}")
    if not dot:
        return Target(field, None, kind_of(known[field]))
    if field == "custom_fields":
        if not (key.isascii() and key.isdecimal()):
            raise BadArgument(f"{path!r}: a custom field is named by its id, as in custom_fields.360001")
        return Target(field, int(key))
    return Target(field, key, _kind_within(path, key, known[field]))


def kind_of(hint: Any) -> Kind:  # noqa: ANN401 - a type of any kind
    """What a field of this type takes."""
    inner = _without_none(hint)
    if get_origin(inner) is Literal:
        return "text"
    if get_origin(inner) is list:
        return {"text": "list", "int": "ints"}.get(kind_of(get_args(inner)[0]), "any")  # type: ignore[return-value]
    if set(get_args(inner)) == {int, str}:  # an id, or its digits
        return "int"
    return _KINDS.get(inner, "any")


def _kind_within(path: str, key: str, hint: Any) -> Kind:  # noqa: ANN401 - a type of any kind
    inner = _without_none(hint)
    if not key:
        raise BadArgument(f"{path!r} ends in a dot: name what is within it")
    if is_typeddict(inner):
        parts = _hints(inner)
        if key not in parts:
            raise BadArgument(f"{path!r}: there is no {key!r} within it{_hint(key, parts)}")
        return kind_of(parts[key])
    if isinstance(origin := get_origin(inner), type) and issubclass(origin, Mapping):
        return "any"
    raise BadArgument(f"{path!r}: {path.partition('.')[0]} has no parts that can be written one by one")


def _without_none(hint: Any) -> Any:  # noqa: ANN401 - a type of any kind
    if get_origin(hint) in (list, Literal) or not get_args(hint):
        return hint
    parts = [part for part in get_args(hint) if part is not type(None)]
    return parts[0] if len(parts) == 1 else hint


@lru_cache(maxsize=64)
def _hints(shape: Hashable) -> Mapping[str, Any]:
    return get_type_hints(shape)


def _hint(name: str, known: Mapping[str, Any], *, own: bool = False) -> str:
    close = get_close_matches(name, known, n=1)
    if close:
        return f": did you mean {close[0]!r}?"
    keyed = next((field for field in _OWN_KEYS if own and field in known), None)
    if keyed is not None:
        inside = f"{keyed}.<id>" if keyed == "custom_fields" else f"{keyed}.{name}"
        return f": a field of your account's own is written to {inside}"
    return f"; there are {', '.join(sorted(known))}"
