"""Both paginations of the API, with their caps and their odd last page.

Cursor pages: `page[size]` turns them on; the last page says `has_more: false` and still has a link to a next one,
which is empty and has nulls everywhere (seen in recorded replies). Cursors are opaque base64. Offset pages: `page` and
`per_page`, at most 10,000 rows deep. `sort_by` together with `page[size]` is dropped without a word, a `sort` that
cursors don't know answers 400. Rows are kept sorted, so that a cursor page costs a bisection and a page's length.
"""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import quote

import attrs

from .http import Call, Json, Refusal
from .refusals import bad_paging, too_deep, too_deep_2023
from .settings import Settings

T = TypeVar("T")
Style = Literal["cursor", "offset"]
BOTH: Final[tuple[Style, ...]] = ("cursor", "offset")
OFFSET_ROWS: Final = 10_000
MAX_SIZE: Final = 100
_POSITIVE: Final = re.compile(r"0{0,9}[1-9][0-9]{0,9}\Z")
_NO_META: Final = {"has_more": False, "after_cursor": None, "before_cursor": None}
_NO_LINKS: Final = {"prev": None, "next": None}


@attrs.frozen(slots=True, eq=False)
class Order(Generic[T]):
    """The orders of a list: `id_of` gives what its rows ascend by (as JSON); the others have names.

    `sorts` are known to both paginations, `offset_sorts` to offset pages only. `kept` are rows that stand in the order
    of one of the `sorts` already, and by id where its values are equal: cursor pages then cost what they hold.
    """

    id_of: Callable[[T], Any] = lambda row: row
    sorts: Mapping[str, Callable[[T], Any]] = attrs.field(factory=dict)
    offset_sorts: Mapping[str, Callable[[T], Any]] = attrs.field(factory=dict)
    kept: Mapping[str, Callable[[], Sequence[T]]] = attrs.field(factory=dict)


@attrs.frozen(slots=True, eq=False, kw_only=True)
class Paging:
    """Which paginations a list knows, and how far they reach.

    `max_size` is the rows of a page, `max_rows` how deep offset pages go; `too_deep` makes the refusal of what lies
    below (None: the usual one of the settings). `forwards_only`: cursors lead to later pages only. A cursor lives for
    `cursor_seconds` (None: for ever), then `expired` makes the refusal.
    """

    styles: Sequence[Style] = BOTH
    max_size: int = MAX_SIZE
    max_rows: int = OFFSET_ROWS
    too_deep: Callable[[], Refusal] | None = None
    forwards_only: bool = False
    cursor_seconds: float | None = None
    expired: Callable[[], Refusal] = lambda: bad_paging("page[after] is not valid")

    def encode(self, value: Json, order: str, now: float) -> str:
        """A position as an opaque cursor; `order` is the name of the sort it belongs to."""
        data = {"o": order, "v": value} | ({} if self.cursor_seconds is None else {"t": now})
        return base64.b64encode(json.dumps(data).encode()).decode()

    def decode(self, cursor: str, order: str, parameter: str, now: float) -> Json:
        """The position in a cursor; a cursor of another order, or none at all, answers 400."""
        try:
            data = json.loads(base64.b64decode(cursor, validate=True))
        except ValueError:
            data = None
        if not isinstance(data, dict) or data.get("o") != order or "v" not in data:
            raise bad_paging(f"{parameter} is not valid")
        if self.cursor_seconds is not None and not now - self.cursor_seconds < data.get("t", 0) <= now:
            raise self.expired()
        return _position(data["v"])


def _position(value: Json) -> Json:
    """A row's place as it was before JSON made lists of its tuples."""
    return tuple(map(_position, value)) if isinstance(value, list) else value


EITHER_WAY: Final = Paging()
"""Cursors and offset pages, as most lists have them."""


def paginate(
    call: Call,
    rows: Sequence[T],
    key: str,
    *,
    settings: Settings,
    render: Callable[[T], Json] = lambda row: row,
    paging: Paging = EITHER_WAY,
    id_of: Callable[[T], Any] | None = None,
    order: Order[T] | None = None,
    keep: Callable[[T], bool] | None = None,
    sideload: Callable[[Sequence[T]], Mapping[str, Json]] | None = None,
) -> dict[str, Json]:
    """The page that `call` asks for, as a reply's body. `paging` says what the list knows of pages.

    `rows` ascend by `id_of` (by themselves when it is not given); `order` is for lists that know other sorts as well;
    `keep` filters; `render` shows a row; `sideload` gives further top-level keys for the page's rows.
    """
    wants_cursor = any(name.startswith("page[") for name in call.query)
    if wants_cursor and "cursor" not in paging.styles:
        raise bad_paging("page must be an integer")
    known = order or (Order() if id_of is None else Order(id_of))
    by_cursor = "cursor" in paging.styles and (wants_cursor or "offset" not in paging.styles)
    read = _cursor_page if by_cursor else _offset_page
    page, frame = read(call, rows, settings, known, keep, paging)
    return {key: [render(row) for row in page], **(sideload(page) if sideload else {}), **frame}


def link(call: Call, settings: Settings, changes: Mapping[str, str | None]) -> str:
    """The call's own URL with other paging parameters; filters stay, brackets are percent-encoded."""
    pairs = [(name, value) for name, values in call.query.items() for value in values if name not in changes]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(pairs))
    suffix = ".json" if settings.dot_json_urls else ""
    return f"{call.base_url}{call.path}{suffix}" + (f"?{query}" if query else "")


def _cursor_page(
    call: Call,
    rows: Sequence[T],
    settings: Settings,
    known: Order[T],
    keep: Callable[[T], bool] | None,
    paging: Paging,
) -> tuple[Sequence[T], dict[str, Json]]:
    if call.arg("page") is not None:
        raise bad_paging("page must be an integer or an object, not both")
    size = _size(call, settings, paging)
    order = call.arg("sort") or "id"
    ordered, place, backwards = _sorted(rows, order, known)
    after, before = call.arg("page[after]"), call.arg("page[before]")
    if before and not after:
        edge = paging.decode(before, order, "page[before]", call.now)
        # Reading the page before a position is reading on from it in the other direction.
        found = _read(ordered, place, edge, keep, size + 1, backwards=not backwards)
        page = found[:size][::-1]
    else:
        edge = paging.decode(after, order, "page[after]", call.now) if after else None
        found = _read(ordered, place, edge, keep, size + 1, backwards=backwards)
        page = found[:size]
    if not page:
        return [], {"meta": dict(_NO_META), "links": dict(_NO_LINKS)}
    last = paging.encode(place(page[-1]), order, call.now)
    first = None if paging.forwards_only else paging.encode(place(page[0]), order, call.now)
    return page, {
        "meta": {"has_more": len(found) > size, "after_cursor": last, "before_cursor": first},
        "links": {
            "prev": first and link(call, settings, {"page[before]": first, "page[after]": None}),
            "next": link(call, settings, {"page[after]": last, "page[before]": None}),
        },
    }


def _sorted(
    rows: Sequence[T], order: str, known: Order[T]
) -> tuple[Sequence[T], Callable[[T], Any], bool]:
    """The rows in the asked order, where a row stands in it, and whether to read them backwards."""
    name = order.removeprefix("-")
    backwards = order.startswith("-")
    if name == "id":
        return rows, known.id_of, backwards
    if name not in known.sorts:
        raise bad_paging("sort is not valid")
    place = _place(known.sorts[name], known.id_of)
    return known.kept[name]() if name in known.kept else sorted(rows, key=place), place, backwards


def _place(value: Callable[[T], Any], id_of: Callable[[T], Any]) -> Callable[[T], Any]:
    """Where a row stands in an order by `value`: rows of one value stand by their ids."""
    return lambda row: (value(row), id_of(row))


def _read(
    rows: Sequence[T],
    place: Callable[[T], Any],
    edge: Json,
    keep: Callable[[T], bool] | None,
    count: int,
    *,
    backwards: bool,
) -> list[T]:
    """Up to `count` rows beyond `edge` (None: from the end that reading starts at)."""
    try:
        if backwards:
            start = (len(rows) if edge is None else bisect_left(rows, edge, key=place)) - 1
            indexes = range(start, -1, -1)
        else:
            start = 0 if edge is None else bisect_right(rows, edge, key=place)
            indexes = range(start, len(rows))
    except TypeError:
        raise bad_paging("page[after] is not valid") from None
    found = (rows[index] for index in indexes)
    return list(islice(found if keep is None else filter(keep, found), count))


def _size(call: Call, settings: Settings, paging: Paging) -> int:
    raw = call.arg("page[size]")
    if raw is None:
        return MAX_SIZE
    if not _POSITIVE.match(raw):
        raise bad_paging("page[size] is not valid")
    if int(raw) > paging.max_size and settings.oversize_page == "refuse":
        raise bad_paging(f"page[size] must be less than or equal to {paging.max_size}")
    return min(int(raw), paging.max_size)


def _offset_page(
    call: Call,
    rows: Sequence[T],
    settings: Settings,
    known: Order[T],
    keep: Callable[[T], bool] | None,
    paging: Paging,
) -> tuple[Sequence[T], dict[str, Json]]:
    number, per_page = whole(call, "page", 1), min(whole(call, "per_page", MAX_SIZE), MAX_SIZE)
    if number * per_page > paging.max_rows:
        refusal = paging.too_deep or (too_deep if settings.deep_page_answer == "400" else too_deep_2023)
        raise refusal()
    ordered = _sort_by(call, rows if keep is None else list(filter(keep, rows)), known)
    start = (number - 1) * per_page
    more = start + per_page < len(ordered)
    return ordered[start : start + per_page], {
        "next_page": link(call, settings, {"page": str(number + 1)}) if more else None,
        "previous_page": link(call, settings, {"page": str(number - 1)}) if number > 1 else None,
        "count": len(ordered),
    }


def _sort_by(call: Call, rows: Sequence[T], known: Order[T]) -> Sequence[T]:
    """Offset pages know `sort_by` and `sort_order`; names they don't know are ignored."""
    name, backwards = call.arg("sort_by") or "", call.arg("sort_order") == "desc"
    value = known.sorts.get(name) or known.offset_sorts.get(name)
    if value is None:
        return rows[::-1] if backwards and name == "id" else rows
    return sorted(rows, key=_place(value, known.id_of), reverse=backwards)


def whole(call: Call, name: str, default: int) -> int:
    """A parameter that is a whole number above zero; 400 for anything else, the default when it is not there."""
    raw = call.arg(name)
    if raw is None or raw == "":
        return default
    if not _POSITIVE.match(raw):
        raise bad_paging(f"{name} must be an integer")
    return int(raw)
