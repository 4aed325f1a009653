"""Views: saved searches for tickets, their counts, and the tables that they show.

Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/views/
"""

from __future__ import annotations

from ._record import JsonValue, Record, empty_dict
from .rules import Conditions, Restriction, Rule

__all__ = ["ShownView", "View", "ViewColumn", "ViewCount", "ViewExport", "ViewPosition", "ViewResult"]


class View(Rule, frozen=True, kw_only=True):
    """A list of the tickets that meet the `conditions`, shown as `execution` says.

    `restriction` is None for a view that all agents share. `execution` holds the columns, the order and the grouping;
    they are written as `output`.
    """

    description: str | None = None
    conditions: Conditions | None = None
    execution: dict[str, JsonValue] = empty_dict()
    restriction: Restriction | None = None


class ShownView(View, frozen=True, kw_only=True):
    """The view of a table; that of a preview has no id, which is 0 then."""

    id: int = 0


class ViewColumn(Record, frozen=True, kw_only=True):
    """One column of an executed view. `id` is a name ("requester"), or the number of a custom field."""

    id: str | int
    title: str | None = None
    type: str | None = None
    url: str | None = None


class ViewPosition(Record, frozen=True, kw_only=True):
    """Where a page of a view ends, and whether there is more after it."""

    has_more: bool | None = None
    after_cursor: str | None = None


class ViewResult(Record, frozen=True, kw_only=True):
    """One page of an executed or previewed view, as a table. Pages by number tell the `count` of all rows.

    Each of `rows` has what the columns show, mostly under the columns' ids as strings (a person or a group under
    "requester_id" and the like), and the ticket in short under "ticket". `groups` are the groups that the rows on this
    page fall into.
    """

    columns: tuple[ViewColumn, ...] = ()
    rows: tuple[dict[str, JsonValue], ...] = ()
    groups: tuple[dict[str, JsonValue], ...] = ()
    view: ShownView | None = None
    count: int | None = None
    next_page: str | None = None
    meta: ViewPosition | None = None

    @property
    def has_more(self) -> bool:
        """Is there another page?"""
        return bool(self.next_page if self.meta is None else self.meta.has_more)

    @property
    def after_cursor(self) -> str | None:
        """Where the next page by cursor begins: hand it to the same method as `cursor=`. None on the last one."""
        return self.meta.after_cursor if self.meta is not None and self.has_more else None


class ViewCount(Record, frozen=True, kw_only=True):
    """How many tickets a view has.

    Zendesk counts large views in the background: until it is `fresh`, `value` is an older number, or None while there
    is none yet; ask again a little later (`refresh` "poll" says so). `pretty` is the number for people, rounded where
    it is large ("~700"), and "..." while it is not known. A preview's count belongs to no view: `view_id` is None.
    """

    view_id: int | None = None
    url: str | None = None
    value: int | None = None
    pretty: str | None = None
    fresh: bool | None = None
    active: bool | None = None
    refresh: str | None = None


class ViewExport(Record, frozen=True, kw_only=True):
    """The export of a view's tickets as CSV, which Zendesk mails to the caller. `status` is "starting" at first."""

    view_id: int | None = None
    status: str | None = None
