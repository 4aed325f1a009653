"""What a write of a collection takes, read off the client's typed dictionary of what can be written.

The typed dictionary says which keys there are, of which type, among which values, and which a new record needs. Keys
that it lacks are dropped and named in a header, as `parameters` does for users.
"""

from __future__ import annotations

from collections.abc import Collection as Values
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from functools import lru_cache
from types import UnionType
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import attrs

from .http import Json
from .parameters import Coerce, WrongType, flag, integer, integers, mapping, mappings, text, texts
from .refusals import problem

__all__ = ["Shape", "problems", "shape_of"]

_SCALARS: Final[Mapping[Any, Coerce]] = {str: text, int: integer, bool: flag, datetime: text, date: text}
_LISTS: Final[Mapping[Any, Coerce]] = {str: texts, int: integers}


@attrs.frozen(eq=False, slots=True)
class Shape:
    """A typed dictionary as the server sees it: how its values are bent, what a new record needs, what it may say."""

    known: Mapping[str, Coerce]
    required: frozenset[str]
    choices: Mapping[str, Values[Json]]


def shape_of(writes: type[Any]) -> Shape:
    """The shape of a typed dictionary."""
    return _shape(cast("Hashable", writes))


@lru_cache(maxsize=256)
def _shape(writes: Any) -> Shape:  # noqa: ANN401 - a typed dictionary, which mypy takes for not hashable
    hints = get_type_hints(writes, include_extras=True)
    required = {name for name, hint in hints.items() if _demanded(name, hint, writes)}
    plain = {name: _plain(hint) for name, hint in hints.items()}
    choices = {name: get_args(hint) for name, hint in plain.items() if get_origin(hint) is Literal}
    return Shape({name: _coerce(hint) for name, hint in plain.items()}, frozenset(required), choices)


def problems(shape: Shape, fields: Mapping[str, Json], *, new: bool) -> dict[str, list[dict[str, str]]]:
    """What is wrong with writing these fields, as far as their shape tells."""
    found: dict[str, list[dict[str, str]]] = {}
    for name in sorted(shape.required):
        if (new or name in fields) and fields.get(name) in (None, "", []):
            found[name] = [problem(f"{_label(name)}: cannot be blank", "BlankValue")]
    for name, choices in shape.choices.items():
        if fields.get(name) is not None and fields[name] not in choices:
            found[name] = [problem(f"{_label(name)}: {fields[name]} is not valid", "InvalidValue")]
    return found


def taken(name: str, value: Json) -> dict[str, str]:
    """What is wrong with a value that another record has."""
    return problem(f"{_label(name)}: {value} is already in use", "DuplicateValue")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _demanded(name: str, hint: Any, writes: type[Any]) -> bool:  # noqa: ANN401 - a type of any kind
    # Where annotations are strings, __required_keys__ knows what `total` says and nothing of the markers.
    if get_origin(hint) in (Required, NotRequired):
        return get_origin(hint) is Required
    return name in getattr(writes, "__required_keys__", ())


def _plain(hint: Any) -> Any:  # noqa: ANN401 - a type of any kind
    """A type without its markers and without None."""
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, UnionType):
        rest = [part for part in get_args(hint) if part is not type(None)]
        return rest[0] if len(rest) == 1 else Any
    return hint


def _coerce(hint: Any) -> Coerce:  # noqa: ANN401 - a type of any kind
    if hint in _SCALARS:
        return _SCALARS[hint]
    if hint is float:
        return _number
    if get_origin(hint) is Literal:
        return text if all(isinstance(choice, str) for choice in get_args(hint)) else _anything
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        item = _plain(item)
        return _LISTS.get(item) or (mappings if _is_mapping(item) else _list)
    return mapping if _is_mapping(hint) else _anything


def _is_mapping(hint: Any) -> bool:  # noqa: ANN401 - a type of any kind
    origin = get_origin(hint) or hint
    return is_typeddict(origin) or (isinstance(origin, type) and issubclass(origin, Mapping))


def _number(value: Json) -> Json:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise WrongType("must be a number")


def _list(value: Json) -> Json:
    if value is None or isinstance(value, list):
        return value or []
    raise WrongType("must be an array")


def _anything(value: Json) -> Json:
    return value
