"""What the methods on ratings, reasons, metrics, skips and suspended tickets send, and what they refuse to send."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.satisfaction_ratings import SatisfactionRatings
from zdasync.resources.satisfaction_reasons import SatisfactionReasons
from zdasync.resources.suspended_tickets import SuspendedTickets
from zdasync.resources.table import routes
from zdasync.resources.ticket_metrics import TicketMetrics
from zdasync.resources.ticket_skips import TicketSkips

V2 = "/api/v2"
SIZE = ("page[size]", "100")
RATING = {"satisfaction_rating": {"id": 1}}
RATINGS = {"satisfaction_ratings": []}
METRIC = {"ticket_metric": {"id": 1}}
SKIPS = {"skips": []}
SUSPENDED = {"suspended_tickets": [{"id": 1}]}
OF_2024 = datetime(2024, 1, 1, tzinfo=UTC)
UNIX_2024 = "1704067200"
OPERATIONS = (
    "satisfaction_ratings.", "satisfaction_reasons.", "tickets.metrics.", "tickets.skips.", "suspended_tickets.",
)

# page, call, reply, method, path, query, body
SENT = [
    (SatisfactionRatings, lambda s: s.list(), RATINGS, "GET", "/satisfaction_ratings", [SIZE], None),
    (SatisfactionRatings, lambda s: s.list(score="bad_with_comment", start_time=OF_2024, end_time=1704067201,
                                           page_size=5, cursor="A"), RATINGS, "GET", "/satisfaction_ratings",
     [("score", "bad_with_comment"), ("start_time", UNIX_2024), ("end_time", "1704067201"), ("page[size]", "5"),
      ("page[after]", "A")], None),
    (SatisfactionRatings, lambda s: s.show("1"), RATING, "GET", "/satisfaction_ratings/1", [], None),
    (SatisfactionRatings, lambda s: s.count(), {"count": {"value": 3}}, "GET", "/satisfaction_ratings/count", [], None),
    (SatisfactionRatings, lambda s: s.create(7, score="good", comment="Awesome support."), RATING, "POST",
     "/tickets/7/satisfaction_rating", [], {"satisfaction_rating": {"score": "good", "comment": "Awesome support."}}),
    (SatisfactionRatings, lambda s: s.create(7, score="bad", reason_code=5, deadline=3), RATING, "POST",
     "/tickets/7/satisfaction_rating", [], {"satisfaction_rating": {"score": "bad", "reason_code": 5}}),
    (SatisfactionReasons, lambda s: s.list(), {"reasons": []}, "GET", "/satisfaction_reasons", [], None),
    (SatisfactionReasons, lambda s: s.show(2), {"reason": {"id": 2}}, "GET", "/satisfaction_reasons/2", [], None),
    (TicketMetrics, lambda m: m.list(page_size=3), {"ticket_metrics": []}, "GET", "/ticket_metrics",
     [("page[size]", "3")], None),
    (TicketMetrics, lambda m: m.show(1), METRIC, "GET", "/ticket_metrics/1", [], None),
    (TicketMetrics, lambda m: m.show(ticket_id=7), METRIC, "GET", "/tickets/7/metrics", [], None),
    (TicketSkips, lambda s: s.list(), SKIPS, "GET", "/skips", [SIZE], None),
    (TicketSkips, lambda s: s.list(ticket_id=7, sort_order="desc"), SKIPS, "GET", "/tickets/7/skips",
     [("sort_order", "desc"), ("per_page", "100")], None),
    (TicketSkips, lambda s: s.list(user_id=8, cursor="A"), SKIPS, "GET", "/users/8/skips",
     [SIZE, ("page[after]", "A")], None),
    (TicketSkips, lambda s: s.create(ticket_id=7, reason="Too hard"), {"skip": {"id": 1}}, "POST", "/skips", [],
     {"skip": {"ticket_id": 7, "reason": "Too hard"}}),
    (SuspendedTickets, lambda s: s.list(), SUSPENDED, "GET", "/suspended_tickets", [SIZE], None),
    (SuspendedTickets, lambda s: s.list(sort_by="author_email", sort_order="asc", page_size=9), SUSPENDED, "GET",
     "/suspended_tickets", [("sort_by", "author_email"), ("sort_order", "asc"), ("per_page", "9")], None),
    (SuspendedTickets, lambda s: s.show(1), SUSPENDED, "GET", "/suspended_tickets/1", [], None),
    (SuspendedTickets, lambda s: s.delete(1), b"", "DELETE", "/suspended_tickets/1", [], None),
    (SuspendedTickets, lambda s: s.destroy_many([1, "2"]), b"", "DELETE", "/suspended_tickets/destroy_many",
     [("ids", "1,2")], None),
    (SuspendedTickets, lambda s: s.recover(1), {"ticket": [{"id": 5}]}, "PUT", "/suspended_tickets/1/recover", [],
     None),
    (SuspendedTickets, lambda s: s.recover_many([1, 2]), {"tickets": [{"id": 5}]}, "PUT",
     "/suspended_tickets/recover_many", [("ids", "1,2")], None),
    (SuspendedTickets, lambda s: s.attachments(1), {"upload": {"token": "t"}}, "POST",
     "/suspended_tickets/1/attachments", [], None),
    (SuspendedTickets, lambda s: s.export(), {"export": {"status": "enqueued", "view_id": "suspended"}}, "POST",
     "/suspended_tickets/export", [], None),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "reply", "method", "path", "query", "body"), SENT)
async def test_what_is_sent(page, call, reply, method, path, query, body):
    await check_sent(page, call, reply, method, V2 + path, query, body)


def test_every_route_is_reached_by_a_test():
    rows = [row for row in routes() if row.operation.startswith(OPERATIONS)]
    reached = {(call(page(FakeCaller())).request.route.template, method) for page, call, _, method, *_ in SENT}
    assert reached == {(row.template, row.method) for row in rows}
    assert len(rows) == 4 + 2 + 3 + 4 + 8


def test_what_must_not_be_sent_twice_says_so():
    rows = [row for row in routes() if row.operation.startswith(OPERATIONS)]
    assert {row.operation for row in rows if not row.repeatable} == {
        "satisfaction_ratings.create", "tickets.skips.create", "suspended_tickets.recover",
        "suspended_tickets.recover_many", "suspended_tickets.attachments", "suspended_tickets.export",
    }  # fmt: skip


@pytest.mark.parametrize("shape", [lambda record: record, lambda record: [record]])
async def test_one_record_may_come_alone_or_in_a_list(shape):
    rating = await SatisfactionRatings(FakeCaller({"satisfaction_rating": shape({"id": 1, "score": "good"})})).show(1)
    reason = await SatisfactionReasons(FakeCaller({"reason": shape({"id": 2, "reason_code": 5})})).show(2)
    metric = await TicketMetrics(FakeCaller({"ticket_metric": shape({"id": 3, "replies": 4})})).show(3)
    suspended = await SuspendedTickets(FakeCaller({"suspended_tickets": shape({"id": 4, "cause_id": 17})})).show(4)
    ticket = await SuspendedTickets(FakeCaller({"ticket": shape({"id": 5, "subject": "S"})})).recover(4)
    found = (rating.score, reason.reason_code, metric.replies, suspended.cause_id, ticket.subject)
    assert found == ("good", 5, 4, 17, "S")


async def test_nulls_where_lists_are_declared_are_no_drift():
    caller = FakeCaller({"suspended_tickets": [{"id": 1, "attachments": None, "error_messages": None, "via": None}]})
    page = await SuspendedTickets(caller).list()
    assert (page[0].attachments, page[0].error_messages) == ((), ())
    assert caller.events == []


REFUSED = [
    (SatisfactionRatings, lambda s: s.list(score="great"), "score must be one of offered, unoffered"),
    (SatisfactionRatings, lambda s: s.list(start_time=datetime(2024, 1, 1)), "no time zone"),  # noqa: DTZ001
    (SatisfactionRatings, lambda s: s.list(start_time="2024-01-01"), "whole unix seconds"),
    (SatisfactionRatings, lambda s: s.list(end_time=-1), "whole unix seconds"),
    (SatisfactionRatings, lambda s: s.list(end_time=True), "whole unix seconds"),
    (SatisfactionRatings, lambda s: s.list(start_time=2, end_time=1), "is after end_time"),
    (SatisfactionRatings, lambda s: s.create(7), "no fields to write"),
    (SatisfactionRatings, lambda s: s.create(7, comment="Hm"), "missing required field score"),
    (SatisfactionRatings, lambda s: s.create(7, score="offered"), "score: invalid enum value 'offered'"),
    (SatisfactionRatings, lambda s: s.create(7, score="good", coment="x"), "did you mean 'comment'"),
    (SatisfactionRatings, lambda s: s.create("count", score="good"), "ticket_id must be an id"),
    (TicketMetrics, lambda m: m.show(), "one of the two"),
    (TicketMetrics, lambda m: m.show(1, ticket_id=2), "one of the two"),
    (TicketSkips, lambda s: s.list(ticket_id=1, user_id=2), "not by both"),
    (TicketSkips, lambda s: s.list(sort_order="asc", cursor="A"), "a sorted listing has no cursor"),
    (TicketSkips, lambda s: s.create(reason="Too hard"), "missing required field ticket_id"),
    (SuspendedTickets, lambda s: s.list(sort_by="id"), "sort_by must be one of author_email"),
    (SuspendedTickets, lambda s: s.destroy_many([]), "ids is empty"),
    (SuspendedTickets, lambda s: s.destroy_many("12"), "ids must be a list"),
    (SuspendedTickets, lambda s: s.recover_many(range(101)), "Zendesk takes 100"),
    (SuspendedTickets, lambda s: s.recover("recover_many"), "suspended_ticket_id must be an id"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "call", "why"), REFUSED)
def test_what_is_refused_before_anything_is_sent(page, call, why):
    caller = FakeCaller()
    assert why in refusal(lambda: call(page(caller)))
    assert caller.sent == []
