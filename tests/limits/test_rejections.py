"""Whom a rejection blames, for how long, and what it says of the model. By hand: at the server it is 1,000 s later."""

from __future__ import annotations

import pytest
from limit_headers import account, own

from zdasync._core.decode import error_from
from zdasync._core.message import Response
from zdasync._core.route import Route
from zdasync.errors import PaginationLimit
from zdasync.limits.bucket import Bucket
from zdasync.limits.observe import DEFAULT_WAIT, LEAST_WAIT

UPDATE = Route("users.update", "PUT", "/api/v2/users/{user_id}")
TICKET = Route("tickets.update", "PUT", "/api/v2/tickets/{ticket_id}")
SHOW = Route("users.show", "GET", "/api/v2/users/{user_id}")
SUBMIT = Route("users.create_many", "POST", "/api/v2/users/create_many", job=True)
EXPORT = Route("incremental.tickets", "GET", "/api/v2/incremental/tickets")
AUDIT = Route("audit_logs.export", "POST", "/api/v2/audit_logs/export")
REQUESTS = Route("requests.create", "POST", "/api/v2/requests")
PROFILE = "create-update-user/profile"
SECOND = "create-update-user/second"
DATE, NOW, EDGE = 1010.0, 10.1, 20.0


# -- rejections -------------------------------------------------------------------------------------------------------

TICKETS_TEXT = b"Rate limit for ticket updates exceeded, please wait before updating this ticket again"
EXPORT_JSON = (
    b'{"error":"APIRateLimitExceeded","description":"Number of allowed incremental export API requests per minute '
    b'exceeded"}'
)
EDGE_JSON = b'{"detail":"Rate limited by Zendesk edge protection","status":"429","title":"Automated response"}'
AUDIT_TEXT = b"Rate limit for Audit log CSV Export exceeded. Please wait 1 minute and try again."
JOBS_JSON = b'{"error":"TooManyJobs","description":"Too many jobs","current_job_ids":["V3-1","V3-2"]}'


@pytest.mark.parametrize(
    ("route", "headers", "body", "limit", "wait"),
    [
        (TICKET, {"Retry-After": "93"}, TICKETS_TEXT, "per-ticket-updates", 93.0),
        (SHOW, {"Retry-After": "10"}, b"Number of allowed API requests per minute exceeded", "account", 10.0),
        (EXPORT, {}, EXPORT_JSON, "incremental-exports", DEFAULT_WAIT),
        (SHOW, {}, EDGE_JSON, "account", DEFAULT_WAIT),
        (REQUESTS, account(400, 400), b"Number of allowed requests per hour exceeded", "hidden: requests.create",
         DEFAULT_WAIT),
        (AUDIT, {}, AUDIT_TEXT, "audit-logs-export", DEFAULT_WAIT),
                (EXPORT, {"Retry-After": "50"}, b"This action has been rate limited", "incremental-exports", 50.0),
    ],
)
def test_the_forms_of_a_rejection(
    desk: object, route: Route, headers: dict[str, str], body: bytes, limit: str, wait: float
) -> None:
    assert desk.rejected(route, headers, body) == (limit, wait)
    blocked = {bucket.terms.limit.name for bucket in desk.book if bucket.blocked_until > NOW}
    assert blocked == {limit}
    blocked_until = next(b for b in desk.book if b.terms.limit.name == limit).blocked_until
    # A wait of ten seconds ends at an edge, which the clock knows better.
    until = EDGE if headers.get("Retry-After") == "10" else NOW + wait
    assert blocked_until == pytest.approx(until, abs=0.03)


def test_the_form_that_waiting_can_t_cure_is_no_rejection() -> None:
    reply = Response(429, {}, b"Pagination limit reached for offset model", 0.0, 0.0)
    assert isinstance(error_from(reply, "users.list"), PaginationLimit)


def test_the_endpoint_s_header_goes_before_the_account_s(desk: object) -> None:
    headers = own("incremental-exports", 10, 0, 10) | account(700, 0, 10)
    assert desk.rejected(EXPORT, headers) == ("incremental-exports", 10.0)


def test_the_account_s_header_goes_before_a_guess(desk: object) -> None:
    headers = own("incremental-exports", 10, 4, 10) | account(700, 0, 10)
    assert desk.rejected(EXPORT, headers) == ("account", 10.0)


def test_without_a_word_the_shortest_window_that_fits_is_to_blame(desk: object) -> None:
    assert desk.rejected(UPDATE, {"Retry-After": "1"}) == (SECOND, 1.0)
    assert desk.rejected(UPDATE, {"Retry-After": "30"}) == (PROFILE, 30.0)
    assert desk.rejected(TICKET, {"Retry-After": "30"}) == ("tickets-update", 30.0)


def test_room_left_everywhere_means_a_hidden_limit(desk: object) -> None:
    assert desk.rejected(SHOW, account(700, 400)) == ("hidden: users.show", DEFAULT_WAIT)
    assert desk.charge(SHOW).shared[-1].terms.capacity == 1
    assert desk.rejected(SHOW, account(700, 400) | {"Retry-After": "3"}) == ("hidden: users.show", 3.0)


def test_a_rejection_under_a_name_that_was_merged_away_blames_the_profile(desk: object) -> None:
    upsert = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update")
    desk.charge(UPDATE)
    by_email = desk.book.charge(upsert, upsert.template, {"email": "a@x.org"}, "me")
    desk.book.same(["id:7", "email:a@x.org"])
    blame = desk.listener.rejected(by_email, upsert, {}, DATE, NOW, wait=10.0, jobs=False, jitter=0.0)
    assert blame.limit == PROFILE
    assert desk.charge(UPDATE).keyed[0].blocked_until == pytest.approx(EDGE, abs=0.03)


@pytest.mark.parametrize(
    ("wait", "date", "until"),
    [
        (None, DATE, NOW + DEFAULT_WAIT + 0.07),
        (13.0, None, NOW + 13.07),
        (10.0, None, NOW + 10.07),  # nobody knows when that was
        (0.0, DATE, NOW + LEAST_WAIT + 0.07),
        (10.0, DATE, EDGE),
        (11.0, DATE, EDGE),  # rounded up
        (70.0, DATE, EDGE + 60),
    ],
)
def test_the_jitter_is_added_to_waits_that_end_at_no_edge(
    desk: object, wait: float | None, date: float | None, until: float
) -> None:
    charge = desk.charge(SHOW)
    desk.listener.rejected(charge, SHOW, {}, date, NOW, wait=wait, jobs=False, jitter=0.07)
    blocked_until = charge.shared[1].blocked_until
    assert blocked_until == pytest.approx(until, abs=0.03)
    assert blocked_until >= until


def test_the_jitter_is_added_where_windows_slide(desk: object) -> None:
    charge = desk.charge(SHOW)
    desk.book.refute("account", NOW)
    desk.listener.rejected(charge, SHOW, {}, DATE, NOW, wait=10.0, jobs=False, jitter=0.07)
    assert charge.shared[1].blocked_until == pytest.approx(NOW + 10.07)


def test_an_edge_that_is_past_holds_nothing_back_but_the_wait_does(desk: object) -> None:
    """The reply was under way for longer than it says to wait."""
    charge = desk.charge(SHOW)
    desk.listener.rejected(charge, SHOW, {}, DATE, EDGE + 5, wait=10.0, jobs=False, jitter=0.07)
    assert charge.shared[1].blocked_until == pytest.approx(EDGE + 15.07)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, DEFAULT_WAIT),
        ({"Retry-After": "0"}, LEAST_WAIT),
        ({"Retry-After": "93"}, 93.0),
        ({"Retry-After": "Thu, 01 Jan 1970 00:17:20 GMT"}, 30.0),  # 1040, and it is 1010
        ({"Retry-After": "nonsense"}, DEFAULT_WAIT),
        ({"Retry-After": "inf"}, DEFAULT_WAIT),
        (account(700, 0, 10), 10.0),
    ],
)
def test_the_wait_in_all_its_forms(desk: object, headers: dict[str, str], wait: float) -> None:
    assert desk.rejected(SHOW, headers) == ("account", pytest.approx(wait))


# -- is the model right? ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", ["10", "11", "70"])
def test_a_wait_that_ends_at_an_edge_confirms_aligned_windows(desk: object, wait: str) -> None:
    desk.rejected(SHOW, {"Retry-After": wait})
    assert not desk.bucket("account").terms.sliding


@pytest.mark.parametrize("wait", ["7", "9", "12", "35"])
def test_a_wait_that_ends_elsewhere_refutes_them(desk: object, wait: str) -> None:
    desk.rejected(SHOW, {"Retry-After": wait})
    assert desk.bucket("account").terms.sliding
    assert desk.book.refuted == {"account"}


@pytest.mark.parametrize("reset", [3, 9, 12, 35])
def test_replies_that_keep_naming_another_edge_refute_them(desk: object, reset: int) -> None:
    for refuted in (set(), set(), {"account"}):
        desk.hear(SHOW, account(700, 650, reset))
        assert desk.book.refuted == refuted


def test_one_right_edge_takes_the_odd_ones_back(desk: object) -> None:
    for reset in (35, 35, 10, 35, 35, 11, 35, 35):
        desk.hear(SHOW, account(700, 650, reset))
    assert desk.book.refuted == set()


def test_a_slow_reply_s_date_may_be_late_by_as_much(desk: object) -> None:
    desk.listener.hear_time(1015.0, 10.0, 15.2)
    for _ in range(5):  # counted at 1010, ten seconds before the edge; dated five seconds later
        desk.hear(SHOW, account(700, 650, 10), date=1015.0)
    assert desk.book.refuted == set()


def test_a_wait_without_a_number_says_nothing_of_the_model(desk: object) -> None:
    desk.rejected(SHOW, {}, date=DATE + 3)
    desk.rejected(SHOW, {"Retry-After": "0"}, date=DATE + 3)
    desk.rejected(SHOW, {"Retry-After": "3"}, date=None)
    assert desk.book.refuted == set()


def test_a_second_is_refuted_by_its_second_rejection(desk: object) -> None:
    desk.rejected(UPDATE, {"Retry-After": "1"})
    assert desk.book.refuted == set()
    desk.rejected(UPDATE, {"Retry-After": "1"})
    assert desk.book.refuted == {SECOND}


def test_a_sliding_limit_believes_only_that_nothing_is_left(desk: object) -> None:
    desk.charge(SHOW)
    desk.book.refute("account", NOW)
    desk.hear(SHOW, account(700, 3, 5))
    assert desk.free("account") == 700
    desk.hear(SHOW, account(700, 0, 5))
    assert desk.free("account", NOW + 4.9) == 0
    assert desk.free("account", NOW + 5.1) == 700


def doubt(desk: object, spent: int) -> Bucket:
    """The account's bucket just after an edge that brought so many back."""
    bucket = desk.charge(SHOW).shared[1]
    for _ in range(spent):
        bucket.take(NOW)
        bucket.settle(NOW, desk.book.clock, DATE)
    bucket.free(EDGE + 0.1, desk.book.clock)
    bucket.take(EDGE + 0.1)
    bucket.settle(EDGE + 0.2, desk.book.clock, 1020.0)
    return bucket


@pytest.mark.parametrize(("remaining", "proved"), [(699, True), (697, True), (696, False), (599, False)])
def test_a_header_after_the_edge_proves_aligned_windows(desk: object, remaining: int, *, proved: bool) -> None:
    # A sliding log would have counted 101, and so left 599.
    bucket = doubt(desk, 100)
    desk.hear(SHOW, account(700, remaining, 60), date=1020.0, at=EDGE + 0.2)
    assert (bucket.terms.proof is None) is proved


@pytest.mark.parametrize(
    ("headers", "date", "proved"),
    [
        (account(700, 699, 10), 1010.0, True),  # a sliding log would name 60 seconds
        (account(700, 699, 11), 1010.0, False),  # an edge and a second: it need not be meant
        (account(700, 698, 10), 1010.0, False),  # the end may be that of another's request
        (account(700, 699, 60), 1010.0, False),
        (account(700, 699, None), 1010.0, False),
        (account(700, 699, 10), None, False),
        (account(700, 699, 59), 1021.0, False),  # so soon after an edge a sliding log's end is near one as well
        (account(700, 699, 1), 1019.0, False),
        (account(700, 699, 57), 1023.0, True),
    ],
)
def test_the_first_header_of_a_window_proves_it_too(
    desk: object, headers: dict[str, str], date: float | None, *, proved: bool
) -> None:
    desk.hear(SHOW, headers, date=date)
    assert (desk.bucket("account").terms.proof is None) is proved


@pytest.mark.parametrize(("took", "proved"), [(7.0, True), (9.0, False)])
def test_a_slow_reply_s_first_header_proves_nothing_so_near_an_edge(
    desk: object, took: float, *, proved: bool
) -> None:
    # Its request may have been counted up to `took` seconds before 1010; the edge is ten seconds off.
    desk.listener.hear_time(DATE, NOW - took, NOW)
    desk.hear(SHOW, account(700, 699, 10))
    assert (desk.bucket("account").terms.proof is None) is proved


def test_a_rejection_after_the_edge_brings_back_the_doubt_s_tokens(desk: object) -> None:
    bucket = doubt(desk, 100)
    # 1020 + 49 s: when the first of them are a minute old.
    desk.rejected(SHOW, {"Retry-After": "49"}, date=1020.0)
    assert desk.book.refuted == {"account"}
    assert bucket.used(EDGE + 1, desk.book.clock) == 101


def test_a_rejection_puts_off_the_next_test_of_what_is_left(desk: object) -> None:
    desk.hear(SHOW, account(700, 100))
    word = desk.bucket("account").word
    assert word is not None
    assert word.testable(NOW)
    desk.rejected(SHOW, account(700, 0))
    assert not word.testable(EDGE + 470)
    assert word.testable(EDGE + 481)
