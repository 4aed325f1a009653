"""Types of columns: what a cell's text becomes, and how it may be written.

| type | takes | gives |
|---|---|---|
| `text` | a text; a whole number | a text |
| `int` | digits, with a sign or without | a whole number |
| `decimal` | digits with a point (`point = ","`: with a comma) | a number |
| `bool` | true, yes, on, 1; false, no, off, 0; or what `true` and `false` list | true or false |
| `date` | 2024-01-31, or what `format` says | 2024-01-31 |
| `datetime` | 2024-01-31T12:00:00Z, or what `format` says; without a zone it is one in `zone` (UTC) | a time in UTC |
| `list` | values between commas (`separator`), texts or, with `items = "int"`, whole numbers | a list |
| `json` | JSON | what it says |

`format` is that of `datetime.strptime`, `zone` a name such as Europe/Vienna. Values that are of the right type already,
as those of a JSONL file can be, are taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

import msgspec

from ..errors import BadArgument
from ..records._record import JsonValue
from .cells import iso_time

__all__ = ["TYPES", "Convert", "Misfit", "converter", "of_kind"]

Convert = Callable[[JsonValue], JsonValue]
"""Makes a cell's value what is written; raises `Misfit`."""

TYPES: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset(),
    "int": frozenset(),
    "decimal": frozenset({"point"}),
    "bool": frozenset({"true", "false"}),
    "date": frozenset({"format"}),
    "datetime": frozenset({"format", "zone"}),
    "list": frozenset({"separator", "items"}),
    "json": frozenset(),
}
"""The types, each with the settings that it takes."""

_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_EXACT: Final = 2**53
_SHOWN: Final = 60


class Misfit(ValueError):
    """A cell that is none of its type; the text says what it should be."""

    def __init__(self, wanted: str, value: object) -> None:
        shown = repr(value)
        super().__init__(f"expected {wanted}, not {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '...'}")


def converter(name: str, settings: Mapping[str, Any]) -> Convert:
    """The conversion to a type of the table. Raises `BadArgument` for a setting that can't be right."""
    return _MAKERS[name](settings)


def of_kind(kind: str) -> Convert | None:
    """The conversion for a column without a type, by what its field takes; None for one that takes what comes."""
    return {"text": _text, "int": _int, "bool": _bool({}), "list": _list({}), "ints": _list({"items": "int"})}.get(kind)


def _text(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Misfit("a text", value)  # a float among them: 1001.0 is no external id


def _int(value: JsonValue) -> JsonValue:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    raise Misfit("a whole number", value)


def _decimal(settings: Mapping[str, Any]) -> Convert:
    point = _setting(settings, "point", ".", one_of=(".", ","))

    def convert(value: JsonValue) -> JsonValue:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        text = value if isinstance(value, str) else ""
        if point != ".":
            text = text.replace(".", " ").replace(point, ".")
        if not _NUMBER.fullmatch(text):
            raise Misfit(f"a number like 12{point}5", value)
        if Decimal(repr(float(text))) != Decimal(text):
            raise Misfit("a number of no more digits than JSON's numbers keep; its type can be text", value)
        return float(text) if "." in text else int(text)

    return convert


def _bool(settings: Mapping[str, Any]) -> Convert:
    yes, no = _words(settings.get("true", _TRUE), "true"), _words(settings.get("false", _FALSE), "false")
    if both := yes & no:
        raise BadArgument(f"{both.pop()!r} is both true and false")
    wanted = f"{' or '.join(sorted(yes))}, or {' or '.join(sorted(no))}"

    def convert(value: JsonValue) -> JsonValue:
        if isinstance(value, bool):
            return value
        word = value.casefold() if isinstance(value, str) else None
        if word in yes:
            return True
        if word in no:
            return False
        raise Misfit(wanted, value)

    return convert


def _date(settings: Mapping[str, Any]) -> Convert:
    return _moment(settings, "a date", "2024-01-31", lambda found: found.date().isoformat())


def _datetime(settings: Mapping[str, Any]) -> Convert:
    zone = _zone(_setting(settings, "zone", "UTC"))
    return _moment(
        settings, "a time", "2024-01-31T12:00:00Z",
        lambda found: iso_time(found if found.tzinfo is not None else found.replace(tzinfo=zone)),
    )


def _moment(settings: Mapping[str, Any], what: str, example: str, written: Callable[[datetime], str]) -> Convert:
    shape = _setting(settings, "format", "")
    wanted = f"{what} as {shape!r} says it" if shape else f"{what} like {example}"

    def convert(value: JsonValue) -> JsonValue:
        if not isinstance(value, str):
            raise Misfit(wanted, value)
        try:
            found = datetime.strptime(value, shape) if shape else datetime.fromisoformat(value)  # noqa: DTZ007 - see zone
            return written(found)
        except (ValueError, OverflowError):
            raise Misfit(wanted, value) from None

    return convert


def _list(settings: Mapping[str, Any]) -> Convert:
    separator = _setting(settings, "separator", ",")
    whole = _setting(settings, "items", "text", one_of=("text", "int")) == "int"

    def convert(value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            parts: list[Any] = [part for one in value.split(separator) if (part := one.strip())]
        elif isinstance(value, list):
            parts = value
        else:
            raise Misfit("a list", value)
        return [_int(part) for part in parts] if whole else parts

    return convert


def _json(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, RecursionError):
        raise Misfit("JSON", value) from None


_MAKERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Convert]]] = {
    "text": lambda _: _text, "int": lambda _: _int, "decimal": _decimal, "bool": _bool, "date": _date,
    "datetime": _datetime, "list": _list, "json": lambda _: _json,
}


def _setting(settings: Mapping[str, Any], name: str, default: str, one_of: Iterable[str] | None = None) -> str:
    value = settings.get(name, default)
    if not isinstance(value, str) or (name in settings and not value):
        raise BadArgument(f"{name} must be a text, not {value!r}")
    if one_of is not None and value not in one_of:
        raise BadArgument(f"{name} must be {' or '.join(map(repr, one_of))}, not {value!r}")
    return value


def _words(value: object, name: str) -> set[str]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words or not all(isinstance(word, str) and word for word in words):
        raise BadArgument(f"{name} must be a text or a list of texts, not {value!r}")
    return {word.casefold() for word in words}


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - hardly ever needed

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadArgument(f"there is no time zone {name!r}: name one like Europe/Vienna") from None
