"""Limits that only headers name. By hand: the server's clock shows 1,000 s more than the loop's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from limit_headers import own
from multidict import CIMultiDict

from zdasync._core.route import Route
from zdasync.events import Learned
from zdasync.limits.book import ROUTES
from zdasync.limits.learning import ALWAYS, EVERY, Learning

SHOW = Route("users.show", "GET", "/api/v2/users/{user_id}")
UPDATE = Route("users.update", "PUT", "/api/v2/users/{user_id}")
TICKETS = Route("tickets.show_many", "GET", "/api/v2/tickets/show_many")
JOB = Route("job_statuses.show", "GET", "/api/v2/job_statuses/{id}")
SEARCH = Route("search.list", "GET", "/api/v2/search")
DATE, NOW, EDGE = 1010.0, 10.1, 20.0


# -- what is learned ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["ratelimit", "rate-limit"])
def test_a_header_that_no_row_has_makes_a_limit(desk: object, family: str) -> None:
    desk.hear(SHOW, own("users-show", 50, 49, family=family), charged=True)
    assert desk.names(SHOW) == ["connections", "account", "users-show"]
    assert desk.names(UPDATE)[2:] == ["create-update-user/second", "create-update-user/profile"]
    bucket = desk.bucket("users-show")
    row = bucket.terms.limit
    assert (row.learned, row.count, row.interval, row.key) == (True, 50, 60.0, "account")
    assert bucket.used(NOW, desk.book.clock) == 1  # the reply that taught it was counted, too
    assert bucket.free(NOW, desk.book.clock) == 24  # half of what is left may fly
    assert desk.events == [Learned("users.show", "users-show", 50, 60.0, new=True)]


def test_headers_are_known_in_any_case(desk: object) -> None:
    desk.hear(SHOW, CIMultiDict({"Zendesk-RateLimit-Users-Show": "total=50; remaining=49; resets=10"}), charged=True)
    assert desk.names(SHOW) == ["connections", "account", "users-show"]


def test_it_is_learned_once(desk: object) -> None:
    for remaining in (49, 48, 47):
        desk.hear(SHOW, own("users-show", 50, remaining), charged=True)
    assert desk.names(SHOW).count("users-show") == 1
    assert len(desk.events) == 1
    assert desk.bucket("users-show").used(NOW, desk.book.clock) == 3


def test_a_reply_can_teach_two(desk: object) -> None:
    desk.hear(SHOW, own("one", 50, 49) | own("two", 20, 19), charged=True)
    assert desk.names(SHOW)[2:] == ["one", "two"]


def test_the_header_of_a_row_puts_another_route_under_it(desk: object) -> None:
    desk.hear(TICKETS, own("tickets-index", 300, 299), charged=True)
    assert desk.names(TICKETS) == ["connections", "account", "tickets-index"]
    assert desk.events[0] == Learned("tickets.show_many", "tickets-index", 300, 60.0, new=True)
    assert desk.capacity("tickets-index") == 300
    assert desk.bucket("tickets-index").used(NOW, desk.book.clock) == 1
    index = Route("tickets.list", "GET", "/api/v2/tickets")
    assert desk.charge(index).shared[-1] is desk.charge(TICKETS).shared[-1]


def test_two_rows_with_one_header_are_learned_together(desk: object) -> None:
    desk.hear(SHOW, own("create-update-user", 5, 4), charged=True)
    assert desk.names(SHOW)[2:] == ["create-update-user/second", "create-update-user/profile"]


def test_slots_are_never_learned_from_a_read(desk: object) -> None:
    for _ in range(3):
        desk.hear(JOB, own("inflight-jobs", 30, 29), charged=True)
    assert desk.names(JOB) == ["connections", "account"]
    assert desk.events == []


@pytest.mark.parametrize("text", ["nonsense", "remaining=3", "total=0; remaining=0", ""])
def test_what_names_no_number_is_no_limit(desk: object, text: str) -> None:
    desk.hear(SHOW, {"zendesk-ratelimit-users-show": text}, charged=True)
    assert desk.names(SHOW) == ["connections", "account"]


def test_a_row_s_own_header_is_no_news(desk: object) -> None:
    desk.hear(SEARCH, own("search-index", 2500, 2499), charged=True)
    assert desk.names(SEARCH) == ["connections", "account", "search-index"]
    assert desk.events == []


# -- what was under way when it was learned -------------------------------------------------------------------------


def test_late_replies_of_requests_from_before_are_counted(desk: object) -> None:
    stale = [desk.charge(SHOW) for _ in range(3)]
    desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    bucket = desk.bucket("users-show")
    for used, charge in enumerate(stale, 2):
        desk.listener.hear(charge, SHOW, {}, DATE, NOW)
        assert (bucket.used(NOW, desk.book.clock), bucket.in_flight) == (used, 0)
    assert bucket.used(EDGE + 0.1, desk.book.clock) == 0


def test_a_late_reply_says_what_others_spent_of_it(desk: object) -> None:
    stale = desk.charge(SHOW)
    desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    desk.listener.hear(stale, SHOW, own("users-show", 50, 38), DATE, NOW)
    assert desk.bucket("users-show").used(NOW, desk.book.clock) == 12


def test_a_late_reply_counts_for_limits_that_rows_describe_too(desk: object) -> None:
    stale = desk.charge(SHOW)
    desk.hear(SHOW, own("search-index", 2500, 2499), charged=True)
    desk.listener.hear(stale, SHOW, {}, DATE, NOW)
    assert desk.bucket("search-index").used(NOW, desk.book.clock) == 2
    assert desk.bucket("account").used(NOW, desk.book.clock) == 1  # the late one's charge is its own affair


def test_late_replies_teach_what_is_known_no_second_time(desk: object) -> None:
    stale = [desk.charge(SHOW) for _ in range(2 * EVERY)]
    for number, charge in enumerate(stale, 1):
        desk.listener.hear(charge, SHOW, own("users-show", 50, 50 - number), DATE, NOW)
    assert desk.events == [Learned("users.show", "users-show", 50, 60.0, new=True)]
    assert desk.book.version == 1


def test_replies_to_requests_that_were_charged_to_it_count_once(desk: object) -> None:
    for remaining in (49, 48):
        desk.hear(SHOW, own("users-show", 50, remaining), charged=True)
    assert desk.bucket("users-show").used(NOW, desk.book.clock) == 2


def test_a_hidden_limit_takes_no_late_replies(desk: object) -> None:
    stale = desk.charge(SHOW)
    hidden = desk.book.hide(SHOW, NOW)
    desk.listener.hear(stale, SHOW, {}, DATE, NOW)
    assert hidden.in_flight == 0
    assert hidden.free(NOW, desk.book.clock) == 1


@pytest.mark.parametrize("took", [0.2, 3.0])
def test_for_two_round_trips_nothing_goes(desk: object, took: float) -> None:
    desk.listener.hear_time(DATE, NOW - took, NOW)
    desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    assert desk.free("users-show", NOW + 2 * took - 0.01) == 0
    assert desk.free("users-show", NOW + 2 * took + 0.01) > 0
    assert desk.free("account", NOW) > 0
    desk.hear(SHOW, own("users-show", 50, 48), charged=True)
    assert desk.free("users-show", NOW + 2 * took + 0.01) > 0


# -- how long its window is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resets", "date", "interval"),
    [
        (10, 1010.0, 60.0),  # 1020 is a minute's end
        (11, 1010.0, 60.0),  # rounded up
        (10, None, 60.0),
        (None, 1010.0, 60.0),
        (190, 1010.0, 600.0),
        (190, None, 600.0),
        (170, 1000.0, 600.0),  # an end that no window has
        (800, 1000.0, 1200.0),
        (2600, 1000.0, 3600.0),
        (85_400, 1000.0, 86_400.0),
        (90_000, 1000.0, 86_400.0),  # longer than any
    ],
)
def test_its_window_is_the_shortest_that_its_reset_fits_into(
    desk: object, resets: int | None, date: float | None, interval: float
) -> None:
    desk.hear(SHOW, own("users-show", 50, 49, resets), date=date, charged=True)
    assert desk.charge(SHOW).shared[-1].terms.interval == interval


def test_a_later_reset_lengthens_it(desk: object) -> None:
    desk.hear(SHOW, own("users-show", 50, 49, 10), charged=True)
    desk.hear(SHOW, own("users-show", 50, 48, 190), charged=True)
    bucket = desk.bucket("users-show")
    assert bucket.terms.interval == bucket.terms.limit.interval == 600.0
    assert bucket.used(199.0, desk.book.clock) == 2
    assert bucket.used(201.0, desk.book.clock) == 0  # 1200 at the server


def test_a_reset_of_the_whole_window_and_a_second_lengthens_nothing(desk: object) -> None:
    desk.hear(SHOW, own("users-show", 50, 49, 60), date=1020.0, at=20.1, charged=True)
    desk.hear(SHOW, own("users-show", 50, 48, 61), date=1020.0, at=20.2, charged=True)
    assert desk.bucket("users-show").terms.interval == 60.0


# -- when it counts something else ----------------------------------------------------------------------------------


def test_what_counts_less_than_we_send_is_dropped_for_good(desk: object) -> None:
    """It counts per user: each reply has 49 of 50 left, whatever we sent."""
    for _ in range(3):
        stale = desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    assert "users-show" in desk.names(SHOW)
    for _ in range(2 * EVERY):
        desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    assert desk.names(SHOW) == ["connections", "account"]
    assert desk.book.of("users-show") == []
    assert stale.shared[-1].free(NOW, desk.book.clock) > 10**6
    assert len(desk.events) == 1


def test_a_late_reply_about_what_was_dropped_does_nothing(desk: object) -> None:
    desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    stale = desk.charge(SHOW)
    desk.book.unlearn("users-show")
    desk.listener.hear(stale, SHOW, own("users-show", 50, 48, 190), DATE, NOW)
    assert desk.left("account") == 699


def test_one_strange_reply_drops_nothing(desk: object) -> None:
    for remaining in (49, 48, 47, 49, 45, 44, 49, 42):
        desk.hear(SHOW, own("users-show", 50, remaining), charged=True)
    assert "users-show" in desk.names(SHOW)


def test_replies_of_a_new_window_are_compared_with_what_is_out_in_it(desk: object) -> None:
    desk.book.learn(SHOW, "users-show", 50, 60.0)
    charge = desk.charge(SHOW)
    bucket = charge.shared[-1]
    for _ in range(20):
        bucket.take(NOW)
        bucket.settle(NOW, desk.book.clock, DATE)
    for _ in range(3):
        bucket.take(EDGE - 0.05)
    for remaining in (49, 48, 47):  # the server counted them after the edge
        bucket.settle(EDGE + 0.1, desk.book.clock, 1020.0)
        desk.listener.hear(charge, SHOW, own("users-show", 50, remaining, 60), 1020.0, EDGE + 0.1)
    assert desk.book.of("users-show") == [bucket]


def test_what_is_in_flight_may_be_missing_in_its_count(desk: object) -> None:
    desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    bucket = desk.charge(SHOW).shared[-1]
    for _ in range(8):
        bucket.take(NOW)
    for remaining in (48, 47, 46):
        desk.hear(SHOW, own("users-show", 50, remaining), charged=True)
    assert "users-show" in desk.names(SHOW)


def test_what_counts_more_than_we_send_stays(desk: object) -> None:
    desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    desk.hear(SHOW, own("users-show", 50, 20), charged=True)
    assert desk.bucket("users-show").used(NOW, desk.book.clock) == 30


# -- how often replies are looked at --------------------------------------------------------------------------------


def test_every_sixteenth_reply_is_looked_at_after_the_first(desk: object) -> None:
    quiet = {"X-Rate-Limit": "700"}
    for _ in range(ALWAYS):
        desk.hear(SHOW, quiet, charged=True)
    for late in range(ALWAYS, EVERY):
        desk.hear(SHOW, own("users-show", 50, 49), charged=True)
        assert desk.names(SHOW) == ["connections", "account"], late
    desk.hear(SHOW, own("users-show", 50, 49), charged=True)
    assert desk.names(SHOW) == ["connections", "account", "users-show"]


def test_no_more_routes_are_counted_than_there_can_be(desk: object) -> None:
    learning = Learning(desk.book)
    charge = desk.charge(SHOW)
    for i in range(ROUTES + 10):
        list(learning.from_reply(charge, Route("raw", "GET", f"/api/v2/things/{i}"), {}))
    assert len(learning._replies) <= ROUTES


# -- for those who wait ---------------------------------------------------------------------------------------------


async def test_who_waits_with_an_old_charge_can_tell(rig: Callable[..., object]) -> None:
    r = rig({"account": 2})
    await r.spend("show", 2)
    charge, version = r.charge("show"), r.book.version
    waiting = r.loop.create_task(r.scheduler.admit(charge))
    await asyncio.sleep(1)
    r.listener.hear(charge, SHOW, own("users-show", 50, 49, 19), r.date, r.loop.time())
    ticket = await waiting
    assert r.book.version != version
    assert not r.book.current(charge, SHOW)
    ticket.give_back()
    again = r.charge("show")
    assert r.book.current(again, SHOW)
    assert (await r.scheduler.admit(again, seq=ticket.seq)).waited == 0.0
    assert r.under_way() == {"connections": 1, "account": 1, "users-show": 1}


async def test_who_waits_for_a_learned_limit_goes_when_it_is_dropped(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    r.book.learn(SHOW, "users-show", 2, 60.0)
    await r.spend("show", 2)
    waiting = r.calls(3, "show")
    await asyncio.sleep(1)
    r.book.unlearn("users-show")
    r.scheduler.wake()
    assert await asyncio.gather(*waiting) == [1.0] * 3
    assert r.book.of("users-show") == []
