"""Trigger categories: the groups that triggers stand in, whose ids are strings.

Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/trigger_categories/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.triggers import TriggerBatch, TriggerCategory
from ._base import Resource
from ._sorting import checked_choice
from ._validate import MAX_ROWS, checked_rows, filters, include_query
from .types.rules import NewTriggerCategory, TriggerBatchRow, TriggerCategoryBatchRow, TriggerCategoryWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions
    from .types.rules import NewTriggerCategoryFields, TriggerCategoryFields

__all__ = ["TriggerCategories"]

CategorySort: TypeAlias = Literal[
    "position", "-position", "name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"
]
CategorySideload: TypeAlias = Literal["rule_counts"]

_ALL: Final = "/api/v2/trigger_categories"
_ONE: Final = _ALL + "/{trigger_category_id}"

LIST: Final = Route(
    "trigger_categories.list", "GET", _ALL, "trigger_categories", TriggerCategory, paging="cursor"
)
SHOW: Final = Route("trigger_categories.show", "GET", _ONE, "trigger_category", TriggerCategory)
CREATE: Final = Route(
    "trigger_categories.create", "POST", _ALL, "trigger_category", TriggerCategory, writes=NewTriggerCategory
)
# A PATCH that sets a name and a place: doing it twice is as good as once.
UPDATE: Final = Route(
    "trigger_categories.update", "PATCH", _ONE, "trigger_category", TriggerCategory, writes=TriggerCategoryWrite,
    idempotent=True,
)
DELETE: Final = Route("trigger_categories.delete", "DELETE", _ONE)
BATCH_OPERATE: Final = Route("trigger_categories.batch_operate", "POST", _ALL + "/jobs", None, TriggerBatch, wrap="job")


class TriggerCategories(Resource):
    """Groups of triggers, in order. Admins only."""

    string_ids: ClassVar[bool] = True

    def list(
        self,
        *,
        sort: CategorySort | None = None,
        include: CategorySideload | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[TriggerCategory]:
        """The categories; with `include="rule_counts"`, how many active and inactive triggers each has."""
        query = filters(sort=checked_choice("sort", sort, CategorySort))
        query += include_query(include, CategorySideload, "trigger categories")
        return self._list(LIST, options, page_size, cursor, query=query)

    def show(self, category_id: str, **options: Unpack[CallOptions]) -> Call[TriggerCategory]:
        """One category."""
        return self._call(SHOW, options, trigger_category_id=category_id)

    def create(self, **fields: Unpack[NewTriggerCategoryFields]) -> Call[TriggerCategory]:
        """Creates a category with a `name`, at the `position` that is given, or at the end."""
        return self._write(CREATE, fields)

    def update(self, category_id: str, **fields: Unpack[TriggerCategoryFields]) -> Call[TriggerCategory]:
        """Renames or moves a category; the others make room."""
        return self._write(UPDATE, fields, trigger_category_id=category_id)

    def delete(self, category_id: str, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a category, which must have no triggers any more."""
        return self._call(DELETE, options, trigger_category_id=category_id)

    def batch_operate(
        self,
        *,
        trigger_categories: Sequence[TriggerCategoryBatchRow | Mapping[str, object]] = (),
        triggers: Sequence[TriggerBatchRow | Mapping[str, object]] = (),
        **options: Unpack[CallOptions],
    ) -> Call[TriggerBatch]:
        """Moves categories and triggers in one step: places, categories of triggers, whether they are active.

        Zendesk calls it a job, yet it is done when the reply is there. Look at `ok` of what it gives: a batch may come
        back as "failed", with the reasons in its `errors`.
        """
        items: dict[str, object] = {}
        if trigger_categories:
            items["trigger_categories"] = checked_rows(trigger_categories, TriggerCategoryBatchRow)
        if triggers:
            rows = checked_rows(triggers, TriggerBatchRow, ("id",))
            items["triggers"] = [row | {"id": str(row["id"])} for row in rows]
        if not items:
            raise BadArgument("trigger_categories.batch_operate got neither trigger_categories nor triggers")
        return self._call(BATCH_OPERATE, options, body={"job": {"action": "patch", "items": items}})
