"""What can be written of business rules: views, macros, triggers, automations, trigger categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Required, TypeAlias, TypedDict

from .common import CallOptions, Ids, JsonValue, RecordId, SortOrder, Strings

__all__ = [
    "ActionWrite", "Actions", "AutomationFields", "AutomationWrite", "ConditionList", "ConditionWrite",
    "ConditionsWrite", "MacroAccess", "MacroFields", "MacroSideload", "MacroWrite", "NewAutomation",
    "NewAutomationFields", "NewMacro", "NewMacroFields", "NewTrigger", "NewTriggerCategory",
    "NewTriggerCategoryFields", "NewTriggerFields", "NewView", "NewViewFields", "RestrictionWrite", "RulePosition",
    "RuleSideload", "RuleSort", "TriggerBatchRow", "TriggerCategoryBatchRow", "TriggerCategoryFields",
    "TriggerCategoryWrite", "TriggerFields", "TriggerPosition", "TriggerSort", "TriggerWrite", "UsageSideload",
    "ViewAccess", "ViewFields", "ViewOutput", "ViewPreview", "ViewPreviewFields", "ViewWrite",
]

RuleSort: TypeAlias = Literal[
    "alphabetical", "created_at", "updated_at", "position", "usage_1h", "usage_24h", "usage_7d", "usage_30d"
]
"""What listings of rules can be sorted by; views know nothing of usage."""
TriggerSort: TypeAlias = Literal[
    "position", "-position", "alphabetical", "-alphabetical", "created_at", "-created_at", "updated_at", "-updated_at"
]
"""What pages of triggers by cursor can be sorted by; with a hyphen in front backwards."""
ViewAccess: TypeAlias = Literal["personal", "shared", "account"]
"""Whose views: the caller's own, those that are shared, or those that are shared with all agents."""
MacroAccess: TypeAlias = Literal["personal", "agents", "shared", "account"]
"""Whose macros: the caller's own, those of other agents, those that are shared, or those that all agents share."""
RuleSideload: TypeAlias = Literal["app_installation", "permissions"]
"""What can come along with views."""
UsageSideload: TypeAlias = Literal[
    "app_installation", "permissions", "usage_1h", "usage_24h", "usage_7d", "usage_30d"
]
"""What can come along with triggers and automations."""
MacroSideload: TypeAlias = Literal[
    "app_installation", "categories", "permissions", "usage_1h", "usage_24h", "usage_7d", "usage_30d"
]
"""What can come along with macros."""


class ConditionWrite(TypedDict, total=False):
    """A condition: `{"field": "status", "operator": "less_than", "value": "solved"}`.

    Ids in `value` are taken as numbers and as strings. A condition on a tag list names its tags in one string,
    separated by spaces. Operators such as "changed" take no value.
    """

    field: Required[str]
    operator: str
    value: JsonValue


class ActionWrite(TypedDict, total=False):
    """An action: `{"field": "status", "value": "solved"}`; a list as value where it takes several parts."""

    field: Required[str]
    value: JsonValue


if TYPE_CHECKING:
    ConditionList: TypeAlias = list[ConditionWrite] | tuple[ConditionWrite, ...]
    """Conditions, in order."""
    Actions: TypeAlias = list[ActionWrite] | tuple[ActionWrite, ...]
    """Actions, in order."""
else:  # what msgspec checks against: any sequence
    ConditionList = list[ConditionWrite]
    Actions = list[ActionWrite]


class ConditionsWrite(TypedDict, total=False):
    """The conditions of a rule: all of `all` hold, and one of `any` at least. What an update leaves out is gone."""

    all: ConditionList
    any: ConditionList


class RestrictionWrite(TypedDict, total=False):
    """Who may use a view or a macro: the "User" or "Group" with `id`, or the groups with `ids` (type "Group")."""

    type: Required[Literal["User", "Group"]]
    id: int
    ids: Ids


# -- views ------------------------------------------------------------------------------------------------------------


class ViewOutput(TypedDict, total=False):
    """How a view is shown: its columns in order, what its rows are grouped and sorted by."""

    columns: Strings
    group_by: str
    group_order: SortOrder
    sort_by: str
    sort_order: SortOrder


class _View(TypedDict, total=False):
    description: str | None
    active: bool
    any: ConditionList
    output: ViewOutput
    restriction: RestrictionWrite | None


class ViewWrite(_View, total=False):
    """The fields of a view that can be written.

    Conditions are written as `all` and `any`, and read as `conditions`; columns are written as `output`, and read as
    `execution`. An update that has either of the lists replaces both: give both. Of `all`, one must be on status,
    type, group, assignee or requester. Without `restriction`, or with None, all agents share the view.
    """

    title: str
    all: ConditionList


class NewView(_View, total=False):
    """The fields of a new view."""

    title: Required[str]
    all: Required[ConditionList]


class ViewFields(ViewWrite, CallOptions, total=False):
    """The fields of a view, and the options of the call."""


class NewViewFields(NewView, CallOptions, total=False):
    """The fields of a new view, and the options of the call."""


class ViewPreview(TypedDict, total=False):
    """A view that is tried out: conditions as in a new one, and how to show the tickets."""

    all: Required[ConditionList]
    any: ConditionList
    output: ViewOutput


class ViewPreviewFields(ViewPreview, CallOptions, total=False):
    """A view that is tried out, and the options of the call."""


# -- macros -----------------------------------------------------------------------------------------------------------


class _Macro(TypedDict, total=False):
    description: str | None
    active: bool
    restriction: RestrictionWrite | None


class MacroWrite(_Macro, total=False):
    """The fields of a macro that can be written.

    `actions` replaces all actions. Without `restriction`, or with None, all agents share the macro. A double colon in
    `title` ("Refunds::Late") makes a category of what stands before it.
    """

    title: str
    actions: Actions


class NewMacro(_Macro, total=False):
    """The fields of a new macro."""

    title: Required[str]
    actions: Required[Actions]


class MacroFields(MacroWrite, CallOptions, total=False):
    """The fields of a macro, and the options of the call."""


class NewMacroFields(NewMacro, CallOptions, total=False):
    """The fields of a new macro, and the options of the call."""


class RulePosition(TypedDict, total=False):
    """One row of an `update_many`: a rule by its `id`, with its new place, or whether it is in use."""

    id: Required[RecordId]
    position: int
    active: bool


# -- triggers ---------------------------------------------------------------------------------------------------------


class _Trigger(TypedDict, total=False):
    raw_title: str
    description: str | None
    active: bool
    position: int
    category_id: str


class TriggerWrite(_Trigger, total=False):
    """The fields of a trigger that can be written.

    `conditions` and `actions` replace what there was. `position` is a place within the category; without one a new
    trigger comes last. `category_id` is a string. `title` and `raw_title` are one thing: the second holds
    placeholders as they are written.
    """

    title: str
    conditions: ConditionsWrite
    actions: Actions


class NewTrigger(_Trigger, total=False):
    """The fields of a new trigger."""

    title: Required[str]
    conditions: Required[ConditionsWrite]
    actions: Required[Actions]


class TriggerFields(TriggerWrite, CallOptions, total=False):
    """The fields of a trigger, and the options of the call."""


class NewTriggerFields(NewTrigger, CallOptions, total=False):
    """The fields of a new trigger, and the options of the call."""


class TriggerPosition(RulePosition, total=False):
    """One row of `triggers.update_many`: as for other rules, and into which category."""

    category_id: str


class TriggerCategoryWrite(TypedDict, total=False):
    """The fields of a trigger category that can be written; the others make room for a new `position`."""

    name: str
    position: int


class NewTriggerCategory(TypedDict, total=False):
    """The fields of a new trigger category."""

    name: Required[str]
    position: int


class TriggerCategoryFields(TriggerCategoryWrite, CallOptions, total=False):
    """The fields of a trigger category, and the options of the call."""


class NewTriggerCategoryFields(NewTriggerCategory, CallOptions, total=False):
    """The fields of a new trigger category, and the options of the call."""


class TriggerCategoryBatchRow(TypedDict):
    """A category of a batch, and its new place."""

    id: str
    position: int


class TriggerBatchRow(TypedDict, total=False):
    """A trigger of a batch: its new place, its category, or whether it is in use."""

    id: Required[RecordId]
    position: int
    active: bool
    category_id: str


# -- automations ------------------------------------------------------------------------------------------------------


class _Automation(TypedDict, total=False):
    active: bool
    position: int


class AutomationWrite(_Automation, total=False):
    """The fields of an automation that can be written.

    `conditions` and `actions` replace what there was. One of the conditions must be on hours since something
    happened, and an action or a condition must keep the automation from running on the same ticket for ever.
    """

    title: str
    conditions: ConditionsWrite
    actions: Actions


class NewAutomation(_Automation, total=False):
    """The fields of a new automation."""

    title: Required[str]
    conditions: Required[ConditionsWrite]
    actions: Required[Actions]


class AutomationFields(AutomationWrite, CallOptions, total=False):
    """The fields of an automation, and the options of the call."""


class NewAutomationFields(NewAutomation, CallOptions, total=False):
    """The fields of a new automation, and the options of the call."""
