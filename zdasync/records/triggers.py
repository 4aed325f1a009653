"""Triggers, what they were before, and the categories they stand in.

Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/triggers/ and .../trigger_categories/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record, empty_dict
from .rules import Action, Conditions, Rule

__all__ = [
    "ActionDiff", "Change", "ConditionDiff", "ConditionsDiff", "Trigger", "TriggerBatch", "TriggerBatchError",
    "TriggerBatchResults", "TriggerCategory", "TriggerDiff", "TriggerRevision", "TriggerSnapshot",
]


class Trigger(Rule, frozen=True, kw_only=True):
    """What Zendesk does to a ticket that was created or updated: the `actions`, when the `conditions` hold.

    Categories are in order, and triggers within one: `position` counts within the category. `category_id` is a string.
    """

    description: str | None = None
    category_id: str | None = None
    conditions: Conditions | None = None
    actions: tuple[Action, ...] = ()


class TriggerSnapshot(Record, frozen=True, kw_only=True):
    """A trigger as it stood after a change."""

    title: str | None = None
    description: str | None = None
    active: bool | None = None
    conditions: Conditions | None = None
    actions: tuple[Action, ...] = ()


class Change(Record, frozen=True, kw_only=True):
    """One side of a change: `content` was taken away ("-"), came in ("+") or stayed ("=")."""

    change: str | None = None
    content: JsonValue = None


class ActionDiff(Record, frozen=True, kw_only=True):
    """What became of one action."""

    field: tuple[Change, ...] = ()
    value: tuple[Change, ...] = ()


class ConditionDiff(Record, frozen=True, kw_only=True):
    """What became of one condition."""

    field: tuple[Change, ...] = ()
    operator: tuple[Change, ...] = ()
    value: tuple[Change, ...] = ()


class ConditionsDiff(ConditionDiff, frozen=True, kw_only=True):
    """What became of the conditions: by list, or as the reference's schema has it, of one alone."""

    all: tuple[ConditionDiff, ...] = ()
    any: tuple[ConditionDiff, ...] = ()


class TriggerDiff(Record, frozen=True, kw_only=True):
    """How revision `source_id` differs from revision `target_id`."""

    source_id: int | None = None
    target_id: int | None = None
    title: tuple[Change, ...] = ()
    description: tuple[Change, ...] = ()
    active: tuple[Change, ...] = ()
    conditions: ConditionsDiff | None = None
    actions: tuple[ActionDiff, ...] = ()


class TriggerRevision(Record, frozen=True, kw_only=True):
    """One change of a trigger: who made it, and what the trigger was afterwards. Only listings have the `diff`."""

    id: int
    url: str | None = None
    author_id: int | None = None
    created_at: datetime | None = None
    snapshot: TriggerSnapshot | None = None
    diff: TriggerDiff | None = None


class TriggerCategory(Record, frozen=True, kw_only=True):
    """A category of triggers, whose id is a string. The counts of its triggers come with `include="rule_counts"`."""

    id: str
    name: str | None = None
    position: int | None = None
    active_count: int | None = None
    inactive_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class TriggerBatchResults(Record, frozen=True, kw_only=True):
    """The categories and triggers that a batch changed, as they are now."""

    trigger_categories: tuple[TriggerCategory, ...] = ()
    triggers: tuple[Trigger, ...] = ()


class TriggerBatchError(Record, frozen=True, kw_only=True):
    """Why an item of a batch was refused; `trigger_id` names the trigger, where it is one."""

    code: str | None = None
    title: str | None = None
    detail: str | None = None
    id: str | None = None
    status: str | None = None
    trigger_id: str | None = None
    links: dict[str, JsonValue] = empty_dict()
    source: dict[str, JsonValue] = empty_dict()


class TriggerBatch(Record, frozen=True, kw_only=True):
    """The outcome of a batch: `status` is "complete", or "failed" with the reasons in `errors`."""

    status: str | None = None
    results: TriggerBatchResults | None = None
    errors: tuple[TriggerBatchError, ...] = ()

    @property
    def ok(self) -> bool:
        """Was everything done?"""
        return self.status == "complete" and not self.errors
