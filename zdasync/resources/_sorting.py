"""Listings that can be sorted, and listings between two times.

Zendesk takes a cursor and `sort_by` in one request, and drops the sort without a word (observed in 2026). So a listing
in an order of the caller's goes page by page with numbers, which end at 10,000 records; any other goes by cursor.
"""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from ..errors import BadArgument
from ._validate import Query, page_query, page_size
from .types.common import SortOrder

__all__ = ["checked_choice", "sorted_query", "unix_time"]


def checked_choice(name: str, value: object, known: object) -> str | None:
    """One of the values of a literal type, or None."""
    if value is None:
        return None
    if value not in get_args(known):
        raise BadArgument(f"{name} must be one of {', '.join(get_args(known))}, not {value!r}")
    return str(value)


def sorted_query(
    size: int, cursor: str | None, sort_order: object, sort_by: object = None, known: object = None
) -> Query:
    """The query of a listing's first page: by number when it is sorted, by cursor otherwise.

    `known` is the literal type of what `sort_by` can be.
    """
    by = checked_choice("sort_by", sort_by, known)
    order = checked_choice("sort_order", sort_order, SortOrder)
    if by is None and order is None:
        return page_query(size, cursor)
    if cursor is not None:
        raise BadArgument("a sorted listing has no cursor: leave out cursor, or sort_by and sort_order")
    chosen = (("sort_by", by), ("sort_order", order), ("per_page", str(page_size(size))))
    return tuple((name, value) for name, value in chosen if value is not None)


def unix_time(name: str, value: object) -> str | None:
    """A moment in unix seconds, as the query has it: an aware datetime, or the number itself."""
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadArgument(f"{name}: {value!r} has no time zone; use datetime(..., tzinfo=timezone.utc)")
        return str(int(value.timestamp()))
    if type(value) is not int or value < 0:
        raise BadArgument(f"{name} must be a time with its zone or whole unix seconds, not {value!r}")
    return str(value)
