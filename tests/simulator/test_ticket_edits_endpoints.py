"""Writing one ticket: creation, its idempotency, asynchronous creation, changes, safe updates, spam."""

from __future__ import annotations

import asyncio

import pytest
from desk import ADMIN_ID, AGENT, AGENT_ID, CUSTOMER_ID, Desk, problems

from zdasync.simulator import UNVERIFIED_ID, Settings

NEW = {"ticket": {"subject": "S", "comment": {"body": "Help."}}}


@pytest.fixture
async def desk(serve):
    return Desk(await serve(strict=True))


# --- creation


async def test_a_creation_answers_with_the_ticket_its_audit_and_its_place(desk) -> None:
    got = await desk.post("tickets", {"ticket": {
        "subject": "S", "comment": {"body": "Help."}, "requester_id": CUSTOMER_ID, "priority": "urgent",
        "tags": ["B b", "a", "a"], "external_id": 77, "custom_fields": [{"id": 5, "value": "x"}],
    }})
    ticket, audit = got.json["ticket"], got.json["audit"]
    assert got.status == 201
    assert got.headers["Location"] == ticket["url"]
    assert (ticket["description"], ticket["raw_subject"], ticket["external_id"]) == ("Help.", "S", "77")
    assert ticket["tags"] == ["b_b", "a"]
    assert {"id": 5, "value": "x"} in ticket["custom_fields"]
    assert audit["ticket_id"] == ticket["id"]
    assert audit["events"][0]["type"] == "Comment"
    told = {event["field_name"]: event["value"] for event in audit["events"][1:]}
    assert {event["type"] for event in audit["events"][1:]} == {"Create"}
    assert (told["priority"], told["requester_id"], told["5"]) == ("urgent", str(CUSTOMER_ID), "x")
    assert [one["id"] for one in await desk.comments(ticket["id"])] == [audit["events"][0]["id"]]


async def test_ids_are_small_and_follow_each_other(desk) -> None:
    assert [(await desk.create())["id"] for _ in range(3)] == [1, 2, 3]


async def test_requesters_by_email(desk) -> None:
    known = await desk.create(requester={"email": "Customer@example.com"})
    assert known["requester_id"] == CUSTOMER_ID
    fresh = await desk.create(requester={"name": "Neu", "email": "neu@example.com"})
    user = (await desk.get(f"users/{fresh['requester_id']}")).json["user"]
    assert (user["name"], user["email"], user["role"]) == ("Neu", "neu@example.com", "end-user")
    assert (await desk.create())["requester_id"] == ADMIN_ID
    assert (await desk.create(requester={"email": "neu@example.com"}))["requester_id"] == user["id"]


@pytest.mark.parametrize(("fields", "field"), [
    ({"requester_id": 99}, "requester"),
    ({"requester": {"email": "no address"}}, "requester"),
    ({"requester": {"name": "No address"}, "status": "bad"}, "status"),
    ({"requester_id": UNVERIFIED_ID}, "requester"),
    ({"assignee_id": CUSTOMER_ID}, "assignee"),
    ({"assignee_email": "nobody@example.com"}, "assignee"),
    ({"group_id": 9}, "group"),
    ({"organization_id": 9}, "organization"),
    ({"status": "waiting"}, "status"),
    ({"priority": "highest"}, "priority"),
    ({"type": "bug"}, "type"),
    ({"problem_id": 9}, "problem_id"),
    ({"due_at": "soon"}, "due_at"),
    ({"status": "solved"}, "base"),
    ({"comment": {}}, "base"),
    ({"comment": {"body": "  "}}, "base"),
    ({"comment": {"body": "x", "author_id": 9}}, "author"),
    ({"comment": {"body": "x", "uploads": ["none"]}}, "base"),
    ({"submitter_id": 9}, "submitter"),
    ({"collaborator_ids": [9]}, "collaborators"),
    ({"email_ccs": [{"user_email": "no address"}]}, "email_ccs"),
    ({"email_ccs": [{"user_email": f"cc{n}@example.com"} for n in range(49)]}, "email_ccs"),
    ({"via_followup_source_id": 9}, "via_followup_source_id"),
    ({"custom_fields": [{"value": 1}]}, "custom_fields"),
])
async def test_what_can_not_be_created_leaves_nothing_behind(desk, fields, field) -> None:
    desk.account.state.users[UNVERIFIED_ID].suspended = True
    users = len(desk.account.state.users)
    refused = await desk.post("tickets", {"ticket": NEW["ticket"] | {
        "requester": {"name": "N", "email": "n@example.com"}, "collaborators": ["c@example.com"],
    } | fields})
    assert field in problems(refused)
    assert (desk.tickets.records, len(desk.account.state.users)) == ({}, users)


@pytest.mark.parametrize(("fields", "name"), [
    ({"tags": "one"}, "ticket.tags"), ({"comment": "text"}, "ticket.comment"),
    ({"requester_id": "me"}, "ticket.requester_id"), ({"custom_fields": {"1": 2}}, "ticket.custom_fields"),
    ({"comment": {"body": "x", "public": "maybe"}}, "ticket.comment.public"),
])
async def test_values_of_the_wrong_type(desk, fields, name) -> None:
    refused = await desk.post("tickets", {"ticket": NEW["ticket"] | fields})
    assert (refused.status, refused.json["error"]["title"]) == (400, "Invalid attribute")
    assert f"invalid value for the {name} attribute" in refused.json["error"]["message"]


async def test_unknown_keys_are_dropped_and_named(desk) -> None:
    got = await desk.post("tickets", {"stray": 1, "ticket": NEW["ticket"] | {
        "created_at": "2020-01-01", "id": 9, "comment": {"body": "x", "plain_body": "y"},
    }})
    assert (got.status, got.json["ticket"]["id"]) == (201, 1)
    warned = got.headers["X-Zendesk-API-Warn"]
    names = ("ticket.created_at", "ticket.id", "ticket.comment.plain_body", "stray")
    assert all(f'"{name}"' in warned for name in names)
    assert ':action=>"create"' in warned


async def test_assignment_and_status(desk) -> None:
    group_id = desk.account.state.users[AGENT_ID].default_group_id
    assert (await desk.create())["status"] == "new"
    made = await desk.create(assignee_email="agent@example.com", status="new")
    assert (made["status"], made["assignee_id"], made["group_id"]) == ("open", AGENT_ID, group_id)
    other = desk.account.state.add_group("Other", 0.0).id
    moved = (await desk.update(made["id"], group_id=other)).json["ticket"]
    assert (moved["group_id"], moved["assignee_id"]) == (other, None)
    both = await desk.update(made["id"], group_id=other, assignee_id=AGENT_ID)
    assert "assignee" in problems(both)
    back = (await desk.update(made["id"], assignee_id=AGENT_ID)).json["ticket"]
    assert (back["group_id"], back["assignee_id"]) == (group_id, AGENT_ID)
    fresh = await desk.create()
    assert (await desk.update(fresh["id"], assignee_id=AGENT_ID)).json["ticket"]["status"] == "open"
    loose = Settings(solving_needs_assignee=False)
    desk.account.settings = loose
    assert (await desk.create(status="solved"))["status"] == "solved"


async def test_a_comment_by_html_with_uploads(desk) -> None:
    uploaded = await desk.wire(
        "POST", "/api/v2/uploads?filename=a.txt", data=b"hello", headers={"Content-Type": "text/plain"}
    )
    token = uploaded.json["upload"]["token"]
    made = await desk.post("tickets", {"ticket": {"comment": {
        "html_body": "<p>One &amp; <b>two</b></p><p>three</p>", "uploads": [token], "public": False,
    }}})
    assert (made.json["ticket"]["description"], made.json["ticket"]["is_public"]) == ("One & two\nthree", False)
    comment = (await desk.comments(made.json["ticket"]["id"]))[0]
    assert [file["file_name"] for file in comment["attachments"]] == ["a.txt"]
    assert comment["html_body"].startswith("<p>One")
    assert "base" in problems(await desk.post("tickets", {"ticket": {"comment": {"body": "x", "uploads": token}}}))


async def test_the_submitter_writes_the_first_comment(desk) -> None:
    made = await desk.create(requester_id=CUSTOMER_ID, submitter_id=AGENT_ID)
    assert made["submitter_id"] == AGENT_ID
    assert (await desk.comments(made["id"]))[0]["author_id"] == AGENT_ID


async def test_a_follow_up_is_known_to_its_source(desk) -> None:
    source = await desk.create(assignee_id=AGENT_ID)
    await desk.update(source["id"], status="closed")
    follow_up = await desk.create(via_followup_source_id=source["id"])
    assert (await desk.show(source["id"]))["followup_ids"] == [follow_up["id"]]
    related = (await desk.get(f"tickets/{follow_up['id']}/related")).json
    assert related["followup_source_ids"] == [str(source["id"])]


# --- idempotency


async def test_the_same_request_under_the_same_key_is_carried_out_once(desk) -> None:
    first = await desk.post("tickets", NEW, headers={"Idempotency-Key": "k"})
    again = await desk.post("tickets", NEW, headers={"Idempotency-Key": "k"}, auth=AGENT)
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert (again.status, again.json) == (first.status, first.json)
    assert len(desk.tickets.ids) == 1
    assert "x-idempotency-lookup" not in (await desk.post("tickets", NEW)).headers


async def test_another_request_under_the_same_key_is_refused(desk) -> None:
    await desk.post("tickets", NEW, headers={"Idempotency-Key": "k"})
    for path, body in (("tickets", {"ticket": NEW["ticket"] | {"subject": "T"}}), ("tickets?async=true", NEW)):
        refused = await desk.post(path, body, headers={"Idempotency-Key": "k"})
        assert (refused.status, refused.json) == (400, {
            "error": "IdempotentRequestError",
            "description": "Request parameters don't match the given idempotency key",
        })


async def test_a_key_lives_for_two_hours(desk) -> None:
    await desk.post("tickets", NEW, headers={"Idempotency-Key": "k"})
    await asyncio.sleep(7199)
    assert (await desk.post("tickets", NEW, headers={"Idempotency-Key": "k"})).headers["x-idempotency-lookup"] == "hit"
    await asyncio.sleep(1)
    assert (await desk.post("tickets", NEW, headers={"Idempotency-Key": "k"})).headers["x-idempotency-lookup"] == "miss"
    assert len(desk.tickets.ids) == 2
    await asyncio.sleep(7200)
    await desk.post("tickets", NEW, headers={"Idempotency-Key": "l"})
    assert set(desk.account.state.replies.by_key) == {"l"}


async def test_a_refused_creation_is_not_remembered(desk) -> None:
    bad = {"ticket": NEW["ticket"] | {"status": "bad"}}
    for _ in range(2):
        assert "status" in problems(await desk.post("tickets", bad, headers={"Idempotency-Key": "k"}))
    assert (await desk.post("tickets", NEW, headers={"Idempotency-Key": "k"})).status == 201


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_keys_of_the_wrong_length(desk, key) -> None:
    refused = await desk.post("tickets", NEW, headers={"Idempotency-Key": key})
    assert (refused.status, refused.json["error"]) == (400, "IdempotentRequestError")


# --- asynchronous creation


async def test_an_asynchronous_creation_reserves_an_id(desk) -> None:
    got = await desk.post("tickets?async=true", NEW, headers={"Idempotency-Key": "k"})
    assert got.status == 202
    ticket_id = got.json["ticket"]["id"]
    assert (await desk.get(f"tickets/{ticket_id}")).status == 404
    assert (await desk.create())["id"] == ticket_id + 1
    rows = await desk.results(got)
    assert rows == [{"index": 0, "id": ticket_id, "account_id": 10001}]
    assert (await desk.show(ticket_id))["subject"] == "S"
    assert (await desk.get("tickets")).json["tickets"][0]["id"] == ticket_id
    again = await desk.post("tickets?async=true", NEW, headers={"Idempotency-Key": "k"})
    assert (again.json["ticket"]["id"], again.headers["x-idempotency-lookup"]) == (ticket_id, "hit")


async def test_an_asynchronous_creation_that_fails_skips_its_id(desk) -> None:
    got = await desk.post("tickets?async=true", {"ticket": NEW["ticket"] | {"requester_id": 9}})
    rows = await desk.results(got)
    assert [(row["index"], row["error"]) for row in rows] == [(0, "TicketCreateFailed")]
    assert (await desk.get(f"tickets/{got.json['ticket']['id']}")).status == 404
    assert (await desk.create())["id"] == got.json["ticket"]["id"] + 1


# --- changes


async def test_a_change_answers_with_its_audit(desk) -> None:
    made = await desk.create(tags=["a"], custom_fields=[{"id": 5, "value": 1}])
    await asyncio.sleep(5)
    got = await desk.update(made["id"], tags=["b"], priority="low", subject=None, metadata={"run": 7},
                            custom_fields=[{"id": 6, "value": True}], comment={"body": "Done.", "public": False})
    ticket, audit = got.json["ticket"], got.json["audit"]
    assert got.status == 200
    assert (ticket["tags"], ticket["priority"], ticket["subject"]) == (["b"], "low", None)
    assert ticket["custom_fields"] == [{"id": 5, "value": 1}, {"id": 6, "value": True}] == ticket["fields"]
    assert audit["events"][0]["body"] == "Done."
    changes = [(e["field_name"], e["value"], e["previous_value"]) for e in audit["events"][1:]]
    assert sorted(changes, key=str) == [
        ("6", True, None), ("priority", "low", None), ("tags", ["b"], ["a"]),
    ]
    assert audit["metadata"]["custom"] == {"run": 7}
    assert ticket["updated_at"] > made["updated_at"]
    assert (await desk.comments(ticket["id"]))[1]["public"] is False


async def test_a_change_of_nothing_changes_nothing(desk) -> None:
    made = await desk.create(subject="S")
    await asyncio.sleep(5)
    got = await desk.update(made["id"], subject="S")
    assert (got.status, got.json["audit"], got.json["ticket"]) == (200, None, made)


async def test_a_closed_ticket_takes_no_change(desk) -> None:
    made = await desk.create(assignee_id=AGENT_ID)
    await desk.update(made["id"], status="closed")
    for refused in (
        await desk.update(made["id"], subject="T"),
        await desk.update(made["id"], comment={"body": "x"}),
        await desk.put(f"tickets/{made['id']}/tags", {"tags": ["x"]}),
    ):
        assert problems(refused) == {"status"}
    assert (await desk.delete(f"tickets/{made['id']}")).status == 204


async def test_a_safe_update_of_what_has_changed_is_a_conflict(desk) -> None:
    made = await desk.create()
    await asyncio.sleep(5)
    fresh = await desk.update(made["id"], subject="T", safe_update=True, updated_stamp=made["updated_at"])
    assert fresh.status == 200
    for stamp in ({"updated_stamp": made["updated_at"]}, {}):
        stale = await desk.update(made["id"], subject="U", safe_update=True, **stamp)
        assert (stale.status, stale.json["error"]) == (409, "UpdateConflict")
    assert (await desk.show(made["id"]))["subject"] == "T"
    assert (await desk.update(made["id"], subject="U", updated_stamp=made["updated_at"])).status == 200


async def test_requesters_and_people_in_copy_change(desk) -> None:
    organization_id = desk.account.state.users[CUSTOMER_ID].organization_id
    made = await desk.create(email_ccs=[{"user_id": UNVERIFIED_ID}])
    got = await desk.update(
        made["id"], requester_id=CUSTOMER_ID, additional_collaborators=[AGENT_ID],
        email_ccs=[
            {"user_id": str(UNVERIFIED_ID), "action": "delete"}, {"user_email": "x@example.com", "user_name": "X"},
        ],
    )
    ticket = got.json["ticket"]
    added = desk.account.state.by_email("x@example.com")
    assert (ticket["requester_id"], ticket["organization_id"]) == (CUSTOMER_ID, organization_id)
    assert (ticket["email_cc_ids"], ticket["follower_ids"]) == ([added.id], [AGENT_ID])
    assert added.name == "X"
    cleared = (await desk.update(made["id"], collaborator_ids=[])).json["ticket"]
    assert cleared["collaborator_ids"] == []


async def test_custom_statuses_bring_their_status_along(desk) -> None:
    rows = (await desk.get("custom_statuses")).json["custom_statuses"]
    defaults = {row["status_category"]: row["id"] for row in rows if row["default"]}
    made = (await desk.post("custom_statuses", {"custom_status": {
        "status_category": "pending", "agent_label": "Asked the vendor",
    }})).json["custom_status"]
    ticket = await desk.create()
    assert ticket["custom_status_id"] == defaults["new"]
    moved = (await desk.update(ticket["id"], custom_status_id=made["id"])).json["ticket"]
    assert (moved["status"], moved["custom_status_id"]) == ("pending", made["id"])
    opened = (await desk.update(ticket["id"], status="open")).json["ticket"]
    assert (opened["status"], opened["custom_status_id"]) == ("open", defaults["open"])
    assert problems(await desk.update(ticket["id"], custom_status_id=9)) == {"custom_status_id"}


async def test_solving_a_problem_solves_its_incidents(desk) -> None:
    problem = await desk.create(type="problem", assignee_id=AGENT_ID)
    incidents = [await desk.create(type="incident", problem_id=problem["id"]) for _ in range(2)]
    await desk.update(problem["id"], status="solved")
    for one in incidents:
        shown = await desk.show(one["id"])
        assert (shown["status"], shown["assignee_id"]) == ("solved", AGENT_ID)


async def test_what_an_end_user_says_opens_a_ticket_again(desk) -> None:
    made = await desk.create(requester_id=CUSTOMER_ID, assignee_id=AGENT_ID)
    await desk.update(made["id"], status="pending")
    by_agent = await desk.update(made["id"], comment={"body": "Still on it."})
    assert by_agent.json["ticket"]["status"] == "pending"
    again = await desk.update(made["id"], comment={"body": "Well?", "author_id": CUSTOMER_ID})
    assert again.json["ticket"]["status"] == "open"


async def test_spam_deletes_the_ticket_and_suspends_its_requester(desk) -> None:
    made = await desk.create(requester_id=CUSTOMER_ID)
    got = await desk.put(f"tickets/{made['id']}/mark_as_spam")
    assert (got.status, got.body) == (200, b"")
    assert (await desk.get(f"tickets/{made['id']}")).status == 404
    assert (await desk.get(f"users/{CUSTOMER_ID}")).json["user"]["suspended"] is True
    desk.account.settings = Settings(empty_200="text")
    own = await desk.create()
    assert (await desk.put(f"tickets/{own['id']}/mark_as_spam")).json == ""
    assert (await desk.get(f"users/{ADMIN_ID}")).json["user"]["suspended"] is False


# --- limits


async def test_updates_of_one_ticket_by_one_agent_are_thirty_in_ten_minutes(desk) -> None:
    one, other = await desk.create(), await desk.create()
    for number in range(30):
        got = await desk.update(one["id"], subject=f"S{number}")
        assert got.status == 200
    assert got.headers["zendesk-ratelimit-per-ticket-updates"].startswith("total=30; remaining=0;")
    rejected = await desk.update(one["id"], subject="T")
    assert (rejected.status, rejected.headers["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert int(rejected.headers["Retry-After"]) > 60
    assert (await desk.update(other["id"], subject="T")).status == 200
    assert (await desk.put(f"tickets/{one['id']}", {"ticket": {"subject": "T"}}, auth=AGENT)).status == 200
    comment_id = (await desk.comments(one["id"]))[0]["id"]
    redaction = await desk.put(f"tickets/{one['id']}/comments/{comment_id}/redact", {"text": "Help"})
    assert redaction.status == 429
