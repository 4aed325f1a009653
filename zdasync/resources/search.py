"""Search across tickets, users, organizations and groups.

A record is found some minutes after it was written. `list` reaches 1,000 results, `export` all of one type.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, Unpack, cast, get_args, overload

from .._core.cursor import SEARCH
from .._core.route import Route
from ..errors import BadArgument
from ..records.groups import Group
from ..records.organizations import Organization
from ..records.search import RESULTS, SearchResult
from ..records.tickets import Ticket
from ..records.users import User
from ._base import Resource
from ._validate import MAX_ROWS, page_size, text

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions

__all__ = ["Search", "SearchOrder", "SearchType", "SortDirection"]

SearchType = Literal["ticket", "user", "organization", "group"]
SearchOrder = Literal["created_at", "updated_at", "priority", "status", "ticket_type"]
SortDirection = Literal["asc", "desc"]

MAX_EXPORTED: Final = 1000
"""Results of one page of an export."""

_ANY: Final = cast("type[SearchResult]", RESULTS)
_SIDELOAD: Final = re.compile(r"[a-z_]+\([a-z_]+(,[a-z_]+)*\)")
_EXPORT: Final = "/api/v2/search/export"

LIST: Final[Route[SearchResult]] = Route(
    "search.list", "GET", "/api/v2/search", "results", _ANY, paging="offset", reach=SEARCH
)
COUNT: Final = Route("search.count", "GET", "/api/v2/search/count", "count", int)


def _export_row(record: type[Any]) -> Route[Any]:
    return Route("search.export", "GET", _EXPORT, "results", record, paging="cursor", cursor_life=3600.0)


EXPORTS: Final[dict[str, Route[Any]]] = {
    "ticket": _export_row(Ticket),
    "user": _export_row(User),
    "organization": _export_row(Organization),
    "group": _export_row(Group),
}


class Search(Resource):
    """Search in Zendesk's own language; `zdasync.Query` writes it with every value quoted as it must be."""

    def list(
        self,
        query: str,
        *,
        sort_by: SearchOrder | None = None,
        sort_order: SortDirection | None = None,
        include: str | Iterable[str] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[SearchResult]:
        """Whatever matches, each result as the record of its type, the most relevant first.

        At most 1,000 of them: further on it raises `PaginationLimit`, which tells how many there are and how many were
        read. `include` names sideloads by type, `tickets(users,groups)`; they are on `Page.sideloads`. Pages are by
        number, so that results may be missed or repeated while others write.
        """
        parameters = [("query", _written(query))]
        parameters += _one_of("sort_by", sort_by, SearchOrder) + _one_of("sort_order", sort_order, SortDirection)
        parameters += _included(include)
        parameters.append(("per_page", str(page_size(per_page))))
        return self._pages(LIST, options, query=tuple(parameters))

    def count(self, query: str, **options: Unpack[CallOptions]) -> Call[int]:
        """How many results there are, also where `list` does not reach them all."""
        return self._call(COUNT, options, query=(("query", _written(query)),))

    @overload
    def export(
        self, query: str, type: Literal["ticket"], *, page_size: int = ..., cursor: str | None = ...,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]: ...
    @overload
    def export(
        self, query: str, type: Literal["user"], *, page_size: int = ..., cursor: str | None = ...,
        **options: Unpack[CallOptions],
    ) -> Pages[User]: ...
    @overload
    def export(
        self, query: str, type: Literal["organization"], *, page_size: int = ..., cursor: str | None = ...,
        **options: Unpack[CallOptions],
    ) -> Pages[Organization]: ...
    @overload
    def export(
        self, query: str, type: Literal["group"], *, page_size: int = ..., cursor: str | None = ...,
        **options: Unpack[CallOptions],
    ) -> Pages[Group]: ...
    def export(
        self,
        query: str,
        type: SearchType,  # noqa: A002 - Zendesk's own name
        *,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Any]:
        """All results of one type, in the order of their creation; the type does not belong into the query.

        `page_size` is at most 1,000, and Zendesk recommends 100. A cursor lives for an hour: when the records of a page
        take longer than that, the next one raises `CursorExpired`, which tells how many were read and the last of them.
        """
        if type not in tuple(EXPORTS):  # a list is no key of a dictionary
            raise BadArgument(f"type must be one of {', '.join(EXPORTS)}, not {type!r}: an export has one type")
        parameters = (
            ("query", _written(query)), ("filter[type]", type), ("page[size]", str(_exported(page_size))),
            *((("page[after]", text("cursor", cursor)),) if cursor is not None else ()),
        )
        return self._pages(EXPORTS[type], options, query=parameters)


def _written(query: object) -> str:
    return str(text("query", query))


def _one_of(name: str, value: str | None, known: object) -> list[tuple[str, str]]:
    if value is None:
        return []
    if value not in get_args(known):
        raise BadArgument(f"{name} must be one of {', '.join(get_args(known))}, not {value!r}")
    return [(name, value)]


def _included(include: str | Iterable[str] | None) -> list[tuple[str, str]]:
    """Zendesk ignores a bare name without a word."""
    if include is None:
        return []
    if not isinstance(include, Iterable):
        raise BadArgument(f"include must be text or several, not {include!r}")
    asked: list[Any] = [include] if isinstance(include, str) else list(include)
    for one in asked:
        if not isinstance(one, str) or not _SIDELOAD.fullmatch(one):
            raise BadArgument(
                f"include: {one!r}: with a search, sideloads are named by type, as in 'tickets(users,groups)'; for "
                "several types give several"
            )
    return [("include", ",".join(asked))] if asked else []


def _exported(size: object) -> int:
    if type(size) is not int or not 1 <= size <= MAX_EXPORTED:
        raise BadArgument(f"page_size must be a whole number from 1 to {MAX_EXPORTED}, not {size!r}")
    return size
