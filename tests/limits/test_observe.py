"""What headers mean. By hand: the server's clock shows 1,000 s more than the loop's; the minute ends at 20."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from zdasync._core.decode import error_from, retry_after
from zdasync._core.message import Response
from zdasync._core.route import Route
from zdasync.errors import PaginationLimit, RateLimited, TooManyJobs
from zdasync.limits.book import Book, Charge
from zdasync.limits.bucket import Bucket
from zdasync.limits.observe import DEFAULT_WAIT, LEAST_WAIT, Listener

UPDATE = Route("users.update", "PUT", "/api/v2/users/{user_id}")
TICKET = Route("tickets.update", "PUT", "/api/v2/tickets/{ticket_id}")
SHOW = Route("users.show", "GET", "/api/v2/users/{user_id}")
SUBMIT = Route("users.create_many", "POST", "/api/v2/users/create_many", job=True)
EXPORT = Route("incremental.tickets", "GET", "/api/v2/incremental/tickets")
AUDIT = Route("audit_logs.export", "POST", "/api/v2/audit_logs/export")
REQUESTS = Route("requests.create", "POST", "/api/v2/requests")
ARTICLES = Route("articles.list", "GET", "/api/v2/help_center/articles")
PROFILE = "create-update-user/profile"
SECOND = "create-update-user/second"
DATE, NOW, EDGE = 1010.0, 10.1, 20.0


class Desk:
    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        self.book = Book(capacities={"account": 700} if counts is None else counts)
        self.book.clock.observe(1010.0, 10.0, 10.0)
        self.book.clock.observe(1009.0, 9.999, 9.999)
        self.book.align(10.0)
        self.listener = Listener(self.book)

    def charge(self, route: Route, target: int = 7) -> Charge:
        path = route.template.partition("{")[0] + (str(target) if "{" in route.template else "")
        return self.book.charge(route, path, {}, "me", NOW)

    def hear(self, route: Route, headers: Mapping[str, str], *, date: float | None = DATE) -> Charge:
        charge = self.charge(route)
        self.listener.hear(charge, headers, date, NOW)
        return charge

    def free(self, name: str, at: float = NOW) -> int:
        [bucket] = self.book.of(name)
        return bucket.free(at, self.book.clock)

    def rejected(
        self, route: Route, headers: Mapping[str, str], body: bytes = b"", *, date: float | None = DATE
    ) -> tuple[str, float]:
        """The limit that is blamed and the wait, for a 429."""
        error = error_from(Response(429, headers, body, 10.0, NOW), route.operation)
        assert isinstance(error, RateLimited)
        blame = self.listener.rejected(
            self.charge(route), route.operation, headers, date, NOW,
            wait=retry_after(headers, DATE), jobs=isinstance(error, TooManyJobs), jitter=0.0,
        )
        return blame.limit, blame.wait


@pytest.fixture
def desk() -> Desk:
    return Desk()


def account(limit: int, remaining: int, reset: int | None = 10) -> dict[str, str]:
    headers = {"X-Rate-Limit": str(limit), "X-Rate-Limit-Remaining": str(remaining)}
    return headers if reset is None else headers | {"ratelimit-reset": str(reset)}


def own(name: str, total: int, remaining: int, resets: int, family: str = "ratelimit") -> dict[str, str]:
    return {f"zendesk-{family}-{name}": f"total={total}; remaining={remaining}; resets={resets}"}


# -- counts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        account(700, 100),
        {"ratelimit-limit": "700", "ratelimit-remaining": "100", "ratelimit-reset": "10"},
        {"rate-limit": "700", "rate-limit-remaining": "100", "rate-limit-reset": "10"},
        account(700, 100, None),
    ],
)
def test_what_others_spent_lowers_our_view_until_the_edge(desk: Desk, headers: dict[str, str]) -> None:
    desk.hear(SHOW, headers)
    assert desk.free("account") == 100
    assert desk.free("account", EDGE - 0.1) == 100
    assert desk.free("account", EDGE + 59.99) == 700


def test_a_reset_that_was_computed_a_second_before_its_date_means_the_same_edge(desk: Desk) -> None:
    desk.hear(SHOW, account(700, 100, 11))
    assert desk.free("account", EDGE - 0.1) == 100
    assert desk.free("account", EDGE + 59.99) == 700


def test_what_is_in_flight_counts_on_top(desk: Desk) -> None:
    charge = desk.charge(SHOW)
    for _ in range(3):
        charge.shared[1].take()
    desk.hear(SHOW, account(700, 100))
    assert desk.free("account") == 97


def test_our_own_count_stays_when_the_server_s_is_lower(desk: Desk) -> None:
    bucket = desk.charge(SHOW).shared[1]
    for _ in range(5):
        bucket.take()
        bucket.settle(NOW, desk.book.clock, DATE)
    desk.hear(SHOW, account(700, 699))
    assert desk.free("account") == 695


@pytest.mark.parametrize("family", ["ratelimit", "rate-limit"])
def test_an_endpoint_s_own_header_in_both_spellings(desk: Desk, family: str) -> None:
    desk.hear(EXPORT, own("incremental-exports", 10, 3, 10, family))
    assert desk.free("incremental-exports") == 3
    assert desk.free("incremental-exports", EDGE + 59.99) == 10


def test_a_ten_minute_window_is_heard_too(desk: Desk) -> None:
    # 1010 + 190 = 1200, a multiple of 600.
    desk.hear(TICKET, own("per-ticket-updates", 30, 4, 190))
    assert desk.free("per-ticket-updates", 199.0) == 4
    assert desk.free("per-ticket-updates", 799.5) == 30


def test_a_foreign_header_means_nothing(desk: Desk) -> None:
    desk.hear(SHOW, own("search-index", 2500, 0, 10) | {"zendesk-ratelimit-x": "nonsense"})
    assert desk.free("account") == 700
    assert desk.book.of("search-index") == []


def test_the_help_center_s_numbers_are_its_own(desk: Desk) -> None:
    desk.charge(SHOW)
    desk.hear(ARTICLES, account(700, 0, None))
    assert desk.free("help-center") == 0
    assert desk.free("account") == 700


# -- totals -----------------------------------------------------------------------------------------------------------


def test_a_guess_is_believed_at_once(desk: Desk) -> None:
    guess = Desk({})
    bucket = guess.charge(SHOW).shared[1]
    bucket.take()
    bucket.settle(NOW, guess.book.clock, DATE)
    assert guess.free("account") == 9
    guess.hear(SHOW, account(700, 699))
    assert guess.free("account") == 699


def test_a_smaller_plan_counts_at_once_and_a_bigger_one_from_the_edge_on(desk: Desk) -> None:
    bucket = desk.charge(SHOW).shared[1]
    bucket.take()
    bucket.settle(NOW, desk.book.clock, DATE)
    desk.hear(SHOW, account(400, 399))
    assert desk.free("account") == 399
    desk.hear(SHOW, account(2500, 2499))
    assert desk.free("account") == 399
    assert desk.free("account", EDGE + 0.1) == 2500


def test_one_header_name_for_two_limits_means_the_one_with_its_total(desk: Desk) -> None:
    desk.hear(UPDATE, own("create-update-user", 5, 2, 10))
    assert (desk.free(PROFILE), desk.free(SECOND)) == (2, 1)


def test_a_total_of_one_means_the_limit_of_one(desk: Desk) -> None:
    desk.hear(UPDATE, own("create-update-user", 1, 0, 1))
    assert (desk.free(PROFILE), desk.free(SECOND)) == (5, 1)  # a second's end can't be told from rounding


def test_a_total_that_no_row_has_means_the_longer_window(desk: Desk) -> None:
    desk.hear(UPDATE, own("create-update-user", 4, 1, 10))
    assert (desk.free(PROFILE), desk.free(SECOND)) == (1, 1)
    assert desk.charge(UPDATE, 8).keyed[0].capacity == 4


def test_a_reply_to_one_name_counts_for_the_profile(desk: Desk) -> None:
    charge = desk.book.charge(UPDATE, "/api/v2/users/7", {}, "me", NOW)
    upsert = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update")
    by_email = desk.book.charge(upsert, upsert.template, {"email": "a@x.org"}, "me", NOW)
    desk.book.same(["id:7", "email:a@x.org"])
    desk.listener.hear(by_email, own("create-update-user", 5, 1, 10), DATE, NOW)
    assert charge.keyed[0].free(NOW, desk.book.clock) == 1


def test_the_first_date_aligns_all_windows() -> None:
    book = Book(capacities={"account": 700})
    listener = Listener(book)
    bucket = book.charge(SHOW, "/api/v2/users/7", {}, "me", 10.0).shared[1]
    listener.hear_time(None, 10.0, 10.1)
    assert bucket.sliding
    listener.hear_time(1010.0, 10.0, 10.1)
    assert not bucket.sliding


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
        (SUBMIT, {}, JOBS_JSON, "inflight-jobs", DEFAULT_WAIT),
        (EXPORT, {"Retry-After": "50"}, b"This action has been rate limited", "incremental-exports", 50.0),
    ],
)
def test_the_forms_of_a_rejection(
    desk: Desk, route: Route, headers: dict[str, str], body: bytes, limit: str, wait: float
) -> None:
    assert desk.rejected(route, headers, body) == (limit, wait)
    blocked = {bucket.limit.name for bucket in desk.book if bucket.blocked_until > NOW}
    assert blocked == {limit}
    assert next(b for b in desk.book if b.limit.name == limit).blocked_until == pytest.approx(NOW + wait)


def test_the_form_that_waiting_can_t_cure_is_no_rejection() -> None:
    reply = Response(429, {}, b"Pagination limit reached for offset model", 0.0, 0.0)
    assert isinstance(error_from(reply, "users.list"), PaginationLimit)


def test_the_endpoint_s_header_goes_before_the_account_s(desk: Desk) -> None:
    headers = own("incremental-exports", 10, 0, 10) | account(700, 0, 10)
    assert desk.rejected(EXPORT, headers) == ("incremental-exports", 10.0)


def test_the_account_s_header_goes_before_a_guess(desk: Desk) -> None:
    headers = own("incremental-exports", 10, 4, 10) | account(700, 0, 10)
    assert desk.rejected(EXPORT, headers) == ("account", 10.0)


def test_without_a_word_the_shortest_window_that_fits_is_to_blame(desk: Desk) -> None:
    assert desk.rejected(UPDATE, {"Retry-After": "1"}) == (SECOND, 1.0)
    assert desk.rejected(UPDATE, {"Retry-After": "30"}) == (PROFILE, 30.0)
    assert desk.rejected(TICKET, {"Retry-After": "30"}) == ("tickets-update", 30.0)


def test_room_left_everywhere_means_a_hidden_limit(desk: Desk) -> None:
    assert desk.rejected(SHOW, account(700, 400)) == ("hidden: users.show", DEFAULT_WAIT)
    assert desk.charge(SHOW).shared[-1].capacity == 1
    assert desk.rejected(SHOW, account(700, 400) | {"Retry-After": "3"}) == ("hidden: users.show", 3.0)


def test_a_rejection_under_a_name_that_was_merged_away_blames_the_profile(desk: Desk) -> None:
    upsert = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update")
    desk.charge(UPDATE)
    by_email = desk.book.charge(upsert, upsert.template, {"email": "a@x.org"}, "me", NOW)
    desk.book.same(["id:7", "email:a@x.org"])
    blame = desk.listener.rejected(by_email, "x", {}, DATE, NOW, wait=10.0, jobs=False, jitter=0.0)
    assert blame.limit == PROFILE
    assert desk.charge(UPDATE).keyed[0].blocked_until == pytest.approx(NOW + 10)


def test_the_jitter_is_added_to_the_wait(desk: Desk) -> None:
    charge = desk.charge(SHOW)
    desk.listener.rejected(charge, "x", {}, DATE, NOW, wait=10.0, jobs=False, jitter=0.07)
    assert charge.shared[1].blocked_until == pytest.approx(NOW + 10.07)


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
def test_the_wait_in_all_its_forms(desk: Desk, headers: dict[str, str], wait: float) -> None:
    assert desk.rejected(SHOW, headers) == ("account", pytest.approx(wait))


# -- is the model right? ----------------------------------------------------------------------------------------------


def bucket_of(desk: Desk, name: str) -> Bucket:
    return next(bucket for bucket in desk.book if bucket.limit.name == name)


@pytest.mark.parametrize("wait", ["10", "11", "70"])
def test_a_wait_that_ends_at_an_edge_confirms_aligned_windows(desk: Desk, wait: str) -> None:
    desk.rejected(SHOW, {"Retry-After": wait})
    assert not bucket_of(desk, "account").sliding


@pytest.mark.parametrize("wait", ["7", "9", "12", "35"])
def test_a_wait_that_ends_elsewhere_refutes_them(desk: Desk, wait: str) -> None:
    desk.rejected(SHOW, {"Retry-After": wait})
    assert bucket_of(desk, "account").sliding
    assert desk.book.refuted == {"account"}


@pytest.mark.parametrize("reset", [3, 9, 12, 35])
def test_replies_that_keep_naming_another_edge_refute_them(desk: Desk, reset: int) -> None:
    for refuted in (set(), set(), {"account"}):
        desk.hear(SHOW, account(700, 650, reset))
        assert desk.book.refuted == refuted


def test_one_right_edge_takes_the_odd_ones_back(desk: Desk) -> None:
    for reset in (35, 35, 10, 35, 35, 11, 35, 35):
        desk.hear(SHOW, account(700, 650, reset))
    assert desk.book.refuted == set()


def test_a_slow_reply_s_date_may_be_late_by_as_much(desk: Desk) -> None:
    desk.listener.hear_time(1015.0, 10.0, 15.2)
    for _ in range(5):  # counted at 1010, ten seconds before the edge; dated five seconds later
        desk.hear(SHOW, account(700, 650, 10), date=1015.0)
    assert desk.book.refuted == set()


def test_a_wait_without_a_number_says_nothing_of_the_model(desk: Desk) -> None:
    desk.rejected(SHOW, {}, date=DATE + 3)
    desk.rejected(SHOW, {"Retry-After": "0"}, date=DATE + 3)
    desk.rejected(SHOW, {"Retry-After": "3"}, date=None)
    assert desk.book.refuted == set()


def test_a_second_is_refuted_by_its_second_rejection(desk: Desk) -> None:
    desk.rejected(UPDATE, {"Retry-After": "1"})
    assert desk.book.refuted == set()
    desk.rejected(UPDATE, {"Retry-After": "1"})
    assert desk.book.refuted == {SECOND}


def test_a_sliding_limit_believes_only_that_nothing_is_left(desk: Desk) -> None:
    desk.charge(SHOW)
    desk.book.refute("account", NOW)
    desk.hear(SHOW, account(700, 3, 5))
    assert desk.free("account") == 700
    desk.hear(SHOW, account(700, 0, 5))
    assert desk.free("account", NOW + 4.9) == 0
    assert desk.free("account", NOW + 5.1) == 700
