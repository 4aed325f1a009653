"""Automations: what Zendesk does to tickets by the clock, once an hour.

Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/automations/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.rules import Automation
from ._filters import texts
from ._rules import Rules
from ._validate import MAX_ROWS, flags, include_query, text
from .types.rules import AutomationWrite, NewAutomation, RulePosition, UsageSideload

if TYPE_CHECKING:
    import attrs

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, SortOrder
    from .types.rules import AutomationFields, NewAutomationFields, RuleSort

__all__ = ["Automations"]

_ALL: Final = "/api/v2/automations"
_ONE: Final = _ALL + "/{automation_id}"

LIST: Final = Route("automations.list", "GET", _ALL, "automations", Automation, paging="cursor")
ACTIVE: Final = Route("automations.active", "GET", _ALL + "/active", "automations", Automation, paging="offset")
SEARCH: Final = Route("automations.search", "GET", _ALL + "/search", "automations", Automation, paging="offset")
SHOW: Final = Route("automations.show", "GET", _ONE, "automation", Automation)
CREATE: Final = Route("automations.create", "POST", _ALL, "automation", Automation, writes=NewAutomation)
UPDATE: Final = Route("automations.update", "PUT", _ONE, "automation", Automation, writes=AutomationWrite)
UPDATE_MANY: Final = Route(
    "automations.update_many", "PUT", _ALL + "/update_many", "automations", Automation, writes=RulePosition
)
DELETE: Final = Route("automations.delete", "DELETE", _ONE)
DESTROY_MANY: Final = Route("automations.destroy_many", "DELETE", _ALL + "/destroy_many")


class Automations(Rules):
    """What happens to tickets as time passes. Agents may read them, admins write them."""

    def list(
        self,
        *,
        active: bool | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: UsageSideload | Iterable[UsageSideload] | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Automation]:
        """The automations, or only those that are `active` or not.

        `sort_by` is "alphabetical", "created_at", "updated_at", "position" or a sideloaded usage such as "usage_24h";
        sorted listings have no cursor and end after 10,000.
        """
        query = flags(active=active) + include_query(include, UsageSideload, "automations")
        return self._sorted(LIST, options, (sort_by, sort_order), page_size, cursor, query)

    def active(
        self,
        *,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: UsageSideload | Iterable[UsageSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[Automation]:
        """The active automations, by page numbers. For the order see `list`."""
        query = include_query(include, UsageSideload, "automations")
        return self._numbered(ACTIVE, options, (sort_by, sort_order), per_page, query)

    def search(
        self,
        query: str,
        *,
        active: bool | None = None,
        sort_by: RuleSort | None = None,
        sort_order: SortOrder | None = None,
        include: UsageSideload | Iterable[UsageSideload] | None = None,
        per_page: int = MAX_ROWS,
        **options: Unpack[CallOptions],
    ) -> Pages[Automation]:
        """The automations with `query` in their title, by page numbers. For the order see `list`."""
        wanted = texts(query=text("query", query)) + flags(active=active)
        wanted += include_query(include, UsageSideload, "automations")
        return self._numbered(SEARCH, options, (sort_by, sort_order), per_page, wanted)

    def show(self, automation_id: RecordId, **options: Unpack[CallOptions]) -> Call[Automation]:
        """One automation."""
        return self._call(SHOW, options, automation_id=automation_id)

    def create(self, **fields: Unpack[NewAutomationFields]) -> Call[Automation]:
        """Creates an automation with a `title`, `conditions` and `actions`. See `types.AutomationWrite`.

        Zendesk demands a condition on time that comes true once, and a condition or an action by which the automation
        does not run again on a ticket that it has changed. It is `active` at once unless told otherwise.
        """
        return self._write(CREATE, fields)

    def update(self, automation_id: RecordId, **fields: Unpack[AutomationFields]) -> Call[Automation]:
        """Writes fields of an automation. `conditions` and `actions` replace all that there were."""
        return self._write(UPDATE, fields, automation_id=automation_id)

    def update_many(
        self, rows: Sequence[RulePosition | Mapping[str, object] | attrs.AttrsInstance], **options: Unpack[CallOptions]
    ) -> Pages[Automation]:
        """Moves up to 100 automations to a `position`, or sets whether they are `active`; each row has an `id`.

        It is no job: the automations come in one page.
        """
        return self._update_each(UPDATE_MANY, rows, options)

    def delete(self, automation_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes an automation."""
        return self._call(DELETE, options, automation_id=automation_id)

    def destroy_many(self, ids: Sequence[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes up to 100 automations. It is no job: they are gone when it returns."""
        return self._delete_each(DESTROY_MANY, ids, options)
