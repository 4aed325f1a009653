"""What headers mean. By hand: the server's clock shows 1,000 s more than the loop's; the minute ends at 20."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from limit_headers import account, own

from zdasync._core.route import Route
from zdasync.events import Learned, Refuted
from zdasync.limits.book import Book
from zdasync.limits.observe import Listener

UPDATE = Route("users.update", "PUT", "/api/v2/users/{user_id}")
TICKET = Route("tickets.update", "PUT", "/api/v2/tickets/{ticket_id}")
SHOW = Route("users.show", "GET", "/api/v2/users/{user_id}")
EXPORT = Route("incremental.tickets", "GET", "/api/v2/incremental/tickets")
ARTICLES = Route("articles.list", "GET", "/api/v2/help_center/articles")
PROFILE = "create-update-user/profile"
SECOND = "create-update-user/second"
DATE, NOW, EDGE = 1010.0, 10.1, 20.0


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
def test_what_others_spent_lowers_our_view_until_the_edge(desk: object, headers: dict[str, str]) -> None:
    desk.hear(SHOW, headers)
    assert desk.left("account") == 100
    assert desk.left("account", EDGE - 0.1) == 100
    assert desk.left("account", EDGE + 59.99) == 700


def test_a_reset_that_was_computed_a_second_before_its_date_means_the_same_edge(desk: object) -> None:
    desk.hear(SHOW, account(700, 100, 11))
    assert desk.left("account", EDGE - 0.1) == 100
    assert desk.left("account", EDGE + 59.99) == 700


def test_what_is_in_flight_counts_on_top(desk: object) -> None:
    charge = desk.charge(SHOW)
    for _ in range(3):
        charge.shared[1].take(NOW)
    desk.hear(SHOW, account(700, 100))
    assert desk.left("account") == 97


def test_our_own_count_stays_when_the_server_s_is_lower(desk: object) -> None:
    bucket = desk.charge(SHOW).shared[1]
    for _ in range(5):
        bucket.take(NOW)
        bucket.settle(NOW, desk.book.clock, DATE)
    desk.hear(SHOW, account(700, 699))
    assert desk.left("account") == 695


@pytest.mark.parametrize("family", ["ratelimit", "rate-limit"])
def test_an_endpoint_s_own_header_in_both_spellings(desk: object, family: str) -> None:
    desk.hear(EXPORT, own("incremental-exports", 10, 3, 10, family))
    assert desk.left("incremental-exports") == 3
    assert desk.left("incremental-exports", EDGE + 59.99) == 10


def test_a_ten_minute_window_is_heard_too(desk: object) -> None:
    # 1010 + 190 = 1200, a multiple of 600.
    desk.hear(TICKET, own("per-ticket-updates", 30, 4, 190))
    assert desk.left("per-ticket-updates", 199.0) == 4
    assert desk.left("per-ticket-updates", 799.5) == 30


def test_a_foreign_header_says_nothing_of_the_account(desk: object) -> None:
    desk.hear(SHOW, own("search-index", 2500, 0, 10) | {"zendesk-ratelimit-x": "nonsense"})
    assert desk.left("account") == 700
    assert desk.names(SHOW) == ["connections", "account", "search-index"]
    assert desk.left("search-index") == 0


def test_the_help_center_s_numbers_are_its_own(desk: object) -> None:
    desk.charge(SHOW)
    desk.hear(ARTICLES, account(700, 0, None))
    assert desk.left("help-center") == 0
    assert desk.left("account") == 700


# -- totals -----------------------------------------------------------------------------------------------------------


def test_a_guess_is_believed_at_once(desk_with: Callable[..., object]) -> None:
    guess = desk_with({})
    bucket = guess.charge(SHOW).shared[1]
    bucket.take(NOW)
    bucket.settle(NOW, guess.book.clock, DATE)
    assert guess.left("account") == 9
    guess.hear(SHOW, account(700, 699))
    assert guess.left("account") == 699


def test_a_smaller_plan_counts_at_once_and_a_bigger_one_from_a_later_window_on(desk: object) -> None:
    desk.hear(SHOW, account(400, 399))
    assert desk.left("account") == 399
    desk.hear(SHOW, account(2500, 2498))
    assert desk.left("account") == 398
    # A reply that was counted before the edge and dated after it raises nothing that the edge didn't.
    desk.hear(SHOW, account(2500, 2499, 60), date=1020.0)
    assert desk.left("account", EDGE + 0.5) == 2499


def test_replies_never_raise_what_the_caller_allows_itself(desk_with: Callable[..., object]) -> None:
    desk = desk_with(ceilings={"account": 300})
    desk.hear(SHOW, account(700, 690))
    desk.hear(SHOW, account(700, 690, 60), date=1020.0)
    assert desk.capacity("account") == 300
    desk.hear(SHOW, account(200, 190, 60), date=1020.0)
    assert desk.capacity("account") == 200


def test_one_header_name_for_two_limits_means_the_one_with_its_total(desk: object) -> None:
    desk.hear(UPDATE, own("create-update-user", 5, 2, 10))
    assert (desk.left(PROFILE), desk.left(SECOND)) == (2, 1)


def test_a_total_of_one_means_the_limit_of_one(desk: object) -> None:
    desk.hear(UPDATE, own("create-update-user", 1, 0, 1))
    assert (desk.left(PROFILE), desk.left(SECOND)) == (5, 1)  # a second's end can't be told from rounding


def test_a_total_that_no_row_has_means_the_longer_window(desk: object) -> None:
    desk.hear(UPDATE, own("create-update-user", 4, 1, 10))
    assert (desk.left(PROFILE), desk.left(SECOND)) == (1, 1)
    assert desk.charge(UPDATE, 8).keyed[0].terms.capacity == 4


def test_a_reply_to_one_name_counts_for_the_profile(desk: object) -> None:
    charge = desk.book.charge(UPDATE, "/api/v2/users/7", {}, "me")
    upsert = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update")
    by_email = desk.book.charge(upsert, upsert.template, {"email": "a@x.org"}, "me")
    desk.book.same(["id:7", "email:a@x.org"])
    desk.listener.hear(by_email, upsert, own("create-update-user", 5, 1, 10), DATE, NOW)
    assert charge.keyed[0].used(NOW, desk.book.clock) == 4


def test_the_first_date_aligns_all_windows() -> None:
    book = Book(capacities={"account": 700})
    listener = Listener(book)
    bucket = book.charge(SHOW, "/api/v2/users/7", {}, "me").shared[1]
    listener.hear_time(None, 10.0, 10.1)
    assert bucket.terms.sliding
    listener.hear_time(1010.0, 10.0, 10.1)
    assert not bucket.terms.sliding


# -- events -----------------------------------------------------------------------------------------------------------


def test_a_number_that_is_news_is_told_once(desk: object) -> None:
    for _ in range(3):
        desk.hear(SHOW, account(400, 399))
    assert desk.events == [Learned("users.show", "account", 400, 60.0, new=False)]


def test_a_higher_number_is_told_when_it_counts(desk: object) -> None:
    desk.hear(SHOW, account(2500, 2499))
    assert desk.events == []
    desk.hear(UPDATE, account(2500, 2499, 60), date=1020.0)
    assert desk.events == [Learned("users.update", "account", 2500, 60.0, new=False)]


def test_a_guess_that_was_right_is_no_news(desk_with: Callable[..., object]) -> None:
    desk = desk_with({})
    desk.hear(SHOW, account(10, 9))
    assert desk.events == []
    assert not desk.book.is_assumed("account")


def test_a_refuted_limit_is_told_once(desk: object) -> None:
    for _ in range(2):
        desk.rejected(SHOW, {"Retry-After": "35"})
    for _ in range(3):
        desk.hear(EXPORT, own("incremental-exports", 10, 9, 31))
    assert desk.events == [
        Refuted("users.show", "account"), Refuted("incremental.tickets", "incremental-exports"),
    ]


def test_a_hidden_limit_is_told_when_it_shows(desk: object) -> None:
    for _ in range(2):
        desk.rejected(SHOW, account(700, 400))
    assert desk.events == [Learned("users.show", "hidden: users.show", 1, None, new=True)]


def test_nobody_needs_to_listen(desk: object) -> None:
    quiet = Listener(desk.book)
    quiet.hear(desk.charge(SHOW), SHOW, account(400, 399), DATE, NOW)
    assert desk.capacity("account") == 400
