"""Macros: sets of changes that agents make to a ticket at once.

Applying a macro here shows what it would do and saves nothing: to make the changes, update the ticket with them.
Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/macros/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records._record import JsonValue
from ..records.macros import DerivedMacro, Macro, MacroResult
from ..records.rules import RuleDefinitions
from ._filters import texts
from ._rules import Rules
from ._sorting import checked_choice
from ._validate import MAX_ROWS, Query, filters, flags, include_query, optional_id, record_id, text
from .macro_attachments import MacroAttachments
from .types.rules import MacroAccess, MacroSideload, MacroWrite, NewMacro, RulePosition

if TYPE_CHECKING:
    import attrs

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, SortOrder
    from .types.rules import MacroFields, NewMacroFields, RuleSort

__all__ = ["Macros"]

# Within the class, `list` is the method.
ActionList: TypeAlias = list[dict[str, JsonValue]]
Names: TypeAlias = list[str]

_ALL: Final = "/api/v2/macros"
_ONE: Final = _ALL + "/{macro_id}"

LIST: Final = Route("macros.list", "GET", _ALL, "macros", Macro, paging="cursor")
ACTIVE: Final = Route("macros.active", "GET", _ALL + "/active", "macros", Macro, paging="offset")
SEARCH: Final = Route("macros.search", "GET", _ALL + "/search", "macros", Macro, paging="offset")
SHOW: Final = Route("macros.show", "GET", _ONE, "macro", Macro)
NEW: Final = Route("macros.new", "GET", _ALL + "/new", "macro", DerivedMacro)
CREATE: Final = Route("macros.create", "POST", _ALL, "macro", Macro, writes=NewMacro)
UPDATE: Final = Route("macros.update", "PUT", _ONE, "macro", Macro, writes=MacroWrite)
UPDATE_MANY: Final = Route("macros.update_many", "PUT", _ALL + "/update_many", "macros", Macro, writes=RulePosition)
DELETE: Final = Route("macros.delete", "DELETE", _ONE)
DESTROY_MANY: Final = Route("macros.destroy_many", "DELETE", _ALL + "/destroy_many")
APPLY: Final = Route("macros.apply", "GET", _ONE + "/apply", "result", MacroResult)
APPLY_TO_TICKET: Final = Route(
    "macros.apply", "GET", "/api/v2/tickets/{ticket_id}/macros/{macro_id}/apply", "result", MacroResult
)
ACTIONS: Final = Route("macros.actions", "GET", _ALL + "/actions", "actions", ActionList)
CATEGORIES: Final = Route("macros.categories", "GET", _ALL + "/categories", "categories", Names)
DEFINITIONS: Final = Route("macros.definitions", "GET", _ALL + "/definitions", "definitions", RuleDefinitions)


class Macros(Rules):
    """Sets of changes to tickets, with their `attachments`. Agents see the macros that they share and their own."""

    @cached_property
    def attachments(self) -> MacroAttachments:
        """Files that macros add to their comments."""
        return MacroAttachments(self._caller)

    def list(
        self,
        *,
        access: MacroAccess | None = None,
        active: bool | None = None,
        category: str | None = None,
        group_id: RecordId | None = None,
        only_viewable: bool | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: MacroSideload | Iterable[MacroSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Macro]:
        """The macros that the caller may use.

        `access` is "personal", "agents", "shared" or "account"; `category` what stands before the "::" of a title.
        `only_viewable` leaves out what an admin can only manage. Sorted with `sort_by` they come by page numbers,
        10,000 at most, since Zendesk does not sort what it gives by cursor.
        """
        query = _filters(access, active, category, group_id) + flags(only_viewable=only_viewable)
        query += include_query(include, MacroSideload, "macros")
        return self._sorted(LIST, options, (sort_by, sort_order), page_size, cursor, query)

    def active(
        self,
        *,
        access: MacroAccess | None = None,
        category: str | None = None,
        group_id: RecordId | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: MacroSideload | Iterable[MacroSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[Macro]:
        """The active macros, by page numbers. For the filters see `list`."""
        query = _filters(access, None, category, group_id) + include_query(include, MacroSideload, "macros")
        return self._numbered(ACTIVE, options, (sort_by, sort_order), per_page, query)

    def search(
        self,
        query: str,
        *,
        access: MacroAccess | None = None,
        active: bool | None = None,
        category: str | None = None,
        group_id: RecordId | None = None,
        only_viewable: bool | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: MacroSideload | Iterable[MacroSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[Macro]:
        """The macros with `query` in their title, by page numbers. For the filters see `list`."""
        wanted = texts(query=text("query", query)) + _filters(access, active, category, group_id)
        wanted += flags(only_viewable=only_viewable)
        wanted += include_query(include, MacroSideload, "macros")
        return self._numbered(SEARCH, options, (sort_by, sort_order), per_page, wanted)

    def show(self, macro_id: RecordId, **options: Unpack[CallOptions]) -> Call[Macro]:
        """One macro."""
        return self._call(SHOW, options, macro_id=macro_id)

    def new(
        self,
        *,
        macro_id: RecordId | None = None,
        ticket_id: RecordId | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[DerivedMacro]:
        """A macro like the one with `macro_id`, or one that would set what the ticket has; it is not saved.

        Change it as you like, and give its `title` and `actions` to `create`.
        """
        if macro_id is None and ticket_id is None:
            raise BadArgument("macros.new makes a macro from another one or from a ticket: pass macro_id or ticket_id")
        ids = {"macro_id": macro_id, "ticket_id": ticket_id}
        query = tuple((name, str(record_id(name, value))) for name, value in ids.items() if value is not None)
        return self._call(NEW, options, query=query)

    def create(self, **fields: Unpack[NewMacroFields]) -> Call[Macro]:
        """Creates a macro with a `title` and `actions`. See `types.MacroWrite` for the fields."""
        return self._write(CREATE, fields)

    def update(self, macro_id: RecordId, **fields: Unpack[MacroFields]) -> Call[Macro]:
        """Writes fields of a macro. `actions` replaces all actions: read the macro first and send them all."""
        return self._write(UPDATE, fields, macro_id=macro_id)

    def update_many(
        self, rows: Sequence[RulePosition | Mapping[str, object] | attrs.AttrsInstance], **options: Unpack[CallOptions]
    ) -> Pages[Macro]:
        """Moves up to 100 macros to a `position`, or sets whether they are `active`; each row has an `id`.

        It is no job: the macros come in one page.
        """
        return self._update_each(UPDATE_MANY, rows, options)

    def delete(self, macro_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a macro; tickets that it was applied to stay as they are."""
        return self._call(DELETE, options, macro_id=macro_id)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes up to 100 macros. It is no job: they are gone when it returns."""
        return self._delete_each(DESTROY_MANY, ids, options)

    def apply(
        self, macro_id: RecordId, *, ticket_id: RecordId | None = None, **options: Unpack[CallOptions]
    ) -> Call[MacroResult]:
        """What a macro would change; with `ticket_id`, that ticket as it would be afterwards. Nothing is saved.

        To apply it for good, write `comment` and the fields with `tickets.update`, which counts against the limits on
        updates of tickets.
        """
        if ticket_id is None:
            return self._call(APPLY, options, macro_id=macro_id)
        return self._call(APPLY_TO_TICKET, options, ticket_id=ticket_id, macro_id=macro_id)

    def actions(self, **options: Unpack[CallOptions]) -> Call[ActionList]:
        """The actions that macros can have, as Zendesk describes them to its own interface. See `definitions`."""
        return self._call(ACTIONS, options)

    def categories(self, **options: Unpack[CallOptions]) -> Call[Names]:
        """The categories of the macros that the caller may use: what stands before the "::" of their titles."""
        return self._call(CATEGORIES, options)

    def definitions(self, **options: Unpack[CallOptions]) -> Call[RuleDefinitions]:
        """The fields and values that actions of macros can have in this account."""
        return self._call(DEFINITIONS, options)


def _filters(
    access: MacroAccess | None, active: bool | None, category: str | None, group_id: RecordId | None  # noqa: FBT001
) -> Query:
    kept = filters(access=checked_choice("access", access, MacroAccess)) + flags(active=active)
    return kept + texts(category=category) + filters(group_id=optional_id("group_id", group_id))
