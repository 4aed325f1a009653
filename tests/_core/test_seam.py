"""Where an export stands: tokens, positions within pages, sizes of pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync._core.seam import PageSize, Position, is_token, read_token, stream_info, token, within
from zdasync.errors import BadArgument

places = st.tuples(st.integers(0, 2**33), st.integers(0, 2**63 - 1))
positions = st.builds(
    Position,
    start=st.none() | st.integers(0, 2**33),
    cursor=st.none() | st.text(min_size=1),
    floor=st.none() | places,
    seen=st.frozensets(places),
)


@given(positions, st.lists(st.tuples(st.text(), st.text())).map(tuple))
def test_a_token_gives_back_what_it_was_made_of(position, query) -> None:
    text = token("incremental.users", position, query)
    assert is_token(text)
    assert text.replace(".", "").replace("-", "").replace("_", "").isalnum()
    assert read_token(text) == ("incremental.users", position, query)


def test_many_rows_of_one_second_take_few_letters() -> None:
    seen = frozenset((1_700_000_000, 360_000_000_000 + 40 * one) for one in range(1000))
    assert len(token("incremental.users_by_time", Position(1_700_000_000, seen=seen), ())) < 300


@pytest.mark.parametrize("text", ["zde1.", "zde1.x", "zde1.eNqrVspXslLKzEsu", "zde1.ää", "zde1.eJyrrgUAAXUA-Q"])
def test_what_is_no_token_or_a_part_of_one(text) -> None:
    with pytest.raises(BadArgument, match="no cursor of an export"):
        read_token(text)


def test_a_token_that_lost_a_letter() -> None:
    whole = token("incremental.users", Position(1_700_000_000), ())
    for cut in (whole[:-1], whole[:-4], whole[:10] + whole[11:]):
        with pytest.raises(BadArgument):
            read_token(cut)


def test_no_cursor_of_zendesks_is_taken_for_a_token() -> None:
    assert not is_token("MTcwMDAwMDAwMC4wfHw0MnwK")


@given(
    st.lists(st.tuples(st.integers(5, 9), st.integers(0, 9)), unique=True, min_size=1, max_size=12),
    st.booleans(), st.booleans(), st.data(),
)
def test_what_was_read_of_a_page_is_not_new_in_it_and_the_rest_is(page, ordered, by_cursor, data) -> None:
    page = sorted(page) if ordered else page
    taken = data.draw(st.integers(0, len(page)))
    position = within(Position(5), page, taken, by_cursor=by_cursor)
    assert [page[i] for i in position.new_rows(page) if page[i][0] >= position.start] == page[taken:]


def test_a_row_that_stands_twice_on_a_page_is_new_once() -> None:
    assert list(Position(5).new_rows([(5, 1), (6, 2), (5, 1)])) == [0, 1]


def test_a_page_that_says_nonsense_says_nothing() -> None:
    found = stream_info(b'{"end_of_stream": "no", "end_time": true, "after_cursor": 7, "next_page": []}')
    assert (found.end_of_stream, found.end_time, found.after_cursor, found.next_page) == (None,) * 4
    assert stream_info(b'{"end_time": 7.0}').end_time == 7


def test_sizes_go_down_at_once_and_up_slowly() -> None:
    size = PageSize()
    assert size.halve()
    assert size.now == 500
    for _ in range(3):
        size.passed()
    assert size.now == 500
    size.passed()
    assert size.now == 1000


def test_a_larger_page_that_fails_at_once_makes_the_next_try_wait_longer() -> None:
    size, waits = PageSize(), []
    for _ in range(6):
        size.halve()
        waits.append(0)
        while size.now == 500:
            size.passed()
            waits[-1] += 1
    assert waits == [4, 8, 16, 32, 64, 64]


def test_after_a_larger_page_that_came_the_wait_is_short_again() -> None:
    size = PageSize()
    for _ in range(3):
        size.halve()
        while size.now == 500:
            size.passed()
    size.passed()
    size.halve()
    for _ in range(4):
        size.passed()
    assert size.now == 1000


def test_a_page_of_one_is_not_halved() -> None:
    size = PageSize(3)
    assert size.halve()
    assert size.now == 1
    assert not size.halve()
    for _ in range(8):
        size.passed()
    assert size.now == 3
