"""Jobs that write tickets: shapes of their results, rows that fail, merges, imports."""

from __future__ import annotations

import asyncio

import pytest
from desk import ADMIN_ID, AGENT, AGENT_ID, CUSTOMER_ID, Desk, ids, problems

from zdasync.simulator import Settings


@pytest.fixture
async def desk(serve):
    return Desk(await serve(tickets=10, strict=True))


TOO_MANY = {"error": "TooManyValues", "description": "Parameter  cannot specify more than 100 values", "max_count": 100}


async def test_many_are_created(desk) -> None:
    started = await desk.post("tickets/create_many", {"tickets": [
        {"subject": "A", "comment": {"body": "x"}}, {"subject": "B"}, {"comment": {"body": "y"}, "stray": 1},
    ]})
    assert '"tickets.stray"' in started.headers["X-Zendesk-API-Warn"]
    assert started.json["job_status"]["total"] == 3
    status = await desk.finish(started)
    assert status["job_type"] == "Bulk Create Ticket"
    assert status["message"].startswith("Completed at ")
    first, second, third = status["results"]
    assert first == {"index": 0, "id": 11, "account_id": first["account_id"]}
    assert second == {"index": 1, "error": "TicketCreateFailed", "details": "Description: cannot be blank"}
    assert third == {"index": 2, "id": 12, "account_id": first["account_id"]}
    assert (await desk.show(11))["subject"] == "A"


async def test_one_change_to_many(desk) -> None:
    await desk.delete("tickets/3")
    open_ids = [key for key in desk.tickets.ids if not desk.tickets.records[key].closed][:2]
    for ticket_id in open_ids:
        await desk.update(ticket_id, tags=["old", "kept"])
    started = await desk.put(f"tickets/update_many?ids={open_ids[0]},3,{open_ids[1]}", {"ticket": {
        "additional_tags": ["fresh"], "remove_tags": ["old"], "comment": {"body": "Bulk."},
    }})
    status = await desk.finish(started)
    assert status["job_type"] == "Bulk Update Ticket"
    assert status["results"] == [
        {"action": "update", "id": open_ids[0], "status": "Updated", "success": True},
        {"index": 1, "error": "TicketUpdateFailed", "details": "Not found", "id": 3},
        {"action": "update", "id": open_ids[1], "status": "Updated", "success": True},
    ]
    assert [(await desk.show(key))["tags"] for key in open_ids] == [["kept", "fresh"]] * 2
    assert (await desk.comments(open_ids[0]))[-1]["body"] == "Bulk."


async def test_a_change_each_and_conflicts_in_rows(desk) -> None:
    made = [await desk.create(subject="S") for _ in range(3)]
    await asyncio.sleep(5)
    await desk.update(made[1]["id"], subject="T")
    rows = await desk.results(await desk.put("tickets/update_many", {"tickets": [
        {"id": one["id"], "priority": "high", "safe_update": True, "updated_stamp": one["updated_at"]} for one in made
    ] + [{"priority": "low"}]}))
    outcomes = [row.get("success", row.get("error")) for row in rows]
    assert outcomes == [True, "UpdateConflict", True, "TicketUpdateFailed"]
    assert rows[1]["id"] == made[1]["id"]
    assert [(await desk.show(one["id"]))["priority"] for one in made] == ["high", None, "high"]


async def test_many_are_deleted(desk) -> None:
    rows = await desk.results(await desk.delete("tickets/destroy_many?ids=1,99,2"))
    title = desk.tickets.records[1].subject
    assert rows[0] == {
        "account_id": rows[0]["account_id"], "id": 1, "title": title, "status": "Deleted", "action": "delete",
        "success": True, "errors": "",
    }
    assert (rows[1]["error"], rows[1]["id"]) == ("TicketDestroyFailed", 99)
    assert desk.tickets.deleted_ids == [1, 2]


async def test_many_are_spam(desk) -> None:
    made = await desk.create(requester_id=CUSTOMER_ID)
    rows = await desk.results(await desk.put(f"tickets/mark_many_as_spam?ids={made['id']}"))
    assert rows == [{"action": "update", "id": made["id"], "status": "Updated", "success": True}]
    assert desk.account.state.users[CUSTOMER_ID].suspended
    assert desk.tickets.deleted_ids == [made["id"]]


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "tickets/create_many", {"tickets": [{}] * 101}),
    ("PUT", "tickets/update_many", {"tickets": [{"id": 1}] * 101}),
    ("POST", "imports/tickets/create_many", {"tickets": [{}] * 101}),
    ("PUT", "tickets/update_many?ids=" + "1," * 101, {"ticket": {}}),
    ("DELETE", "tickets/destroy_many?ids=" + "1," * 101, None),
    ("DELETE", "deleted_tickets/destroy_many?ids=" + "1," * 101, None),
    ("PUT", "deleted_tickets/restore_many?ids=" + "1," * 101, None),
    ("POST", "tickets/1/merge", {"ids": list(range(2, 103))}),
])
async def test_a_hundred_at_most(desk, method, path, body) -> None:
    got = await desk.send(method, path, body)
    assert (got.status, got.json) == (400, TOO_MANY)


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "tickets/create_many", {"tickets": {}}),
    ("POST", "tickets/create_many", {}),
    ("PUT", "tickets/update_many?ids=1", {}),
    ("DELETE", "tickets/destroy_many", None),
    ("POST", "tickets/1/merge", {"ids": []}),
])
async def test_what_is_no_job(desk, method, path, body) -> None:
    assert (await desk.send(method, path, body)).status == 400


async def test_jobs_count_against_the_cap(desk) -> None:
    desk.account.settings = Settings(job_cap=1)
    first = await desk.delete("tickets/destroy_many?ids=1")
    refused = await desk.post("tickets?async=true", {"ticket": {"comment": {"body": "x"}}})
    assert (refused.status, refused.json["error"]) == (429, "TooManyJobs")
    assert refused.json["current_job_ids"] == [first.json["job_status"]["id"]]
    assert desk.tickets.last_id == 10


# --- merging


async def test_a_merge_closes_the_sources_and_tells_the_target(desk) -> None:
    target, *sources = [await desk.create(subject=name, tags=[name.lower()]) for name in "ABC"]
    status = await desk.finish(await desk.post(f"tickets/{target['id']}/merge", {
        "ids": [one["id"] for one in sources], "source_comment": "Moved.", "target_comment": "Come.",
        "target_comment_is_public": True,
    }))
    assert (status["total"], status["results"]) == (None, {"success": True})
    for one in sources:
        assert (await desk.show(one["id"]))["status"] == "closed"
        last = (await desk.comments(one["id"]))[-1]
        assert (last["body"], last["public"]) == ("Moved.", False)
    told = (await desk.comments(target["id"]))[1:]
    assert [(one["body"], one["public"], one["author_id"]) for one in told] == [("Come.", True, ADMIN_ID)] * 2
    assert (await desk.show(target["id"]))["tags"] == ["a", "b", "c"]
    audits = (await desk.get(f"tickets/{target['id']}/audits")).json["audits"]
    assert [event["source_id"] for audit in audits for event in audit["events"] if "source_id" in event] == [
        one["id"] for one in sources
    ]


async def test_what_is_not_merged(desk) -> None:
    one, other = await desk.create(), await desk.create(assignee_id=AGENT_ID)
    assert "base" in problems(await desk.post(f"tickets/{one['id']}/merge", {"ids": [one["id"]]}))
    assert (await desk.post(f"tickets/{one['id']}/merge", {"ids": [999]})).status == 404
    await desk.update(other["id"], status="closed")
    assert "status" in problems(await desk.post(f"tickets/{one['id']}/merge", {"ids": [other["id"]]}))


# --- tickets from elsewhere

PAST = {
    "subject": "Old", "requester_id": CUSTOMER_ID, "status": "closed", "tags": ["old"],
    "created_at": "2020-01-02T03:04:05Z", "updated_at": "2020-02-02T00:00:00Z",
    "solved_at": "2020-01-30T00:00:00+01:00",
    "comments": [
        {"value": "First.", "created_at": "2020-01-02T03:04:05Z"},
        {"value": "Second.", "author_id": AGENT_ID, "public": False, "created_at": "2020-01-03T00:00:00Z"},
    ],
}


async def test_an_import_is_taken_as_given(desk) -> None:
    got = await desk.post("imports/tickets", {"ticket": PAST})
    ticket = got.json["ticket"]
    assert got.status == 201
    assert (ticket["created_at"], ticket["updated_at"]) == ("2020-01-02T03:04:05Z", "2020-02-02T00:00:00Z")
    assert (ticket["status"], ticket["description"], ticket["submitter_id"]) == ("closed", "First.", CUSTOMER_ID)
    comments = await desk.comments(ticket["id"])
    assert [(one["body"], one["created_at"], one["author_id"], one["public"]) for one in comments] == [
        ("First.", "2020-01-02T03:04:05Z", CUSTOMER_ID, True), ("Second.", "2020-01-03T00:00:00Z", AGENT_ID, False),
    ]
    assert desk.tickets.records[ticket["id"]].times.solved_at == 1580338800.0
    found = await desk.get("search?query=type:ticket%20solved%3C2020-01-30%20tags:old")
    assert ids(found, "results") == [ticket["id"]]
    assert "x-idempotency-lookup" not in got.headers


async def test_an_import_is_exported_though_it_is_old(desk) -> None:
    got = await desk.post("imports/tickets", {"ticket": PAST})
    await asyncio.sleep(61)
    start = int(desk.account.now()) - 100
    rows = (await desk.get(f"incremental/tickets?start_time={start}")).json["tickets"]
    assert [row["id"] for row in rows] == [got.json["ticket"]["id"]]
    assert rows[0]["generated_timestamp"] > start


async def test_many_are_imported(desk) -> None:
    started = await desk.post("imports/tickets/create_many?archive_immediately=true", {"tickets": [
        PAST, {"description": "Just that."}, {"subject": "Nothing"}, PAST | {"created_at": "then"},
    ]})
    rows = await desk.results(started)
    assert [row.get("error") for row in rows] == [None, None, "TicketImportFailed", "TicketImportFailed"]
    assert [row.get("id") for row in rows] == [11, 12, None, None]
    assert [desk.tickets.records[key].archived for key in (11, 12)] == [True, False]


async def test_imports_are_for_admins(desk) -> None:
    assert (await desk.post("imports/tickets", {"ticket": PAST}, auth=AGENT)).status == 403
