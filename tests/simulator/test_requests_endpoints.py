"""Endpoints of requests, ratings, skips and suspended tickets, where a client of the package would not go."""

import pytest
from endpoint_caller import START, Api

from zdasync.simulator.parameters import WARN_HEADER
from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID
from zdasync.simulator.ticket_metrics import business_seconds
from zdasync.simulator.ticket_records import Draft

HELLO = {"subject": "Hi", "comment": {"body": "Hello"}}
FRIDAY = 1_704_441_600.0
"""2024-01-05, a Friday, at 8:00 UTC."""
HOUR = 3600.0


def api(**settings):
    made = Api(**settings)
    made.who = CUSTOMER_ID
    return made


def ask(made, **fields):
    return made.post("/requests", {"request": HELLO | fields})


def test_a_new_request_has_a_location():
    made = api()
    reply = ask(made)
    assert reply.status == 201
    assert reply.headers["Location"] == reply.body["request"]["url"]


def test_what_is_not_for_end_users_is_dropped_and_named():
    made = api()
    reply = ask(made, tags=["vip"], assignee_id=AGENT_ID, status="solved", requester={"name": "Somebody else"})
    ticket = made.state.tickets.records[reply.body["request"]["id"]]
    assert (ticket.tags, ticket.assignee_id, ticket.status, ticket.requester_id) == ((), None, "new", CUSTOMER_ID)
    assert all(f"request.{name}" in reply.headers[WARN_HEADER] for name in ("tags", "assignee_id", "status"))
    body = {"request": {"subject": "Ho", "comment": {"body": "B", "public": False}}}
    changed = made.put(f"/requests/{ticket.id}", body)
    assert (ticket.subject, made.state.tickets.comments_of(ticket)[-1].public) == ("Hi", True)
    assert all(f"request.{name}" in changed.headers[WARN_HEADER] for name in ("subject", "comment.public"))


def test_a_request_needs_a_subject_and_a_comment():
    made = api()
    for missing, field in (("subject", "subject"), ("comment", "base")):
        body = {"request": {name: value for name, value in HELLO.items() if name != missing}}
        assert list(made.refused("POST", "/requests", body).body["details"]) == [field]
    assert made.refused("POST", "/requests", {"ticket": HELLO}).status == 400
    assert made.refused("POST", "/requests", {"request": {"subject": "S", "comment": "text"}}).status == 400
    assert made.state.tickets.ids == []


def test_an_agent_who_writes_privately_answers_a_request_in_public():
    made = api()
    key = ask(made).body["request"]["id"]
    made.state.users[AGENT_ID].only_private_comments = True
    made.put(f"/requests/{key}", {"request": {"comment": {"body": "Aha"}}}, who=AGENT_ID)
    said = made.state.tickets.comments_of(made.state.tickets.records[key])[-1]
    assert (said.public, said.author_id) == (True, AGENT_ID)


def test_pages_by_number_are_sorted_and_cursors_are_not():
    made = api()
    for number in range(3):
        made.at = START + number
        ask(made)
    first = made.get("/requests", sort_by="created_at", sort_order="desc", per_page="2").body
    assert [one["id"] for one in first["requests"]] == [3, 2]
    assert (first["count"], bool(first["next_page"])) == (3, True)
    by_cursor = made.get("/requests", **{"sort_by": "created_at", "sort_order": "desc", "page[size]": "2"}).body
    assert [one["id"] for one in by_cursor["requests"]] == [1, 2]
    assert made.refused("GET", "/requests", **{"sort": "created_at", "page[size]": "2"}).status == 400
    assert made.refused("GET", "/requests/search", query="x", **{"page[size]": "2"}).status == 400


def test_search_knows_requests_once_they_are_indexed():
    made = api(search_lag=60.0)
    ask(made)
    assert made.get("/requests/search", query="hello").body["requests"] == []
    made.at += 61
    assert len(made.get("/requests/search", query="hello").body["requests"]) == 1
    assert len(made.get("/requests/search").body["requests"]) == 1


def test_nobody_reads_requests_without_credentials():
    made = api()
    key = ask(made).body["request"]["id"]
    for path in ("/requests", "/requests/open", f"/requests/{key}", f"/requests/{key}/comments"):
        assert made.refused("GET", path, who=None).status == 401
    assert made.refused("PUT", f"/requests/{key}", {"request": {"solved": True}}, who=None).status == 401


def test_filters_of_comments_that_make_no_sense_are_refused():
    made = api()
    key = ask(made).body["request"]["id"]
    for query in ({"role": "admin"}, {"since": "yesterday"}, {"sort": "author"}):
        assert made.refused("GET", f"/requests/{key}/comments", **query, **{"page[size]": "5"}).status == 400


@pytest.mark.parametrize(
    "query", [{"score": "great"}, {"score": "good_with"}, {"start_time": "now"}, {"end_time": "-1"}]
)
def test_filters_of_ratings_that_make_no_sense_are_refused(query):
    assert Api().refused("GET", "/satisfaction_ratings", **query).status == 400


@pytest.mark.parametrize("score", [None, "offered", "great", ""])
def test_a_rating_is_good_or_bad(score):
    made = api()
    made.state.tickets.create(CUSTOMER_ID, now=START, comment="x", status="solved")
    body = {"satisfaction_rating": {"score": score}}
    assert list(made.refused("POST", "/tickets/1/satisfaction_rating", body).body["details"]) == ["score"]
    assert made.refused("POST", "/tickets/1/satisfaction_rating", {"score": "good"}).status == 400
    assert made.state.ratings.given == {}


def test_suspended_tickets_want_ids():
    made = Api()
    for method, path in (("PUT", "recover_many"), ("DELETE", "destroy_many")):
        assert made.refused(method, f"/suspended_tickets/{path}").status == 400
        assert made.refused(method, f"/suspended_tickets/{path}", ids=",".join(map(str, range(101)))).status == 400


def test_a_message_to_a_closed_ticket_becomes_a_new_one():
    made = Api()
    made.state.tickets.create(CUSTOMER_ID, now=START, comment="x", status="closed")
    held = made.state.suspended.add("customer@example.com", now=START, content="Again", subject="Re: x", ticket_id=1)
    ticket = made.put(f"/suspended_tickets/{held.id}/recover").body["ticket"][0]
    assert (ticket["id"], ticket["subject"], ticket["requester_id"]) == (2, "Re: x", CUSTOMER_ID)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (FRIDAY, FRIDAY + 24 * HOUR, 8),
        (FRIDAY, FRIDAY + 3 * 24 * HOUR, 8),
        (FRIDAY, FRIDAY + 3 * 24 * HOUR + 2 * HOUR, 9),
        (FRIDAY + 2 * HOUR, FRIDAY + 4 * HOUR, 2),
        (FRIDAY + 10 * HOUR, FRIDAY + 20 * HOUR, 0),
        (FRIDAY + 24 * HOUR, FRIDAY + 48 * HOUR, 0),
    ],
)
def test_business_hours(start, end, hours):
    assert business_seconds(Api(business_hours=(9, 17)).settings, start, end) == hours * HOUR
    assert business_seconds(Api().settings, start, end) == end - start


def test_metrics_follow_replies_not_notes():
    made = Api()
    one = made.state.tickets.create(CUSTOMER_ID, now=START, comment="x")
    made.state.tickets.add_comment(one, Draft(AGENT_ID, "note", public=False, staff=True), now=START + 60)
    assert made.get("/tickets/1/metrics").body["ticket_metric"][0]["replies"] == 0
    made.state.tickets.add_comment(one, Draft(AGENT_ID, "reply", staff=True), now=START + 120)
    shown = made.get("/tickets/1/metrics").body["ticket_metric"][0]
    assert (shown["replies"], shown["reply_time_in_minutes"]["calendar"]) == (1, 2)
