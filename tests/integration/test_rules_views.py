"""Views: what is written and read of them, their tickets, and the limits on running them."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from zdasync import NotFound, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID

from .conftest import AGENT

OPEN = [{"field": "status", "operator": "less_than", "value": "solved"}]
SOLVED = [{"field": "status", "operator": "is", "value": "solved"}]


def add(stage, **fields):
    """A ticket of the customer's; gives its id."""
    tickets = stage.account.state.tickets
    return tickets.create(CUSTOMER_ID, now=stage.account.now(), comment="Help", **fields).id


async def ids(listing):
    return [one.id async for one in listing]


# --- reading and writing views


async def test_a_view_is_made_changed_and_deleted(start) -> None:
    stage = await start()
    views = stage.zd.views
    urgent = [{"field": "priority", "operator": "is", "value": "urgent"}]
    made = await views.create(
        title="Urgent ones", description="Now", all=OPEN, any=urgent,
        output={"columns": ["status", "priority"], "sort_by": "created", "sort_order": "asc"},
    )
    assert [column["id"] for column in made.execution["columns"]] == ["status", "priority"]
    assert (len(made.conditions.all), made.conditions.any[0].value) == (1, "urgent")
    shown = await views.show(made.id)
    assert shown == made
    changed = await views.update(made.id, title="Urgent", active=False)
    assert (changed.title, changed.active, changed.conditions) == ("Urgent", False, made.conditions)
    await views.delete(made.id)
    with pytest.raises(NotFound):
        await views.show(made.id)
    assert stage.drifts == []


async def test_an_update_of_one_list_of_conditions_empties_the_other(start) -> None:
    stage = await start()
    made = await stage.zd.views.create(title="V", all=OPEN, any=SOLVED)
    changed = await stage.zd.views.update(made.id, all=SOLVED)
    assert (changed.conditions.all[0].value, changed.conditions.any) == ("solved", ())


async def test_zendesk_wants_a_condition_that_narrows(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError, match="must test for at least one of"):
        await stage.zd.views.create(title="V", all=[{"field": "priority", "operator": "is", "value": "high"}])
    assert (await stage.zd.views.count()).value == 3


async def test_listings_and_their_filters(start) -> None:
    stage = await start()
    views = stage.zd.views
    mine = await views.create(title="A mine", all=OPEN, restriction={"type": "User", "id": ADMIN_ID})
    idle = await views.create(title="B idle", all=OPEN, active=False)
    everything = [view.title async for view in views.list(page_size=2)]
    assert everything[-2:] == ["A mine", "B idle"]
    assert len(everything) == 5
    assert await ids(views.list(access="personal")) == [mine.id]
    assert idle.id not in await ids(views.active())
    assert await ids(views.list(active=False)) == [idle.id]
    assert await ids(views.search("idle")) == [idle.id]
    assert await ids(views.show_many([idle.id, 12, mine.id])) == [mine.id, idle.id]
    titles = [view.title async for view in views.list(sort_by="alphabetical", sort_order="desc", page_size=2)]
    assert titles == sorted(everything, reverse=True)
    assert (await views.compact())[0].title == everything[0]


async def test_many_views_are_moved_and_deleted_at_once(start) -> None:
    stage = await start()
    views = stage.zd.views
    one, two, three = await views.list()
    page = await views.update_many([{"id": three.id, "position": 0}, {"id": one.id, "active": False}])
    assert [view.id for view in page] == [three.id, one.id]
    assert await ids(views.list()) == [three.id, one.id, two.id]
    assert await ids(views.active()) == [three.id, two.id]
    await views.destroy_many([one.id, two.id])
    assert await ids(views.list()) == [three.id]


async def test_agents_keep_to_their_own_views(start) -> None:
    stage = await start()
    agent = (await stage.client(AGENT)).views
    shared = (await agent.list())[0]
    for write in (agent.update(shared.id, title="Mine"), agent.delete(shared.id), agent.create(title="V", all=OPEN)):
        with pytest.raises(PermissionDenied):
            await write
    own = await agent.create(title="Own", all=OPEN, restriction={"type": "User", "id": AGENT_ID})
    assert own.id not in await ids(stage.zd.views.list())
    with pytest.raises(NotFound):
        await stage.zd.views.execute(own.id)
    await agent.delete(own.id)
    assert len(await agent.list()) == 3


# --- their tickets


async def test_a_view_gives_whole_tickets_page_by_page(start) -> None:
    stage = await start()
    wanted = [add(stage, status="open") for _ in range(7)]
    add(stage, status="solved")
    view = await stage.zd.views.create(title="V", all=OPEN)
    listing = stage.zd.views.tickets(view.id, page_size=3)
    tickets = [ticket async for ticket in listing]
    assert [ticket.id for ticket in tickets] == wanted
    assert tickets[0].requester_id == CUSTOMER_ID
    assert stage.sent[-3:] == [f"GET /api/v2/views/{view.id}/tickets"] * 3
    rest = stage.zd.views.tickets(view.id, page_size=3, cursor=(await listing).after_cursor)
    assert await ids(rest) == wanted[3:]


async def test_sorted_tickets_come_by_number(start) -> None:
    stage = await start()
    low, urgent, none = (add(stage, status="open", priority=name) for name in ("low", "urgent", None))
    view = await stage.zd.views.create(title="V", all=OPEN)
    listing = stage.zd.views.tickets(view.id, sort_by="priority", sort_order="desc", page_size=2)
    assert await ids(listing) == [urgent, low, none]
    assert [dict(query).get("page") for query in stage.queries[-2:]] == [None, "2"]


async def test_a_table_goes_on_by_its_cursor(start) -> None:
    stage = await start()
    wanted = [add(stage, status="open", subject=f"S{number}") for number in range(5)]
    view = await stage.zd.views.create(title="V", all=OPEN, output={"columns": ["subject"], "group_by": "status"})
    rows, cursor = [], None
    while True:
        table = await stage.zd.views.execute(view.id, page_size=2, cursor=cursor)
        rows += table.rows
        cursor = table.after_cursor
        if cursor is None:
            break
    assert [row["ticket"]["id"] for row in rows] == wanted
    assert [row["subject"] for row in rows] == [f"S{number}" for number in range(5)]
    assert ([column.id for column in table.columns], table.view.id) == (["subject"], view.id)
    assert [group["name"] for group in table.groups] == ["open"]
    assert stage.drifts == []


async def test_pages_of_a_sorted_table_have_numbers(start) -> None:
    stage = await start()
    first, second, third = (add(stage, status="open", subject=name) for name in ("c", "b", "a"))
    view = await stage.zd.views.create(title="V", all=OPEN)
    one = await stage.zd.views.execute(view.id, sort_by="subject", page_size=2)
    assert ([row["ticket"]["id"] for row in one.rows], one.has_more, one.count) == ([third, second], True, 3)
    two = await stage.zd.views.execute(view.id, sort_by="subject", page_size=2, page=2)
    assert ([row["ticket"]["id"] for row in two.rows], two.has_more) == ([first], False)


async def test_a_preview_saves_nothing(start) -> None:
    stage = await start()
    ticket = add(stage, status="solved", subject="Done")
    table = await stage.zd.views.preview(all=SOLVED, output={"columns": ["subject"]})
    assert [row["subject"] for row in table.rows] == ["Done"]
    assert table.rows[0]["ticket"]["id"] == ticket
    assert (await stage.zd.views.preview_count(all=SOLVED)).value == 1
    assert (await stage.zd.views.count()).value == 3
    with pytest.raises(ValidationError):
        await stage.zd.views.preview(all=[])
    assert stage.drifts == []


async def test_an_export_and_the_definitions(start) -> None:
    stage = await start()
    view = (await stage.zd.views.list())[0]
    export = await stage.zd.views.export(view.id)
    assert (export.view_id, export.status) == (view.id, "starting")
    known = await stage.zd.views.definitions()
    status = next(one for one in known.conditions_all if one.subject == "status")
    assert "less_than" in [one.value for one in status.operators]
    assert "pending" in [one.value for one in status.values]


# --- counts


async def test_counts_that_take_their_time(start) -> None:
    stage = await start(settings={"view_count_seconds": 30.0})
    add(stage, status="open")
    views = await stage.zd.views.list()
    first = await stage.zd.views.count_tickets(views[2].id)
    assert (first.value, first.fresh, first.pretty, first.refresh) == (None, False, "...", "poll")
    await asyncio.sleep(31)
    then = await stage.zd.views.count_many([views[2].id, views[0].id, 12])
    assert [(one.view_id, one.value) for one in then] == [(views[0].id, None), (views[2].id, 1)]
    assert then[1].fresh


# --- limits


async def test_one_view_is_executed_five_times_a_minute_and_never_refused(start) -> None:
    stage = await start()
    view = (await stage.zd.views.list())[0]
    await asyncio.gather(*(stage.zd.views.execute(view.id) for _ in range(12)))
    assert stage.account.rejections == {}
    assert stage.account.worst("views-execute") == 5
    assert stage.sent.count(f"GET /api/v2/views/{view.id}/execute") == 12


async def test_counting_shares_the_five_with_executing(start) -> None:
    stage = await start()
    view = (await stage.zd.views.list())[0]
    calls = [stage.zd.views.execute(view.id) for _ in range(4)] + [stage.zd.views.count_tickets(view.id)] * 4
    await asyncio.gather(*calls)
    assert (stage.account.rejections, stage.account.worst("views-execute")) == ({}, 5)


async def test_previews_share_five_a_minute(start) -> None:
    stage = await start()
    await asyncio.gather(*(stage.zd.views.preview(all=OPEN) for _ in range(8)))
    assert (stage.account.rejections, stage.account.worst("views-execute")) == ({}, 5)


async def test_views_do_not_wait_for_each_other(start) -> None:
    stage = await start()
    views = await stage.zd.views.list()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(stage.zd.views.execute(view.id) for view in views for _ in range(5)))
    assert loop.time() - began < 5
    assert stage.account.rejections == {}


async def test_six_counts_of_many_a_minute(start) -> None:
    stage = await start()
    view = (await stage.zd.views.list())[0]
    await asyncio.gather(*(stage.zd.views.count_many([view.id]) for _ in range(14)))
    assert (stage.account.rejections, stage.account.worst("views-count-many")) == ({}, 6)


async def test_the_tickets_of_a_view_are_not_limited_so(start) -> None:
    stage = await start()
    view = (await stage.zd.views.list())[0]
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(stage.zd.views.tickets(view.id) for _ in range(12)))
    assert loop.time() - began < 5
    assert Counter(stage.statuses) == {200: 13}
