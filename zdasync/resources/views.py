"""Views: saved searches for tickets. List and write them, and read, count and export the tickets that they show.

Running a view is expensive for Zendesk: `execute`, `count_tickets` and a preview may run 5 times a minute for each
view and agent, `count_many` 6 times a minute; what agents do in their browser counts too. `tickets` is not limited so.
Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/views/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.rules import RuleDefinitions
from ..records.tickets import Ticket
from ..records.users import Count
from ..records.views import View, ViewCount, ViewExport, ViewResult
from ._filters import texts
from ._rules import Rules, column_query
from ._sorting import checked_choice
from ._validate import MAX_ROWS, Query, filters, flags, include_query, joined_ids, optional_id, page_query, text
from .types.rules import NewView, RulePosition, RuleSideload, ViewAccess, ViewPreview, ViewWrite

if TYPE_CHECKING:
    import attrs

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, SortOrder
    from .types.rules import NewViewFields, RuleSort, ViewFields, ViewPreviewFields

__all__ = ["Views"]

MAX_COUNTS: Final = 20
"""So many views does Zendesk count in one call."""

_ALL: Final = "/api/v2/views"
_ONE: Final = _ALL + "/{view_id}"

LIST: Final = Route("views.list", "GET", _ALL, "views", View, paging="cursor")
ACTIVE: Final = Route("views.active", "GET", _ALL + "/active", "views", View, paging="offset")
COMPACT: Final = Route("views.compact", "GET", _ALL + "/compact", "views", View, paging="offset")
SEARCH: Final = Route("views.search", "GET", _ALL + "/search", "views", View, paging="offset")
SHOW: Final = Route("views.show", "GET", _ONE, "view", View)
SHOW_MANY: Final = Route("views.show_many", "GET", _ALL + "/show_many", "views", View)
CREATE: Final = Route("views.create", "POST", _ALL, "view", View, writes=NewView)
UPDATE: Final = Route("views.update", "PUT", _ONE, "view", View, writes=ViewWrite)
UPDATE_MANY: Final = Route("views.update_many", "PUT", _ALL + "/update_many", "views", View, writes=RulePosition)
DELETE: Final = Route("views.delete", "DELETE", _ONE)
DESTROY_MANY: Final = Route("views.destroy_many", "DELETE", _ALL + "/destroy_many")
COUNT: Final = Route("views.count", "GET", _ALL + "/count", "count", Count)
COUNT_TICKETS: Final = Route("views.count_tickets", "GET", _ONE + "/count", "view_count", ViewCount)
COUNT_MANY: Final = Route("views.count_many", "GET", _ALL + "/count_many", "view_counts", ViewCount)
TICKETS: Final = Route("views.tickets", "GET", _ONE + "/tickets", "tickets", Ticket, paging="cursor")
EXECUTE: Final = Route("views.execute", "GET", _ONE + "/execute", None, ViewResult)
# A GET by name only: Zendesk mails an export for each one that it gets.
EXPORT: Final = Route("views.export", "GET", _ONE + "/export", "export", ViewExport, idempotent=False)
PREVIEW: Final = Route(
    "views.preview", "POST", _ALL + "/preview", None, ViewResult, writes=ViewPreview, wrap="view", idempotent=True
)
PREVIEW_COUNT: Final = Route(
    "views.preview_count", "POST", _ALL + "/preview/count", "view_count", ViewCount, writes=ViewPreview, wrap="view",
    idempotent=True,
)
DEFINITIONS: Final = Route("views.definitions", "GET", _ALL + "/definitions", "definitions", RuleDefinitions)


class Views(Rules):
    """Saved searches for tickets. Agents see the views that they share and their own."""

    def list(
        self,
        *,
        access: ViewAccess | None = None,
        active: bool | None = None,
        group_id: RecordId | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: RuleSideload | Iterable[RuleSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[View]:
        """The views that the caller may use: those with an `access` ("personal", "shared", "account"), of a group.

        Sorted with `sort_by` ("alphabetical", "created_at", "updated_at") they come by page numbers, 10,000 at most,
        since Zendesk does not sort what it gives by cursor.
        """
        query = _filters(access, active, group_id) + include_query(include, RuleSideload, "views")
        return self._sorted(LIST, options, (sort_by, sort_order), page_size, cursor, query)

    def active(
        self,
        *,
        access: ViewAccess | None = None,
        group_id: RecordId | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: RuleSideload | Iterable[RuleSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[View]:
        """The active views, by page numbers. For the filters see `list`."""
        query = _filters(access, None, group_id) + include_query(include, RuleSideload, "views")
        return self._numbered(ACTIVE, options, (sort_by, sort_order), per_page, query)

    def compact(self, **options: Unpack[CallOptions]) -> Pages[View]:
        """The first 32 views as the agent interface shows them, with what it needs of each."""
        return self._pages(COMPACT, options)

    def search(
        self,
        query: str,
        *,
        access: ViewAccess | None = None,
        active: bool | None = None,
        group_id: RecordId | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: RuleSideload | Iterable[RuleSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[View]:
        """The views with `query` in their title, by page numbers. For the filters see `list`."""
        wanted = texts(query=text("query", query)) + _filters(access, active, group_id)
        wanted += include_query(include, RuleSideload, "views")
        return self._numbered(SEARCH, options, (sort_by, sort_order), per_page, wanted)

    def show(self, view_id: RecordId, **options: Unpack[CallOptions]) -> Call[View]:
        """One view, not its tickets."""
        return self._call(SHOW, options, view_id=view_id)

    def show_many(
        self, ids: Sequence[RecordId], *, active: bool | None = None, **options: Unpack[CallOptions]
    ) -> Pages[View]:
        """Up to 100 views by their ids, in one page; those that do not exist are left out."""
        return self._pages(SHOW_MANY, options, query=(("ids", joined_ids(ids)), *flags(active=active)))

    def create(self, **fields: Unpack[NewViewFields]) -> Call[View]:
        """Creates a view with a `title` and the conditions `all`. See `types.ViewWrite` for the fields.

        Zendesk demands one condition in `all` on status, type, group, assignee or requester.
        """
        return self._write(CREATE, fields)

    def update(self, view_id: RecordId, **fields: Unpack[ViewFields]) -> Call[View]:
        """Writes fields of a view. Either list of conditions replaces both: give `all` and `any` together."""
        return self._write(UPDATE, fields, view_id=view_id)

    def update_many(
        self, rows: Sequence[RulePosition | Mapping[str, object] | attrs.AttrsInstance], **options: Unpack[CallOptions]
    ) -> Pages[View]:
        """Moves up to 100 views to a `position`, or sets whether they are `active`; each row has an `id`.

        It is no job: the views come in one page.
        """
        return self._update_each(UPDATE_MANY, rows, options)

    def delete(self, view_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a view, not its tickets."""
        return self._call(DELETE, options, view_id=view_id)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes up to 100 views. It is no job: they are gone when it returns."""
        return self._delete_each(DESTROY_MANY, ids, options)

    # -- tickets ------------------------------------------------------------------------------------------------------

    def tickets(
        self,
        view_id: RecordId,
        *,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Ticket]:
        """The tickets of a view, whole and all of them: the way to read a view.

        A new ticket may take seconds to minutes to get into a view. `sort_by` names a column; sorted listings have no
        cursor and end after 10,000 tickets.
        """
        query = column_query(sort_by, sort_order, page_size, cursor)
        return self._pages(TICKETS, options, query=query, view_id=view_id)

    def execute(
        self,
        view_id: RecordId,
        *,
        sort_by: str | None = None,
        sort_order: SortOrder | None = None,
        page: int | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[ViewResult]:
        """One page of a view as a table: columns, rows, groups. Limited to 5 a minute for each view and agent.

        `cursor` is the `after_cursor` of the page before. Sorted by a column with `sort_by`, pages have numbers
        instead: `page` 2 is the second. For all tickets of a view there is `tickets`.
        """
        if page is not None and (sort_by, sort_order) == (None, None):
            raise BadArgument("pages have numbers only where the view is sorted by sort_by: pass a cursor")
        if page is not None and (type(page) is not int or page < 1):
            raise BadArgument(f"page must be a whole number from 1, not {page!r}")
        query = column_query(sort_by, sort_order, page_size, cursor) + filters(page=page)
        return self._call(EXECUTE, options, query=query, view_id=view_id)

    def preview(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **fields: Unpack[ViewPreviewFields]
    ) -> Call[ViewResult]:
        """One page of what a view with these conditions and this `output` would show; nothing is saved.

        Previews share the limit of 5 a minute with each other.
        """
        return self._write(PREVIEW, fields, query=page_query(page_size, cursor))

    def preview_count(self, **fields: Unpack[ViewPreviewFields]) -> Call[ViewCount]:
        """How many tickets a view with these conditions would have; see `count_tickets` for what is not known yet."""
        return self._write(PREVIEW_COUNT, fields)

    def export(self, view_id: RecordId, **options: Unpack[CallOptions]) -> Call[ViewExport]:
        """Has Zendesk mail the view's tickets to the caller, as a file of comma-separated values.

        Each call starts another export, so it is not sent again when its reply is lost.
        """
        return self._call(EXPORT, options, view_id=view_id)

    # -- counts -------------------------------------------------------------------------------------------------------

    def count(self, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many views there are. For the tickets of one view see `count_tickets`."""
        return self._call(COUNT, options)

    def count_tickets(self, view_id: RecordId, **options: Unpack[CallOptions]) -> Call[ViewCount]:
        """How many tickets a view has. Limited to 5 a minute for each view and agent, together with `execute`.

        `value` is None while Zendesk counts for the first time, and old while `fresh` is False: ask again later.
        """
        return self._call(COUNT_TICKETS, options, view_id=view_id)

    def count_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Pages[ViewCount]:
        """How many tickets each of up to 20 views has, in one page. Limited to 6 a minute. See `count_tickets`."""
        return self._pages(COUNT_MANY, options, query=(("ids", joined_ids(ids, MAX_COUNTS)),))

    def definitions(self, **options: Unpack[CallOptions]) -> Call[RuleDefinitions]:
        """The fields, operators and values that conditions of views can have in this account."""
        return self._call(DEFINITIONS, options)


def _filters(access: ViewAccess | None, active: bool | None, group_id: RecordId | None) -> Query:  # noqa: FBT001
    kept = filters(access=checked_choice("access", access, ViewAccess)) + flags(active=active)
    return kept + filters(group_id=optional_id("group_id", group_id))
