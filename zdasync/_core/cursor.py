"""How a listing goes on: what a page says, and the query of the next one, as pure functions.

Zendesk pages in three ways. A cursor page carries `meta`: the next one is asked for with `page[after]`, and only while
`meta.has_more` is true, since the last page has a cursor and a next link as well. An offset page carries `next_page`,
null on the last one. A few listings (all ticket audits, revisions of a trigger) have their cursor in `after_url` beside
the records, and end with a page without records or link. Some endpoints answer with cursor pages although nobody asked,
so the page decides, not the route. Links are never followed, whatever host they name: the next query is made from the
last one.
Source: https://developer.zendesk.com/api-reference/introduction/pagination/ and replies recorded from 2023 to 2026.
"""

from __future__ import annotations

from typing import Final, Protocol, TypeAlias
from urllib.parse import parse_qs, urlsplit

import attrs

from ..errors import PaginationLimit, UnexpectedReply

__all__ = ["OFFSET", "SEARCH", "Query", "Reach", "Trail"]

Query: TypeAlias = tuple[tuple[str, str], ...]

AFTER: Final = "page[after]"
SIZE: Final = "page[size]"
PAGE: Final = "page"
PER_PAGE: Final = "per_page"
CURSOR: Final = "cursor"


OFFSET_ROWS: Final = 100
"""Records of an offset page for which the request names no number."""


@attrs.frozen(slots=True)
class Reach:
    """How far the offset pages of a listing go: how many `records`, and what Zendesk answers to who asks for more."""

    records: int
    status: int
    code: str
    way_out: str
    """How to read what lies further."""


OFFSET: Final = Reach(
    10_000, 400, "InvalidPaginationDepth", "cursor pages (`page[size]`) or an incremental export reach further"
)
SEARCH: Final = Reach(
    1_000, 422, "invalid", "`search.export` gives all of one type, or narrow the query, by `created` for instance"
)


def asked_rows(query: Query) -> int:
    """How many records there are up to the end of the offset page that a query asks for."""
    given = dict(query)
    return _whole(given.get(PAGE), 1) * _whole(given.get(PER_PAGE), OFFSET_ROWS)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else default


class PageInfo(Protocol):
    """What a page says about its successor."""

    @property
    def has_more(self) -> bool | None:
        """None: no cursor page."""

    @property
    def after_cursor(self) -> str | None:
        """Where the next cursor page begins."""

    @property
    def next_page(self) -> str | None:
        """The link of an offset page to its successor."""

    @property
    def count(self) -> int | None:
        """How many records there are on all offset pages."""

    @property
    def after_url(self) -> str | None:
        """The link to its successor of a page that has its cursor beside its records; None on one without records."""


RECENT: Final = 64
"""Cursors that a trail remembers one by one."""


class Trail:
    """The cursors that a listing has been through, so that it never walks in a circle.

    Memory does not grow with the number of pages: the last `RECENT` cursors are remembered, which refuses any page of
    a shorter circle before it is handed on, and one older cursor at ever greater distances (Brent's method), which
    ends a longer one at some time.
    """

    def __init__(self, reach: Reach = OFFSET) -> None:
        self._reach = reach
        self._recent: dict[int, None] = {}
        self._milestone: int | None = None
        self._steps = 0
        self._next_milestone = 1

    def next_query(self, query: Query, page: PageInfo) -> Query | None:
        """The query of the next page, or None after the last one.

        `query` is the one that `page` answers. Raises `UnexpectedReply` when the page leads back to where the listing
        has been: then the page itself is most likely one that was seen before, and must not be handed on.
        """
        if page.has_more is None:
            return self._next_linked(query, page.after_url) if page.after_url else _next_offset(query, page)
        if not page.has_more:
            return None
        following = _next_cursor(query, page)
        self.walk(dict(query).get(AFTER), page.after_cursor)
        return following

    def walk(self, here: str | None, ahead: str | None) -> None:
        """Note the way from one cursor to the next; raises `UnexpectedReply` when that leads back."""
        self._pass(hash(here))
        if (mark := hash(ahead)) in self._recent or mark == self._milestone:
            raise UnexpectedReply(f"the listing leads back to a cursor that it came from: {ahead}")

    def beyond(self, query: Query, page: PageInfo) -> PaginationLimit | None:
        """Why the records after this offset page can't be read, if there are any and they lie out of reach."""
        if page.has_more is not None or page.after_url:
            return None
        done, reach = asked_rows(query), self._reach
        if done < reach.records or not (page.next_page or (page.count or 0) > done):
            return None
        return PaginationLimit(
            f"pages by number end after {reach.records:,} records: {reach.way_out}",
            status=reach.status, code=reach.code, count=page.count,
        )

    def _next_linked(self, query: Query, link: str) -> Query:
        found = parse_qs(urlsplit(link).query)
        name = next((name for name in (CURSOR, AFTER) if name in found), None)
        if name is None:
            raise UnexpectedReply("the link to the next page has no cursor", body=link[:200])
        self.walk(dict(query).get(name), found[name][0])
        return (*(item for item in query if item[0] not in (CURSOR, AFTER, PAGE)), (name, found[name][0]))

    def _pass(self, cursor: int) -> None:
        self._recent[cursor] = None
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]
        self._steps += 1
        if self._steps == self._next_milestone:
            self._milestone, self._next_milestone = cursor, 2 * self._next_milestone


def _next_cursor(query: Query, page: PageInfo) -> Query:
    if not page.after_cursor:
        raise UnexpectedReply("the page says that there are more, but has no cursor")
    kept = tuple(item for item in query if item[0] not in (AFTER, PAGE, PER_PAGE))
    if not any(name == SIZE for name, _ in kept):
        kept += tuple((SIZE, value) for name, value in query if name == PER_PAGE)
    return (*kept, (AFTER, page.after_cursor))


def _next_offset(query: Query, page: PageInfo) -> Query | None:
    if not page.next_page:
        return None
    kept = tuple(item for item in query if item[0] not in (AFTER, PAGE))
    current, following = int(dict(query).get(PAGE, "1")), _page_number(page.next_page)
    if following <= current:
        raise UnexpectedReply(f"the listing leads back from page {current} to page {following}")
    return (*kept, (PAGE, str(following)))


def _page_number(link: str) -> int:
    numbers = parse_qs(urlsplit(link).query).get(PAGE, [])
    if not numbers or not numbers[0].isdecimal():
        raise UnexpectedReply("the link to the next page has no page number", body=link[:200])
    return int(numbers[0])
