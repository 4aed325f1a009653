"""Which buckets a request is charged to, and what happens to them when names turn out to be one profile."""

from __future__ import annotations

import pytest

from zdasync._core.route import Route
from zdasync.limits.book import FORGET, NAMES, SWEEP, Book, Charge
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


def charge(book: Book, route: Route, user_id: int | None = None, *, at: float = 10.0, **fields: object) -> Charge:
    path = route.template if user_id is None else route.path({"user_id": user_id})
    return book.charge(route, path, fields, "me", at)


def upsert(book: Book, **fields: object) -> Bucket:
    """The one bucket of the profile that an upsert with these fields means."""
    [bucket] = charge(book, UPSERT, **fields).keyed
    return bucket


def names(charge: Charge) -> list[str]:
    return [bucket.limit.name for bucket in (*charge.shared, *charge.keyed)]


def test_a_read_takes_a_connection_and_one_of_the_account(book: Book) -> None:
    assert names(charge(book, SHOW, 7)) == ["connections", "account"]


def test_an_update_takes_from_four_buckets_at_once(book: Book) -> None:
    both = charge(book, UPDATE, 7)
    assert names(both) == ["connections", "account", "create-update-user/second", PROFILE]
    assert both.names == ("id:7",)


def test_a_job_takes_a_slot(book: Book) -> None:
    assert names(charge(book, SUBMIT)) == ["connections", "account", "inflight-jobs"]


def test_the_plan_s_number_replaces_the_guess(book: Book) -> None:
    assert [b.capacity for b in book.of("account")] == [700]
    assert charge(book, SHOW, 7).shared[1].capacity == 700
    assert not book.is_assumed("account")
    guessed = Book()
    assert charge(guessed, SHOW, 7).shared[1].capacity == 10
    assert guessed.is_assumed("account")
    guessed.confirm("account")
    assert not guessed.is_assumed("account")


def test_calls_of_one_route_share_their_shared_buckets(book: Book) -> None:
    one, two = charge(book, UPDATE, 7), charge(book, UPDATE, 8)
    assert one.shared is two.shared
    assert one.keyed[0] is not two.keyed[0]
    assert charge(book, UPDATE, 7).keyed[0] is one.keyed[0]


def test_what_the_server_says_of_a_total_holds_for_new_targets(book: Book) -> None:
    book.totals[PROFILE] = 8
    assert upsert(book, email="a@example.org").capacity == 8


def test_buckets_slide_until_the_clock_is_known() -> None:
    book = Book()
    shared = charge(book, UPDATE, 7)
    assert [b.sliding for b in (shared.shared[1], *shared.keyed)] == [True, True]
    book.clock.observe(1010.0, 10.0, 10.0)
    book.align(10.0)
    assert [b.sliding for b in (shared.shared[1], *shared.keyed)] == [False, False]
    assert not upsert(book, email="new@example.org").sliding


def test_a_refuted_limit_slides_for_good(book: Book) -> None:
    before = upsert(book, email="a@example.org")
    book.refute(PROFILE, 10.0)
    book.align(11.0)
    assert before.sliding
    assert upsert(book, email="b@example.org").sliding
    assert not charge(book, SHOW, 7).shared[1].sliding


# -- names ------------------------------------------------------------------------------------------------------------


def test_three_names_share_one_window_once_a_reply_shows_it(book: Book) -> None:
    by_id, by_email, by_external = charge(book, UPDATE, 7).keyed[0], upsert(book, email="a@x.org"), upsert(
        book, external_id="K1")
    for bucket, times in ((by_id, 1), (by_email, 2), (by_external, 1)):
        for _ in range(times):
            bucket.take()
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


def test_the_longest_unused_names_are_forgotten(book: Book) -> None:
    for i in range(NAMES + 10):
        book.same([f"id:{i}", f"email:{i}@x.org"])
    assert len(book._groups) == NAMES
    assert len(book._names) == 2 * NAMES
    assert upsert(book, email="9@x.org") is not charge(book, UPDATE, 9).keyed[0]
    assert upsert(book, email="10@x.org") is charge(book, UPDATE, 10).keyed[0]


# -- memory -----------------------------------------------------------------------------------------------------------


def test_idle_targets_are_swept(book: Book) -> None:
    busy = charge(book, UPDATE, 0).keyed[0]
    busy.take()
    waited_for = charge(book, UPDATE, 1).keyed[0]
    waited_for.lanes = 1
    for i in range(2, 10 * SWEEP):
        charge(book, UPDATE, i)
    assert len(book.of(PROFILE)) <= SWEEP + 1
    assert charge(book, UPDATE, 0).keyed[0] is busy
    assert charge(book, UPDATE, 1).keyed[0] is waited_for


def test_targets_with_charges_stay_until_their_window_ends(book: Book) -> None:
    for i in range(2 * SWEEP):
        bucket = charge(book, UPDATE, i).keyed[0]
        bucket.take()
        bucket.settle(10.0, book.clock, 1010.0)
    assert len(book.of(PROFILE)) == 2 * SWEEP
    for i in range(2 * SWEEP):
        charge(book, UPDATE, 100_000 + i, at=90.0)
    assert len(book.of(PROFILE)) <= 2 * SWEEP


# -- hidden limits ----------------------------------------------------------------------------------------------------


def test_a_hidden_limit_begins_at_one_and_grows_with_each_reply(book: Book) -> None:
    hidden = book.hide("users.show")
    assert (hidden.limit.hidden, hidden.capacity) == (True, 1)
    assert hidden in charge(book, SHOW, 7).shared
    assert hidden not in charge(book, UPDATE, 7).shared
    for _ in range(9):
        book.passed("users.show")
    assert hidden.capacity == 10
    assert book.hide("users.show") is hidden
    assert hidden.capacity == 5


def test_a_hidden_limit_is_forgotten_in_the_end(book: Book) -> None:
    hidden = book.hide("users.show")
    for _ in range(FORGET):
        book.passed("users.show")
    assert hidden not in charge(book, SHOW, 7).shared
    book.passed("users.update")


def test_rows_of_one_s_own() -> None:
    row = Limit(name="mine", count=3, endpoints=("GET /api/v2/users/{id}",))
    book = Book((row,), connections=9)
    found = charge(book, SHOW, 7)
    assert [(b.limit.name, b.capacity) for b in found.shared] == [("connections", 9), ("mine", 3)]
    assert book.jobs is None
    assert [b.limit.name for b in book] == ["connections", "mine"]
