"""Deleted tickets: where they are, how they come back, what is left of them for good."""

from __future__ import annotations

import asyncio

import pytest
from desk import ADMIN_ID, AGENT_ID, CUSTOMER_ID, Desk, ids


@pytest.fixture
async def desk(serve):
    return Desk(await serve(tickets=20, strict=True))


async def test_a_deletion_answers_204_and_takes_the_ticket_out_of_lists(desk) -> None:
    made = await desk.create(requester_id=CUSTOMER_ID, assignee_id=AGENT_ID, subject="S", tags=["doomed"])
    got = await desk.delete(f"tickets/{made['id']}")
    assert (got.status, got.body) == (204, b"")
    for method in ("GET", "DELETE", "PUT"):
        body = {"ticket": {}} if method == "PUT" else None
        assert (await desk.send(method, f"tickets/{made['id']}", body)).status == 404
    assert made["id"] not in ids(await desk.get("tickets"))
    assert made["id"] not in ids(await desk.get(f"users/{CUSTOMER_ID}/tickets/requested"))
    assert ids(await desk.get("search?query=type:ticket%20tags:doomed"), "results") == []
    rows = (await desk.get("deleted_tickets")).json
    assert rows["count"] == 1
    assert rows["deleted_tickets"] == [{
        "id": made["id"], "subject": "S", "description": "Help me.", "actor": {"id": ADMIN_ID, "name": "Ada Admin"},
        "deleted_at": rows["deleted_tickets"][0]["deleted_at"], "previous_state": "open",
    }]


async def test_the_list_of_deleted_tickets(desk) -> None:
    for ticket_id in (5, 2, 9):
        await desk.delete(f"tickets/{ticket_id}")
        await asyncio.sleep(2)
    page = (await desk.get("deleted_tickets?page%5Bsize%5D=2")).json
    assert ([row["id"] for row in page["deleted_tickets"]], page["meta"]["has_more"]) == ([2, 5], True)
    latest = await desk.get("deleted_tickets?sort_by=deleted_at&sort_order=desc")
    assert ids(latest, "deleted_tickets") == [9, 2, 5]


async def test_a_deleted_ticket_comes_back(desk) -> None:
    made = await desk.create(requester_id=CUSTOMER_ID, tags=["back"])
    await desk.delete(f"tickets/{made['id']}")
    await asyncio.sleep(5)
    got = await desk.put(f"deleted_tickets/{made['id']}/restore")
    assert (got.status, got.body) == (200, b"")
    shown = await desk.show(made["id"])
    assert (shown["status"], shown["tags"], shown["description"]) == ("new", ["back"], "Help me.")
    assert made["id"] in ids(await desk.get(f"users/{CUSTOMER_ID}/tickets/requested"))
    assert (await desk.put(f"deleted_tickets/{made['id']}/restore")).status == 404


async def test_many_come_back(desk) -> None:
    made = [(await desk.create(tags=["sigil"]))["id"] for _ in range(3)]
    for ticket_id in made:
        await desk.delete(f"tickets/{ticket_id}")
    first, second, third = made
    assert (await desk.put(f"deleted_tickets/restore_many?ids={first},{third},9,99,{first}")).status == 200
    assert desk.tickets.deleted_ids == [second]
    assert desk.tickets.tag_counts["sigil"] == 2
    assert (await desk.put("deleted_tickets/restore_many")).status == 400


async def test_a_permanent_deletion_is_a_job_about_one_thing(desk) -> None:
    await desk.delete("tickets/4")
    started = await desk.delete("deleted_tickets/4")
    assert started.json["job_status"]["total"] is None
    status = await desk.finish(started)
    assert (status["total"], status["progress"], status["results"]) == (None, None, {"success": True})
    assert (await desk.get("deleted_tickets")).json["count"] == 0
    for method, path in (("PUT", "deleted_tickets/4/restore"), ("DELETE", "deleted_tickets/4"), ("GET", "tickets/4")):
        assert (await desk.send(method, path)).status == 404
    assert (await desk.delete("deleted_tickets/5")).status == 404


async def test_nothing_that_was_said_is_left(desk) -> None:
    made = await desk.create(
        subject="Sigil", body="Sigil.", external_id="Sigil", tags=["sigil"], recipient="sigil@x.example",
        custom_fields=[{"id": 1, "value": "Sigil"}],
    )
    await desk.delete(f"tickets/{made['id']}")
    await desk.results(await desk.delete(f"deleted_tickets/destroy_many?ids={made['id']},5"))
    await asyncio.sleep(61)
    exported = await desk.get(f"incremental/tickets?start_time={int(desk.account.now()) - 300}")
    row = next(row for row in exported.json["tickets"] if row["id"] == made["id"])
    assert (row["status"], row["subject"], row["description"]) == ("deleted", "SCRUBBED", "SCRUBBED")
    assert "igil" not in str(row)
    events = await desk.get("incremental/ticket_events?start_time=1&include=comment_events")
    assert "igil" not in events.text
    assert (await desk.show(5))["id"] == 5
