"""What the pages on business rules have in common: sorted listings, and changes to many rules at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from .._core.route import Route
from ..call import Call, Pages
from ._base import Resource
from ._sorting import checked_choice, sorted_query
from ._validate import Query, checked_rows, filters, joined_ids, page_size, text
from .types.common import SortOrder
from .types.rules import RuleSort

__all__ = ["Rules", "column_query"]

T = TypeVar("T")


class Rules(Resource):
    """The calls that views, macros, triggers and automations share."""

    def _sorted(
        self,
        route: Route[T],
        options: Mapping[str, Any],
        order: tuple[RuleSort | None, SortOrder | None],
        size: int,
        cursor: str | None,
        query: Query,
    ) -> Pages[T]:
        """A listing by cursor; by page numbers where `order` (`sort_by`, `sort_order`) names one."""
        sort_by, sort_order = order
        return self._pages(route, options, query=query + sorted_query(size, cursor, sort_order, sort_by, RuleSort))

    def _numbered(
        self,
        route: Route[T],
        options: Mapping[str, Any],
        order: tuple[RuleSort | None, SortOrder | None],
        per_page: int,
        query: Query,
    ) -> Pages[T]:
        """A listing that knows page numbers only."""
        sort_by = checked_choice("sort_by", order[0], RuleSort)
        sort_order = checked_choice("sort_order", order[1], SortOrder)
        query += filters(sort_by=sort_by, sort_order=sort_order)
        return self._pages(route, options, query=(*query, ("per_page", str(page_size(per_page)))))

    def _update_each(self, route: Route[T], rows: object, options: Mapping[str, Any]) -> Pages[T]:
        """Changes up to 100 rules, each as its row says. It is no job: the reply has the rules."""
        assert route.writes is not None  # noqa: S101 - a row of this package's own table
        checked = checked_rows(rows, route.writes, ("id",))
        return self._pages(route, options, body=self._wrapped(route, checked))

    def _delete_each(self, route: Route[None], ids: object, options: Mapping[str, Any]) -> Call[None]:
        """Deletes up to 100 rules. It is no job: they are gone when it returns."""
        return self._call(route, options, query=(("ids", joined_ids(ids)),))


def column_query(sort_by: str | None, sort_order: SortOrder | None, size: int, cursor: str | None) -> Query:
    """The query of the first page of tickets: by number when they are sorted by a column, by cursor otherwise."""
    if sort_by is None:
        return sorted_query(size, cursor, sort_order)
    return (("sort_by", text("sort_by", sort_by)), *sorted_query(size, cursor, sort_order or "asc"))
