"""Queries in Zendesk's search language, with every value quoted as it must be.

    Query("refund", type="ticket", status=["open", "pending"]).ge(created=date(2026, 1, 1)).without(tags="vip")

The language, as its reference has it: terms that are all sought, `field:value`, `field>value` and so on, a minus in
front of what must not be. Several terms on one field find what has any of the values.
Source: https://support.zendesk.com/hc/en-us/articles/4408886879258 and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from math import isfinite
from typing import Final, Self, TypeAlias

from .errors import BadArgument

__all__ = ["Query", "Value"]

Value: TypeAlias = str | int | float | datetime | date | None
"""What a field is compared with: None stands for nothing at all, which is not so for `false` or an empty list."""

_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN: Final = re.compile(r"[\w@.+*/][\w@.+*/-]*")
"""A value that stays one term without quotes; `*` keeps its meaning."""


class Query(str):
    """A query, never changed: each method gives another one. It is a string, and can be used wherever a query is one.

    `words` are words and phrases to be found anywhere; `fields` are as `where` takes them.
    """

    __slots__ = ()

    def __new__(cls, *words: str, **fields: Value | Iterable[Value]) -> Self:
        """The query for these words and fields; without any it is empty."""
        return super().__new__(cls, " ".join((*(_quoted("a word", word) for word in words), *_terms(fields, ":"))))

    def where(self, **fields: Value | Iterable[Value]) -> Query:
        """With these values: `status="open"`, `type="ticket"`, `custom_field_360001="gold"`.

        Of several values any one may be found; None finds records that have nothing there. A time is sought to the
        second, a date as a whole day. `*` at the end of a word stands for any end of it.
        """
        return self._with(_terms(fields, ":"))

    def without(self, *words: str, **fields: Value | Iterable[Value]) -> Query:
        """Without these words, and without these values: each of several is ruled out."""
        unwanted = (*(_quoted("a word", word) for word in words), *_terms(fields, ":"))
        return self._with(f"-{term}" for term in unwanted)

    def gt(self, **fields: Value) -> Query:
        """Greater, or later, than these values: `gt(priority="normal")`."""
        return self._with(_terms(fields, ">"))

    def ge(self, **fields: Value) -> Query:
        """As great, or as late, or more so: `ge(created=datetime(2026, 1, 1, tzinfo=UTC))`, `ge(updated="4hours")`."""
        return self._with(_terms(fields, ">="))

    def lt(self, **fields: Value) -> Query:
        """Less, or earlier, than these values."""
        return self._with(_terms(fields, "<"))

    def le(self, **fields: Value) -> Query:
        """As little, or as early, or more so."""
        return self._with(_terms(fields, "<="))

    def __repr__(self) -> str:
        return f"<Query {self}>"

    def __reduce__(self) -> tuple[Callable[..., Query], tuple[Iterable[str]]]:
        return _joined, ((str(self),),)

    def _with(self, terms: Iterable[str]) -> Query:
        return _joined((self, *terms))


def _joined(terms: Iterable[str]) -> Query:
    return str.__new__(Query, " ".join(filter(None, terms)))


def _terms(fields: dict[str, Value] | dict[str, Value | Iterable[Value]], operator: str) -> Iterator[str]:
    for name, given in fields.items():
        if not _FIELD.fullmatch(name):
            raise BadArgument(f"{name!r} is no name of a field")
        for value in _several(name, given):
            yield f"{name}{operator}{_written(name, value)}"


def _several(name: str, given: Value | Iterable[Value]) -> Iterable[Value]:
    if isinstance(given, str | int | float | date | None):
        return (given,)
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise BadArgument(f"{name}: {given!r} can't be searched for")
    values = tuple(given)
    if not values:
        raise BadArgument(f"{name}: of no values none can be found; None finds what has nothing there")
    return values


def _written(name: str, value: Value) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadArgument(f"{name}: {value!r} has no time zone; use datetime(..., tzinfo=timezone.utc)")
        return f"{value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        raise BadArgument(f"{name}: {value!r} can't be searched for")
    if isinstance(value, int | float):
        return _quoted(name, str(value))
    if not isinstance(value, str):
        raise BadArgument(f"{name}: {value!r} can't be searched for")
    return _quoted(name, value)


def _quoted(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadArgument(f"{name} must be text with something in it, not {value!r}; None finds what has nothing there")
    if '"' in value:
        raise BadArgument(f"{name}: {value!r} has a double quote, which ends a phrase: there is no way to write one")
    return value if _PLAIN.fullmatch(value) else f'"{value}"'
