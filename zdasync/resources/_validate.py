"""What is checked before anything is sent. Every refusal is a `BadArgument` that says what to do instead."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import (
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import attrs
import msgspec

from .._core.message import Priority
from ..errors import BadArgument
from ..records.codec import written_fields
from ..records.sideloads import SideloadName
from .types.common import CallOptions

__all__ = [
    "MAX_ROWS", "Query", "RowCheck", "checked_fields", "checked_options", "checked_rows", "email", "filters", "flag",
    "flags", "from_1_to_100", "include_query", "joined_ids", "many_query", "objects", "one_or_more", "optional_id",
    "page_query", "page_size", "record_id", "split", "text", "whole_ids",
]

MAX_ROWS: Final = 100
"""So many rows or ids does Zendesk take in one call."""

_DIGITS: Final = 20
"""So many has the largest number of 64 bits."""
_EMAIL: Final = re.compile(r"[^@\s,;<>\"\\]+@[^@\s,;<>\"\\.]+(\.[^@\s,;<>\"\\.]+)*")
_OPTIONS: Final = frozenset(get_type_hints(CallOptions))
_OWN_FIELDS: Final = ("user_fields", "organization_fields", "custom_fields")
_INDEX: Final = re.compile(r"\[[^\]]*\]")
_WHERE: Final = re.compile(r"(?P<problem>.*) - at `\$\.?(?P<path>.*)`", re.DOTALL)

Query = tuple[tuple[str, str], ...]
RowCheck = Callable[[dict[str, Any], str], None]
"""Checks one row; what errors call the row is handed along."""


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call as keyword arguments of `Request`."""
    checked: dict[str, Any] = {}
    for name, value in options.items():
        if name not in _OPTIONS:
            raise BadArgument(f"there is no option {name!r}: a call takes {', '.join(sorted(_OPTIONS))}")
        if value is None:
            continue
        if name == "priority":
            checked[name] = _priority(value)
        elif name == "group":
            checked[name] = _group(value)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise BadArgument(f"{name} must be a positive number of seconds, not {value!r}")
        else:
            checked[name] = float(value)
    return checked


def _group(value: object) -> str:
    if not isinstance(value, str):
        raise BadArgument(f"group must be a string that names whose call it is, not {value!r}")
    return value


def _priority(value: object) -> Priority:
    try:
        return Priority(value)  # type: ignore[arg-type]
    except ValueError:
        raise BadArgument(f"priority must be one of {', '.join(Priority.__members__)}, not {value!r}") from None


def split(fields: Mapping[str, Any], shape: type[Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is to be written, and the options of the call, from one set of keyword arguments.

    A name that is both is the record's: the priority of a ticket.
    """
    options = _OPTIONS if shape is None else _OPTIONS - _known(shape)
    written = {name: value for name, value in fields.items() if name not in options}
    return written, {name: value for name, value in fields.items() if name in options}


def record_id(name: str, value: object) -> int:
    """An id that is a whole number, given as one or as its digits."""
    digits = isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _DIGITS
    number = int(cast("str", value)) if digits else value
    if type(number) is not int or number < 0:
        raise BadArgument(f"{name} must be an id, a whole number like 35436, not {value!r}")
    return number


def optional_id(name: str, value: object) -> int | None:
    """An id as a filter, where there is one."""
    return None if value is None else record_id(name, value)


def text(name: str, value: object) -> str:
    """A string with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise BadArgument(f"{name} must be a string with something in it, not {value!r}")
    return value


def email(name: str, value: object) -> str:
    """Something that can be an e-mail address; whether it is one, Zendesk knows."""
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise BadArgument(f"{name}: {value!r} is no e-mail address")
    return value


def many_query(ids: Sequence[Any] | None, external_ids: Sequence[Any] | None) -> tuple[Query, int]:
    """The query that names up to 100 records, and how many it names."""
    if (ids is None) == (external_ids is None):
        raise BadArgument("name the records by ids or by external_ids: one of the two")
    if ids is not None:
        named = [str(record_id(f"ids[{i}]", one)) for i, one in enumerate(from_1_to_100("ids", ids))]
        return (("ids", ",".join(named)),), len(named)
    many = from_1_to_100("external_ids", external_ids)
    named = [_external_id(f"external_ids[{i}]", one) for i, one in enumerate(many)]
    return (("external_ids", ",".join(named)),), len(named)


def _external_id(name: str, value: object) -> str:
    value = str(value) if type(value) is int else value
    if "," in text(name, value):
        raise BadArgument(f"{name}: {value!r} has a comma, and Zendesk takes external ids separated by commas")
    return str(value)


def from_1_to_100(name: str, values: object) -> Sequence[Any]:
    """From 1 to 100 values."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise BadArgument(f"{name} must be a list, not {values!r}")
    many = list(values)
    if not many:
        raise BadArgument(f"{name} is empty: there is nothing to do")
    if len(many) > MAX_ROWS:
        raise BadArgument(f"{len(many)} {name} in one call, and Zendesk takes {MAX_ROWS}: send them in parts")
    return many


def joined_ids(ids: object, most: int | None = None) -> str:
    """From 1 to 100 ids as Zendesk takes them in a query; fewer where the endpoint takes only `most`."""
    many = from_1_to_100("ids", ids)
    if most is not None and len(many) > most:
        raise BadArgument(f"{len(many)} ids in one call, and Zendesk takes {most}: ask in parts")
    return ",".join(str(record_id(f"ids[{i}]", one)) for i, one in enumerate(many))


def whole_ids(name: str, ids: object) -> list[int]:
    """Ids that go into a body, as many as there are, each once."""
    if isinstance(ids, str | bytes | Mapping) or not isinstance(ids, Iterable):
        raise BadArgument(f"{name} must be a list, not {ids!r}")
    whole = [record_id(f"{name}[{i}]", one) for i, one in enumerate(ids)]
    if not whole:
        raise BadArgument(f"{name} is empty: there is nothing to do")
    if len(set(whole)) < len(whole):
        raise BadArgument(f"{name} names one twice: {Counter(whole).most_common(1)[0][0]}")
    return whole


def checked_rows(
    rows: object, shape: type[Any], required: Iterable[str] = (), check: RowCheck | None = None
) -> list[dict[str, Any]]:
    """From 1 to 100 rows to write, mappings or attrs instances; each must have one at least of the `required` fields.

    `check` looks at one row and at what errors call it; without it the row's names and types are checked by `shape`.
    """
    wanted = tuple(required)
    return [_row(f"rows[{i}]", row, shape, wanted, check) for i, row in enumerate(from_1_to_100("rows", rows))]


def _row(
    where: str,
    row: object,
    shape: type[Any],
    required: tuple[str, ...],
    check: RowCheck | None,
) -> dict[str, Any]:
    if isinstance(row, Mapping):
        fields = dict(row)
    elif attrs.has(type(row)):
        fields = written_fields(row)
    else:
        raise BadArgument(f"{where} must be a mapping or an attrs instance, not {row!r}")
    if required and all(fields.get(name) in (None, "") for name in required):
        raise BadArgument(f"{where} has no {' and no '.join(required)}")
    if "id" in required and fields.get("id") is not None:
        fields["id"] = record_id(f"{where}: id", fields["id"])
    if check is None:
        checked_fields(fields, shape, "row", f"{where}: ")
    else:
        check(fields, f"{where}: ")
    return fields


def checked_fields(fields: Mapping[str, Any], shape: type[Any], what: str, where: str = "") -> None:
    """Checks the fields of one record: their names, their types, and that those are there which the shape requires.

    The names in objects within are checked as well: Zendesk drops those that it doesn't know without a word.
    """
    known = _known(shape)
    if not known.issuperset(fields):
        raise _unknown(where, what, min(fields.keys() - known, key=str), known)
    _check_types(fields, shape, what, where)
    _check_names_within(fields, shape, where)


def _check_names_within(fields: Mapping[str, Any], shape: type[Any], where: str) -> None:
    for name, part in _parts(cast("Hashable", shape)).items():
        if name not in fields:
            continue
        known = _known(part)
        for place, value in objects(fields[name], f"{where}{name}"):
            if not known.issuperset(value):
                raise _unknown(f"{place}: ", name, min(value.keys() - known, key=str), known)
            _check_names_within(value, part, f"{place}.")


@lru_cache(maxsize=256)
def _parts(shape: Hashable) -> Mapping[str, type[Any]]:
    """The fields that hold objects of one shape, or lists of them."""
    found = {name: list(_shapes(hint)) for name, hint in get_type_hints(shape).items()}
    return {name: shapes[0] for name, shapes in found.items() if len(shapes) == 1}


def _shapes(hint: Any) -> Iterator[type[Any]]:  # noqa: ANN401 - a type of any kind
    if is_typeddict(hint):
        yield hint
    elif hint is not Literal:
        for part in get_args(hint):
            yield from _shapes(part)


def objects(value: object, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A value that is an object, or those of a list, each with what errors call it."""
    if isinstance(value, Mapping):
        yield where, value
    elif isinstance(value, list | tuple):
        yield from ((f"{where}[{i}]", one) for i, one in enumerate(value) if isinstance(one, Mapping))


def _check_types(fields: Mapping[str, Any], cls: type[Any], what: str, where: str) -> None:
    try:
        msgspec.convert(dict(fields), _struct(cast("Hashable", cls)))
    except msgspec.ValidationError as error:
        found = _WHERE.fullmatch(str(error))
        problem, path = (found["problem"], found["path"]) if found else (str(error), "")
        problem = (problem[:1].lower() + problem[1:]).replace("`", "")
        if not where and not path:  # "object" would be what the caller never named
            problem = problem.replace("object missing", f"{what} is missing", 1)
        choices = _choices(cls, path) if "enum value" in problem else ""
        raise BadArgument(f"{where}{path and f'{path}: '}{problem}{choices}") from None


@lru_cache(maxsize=256)
def _struct(shape: Hashable) -> type[Any]:
    """The fields of a typed dictionary as those of a struct: msgspec checks one in a fourth of the time."""
    cls: Any = shape
    if not is_typeddict(cls):
        return cast("type[Any]", cls)
    fields: list[Any] = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        wrapped = get_origin(hint) in (Required, NotRequired)
        needed = get_origin(hint) is Required or (not wrapped and name in cls.__required_keys__)
        inner = get_args(hint)[0] if wrapped else hint
        fields.append((name, inner) if needed else (name, inner, None))
    return msgspec.defstruct(f"{cls.__name__}Fields", fields, kw_only=True)


def _choices(cls: type[Any], path: str) -> str:
    """What a field can be that takes a few values only, as errors say it."""
    hint: Any = cls
    for name in _INDEX.sub("", path).split("."):
        hints = [get_type_hints(shape) for shape in _shapes(hint)]
        hint = next((known[name] for known in hints if name in known), None)
    values = list(_literals(hint))
    return f"; it takes {', '.join(map(str, values))}" if values else ""


def _literals(hint: Any) -> Iterator[object]:  # noqa: ANN401 - a type of any kind
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    else:
        for part in get_args(hint):
            yield from _literals(part)


def _known(cls: type[Any]) -> frozenset[str]:
    return _fields_of(cast("Hashable", cls))


@lru_cache(maxsize=256)
def _fields_of(cls: Hashable) -> frozenset[str]:
    return frozenset(get_type_hints(cls))


def _unknown(where: str, what: str, name: object, known: Iterable[str]) -> BadArgument:
    close = get_close_matches(str(name), known, n=1)
    own = next((field for field in _OWN_FIELDS if field in known), None)
    if close:
        hint = f": did you mean {close[0]!r}?"
    else:
        hint = "" if own is None else f"; fields of your account's own go into {own}"
    return BadArgument(f"{where}{what} has no field {name!r} that can be written{hint}")


def include_query(include: str | Iterable[str] | None, known: object = SideloadName, what: str = "users") -> Query:
    """The query that asks for sideloads: one name, or several. `known` is the literal type of what there is."""
    if include is None:
        return ()
    if not isinstance(include, Iterable):
        raise BadArgument(f"include must be a name or several, not {include!r}")
    names = include.split(",") if isinstance(include, str) else list(include)
    choices = get_args(known)
    for name in names:
        if name not in choices:
            close = get_close_matches(str(name), choices, n=1)
            raise BadArgument(
                f"include: {name!r} can't be sideloaded with {what}; "
                + (f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(choices)}")
            )
    return (("include", ",".join(dict.fromkeys(names))),) if names else ()


def filters(**values: object) -> Query:
    """The query of filters by name: True as Zendesk writes it, times in ISO 8601, several values joined by commas.

    What is None is left out. Names with brackets are given with double underscores: `filter__status` is
    `filter[status]`.
    """
    given = ((name, value) for name, value in values.items() if value is not None)
    return tuple((_bracketed(name), _filter(name, value)) for name, value in given)


def flags(**values: object) -> Query:
    """The query of filters that are True or False; None is left out. Anything else might be read as either."""
    for name, value in values.items():
        if value is not None:
            flag(name, value)
    return filters(**values)


def flag(name: str, value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise BadArgument(f"{name} must be True or False, not {value!r}")
    return value


def _bracketed(name: str) -> str:
    outer, _, inner = name.partition("__")
    return f"{outer}[{inner}]" if inner else name


def _filter(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadArgument(f"{name}: {value!r} has no time zone; use datetime(..., tzinfo=timezone.utc)")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return text(name, value)
    return ",".join(_filter(name, one) for one in from_1_to_100(name, value))


def page_query(size: int, cursor: str | None) -> Query:
    """The query of a cursor listing's first page."""
    query = (("page[size]", str(page_size(size))),)
    return query if cursor is None else (*query, ("page[after]", text("cursor", cursor)))


def page_size(size: object) -> int:
    """From 1 to 100 records a page."""
    if type(size) is not int or not 1 <= size <= MAX_ROWS:
        raise BadArgument(f"page_size must be a whole number from 1 to {MAX_ROWS}, not {size!r}")
    return size


def one_or_more(name: str, wanted: str | Iterable[str] | None) -> Query:
    """A filter by one value (`role`) or by several (`role[]`). None of several would be no filter at all: refused."""
    if wanted is None:
        return ()
    if isinstance(wanted, str):
        return ((name, text(name, wanted)),)
    return tuple((f"{name}[]", text(name, one)) for one in from_1_to_100(name, wanted))
