"""Business rules, as a type checker sees them."""

from __future__ import annotations

from typing import assert_type

from zdasync import Zendesk
from zdasync.records.macros import DerivedMacro, Macro, MacroAttachment, MacroResult
from zdasync.records.rules import Automation, RuleDefinitions
from zdasync.records.tickets import Ticket
from zdasync.records.triggers import Trigger, TriggerBatch, TriggerCategory, TriggerRevision
from zdasync.records.users import Count
from zdasync.records.views import View, ViewCount, ViewExport, ViewResult
from zdasync.resources.types.rules import ActionWrite, ConditionsWrite, ConditionWrite

OPEN: list[ConditionWrite] = [{"field": "status", "operator": "less_than", "value": "solved"}]
CLOSE: list[ActionWrite] = [{"field": "status", "value": "closed"}]
TIMED: ConditionsWrite = {"all": OPEN, "any": ({"field": "SOLVED", "operator": "greater_than", "value": 96},)}


async def views(zd: Zendesk) -> None:
    async for view in zd.views.list(active=True, sort_by="alphabetical"):
        assert_type(view, View)
    async for ticket in zd.views.tickets(25, sort_by="nice_id"):
        assert_type(ticket, Ticket)
    table = await zd.views.execute("25")
    assert_type(table, ViewResult)
    assert_type(table.after_cursor, str | None)
    assert_type(await zd.views.count(), Count)
    assert_type((await zd.views.count_tickets(25)).value, int | None)
    assert_type((await zd.views.count_many([25]))[0], ViewCount)
    assert_type(await zd.views.export(25), ViewExport)
    assert_type(await zd.views.definitions(), RuleDefinitions)
    assert_type(await zd.views.create(title="Open", all=OPEN, output={"columns": ("status",)}, timeout=5), View)
    assert_type(await zd.views.preview(all=OPEN, page_size=10), ViewResult)
    assert_type((await zd.views.update_many([{"id": 25, "position": 1}]))[0], View)


async def mistakes_with_views(zd: Zendesk) -> None:
    await zd.views.create(title="Open")  # type: ignore[call-arg]
    await zd.views.update(25, conditions=TIMED)  # type: ignore[call-arg]
    await zd.views.update(25, all=[{"field": "status", "op": "is"}])  # type: ignore[typeddict-unknown-key]
    await zd.views.update(25, restriction={"type": "Brand", "id": 1})  # type: ignore[arg-type]
    await zd.views.list(sort_by="title")  # type: ignore[arg-type]
    await zd.views.list(include="usage_1h")  # type: ignore[arg-type]
    await zd.views.execute(25, sort_order="down")  # type: ignore[arg-type]


async def macros(zd: Zendesk) -> None:
    assert_type(await zd.macros.create(title="Close", actions=CLOSE, restriction=None), Macro)
    assert_type(await zd.macros.apply(1, ticket_id=2), MacroResult)
    assert_type(await zd.macros.new(macro_id=1), DerivedMacro)
    assert_type(await zd.macros.categories(), list[str])
    assert_type(await zd.macros.attachments.create(b"x", filename="x.txt"), MacroAttachment)
    await zd.macros.create(title="Close")  # type: ignore[call-arg]
    await zd.macros.update(1, position=2)  # type: ignore[call-arg]
    await zd.macros.apply(1, 2)  # type: ignore[call-arg]
    await zd.macros.update(1, actions=[{"value": "closed"}])  # type: ignore[typeddict-item]


async def triggers(zd: Zendesk) -> None:
    made = await zd.triggers.create(title="Close", conditions=TIMED, actions=CLOSE, category_id="10026")
    assert_type(made, Trigger)
    assert_type(made.category_id, str | None)
    async for revision in zd.triggers.revisions.list(made.id, include="users"):
        assert_type(revision, TriggerRevision)
    assert_type(await zd.trigger_categories.show("10026"), TriggerCategory)
    assert_type(await zd.trigger_categories.batch_operate(triggers=[{"id": 1, "active": True}]), TriggerBatch)
    await zd.triggers.reorder([1, 2])
    await zd.triggers.create(title="Close", conditions=OPEN, actions=CLOSE)  # type: ignore[arg-type]
    await zd.triggers.update(1, category_id=10026)  # type: ignore[arg-type]
    await zd.trigger_categories.create(position=1)  # type: ignore[call-arg]
    await zd.trigger_categories.list(sort="title")  # type: ignore[arg-type]


async def automations(zd: Zendesk) -> None:
    assert_type(await zd.automations.create(title="Close", conditions=TIMED, actions=CLOSE), Automation)
    assert_type((await zd.automations.list())[0].conditions is None, bool)
    await zd.automations.create(title="Close", actions=CLOSE)  # type: ignore[call-arg]
    await zd.automations.update_many([{"id": 1, "position": 2}, {"id": "2", "active": False}])
