"""Incremental exports of tickets and their events, and tickets in searches."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest
from desk import ADMIN_ID, AGENT, AGENT_ID, CUSTOMER_ID, Desk, ids, problems

from zdasync.simulator import UNVERIFIED_ID

TIME = "incremental/tickets?start_time=1"
CURSOR = "incremental/tickets/cursor?start_time=1"


@pytest.fixture
async def desk(serve):
    return Desk(await serve(tickets=250, strict=True, plan="high_volume"))


async def stream(desk, path):
    """All pages of an export, which must end."""
    pages = [(await desk.get(path)).json]
    while not pages[-1]["end_of_stream"]:
        assert len(pages) < 12, "the stream goes on for ever"
        pages.append((await desk.get(pages[-1].get("after_url") or pages[-1]["next_page"])).json)
    return pages


def rows(pages, key="tickets"):
    return [row for page in pages for row in page[key]]


# --- exports


@pytest.mark.parametrize("path", [TIME, CURSOR])
async def test_every_ticket_comes_in_the_order_of_its_changes(desk, path) -> None:
    pages = await stream(desk, f"{path}&per_page=60")
    places = [(row["generated_timestamp"], row["id"]) for row in rows(pages)]
    assert places == sorted(places)
    assert sorted(row["id"] for row in rows(pages)) == list(range(1, 251))
    assert set(rows(pages)[0]) == set(await desk.show(rows(pages)[0]["id"]))


async def test_a_shared_second_is_never_split_by_time(desk) -> None:
    await asyncio.sleep(70)
    start = int(desk.account.now())
    for _ in range(5):
        await desk.create()
    await asyncio.sleep(70)
    page = (await desk.get(f"incremental/tickets?start_time={start}&per_page=2")).json
    assert (ids_of(page), page["count"], page["end_of_stream"]) == (list(range(251, 256)), 5, True)
    first = (await desk.get(f"incremental/tickets/cursor?start_time={start}&per_page=2")).json
    second = (await desk.get(first["after_url"])).json
    assert (ids_of(first), ids_of(second), first["end_of_stream"]) == ([251, 252], [253, 254], False)


def ids_of(page):
    return [row["id"] for row in page["tickets"]]


async def test_deleted_tickets_come_with_that_status_unless_excluded(desk) -> None:
    saved = (await stream(desk, CURSOR))[-1]["after_cursor"]
    await desk.delete("tickets/7")
    await desk.delete("tickets/9")
    await asyncio.sleep(61)
    page = (await desk.get(f"incremental/tickets/cursor?cursor={quote(saved)}")).json
    assert [(row["id"], row["status"]) for row in page["tickets"]] == [(7, "deleted"), (9, "deleted")]
    assert page["end_of_stream"] is True
    without = await stream(desk, f"{CURSOR}&exclude_deleted=true&per_page=124")
    assert [len(page["tickets"]) for page in without] == [124, 124]
    assert {7, 9}.isdisjoint(row["id"] for row in rows(without))
    assert (await desk.get(f"{TIME}&exclude_deleted=true&support_type_scope=all")).json["count"] == 248


async def test_the_last_minute_is_held_back(desk) -> None:
    saved = (await stream(desk, CURSOR))[-1]["after_cursor"]
    await desk.create()
    await asyncio.sleep(59)
    path = f"incremental/tickets/cursor?cursor={quote(saved)}"
    assert (await desk.get(path)).json["tickets"] == []
    await asyncio.sleep(2)
    assert ids_of((await desk.get(path)).json) == [251]
    assert (await desk.get(f"incremental/tickets?start_time={int(desk.account.now()) - 30}")).json["error"] == (
        "StartTimeTooRecent"
    )


async def test_the_systems_own_changes_are_exported_without_a_new_date(desk) -> None:
    saved = (await stream(desk, CURSOR))[-1]["after_cursor"]
    ticket = desk.tickets.records[3]
    desk.tickets.touch(ticket, desk.account.now(), system=True)
    await asyncio.sleep(61)
    page = (await desk.get(f"incremental/tickets/cursor?cursor={quote(saved)}")).json
    assert ids_of(page) == [3]
    assert ticket.updated_at < ticket.generated_at


async def test_sideloads_and_samples(desk) -> None:
    page = (await desk.get(f"{CURSOR}&include=users,groups")).json
    assert {user["id"] for user in page["users"]} >= {row["requester_id"] for row in page["tickets"]}
    sample = (await desk.get("incremental/tickets/sample?start_time=1")).json
    assert (sample["count"], sample["end_of_stream"]) == (50, False)
    assert (await desk.get("incremental/ticket_events/sample?start_time=1")).json["count"] == 50


async def test_ticket_events(desk) -> None:
    made = await desk.create(subject="S", priority="low")
    await asyncio.sleep(5)
    await desk.update(made["id"], priority="high", comment={"body": "Sigil.", "public": False})
    await asyncio.sleep(61)
    pages = await stream(desk, "incremental/ticket_events?start_time=1&per_page=100")
    events = rows(pages, "ticket_events")
    assert len({event["id"] for event in events}) == len(events) >= 252
    assert [(e["timestamp"], e["id"]) for e in events] == sorted((e["timestamp"], e["id"]) for e in events)
    last = events[-1]
    assert (last["ticket_id"], last["updater_id"], last["event_type"]) == (made["id"], ADMIN_ID, "Audit")
    said, changed = last["child_events"]
    assert (said["event_type"], said["comment_present"], said["comment_public"]) == ("Comment", True, False)
    assert "body" not in said
    assert (changed["event_type"], changed["priority"], changed["previous_value"]) == ("Change", "high", "low")
    told = await stream(desk, f"incremental/ticket_events?start_time={last['timestamp']}&include=comment_events")
    assert rows(told, "ticket_events")[-1]["child_events"][0]["body"] == "Sigil."


# --- searches


async def found(desk, query, **options):
    got = await desk.get(f"search?query={quote('type:ticket ' + query)}", **options)
    assert got.status == 200, got.text
    return set(ids(got, "results"))


async def test_what_a_query_finds(serve) -> None:
    desk = Desk(await serve())
    organization = desk.account.state.organizations[desk.account.state.users[CUSTOMER_ID].organization_id]
    a = (await desk.create(subject="Red shoes", requester_id=CUSTOMER_ID, priority="high", tags=["vip", "eu"],
                           custom_fields=[{"id": 5, "value": "Blue"}, {"id": 6, "value": True}]))["id"]
    b = (await desk.create(subject="Green hat", assignee_id=AGENT_ID, type="task", due_at="2030-05-06",
                           email_ccs=[{"user_id": UNVERIFIED_ID}], external_id="X-1"))["id"]
    await asyncio.sleep(86_400)
    c = (await desk.create(body=f"About {a} again", assignee_id=ADMIN_ID, status="solved", submitter_id=AGENT_ID))["id"]
    day = (await desk.show(c))["created_at"][:10]
    group = desk.account.state.groups[desk.tickets.records[b].group_id]
    for query, wanted in {
        "": {a, b, c}, "shoes": {a}, "subject:RED": {a}, "description:again": {c}, "help shoes": {a},
        "status:open": {b}, "status<solved": {a, b}, "status>=open": {b, c}, "-status:solved": {a, b},
        "priority>normal": {a}, "priority:none": {b, c}, "ticket_type:task": {b}, "tags:vip": {a},
        "tags:vip tags:us": {a}, "status:open status:solved": {b, c}, "tags:vip status:solved": set(),
        "requester:customer@example.com": {a}, f"requester:{CUSTOMER_ID}": {a}, "requester:carla": {a},
        "requester:me": {b, c}, "assignee:none": {a}, "assignee:agent@example.com": {b},
        "assignee:nobody@x.example": set(),
        "submitter:agent": {c}, "cc:unverified": {b}, "cc:none": {a, c}, f'group:"{group.name}"': {b, c},
        "group:none": {a}, f'organization:"{organization.name}"': {a}, f"organization:{organization.id}": {a},
        f"created:{day}": {c}, f"created<{day}": {a, b}, f"updated>={day}": {c}, f"solved>={day}": {c},
        "due_date>2030-05-05": {b}, "due_date<2031-01-01": {b}, "custom_field_5:blue": {a}, "custom_field_5:*": {a},
        "custom_field_6:true": {a}, "custom_field_5:red": set(), "external_id:x-1": {b}, f"{a}": {a, c}, f"#{b}": {b},
        "via:api": {a, b, c},
    }.items():
        assert await found(desk, query) == wanted, query
    assert await found(desk, "assignee:me", auth=AGENT) == {b}


async def test_searches_count_sort_and_export_tickets(desk) -> None:
    total = (await desk.get("search/count?query=type:ticket")).json["count"]
    assert total == 250
    urgent = (await desk.get("search?query=type:ticket&sort_by=priority&sort_order=desc&include=tickets(users)")).json
    assert {row["priority"] for row in urgent["results"][:30]} == {"urgent"}
    assert {row["result_type"] for row in urgent["results"]} == {"ticket"}
    assert {user["id"] for user in urgent["users"]} >= {row["requester_id"] for row in urgent["results"]}
    pages = [(await desk.get("search/export?query=*&filter%5Btype%5D=ticket&page%5Bsize%5D=200")).json]
    pages.append((await desk.get(pages[0]["links"]["next"])).json)
    assert [row["id"] for page in pages for row in page["results"]] == list(range(1, 251))


# --- what users and tickets have to do with each other


async def test_merged_users_keep_their_tickets(desk) -> None:
    made = await desk.create(requester_id=UNVERIFIED_ID)
    other = await desk.create(email_ccs=[{"user_id": UNVERIFIED_ID}])
    await desk.put(f"users/{UNVERIFIED_ID}/merge", {"user": {"id": CUSTOMER_ID}})
    assert (await desk.show(made["id"]))["requester_id"] == CUSTOMER_ID
    assert (await desk.show(other["id"]))["email_cc_ids"] == [CUSTOMER_ID]
    assert ids(await desk.get(f"users/{CUSTOMER_ID}/tickets/ccd")) == [other["id"]]


async def test_requesters_of_open_tickets_stay(desk) -> None:
    assert problems(await desk.delete(f"users/{CUSTOMER_ID}")) == {"base"}
