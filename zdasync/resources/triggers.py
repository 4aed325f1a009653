"""Triggers: what Zendesk does to tickets when they are created or updated.

The order of triggers matters: each sees what those before it changed. It goes by the position of their categories, and
by their own position within a category.
Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.codec import encode
from ..records.rules import RuleDefinitions
from ..records.triggers import Trigger, TriggerRevision
from ._base import Resource
from ._filters import mapping, texts
from ._rules import Rules
from ._sorting import checked_choice
from ._validate import MAX_ROWS, Query, filters, flags, include_query, text, whole_ids
from .types.rules import NewTrigger, TriggerPosition, TriggerSort, TriggerWrite, UsageSideload

if TYPE_CHECKING:
    import attrs

    from ..call import Call, Pages
    from .types.common import CallOptions, JsonValue, RecordId, SortOrder
    from .types.rules import NewTriggerFields, RuleSort, TriggerFields

__all__ = ["TriggerRevisions", "Triggers"]

AuthorSideload: TypeAlias = Literal["users"]

_ALL: Final = "/api/v2/triggers"
_ONE: Final = _ALL + "/{trigger_id}"

LIST: Final = Route("triggers.list", "GET", _ALL, "triggers", Trigger, paging="cursor")
ACTIVE: Final = Route("triggers.active", "GET", _ALL + "/active", "triggers", Trigger, paging="cursor")
SEARCH: Final = Route("triggers.search", "GET", _ALL + "/search", "triggers", Trigger, paging="offset")
SHOW: Final = Route("triggers.show", "GET", _ONE, "trigger", Trigger)
CREATE: Final = Route("triggers.create", "POST", _ALL, "trigger", Trigger, writes=NewTrigger)
UPDATE: Final = Route("triggers.update", "PUT", _ONE, "trigger", Trigger, writes=TriggerWrite)
UPDATE_MANY: Final = Route(
    "triggers.update_many", "PUT", _ALL + "/update_many", "triggers", Trigger, writes=TriggerPosition
)
DELETE: Final = Route("triggers.delete", "DELETE", _ONE)
DESTROY_MANY: Final = Route("triggers.destroy_many", "DELETE", _ALL + "/destroy_many")
REORDER: Final = Route("triggers.reorder", "PUT", _ALL + "/reorder")
DEFINITIONS: Final = Route("triggers.definitions", "GET", _ALL + "/definitions", "definitions", RuleDefinitions)
LIST_REVISIONS: Final = Route(
    "triggers.revisions.list", "GET", _ONE + "/revisions", "trigger_revisions", TriggerRevision, paging="after_url"
)
SHOW_REVISION: Final = Route(
    "triggers.revisions.show", "GET", _ONE + "/revisions/{trigger_revision_id}", "trigger_revision", TriggerRevision
)


class TriggerRevisions(Resource):
    """What a trigger was at each change, the latest first. Zendesk keeps them for accounts on Enterprise plans."""

    def list(
        self,
        trigger_id: RecordId,
        *,
        include: AuthorSideload | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TriggerRevision]:
        """The revisions of a trigger, each with its difference to the one before; `include="users"` has the authors."""
        query = include_query(include, AuthorSideload, "revisions")
        return self._list(LIST_REVISIONS, options, page_size, cursor, query=query, trigger_id=trigger_id)

    def show(
        self,
        trigger_id: RecordId,
        revision_id: RecordId,
        *,
        include: AuthorSideload | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[TriggerRevision]:
        """One revision, without its difference to the one before; `include="users"` has the author."""
        query = include_query(include, AuthorSideload, "revisions")
        return self._call(
            SHOW_REVISION, options, query=query, trigger_id=trigger_id, trigger_revision_id=revision_id
        )


class Triggers(Rules):
    """The triggers of tickets, with their `revisions`. Agents may read them, admins write them."""

    @cached_property
    def revisions(self) -> TriggerRevisions:
        """What triggers were before."""
        return TriggerRevisions(self._caller)

    def list(
        self,
        *,
        active: bool | None = None,
        category_id: str | None = None,
        sort: TriggerSort | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: UsageSideload | Iterable[UsageSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Trigger]:
        """The triggers, those of one category, or only those that are `active` or not; by position.

        `sort` ("position", "alphabetical", "created_at", ...; with a hyphen in front backwards) goes with pages by
        cursor. `sort_by` with `sort_order` knows more, as "usage_24h", yet such listings have no cursor and end after
        10,000.
        """
        query = flags(active=active) + texts(category_id=category_id)
        query += _sort(sort, sort_by) + include_query(include, UsageSideload, "triggers")
        return self._sorted(LIST, options, (sort_by, sort_order), page_size, cursor, query)

    def active(
        self,
        *,
        category_id: str | None = None,
        sort: TriggerSort | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: UsageSideload | Iterable[UsageSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Trigger]:
        """The active triggers. See `list`."""
        query = texts(category_id=category_id)
        query += _sort(sort, sort_by) + include_query(include, UsageSideload, "triggers")
        return self._sorted(ACTIVE, options, (sort_by, sort_order), page_size, cursor, query)

    def search(
        self,
        query: str,
        *,
        filter: Mapping[str, JsonValue] | None = None,  # noqa: A002 - Zendesk's own name
        active: bool | None = None,
        sort: TriggerSort | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: UsageSideload | Iterable[UsageSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[Trigger]:
        """The triggers with `query` in their title, by page numbers.

        `filter` narrows it by attributes of triggers, such as `{"description": "..."}`, and is sent as JSON.
        """
        wanted = texts(query=text("query", query)) + flags(active=active) + _sort(sort, sort_by)
        if filter is not None:
            wanted += (("filter[json]", encode(mapping("filter", filter)).decode()),)
        wanted += include_query(include, UsageSideload, "triggers")
        return self._numbered(SEARCH, options, (sort_by, sort_order), per_page, wanted)

    def show(self, trigger_id: RecordId, **options: Unpack[CallOptions]) -> Call[Trigger]:
        """One trigger."""
        return self._call(SHOW, options, trigger_id=trigger_id)

    def create(self, **fields: Unpack[NewTriggerFields]) -> Call[Trigger]:
        """Creates a trigger with a `title`, `conditions` and `actions`. See `types.TriggerWrite` for the fields.

        Name its category with `category_id`: which one it comes into without, Zendesk does not document. It is `active`
        at once unless told otherwise, and fires on the next ticket.
        """
        return self._write(CREATE, fields)

    def update(self, trigger_id: RecordId, **fields: Unpack[TriggerFields]) -> Call[Trigger]:
        """Writes fields of a trigger. `conditions` and `actions` replace all that there were: `any`, left out, is gone.

        Read the trigger before and send its lists with the change in them.
        """
        return self._write(UPDATE, fields, trigger_id=trigger_id)

    def update_many(
        self,
        rows: Sequence[TriggerPosition | Mapping[str, object] | attrs.AttrsInstance],
        **options: Unpack[CallOptions],
    ) -> Pages[Trigger]:
        """Moves up to 100 triggers to a `position` or `category_id`, or sets whether they are `active`.

        Each row has an `id`. It is no job: the triggers come in one page.
        """
        return self._update_each(UPDATE_MANY, rows, options)

    def reorder(self, trigger_ids: Iterable[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Sets the order in which all triggers fire, from the ids of all of them, however many there are.

        Zendesk refuses it where the account has several categories of triggers: there, use `update_many`, or
        `batch_operate` of `trigger_categories`.
        """
        return self._call(REORDER, options, body={"trigger_ids": whole_ids("trigger_ids", trigger_ids)})

    def delete(self, trigger_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a trigger, and its revisions with it."""
        return self._call(DELETE, options, trigger_id=trigger_id)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes up to 100 triggers. It is no job: they are gone when it returns."""
        return self._delete_each(DESTROY_MANY, ids, options)

    def definitions(self, **options: Unpack[CallOptions]) -> Call[RuleDefinitions]:
        """The fields, operators and values that conditions and actions of triggers can have in this account."""
        return self._call(DEFINITIONS, options)


def _sort(sort: TriggerSort | None, sort_by: RuleSort | None) -> Query:
    if sort is not None and sort_by is not None:
        raise BadArgument("sort goes with pages by cursor, sort_by with pages by number: one of the two")
    return filters(sort=checked_choice("sort", sort, TriggerSort))
