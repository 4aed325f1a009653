"""Which buckets a request is charged to, and what happens to them when names turn out to be one profile."""

from __future__ import annotations

import pytest

from zdasync._core.route import Route
from zdasync.limits.book import NAMES, SLICE, UNLIMITED, Book, Charge
from zdasync.limits.bucket import Bucket, live
from zdasync.limits.table import Limit

UPDATE = Route("users.update", "PUT", "/api/v2/users/{user_id}")
UPSERT = Route("users.create_or_update", "POST", "/api/v2/users/create_or_update")
SHOW = Route("users.show", "GET", "/api/v2/users/{user_id}")
SUBMIT = Route("users.create_many", "POST", "/api/v2/users/create_many", job=True)
PROFILE = "create-update-user/profile"


@pytest.fixture
def book() -> Book:
    book = Book(capacities={"account": 700})
    book.clock.observe(1010.0, 10.0, 10.0)
    book.clock.observe(1009.0, 9.999, 9.999)
    book.align(10.0)
    return book


def charge(book: Book, route: Route, user_id: int | None = None, **fields: object) -> Charge:
    path = route.template if user_id is None else route.path({"user_id": user_id})
    return book.charge(route, path, fields, "me")


def upsert(book: Book, **fields: object) -> Bucket:
    """The one bucket of the profile that an upsert with these fields means."""
    [bucket] = charge(book, UPSERT, **fields).keyed
    return bucket


def names(charge: Charge) -> list[str]:
    return [bucket.terms.limit.name for bucket in (*charge.shared, *charge.keyed)]


def test_a_read_takes_a_connection_and_one_of_the_account(book: Book) -> None:
    assert names(charge(book, SHOW, 7)) == ["connections", "account"]


def test_an_update_takes_from_four_buckets_at_once(book: Book) -> None:
    both = charge(book, UPDATE, 7)
    assert names(both) == ["connections", "account", "create-update-user/second", PROFILE]
    assert both.names == ("id:7",)


def test_a_job_takes_a_slot(book: Book) -> None:
    assert names(charge(book, SUBMIT)) == ["connections", "account", "inflight-jobs"]


def test_the_plan_s_number_replaces_the_guess(book: Book) -> None:
    assert [b.terms.capacity for b in book.of("account")] == [700]
    assert charge(book, SHOW, 7).shared[1].terms.capacity == 700
    assert not book.is_assumed("account")
    guessed = Book()
    assert charge(guessed, SHOW, 7).shared[1].terms.capacity == 10
    assert guessed.is_assumed("account")
    guessed.confirm("account")
    assert not guessed.is_assumed("account")


def test_calls_of_one_route_share_their_shared_buckets(book: Book) -> None:
    one, two = charge(book, UPDATE, 7), charge(book, UPDATE, 8)
    assert one.shared is two.shared
    assert one.keyed[0] is not two.keyed[0]
    assert charge(book, UPDATE, 7).keyed[0] is one.keyed[0]


def test_what_the_server_says_of_a_total_holds_for_all_targets(book: Book) -> None:
    before = upsert(book, email="a@example.org")
    before.terms.total(8)
    assert upsert(book, email="b@example.org").terms is before.terms
    assert [bucket.free(10.0, book.clock) for bucket in book.of(PROFILE)] == [8, 8]


def test_ceilings_and_reserves_by_limit() -> None:
    book = Book(capacities={"account": 700}, ceilings={"account": 300}, reserves={"account": 0.1, PROFILE: 2})
    account, profile = charge(book, UPDATE, 7).shared[1], charge(book, UPDATE, 7).keyed[0]
    assert (account.terms.capacity, account.terms.reserve) == (300, 30)
    assert (profile.terms.capacity, profile.terms.reserve) == (5, 2)
    assert not book.is_assumed("account")


def test_limits_of_the_account_spare_and_limits_of_targets_do_not(book: Book) -> None:
    both = charge(book, UPDATE, 7)
    assert [bucket.terms.spare for bucket in (*both.shared, *both.keyed)] == [4, 14, 0, 0]
    assert book.jobs.terms.spare == 0


def test_services_are_the_account_s_limit_and_its_like(book: Book) -> None:
    charge(book, UPDATE, 7)
    charge(book, Route("articles.list", "GET", "/api/v2/help_center/articles"))
    assert [bucket.terms.limit.name for bucket in book.services()] == ["account", "help-center"]


def test_buckets_slide_until_the_clock_is_known() -> None:
    book = Book()
    shared = charge(book, UPDATE, 7)
    assert [b.terms.sliding for b in (shared.shared[1], *shared.keyed)] == [True, True]
    book.clock.observe(1010.0, 10.0, 10.0)
    book.align(10.0)
    assert [b.terms.sliding for b in (shared.shared[1], *shared.keyed)] == [False, False]
    assert not upsert(book, email="new@example.org").terms.sliding


def test_a_refuted_limit_slides_for_good(book: Book) -> None:
    before = upsert(book, email="a@example.org")
    book.refute(PROFILE, 10.0)
    book.align(11.0)
    assert before.terms.sliding
    assert upsert(book, email="b@example.org").terms.sliding
    assert not charge(book, SHOW, 7).shared[1].terms.sliding


# -- names ------------------------------------------------------------------------------------------------------------


def test_three_names_share_one_window_once_a_reply_shows_it(book: Book) -> None:
    by_id, by_email, by_external = charge(book, UPDATE, 7).keyed[0], upsert(book, email="a@x.org"), upsert(
        book, external_id="K1")
    for bucket, times in ((by_id, 1), (by_email, 2), (by_external, 1)):
        for _ in range(times):
            bucket.take(10.0)
            bucket.settle(10.0, book.clock, 1010.0)
    assert book.same(["id:7", "email:a@x.org", "external_id:k1"]) == [by_email, by_external]
    assert live(by_email) is live(by_external) is by_id
    assert upsert(book, email="A@X.org") is by_id
    assert upsert(book, external_id="k1") is by_id
    assert by_id.free(10.0, book.clock) == 1


def test_a_name_alone_becomes_the_id_s(book: Book) -> None:
    by_email = upsert(book, email="a@x.org")
    assert book.same(["id:7", "email:a@x.org"]) == []
    assert charge(book, UPDATE, 7).keyed == (by_email,)
    assert by_email.name == "id:7"


def test_an_update_that_names_its_profile_twice_takes_one_token(book: Book) -> None:
    assert len(charge(book, UPDATE, 7, email="a@x.org").keyed) == 2
    book.same(["id:7", "email:a@x.org"])
    assert len(charge(book, UPDATE, 7, email="a@x.org").keyed) == 1


def test_names_learned_one_after_the_other_are_one_profile(book: Book) -> None:
    book.same(["id:7", "email:a@x.org"])
    book.same(["id:7", "external_id:k1", "email:b@x.org"])
    of_seven = charge(book, UPDATE, 7).keyed[0]
    assert [upsert(book, email="a@x.org"), upsert(book, email="b@x.org"), upsert(book, external_id="K1")] == (
        [of_seven] * 3
    )


def test_a_name_that_moved_to_another_id_goes_with_it(book: Book) -> None:
    book.same(["id:7", "email:a@x.org", "external_id:k1"])
    seven, eight = charge(book, UPDATE, 7).keyed[0], charge(book, UPDATE, 8).keyed[0]
    assert book.same(["id:8", "email:a@x.org"]) == []
    assert upsert(book, email="a@x.org") is eight
    assert upsert(book, external_id="k1") is seven
    assert live(seven) is seven
    book.same(["id:7", "email:new@x.org"])
    assert upsert(book, email="a@x.org") is eight


def test_a_bare_id_teaches_nothing(book: Book) -> None:
    assert book.same(["id:7"]) == []
    assert book.same([]) == []


def test_the_longest_unseen_names_are_forgotten(book: Book) -> None:
    book.same(["id:0", "email:0@x.org"])
    for i in range(1, NAMES + 10):
        book.same([f"id:{i}", f"email:{i}@x.org"])
        if i == NAMES // 2:
            book.same(["id:0", "email:0@x.org"])
    assert len(book._names) == NAMES
    assert upsert(book, email="0@x.org") is charge(book, UPDATE, 0).keyed[0]
    assert upsert(book, email="9@x.org") is not charge(book, UPDATE, 9).keyed[0]
    assert upsert(book, email="11@x.org") is charge(book, UPDATE, 11).keyed[0]


# -- memory -----------------------------------------------------------------------------------------------------------


def used_once(book: Book, *users: int, at: float = 10.0) -> list[Bucket]:
    """The buckets of these profiles; each has let one request through, and retired."""
    buckets = [charge(book, UPDATE, user).keyed[0] for user in users]
    for bucket in buckets:
        bucket.take(at)
        bucket.settle(at, book.clock, 1000.0 + at)
    book.retire(buckets)
    return buckets


def test_retired_targets_are_swept_in_the_round_after_the_next(book: Book) -> None:
    used_once(book, *range(9))
    assert book.has_retired
    assert not book.sweep(11.0)
    assert len(book.of(PROFILE)) == 9
    assert not book.sweep(81.0)
    assert book.of(PROFILE) == []
    assert not book.has_retired


def test_a_round_is_swept_in_slices(book: Book) -> None:
    used_once(book, *range(10))
    book.sweep(11.0)
    assert [(book.sweep(81.0, 4), len(book.of(PROFILE))) for _ in range(3)] == [(True, 6), (True, 2), (False, 0)]
    assert book.has_retired is False


def test_a_slice_is_no_longer_than_its_bound(book: Book) -> None:
    used_once(book, *range(SLICE + 1))
    book.sweep(11.0)
    assert book.sweep(81.0)
    assert len(book.of(PROFILE)) == 1


def test_what_retires_during_a_round_waits_for_the_next(book: Book) -> None:
    used_once(book, *range(4))
    book.sweep(11.0)
    assert book.sweep(81.0, 2)
    [late] = used_once(book, 9, at=81.0)
    book.sweep(150.0, 2)
    assert book.of(PROFILE) == [late]
    assert book.has_retired
    book.sweep(150.0)
    assert book.of(PROFILE) == []


def test_a_busy_target_comes_round_again(book: Book) -> None:
    busy, idle = used_once(book, 0, 1)
    busy.take(12.0)
    for at in (20.0, 81.0, 141.0, 201.0):
        book.sweep(at)
    assert book.of(PROFILE) == [busy]
    assert charge(book, UPDATE, 0).keyed[0] is busy
    assert charge(book, UPDATE, 1).keyed[0] is not idle
    busy.give_back()
    assert book.has_retired
    book.sweep(261.0)
    assert busy not in book.of(PROFILE)


def test_a_target_that_is_waited_for_is_not_looked_at(book: Book) -> None:
    [waited_for] = used_once(book, 0)
    waited_for.lanes = 1
    book.sweep(11.0)
    book.sweep(81.0)
    assert book.of(PROFILE) == [waited_for]
    assert not book.has_retired  # it retires again when nobody waits any more
    waited_for.lanes = 0
    book.retire([waited_for])
    book.sweep(82.0)
    book.sweep(83.0)
    assert book.of(PROFILE) == []


def test_a_target_that_retired_many_times_is_dropped_once(book: Book) -> None:
    [first] = used_once(book, 7)
    book.retire([first, first])
    book.sweep(11.0)
    book.sweep(81.0, 1)
    [again] = used_once(book, 7, at=81.0)
    assert again is not first
    for _ in range(3):
        book.sweep(82.0, 1)
    assert book.of(PROFILE) == [again]


def test_targets_with_charges_stay_until_their_window_ends(book: Book) -> None:
    buckets = used_once(book, *range(50))
    for _ in range(3):
        book.sweep(19.9)
    assert book.of(PROFILE) == buckets
    book.sweep(20.1)
    assert book.of(PROFILE) == []


def test_merged_targets_hold_no_more_than_their_names(book: Book) -> None:
    for i in range(50):
        pair = [upsert(book, email=f"{i}@x.org"), charge(book, UPDATE, i).keyed[0]]
        book.same([f"id:{i}", f"email:{i}@x.org"])
        book.retire(pair)
    assert len(book.of(PROFILE)) == 50
    book.sweep(11.0)
    book.sweep(81.0)
    assert book.of(PROFILE) == []


# -- refuted ----------------------------------------------------------------------------------------------------------


def test_a_refuted_limit_has_not_got_back_what_the_edge_brought(book: Book) -> None:
    bucket = charge(book, UPDATE, 7).keyed[0]
    for _ in range(4):
        bucket.take(11.0)
        bucket.settle(11.0, book.clock, 1011.0)
    book.refute(PROFILE, 20.1)  # nobody has looked since the edge
    assert bucket.free(20.2, book.clock) == 1
    assert bucket.free(80.0, book.clock) == 1
    assert bucket.free(80.4, book.clock) == 5


def test_a_sliding_bucket_keeps_what_has_come_back_when_windows_turn_out_aligned() -> None:
    book = Book(capacities={"account": 5})
    bucket = charge(book, SHOW, 7).shared[1]
    for at in (10.0, 60.0):
        bucket.take(at)
        bucket.settle(at, book.clock, None)
    book.clock.observe(1071.0, 71.0, 71.0)
    book.align(71.0)
    assert bucket.used(71.0, book.clock) == 1
    assert bucket.used(82.0, book.clock) == 0


# -- limits that replies add --------------------------------------------------------------------------------------


def test_a_learned_limit_is_the_route_s(book: Book) -> None:
    before = charge(book, SHOW, 7)
    row = book.learn(SHOW, "users-show", 50, 60.0)
    assert (row.name, row.header, row.count, row.interval, row.learned) == ("users-show", "users-show", 50, 60.0, True)
    assert names(charge(book, SHOW, 7)) == ["connections", "account", "users-show"]
    assert names(charge(book, UPDATE, 7)) == names(charge(book, UPDATE, 8))
    assert "users-show" not in names(charge(book, UPDATE, 7))
    assert before.shared != charge(book, SHOW, 7).shared


def test_the_shared_buckets_of_a_route_are_those_of_now(book: Book) -> None:
    before = charge(book, SHOW, 7)
    assert book.shared_of(SHOW) is before.shared
    book.learn(SHOW, "users-show", 50, 60.0)
    assert book.shared_of(SHOW) == (*before.shared, *book.of("users-show"))
    assert book.shared_of(UPDATE) is charge(book, UPDATE, 8).shared


def test_two_routes_with_one_header_share_its_limit(book: Book) -> None:
    book.learn(SHOW, "users", 50, 60.0)
    book.learn(UPDATE, "users", 50, 60.0)
    assert charge(book, SHOW, 7).shared[-1] is charge(book, UPDATE, 7).shared[-1]
    assert len(book.of("users")) == 1


def test_the_header_of_a_row_puts_the_route_under_that_row(book: Book) -> None:
    row = book.learn(SHOW, "search-index", 2500, 60.0)
    assert not row.learned
    search = Route("search.list", "GET", "/api/v2/search")
    assert charge(book, SHOW, 7).shared[-1] is charge(book, search).shared[-1]


def test_the_header_of_a_row_per_target_counts_per_target(book: Book) -> None:
    book.learn(SHOW, "per-ticket-updates", 30, 600.0)
    assert [bucket.terms.limit.name for bucket in charge(book, SHOW, 7).keyed] == ["per-ticket-updates"]


def test_a_limit_on_what_is_under_way_is_never_learned(book: Book) -> None:
    assert not book.learnable(SHOW, "inflight-jobs")
    assert book.learnable(SHOW, "search-index")
    assert book.learnable(SHOW, "never-heard-of")


def test_what_a_route_was_put_under_is_not_learned_again(book: Book) -> None:
    book.learn(SHOW, "search-index", 2500, 60.0)
    assert not book.learnable(SHOW, "search-index")
    assert book.learnable(UPDATE, "search-index")


def test_a_charge_is_out_of_date_once_its_route_falls_under_other_limits(book: Book) -> None:
    show, update = charge(book, SHOW, 7), charge(book, UPDATE, 7)
    version = book.version
    book.learn(SHOW, "users-show", 50, 60.0)
    assert book.version > version
    assert not book.current(show, SHOW)
    assert book.current(update, UPDATE)
    assert book.current(charge(book, SHOW, 7), SHOW)


def test_charges_stay_current_while_nothing_changes(book: Book) -> None:
    show, version = charge(book, SHOW, 7), book.version
    book.refute("account", 10.0)
    book.passed(SHOW, 10.0)
    book.same(["id:7", "email:a@x.org"])
    assert (book.current(show, SHOW), book.version) == (True, version)


def test_longer_windows_take_what_is_out_along(book: Book) -> None:
    book.learn(SHOW, "users-show", 50, 60.0)
    bucket = charge(book, SHOW, 7).shared[-1]
    bucket.take(11.0)
    bucket.settle(11.0, book.clock, 1011.0)
    book.lengthen("users-show", 600.0)
    assert bucket.terms.interval == bucket.terms.limit.interval == 600.0
    assert bucket.used(199.0, book.clock) == 1
    assert bucket.used(201.0, book.clock) == 0  # 1200 at the server


def test_what_is_unlearned_holds_nobody_back(book: Book) -> None:
    book.learn(SHOW, "users-show", 5, 60.0)
    stale = charge(book, SHOW, 7)
    bucket, version = stale.shared[-1], book.version
    for _ in range(5):
        bucket.take(11.0)
    book.unlearn("users-show")
    assert book.version > version
    assert not book.current(stale, SHOW)
    assert names(charge(book, SHOW, 7)) == ["connections", "account"]
    assert bucket.free(11.0, book.clock) == UNLIMITED - 5
    assert "users-show" not in [b.terms.limit.name for b in book]


def test_rows_of_one_s_own() -> None:
    row = Limit(name="mine", count=3, endpoints=("GET /api/v2/users/{id}",))
    book = Book((row,), connections=9)
    found = charge(book, SHOW, 7)
    assert [(b.terms.limit.name, b.terms.capacity) for b in found.shared] == [("connections", 9), ("mine", 3)]
    assert book.jobs is None
    assert [b.terms.limit.name for b in book] == ["connections", "mine"]
