"""What all business rules are made of, and automations.

Views, macros, triggers and automations are lists of conditions on tickets, of actions on them, or both. What a value
may be depends on the field that it belongs to (text, an id as a number or as its digits, a list of them), so it is
kept as the JSON that it is. The sideloads of rules stand in the rules themselves: `usage_*`, how often a rule was
used, `app_installation` and `permissions`.
Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/automations/ and .../documentation/
ticketing/reference-guides/conditions-reference/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record

__all__ = [
    "Action", "Automation", "Condition", "Conditions", "DefinitionOperator", "DefinitionValue", "Restriction", "Rule",
    "RuleDefinition", "RuleDefinitions",
]


class Condition(Record, frozen=True, kw_only=True):
    """One test of a ticket: its `field`, an `operator` such as "is" or "less_than", and what to compare with.

    Ids stand in `value` as strings of digits mostly, and as numbers at times.
    """

    field: str | None = None
    operator: str | None = None
    value: JsonValue = None


class Conditions(Record, frozen=True, kw_only=True):
    """A ticket is meant when `all` of the first hold, and one of `any` at least where there are some."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()


class Action(Record, frozen=True, kw_only=True):
    """What is done to a ticket: `field` names it, `value` says with what; a list where it takes several parts."""

    field: str | None = None
    value: JsonValue = None


class Restriction(Record, frozen=True, kw_only=True):
    """Who may use a view or a macro: the "User" or the "Group" with `id`, or the groups with `ids`."""

    type: str | None = None
    id: int | None = None
    ids: tuple[int, ...] = ()


class Rule(Record, frozen=True, kw_only=True):
    """What views, macros, triggers and automations share.

    `title` may hold the rendered text of a placeholder, whose own text is in `raw_title`. Rules run and are shown by
    `position`. `default` says that the rule came with the account.
    """

    id: int
    url: str | None = None
    title: str | None = None
    raw_title: str | None = None
    active: bool | None = None
    position: int | None = None
    default: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    app_installation: JsonValue = None
    permissions: JsonValue = None
    usage_1h: int | None = None
    usage_24h: int | None = None
    usage_7d: int | None = None
    usage_30d: int | None = None


class Automation(Rule, frozen=True, kw_only=True):
    """What Zendesk does to tickets by the clock: every hour, the `actions` on those that meet the `conditions`."""

    conditions: Conditions | None = None
    actions: tuple[Action, ...] = ()


class DefinitionOperator(Record, frozen=True, kw_only=True):
    """One operator that a condition on a field takes; with a `terminal` one there is no value."""

    value: str | None = None
    title: str | None = None
    terminal: bool | None = None


class DefinitionValue(Record, frozen=True, kw_only=True):
    """One value that a field takes, and its title for people. It can be chosen where it is `enabled`."""

    value: JsonValue = None
    title: str | None = None
    enabled: bool | None = None


class RuleDefinition(Record, frozen=True, kw_only=True):
    """What a condition or an action may say of one field.

    `subject` is the name that goes into `field`. `type` is the kind of value ("list", "text", ...), of which `values`
    names the choices. `repeatable`: the field may be used several times in one rule. Actions have no `operators`.
    """

    subject: str | None = None
    title: str | None = None
    type: str | None = None
    group: str | None = None
    nullable: bool | None = None
    repeatable: bool | None = None
    operators: tuple[DefinitionOperator, ...] = ()
    values: tuple[DefinitionValue, ...] = ()


class RuleDefinitions(Record, frozen=True, kw_only=True):
    """All that rules of one kind can be made of in this account."""

    conditions_all: tuple[RuleDefinition, ...] = ()
    conditions_any: tuple[RuleDefinition, ...] = ()
    actions: tuple[RuleDefinition, ...] = ()
