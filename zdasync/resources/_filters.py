"""Filters of listings that are texts, moments or objects, checked before they are sent; None is left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from ..errors import BadArgument
from ._validate import Query, filters, text

__all__ = ["mapping", "moments", "texts", "within"]

V = TypeVar("V")


def texts(**values: object) -> Query:
    """The query of filters that are one text each."""
    return tuple((name, text(name, value)) for name, value in values.items() if value is not None)


def moments(**values: object) -> Query:
    """The query of filters that are moments: aware datetimes, or the same written in ISO 8601 with the time zone."""
    return filters(**{name: _moment(name, value) for name, value in values.items()})


def mapping(name: str, value: Mapping[str, V]) -> Mapping[str, V]:
    """A filter that is an object of its own."""
    if not isinstance(value, Mapping):
        raise BadArgument(f"{name} must be a mapping, not {value!r}")
    return value


def within(outer: str, query: Query) -> Query:
    """The same filters in brackets: `status` within `filter` is `filter[status]`."""
    return tuple((f"{outer}[{name}]", value) for name, value in query)


def _moment(name: str, value: object) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadArgument(
            f'{name} must be a datetime with its time zone, or such a text as "2026-01-31T09:30:00Z", not {value!r}'
        )
    return moment
