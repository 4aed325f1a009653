"""What the account shows of tickets: lists, their orders and counts, one ticket and what belongs to it."""

from __future__ import annotations

import pytest
from desk import ADMIN_ID, AGENT, AGENT_ID, CUSTOMER_ID, Desk, ids

from zdasync.simulator import UNVERIFIED_ID
from zdasync.simulator.tokens import find_client, issue

STATUSES = ["new", "open", "pending", "hold", "solved", "closed"]
PRIORITIES = [None, "low", "normal", "high", "urgent"]


@pytest.fixture
async def desk(serve):
    return Desk(await serve(tickets=250, strict=True))


async def pages(desk, path, key="tickets"):
    """All pages by cursor."""
    found = [await desk.get(path)]
    while found[-1].json["meta"]["has_more"]:
        assert len(found) < 20, "the list goes on for ever"
        found.append(await desk.get(found[-1].json["links"]["next"]))
    return [row for got in found for row in got.json[key]]


# --- lists


async def test_by_cursor_every_ticket_comes_once(desk) -> None:
    rows = await pages(desk, "tickets?page%5Bsize%5D=100")
    assert [row["id"] for row in rows] == list(range(1, 251))


async def test_by_offset_the_list_has_a_count(desk) -> None:
    got = await desk.get("tickets?per_page=100&page=3")
    assert (ids(got), got.json["count"], got.json["next_page"]) == (list(range(201, 251)), 250, None)
    assert (await desk.get("tickets?page=101")).json["errors"][0]["code"] == "InvalidPaginationDepth"


@pytest.mark.parametrize("order", ["updated_at", "status", "id"])
async def test_orders_of_cursors(desk, order) -> None:
    rows = await pages(desk, f"tickets?page%5Bsize%5D=60&sort={order}")
    assert len({row["id"] for row in rows}) == 250
    values = [STATUSES.index(row[order]) if order == "status" else row[order] for row in rows]
    assert values == sorted(values)
    back = await pages(desk, f"tickets?page%5Bsize%5D=60&sort=-{order}")
    assert [row["id"] for row in back] == [row["id"] for row in reversed(rows)]


async def test_what_cursors_are_not_sorted_by(desk) -> None:
    refused = await desk.get("tickets?page%5Bsize%5D=10&sort=created_at")
    assert (refused.status, refused.json["errors"][0]["code"]) == (400, "InvalidPaginationParameter")
    dropped = await desk.get("tickets?page%5Bsize%5D=3&sort_by=created_at&sort_order=desc")
    assert ids(dropped) == [1, 2, 3]


@pytest.mark.parametrize(("order", "value"), [
    ("created_at", lambda row: row["created_at"]),
    ("updated_at", lambda row: row["updated_at"]),
    ("subject", lambda row: row["subject"]),
    ("status", lambda row: STATUSES.index(row["status"])),
    ("priority", lambda row: PRIORITIES.index(row["priority"])),
    ("requester", lambda row: row["requester_id"]),
    ("group", lambda row: row["group_id"] or 0),
])
async def test_orders_of_offset_pages(desk, order, value) -> None:
    up = [row async for row in offset_rows(desk, f"tickets?sort_by={order}&sort_order=asc")]
    down = [row async for row in offset_rows(desk, f"tickets?sort_by={order}&sort_order=desc")]
    assert [row["id"] for row in up] == [row["id"] for row in reversed(down)]
    assert [value(row) for row in up] == sorted(value(row) for row in up)


async def offset_rows(desk, path):
    for page in (1, 2, 3):
        for row in (await desk.get(f"{path}&page={page}")).json["tickets"]:
            yield row


async def test_counts_and_filters(desk) -> None:
    assert (await desk.get("tickets/count")).json["count"]["value"] == 250
    twins = [(await desk.create(external_id="Twin"))["id"] for _ in range(2)]
    assert ids(await desk.get("tickets?external_id=Twin")) == twins
    assert ids(await desk.get("tickets?external_id=twin")) == []


async def test_lists_of_users_and_organizations(desk) -> None:
    organization_id = desk.account.state.users[CUSTOMER_ID].organization_id
    mine = await desk.create(requester_id=CUSTOMER_ID, assignee_id=AGENT_ID,
                             email_ccs=[{"user_id": UNVERIFIED_ID}], followers=[{"user_id": ADMIN_ID}])
    for path, many in (
        (f"users/{CUSTOMER_ID}/tickets/requested", True),
        (f"users/{AGENT_ID}/tickets/assigned", True),
        (f"users/{UNVERIFIED_ID}/tickets/ccd", False),
        (f"users/{ADMIN_ID}/tickets/ccd", False),
        (f"users/{ADMIN_ID}/tickets/followed", False),
        (f"organizations/{organization_id}/tickets", True),
    ):
        rows = await pages(desk, f"{path}?page%5Bsize%5D=100")
        assert rows[-1]["id"] == mine["id"], path
        assert (len(rows) > 1) == many, path
        if not path.endswith(("requested", "followed")):
            assert (await desk.get(f"{path}/count")).json["count"]["value"] == len(rows)
    requested = await pages(desk, f"users/{CUSTOMER_ID}/tickets/requested?page%5Bsize%5D=100")
    assert {row["requester_id"] for row in requested} == {CUSTOMER_ID}
    for path in ("users/1/tickets/requested", "organizations/1/tickets", "organizations/1/tickets/count"):
        assert (await desk.get(path)).status == 404
    assert (await desk.get(f"users/{CUSTOMER_ID}/related")).json["user_related"]["requested_tickets"] == len(requested)


async def test_many_by_id(desk) -> None:
    await desk.delete("tickets/7")
    got = await desk.get("tickets/show_many?ids=9,7,3,999")
    assert (ids(got), got.json["count"], got.json["next_page"]) == ([3, 9], 2, None)
    refused = await desk.get("tickets/show_many?ids=" + ",".join(map(str, range(1, 102))))
    assert refused.json == {
        "error": "TooManyValues", "description": "Parameter  cannot specify more than 100 values", "max_count": 100,
    }


async def test_recent_are_those_the_caller_has_looked_at(desk) -> None:
    for ticket_id in (1, 2, 3, 4, 5, 6, 3):
        await desk.get(f"tickets/{ticket_id}")
    await desk.delete("tickets/5")
    assert ids(await desk.get("tickets/recent")) == [3, 6, 4, 2]
    assert ids(await desk.get("tickets/recent", auth=AGENT)) == []


async def test_archived_tickets_are_left_out_of_lists(desk) -> None:
    made = await desk.post("imports/tickets?archive_immediately=true", {"ticket": {
        "subject": "Old", "description": "From before.", "status": "closed", "requester_id": CUSTOMER_ID,
    }})
    old = made.json["ticket"]["id"]
    assert (await desk.get("tickets/count")).json["count"]["value"] == 250
    assert old not in [row["id"] for row in await pages(desk, "tickets?page%5Bsize%5D=100")]
    requested = f"users/{CUSTOMER_ID}/tickets/requested?per_page=100&page=2"
    assert old in ids(await desk.get(requested))
    assert old not in ids(await desk.get(requested + "&exclude_archived=true"))
    assert (await desk.get(f"tickets/{old}/related")).json["from_archive"] is True
    assert ids(await desk.get("search?query=type:ticket%20%22From%20before%22"), "results") == [old]


# --- one


async def test_a_ticket_has_every_field(desk) -> None:
    made = await desk.create(subject="S", requester_id=CUSTOMER_ID, tags=["a"], priority="high")
    shown = await desk.show(made["id"])
    assert set(shown) == {
        "url", "id", "external_id", "via", "created_at", "updated_at", "generated_timestamp", "type", "subject",
        "raw_subject", "description", "priority", "status", "recipient", "requester_id", "submitter_id", "assignee_id",
        "organization_id", "group_id", "collaborator_ids", "follower_ids", "email_cc_ids", "forum_topic_id",
        "problem_id", "has_incidents", "is_public", "due_at", "tags", "custom_fields", "satisfaction_rating",
        "sharing_agreement_ids", "custom_status_id", "fields", "followup_ids", "ticket_form_id", "brand_id",
        "allow_channelback", "allow_attachments", "from_messaging_channel",
    }
    assert (shown["status"], shown["submitter_id"], shown["via"]["channel"]) == ("new", ADMIN_ID, "api")
    assert shown["organization_id"] == desk.account.state.users[CUSTOMER_ID].organization_id
    assert shown["satisfaction_rating"] == {"score": "unoffered"}
    assert shown["url"].endswith(f"/api/v2/tickets/{shown['id']}.json")


@pytest.mark.parametrize("path", ["tickets/9999", "tickets/9999/comments", "tickets/x", "tickets/9999/related"])
async def test_what_is_no_ticket(desk, path) -> None:
    got = await desk.get(path)
    assert (got.status, got.json) == (404, {"error": "RecordNotFound", "description": "Not found"})


async def test_sideloads(desk) -> None:
    got = await desk.get("tickets?per_page=100&include=users,groups,organizations,last_audits,comment_count,nothing")
    body = got.json
    people = {row[key] for row in body["tickets"] for key in ("requester_id", "submitter_id", "assignee_id")} - {None}
    assert {one["id"] for one in body["users"]} == people
    assert {one["id"] for one in body["groups"]} == {row["group_id"] for row in body["tickets"]} - {None}
    assert {one["id"] for one in body["organizations"]} == {row["organization_id"] for row in body["tickets"]} - {None}
    assert [one["ticket_id"] for one in body["last_audits"]] == ids(got)
    assert {row["comment_count"] for row in body["tickets"]} == {1}
    assert "nothing" not in body
    one = (await desk.get("tickets/1?include=users,comment_count")).json
    assert one["ticket"]["comment_count"] == 1
    assert one["ticket"]["requester_id"] in [user["id"] for user in one["users"]]


async def test_problems_and_incidents(desk) -> None:
    problem = await desk.create(type="problem", subject="Mail is down")
    other = await desk.create(type="problem", subject="Printer burns")
    incident = await desk.create(type="incident", problem_id=problem["id"])
    assert ids(await desk.get(f"tickets/{problem['id']}/incidents")) == [incident["id"]]
    assert ids(await desk.get("problems?page%5Bsize%5D=10")) == [problem["id"], other["id"]]
    for text in ("mail", "DOWN mail"):
        assert ids(await desk.post("problems/autocomplete", {"text": text})) == [problem["id"]]
    assert ids(await desk.post("problems/autocomplete?text=printer")) == [other["id"]]
    related = (await desk.get(f"tickets/{problem['id']}/related")).json
    assert related == {
        "topic_id": None, "jira_issue_ids": [], "followup_source_ids": [], "from_archive": False, "incidents": 1,
    }
    assert (await desk.show(problem["id"]))["has_incidents"] is True
    await desk.update(other["id"], type="question")
    assert ids(await desk.get("problems")) == [problem["id"]]


async def test_who_reads_along(desk) -> None:
    made = await desk.create(collaborators=[CUSTOMER_ID, "new@example.com", {"name": "Eva", "email": "eva@example.com"},
                                            AGENT_ID])
    people = ids(await desk.get(f"tickets/{made['id']}/collaborators"), "users")
    assert people == made["collaborator_ids"]
    assert ids(await desk.get(f"tickets/{made['id']}/followers"), "users") == [AGENT_ID] == made["follower_ids"]
    ccs = (await desk.get(f"tickets/{made['id']}/email_ccs")).json["users"]
    assert [(user["name"], user["email"]) for user in ccs[1:]] == [
        ("new", "new@example.com"), ("Eva", "eva@example.com"),
    ]


# --- who may


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "tickets"), ("GET", "tickets/1"), ("POST", "tickets"), ("PUT", "tickets/1"), ("DELETE", "tickets/1"),
    ("PUT", "tickets/1/mark_as_spam"), ("POST", "tickets/create_many"), ("PUT", "tickets/update_many?ids=1"),
    ("GET", "tickets/1/comments"), ("GET", "tickets/1/audits"), ("GET", "deleted_tickets"), ("GET", "tags"),
    ("GET", "tickets/1/conversation_log"), ("GET", "ticket_audits"), ("POST", "imports/tickets"),
    ("GET", "incremental/tickets/cursor?start_time=1"), ("GET", "incremental/ticket_events?start_time=1"),
])
async def test_end_users_see_none_of_it(desk, method, path) -> None:
    body = {"ticket": {}} if method in ("POST", "PUT") else None
    assert (await desk.send(method, path, body, auth=None)).status == 401
    assert (await desk.send(method, path, body, auth=end_user(desk.account))).status == 403


def end_user(account):
    """The header of a token with which the customer may do whatever an end user may."""
    client = find_client(account.state, "client")
    token = issue(
        account.state, account.now(), client=client, user_id=CUSTOMER_ID, scopes=("read", "write"), expires_in=None
    )
    return f"Bearer {token.value}"


@pytest.mark.parametrize("path", [
    "ticket_audits", "incremental/tickets?start_time=1", "incremental/ticket_events?start_time=1",
])
async def test_what_is_for_admins(desk, path) -> None:
    assert (await desk.get(path, auth=AGENT)).status == 403
