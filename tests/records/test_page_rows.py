"""Pages read in steps: the same as read at once, in steps that stay short, and rows of several kinds."""

from __future__ import annotations

import json

import attrs
import pytest

from zdasync.errors import UnexpectedReply
from zdasync.records import Group, Organization, User
from zdasync.records.codec import RowReader, decode_json, decode_page
from zdasync.records.rows import STEP, Variants, json_steps, page_steps, split
from zdasync.records.search import RESULTS

FRAME = {"meta": {"has_more": True, "after_cursor": "A"}, "count": 7, "organizations": [{"id": 5}]}


@attrs.frozen
class Checked:
    id: int = attrs.field(validator=attrs.validators.gt(0))


def done(steps):
    """The result, and after how many stops it came."""
    stops = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value, stops
        stops += 1


def page(count=900, size=2000, **more):
    rows = [{"id": one, "name": "x" * size, "tags": ["a"], "active": True} for one in range(count)]
    return json.dumps({"users": rows, **FRAME, **more}).encode()


def quiet(*args):
    raise AssertionError(args)


def test_a_small_page_is_read_at_once() -> None:
    _, stops = done(page_steps(page(3), "users", User, quiet))
    assert stops == 0


@pytest.mark.parametrize("sideloads", [True, False])
def test_a_large_page_is_the_same_in_steps(sideloads) -> None:
    body = page()
    whole = decode_page(body, "users", User, quiet, sideloads=sideloads)
    found, stops = done(page_steps(body, "users", User, quiet, sideloads=sideloads))
    assert [getattr(found, name) for name in found.__struct_fields__] == [
        getattr(whole, name) for name in whole.__struct_fields__
    ]
    assert stops > len(body) / STEP


def test_no_step_reads_much_more_than_its_share(monkeypatch) -> None:
    read = []
    honest = RowReader.__call__

    def counted(self, row):
        read.append(len(row))
        return honest(self, row)

    monkeypatch.setattr(RowReader, "__call__", counted)
    steps, shares = page_steps(page(), "users", User, quiet), []
    while True:
        before = sum(read)
        try:
            next(steps)
        except StopIteration:
            break
        shares.append(sum(read) - before)
    assert max(shares) < STEP + 3000
    assert len(read) == 900


def test_rows_that_do_not_fit_take_more_steps() -> None:
    told = []
    odd = page().replace(b'"active": true', b'"active": "?"')
    found, stops = done(page_steps(odd, "users", User, lambda *drift: told.append(drift)))
    _, usual = done(page_steps(page(), "users", User, quiet))
    assert stops > 5 * usual
    assert len(told) == len(found.records) == 900
    assert {user.active for user in found.records} == {None}


def test_so_do_classes_that_have_to_be_made_by_hand() -> None:
    found, stops = done(page_steps(page().replace(b'"id": 0,', b'"id": 1,'), "users", Checked, quiet))
    assert found.records[:3] == [Checked(1), Checked(1), Checked(2)]
    assert stops > 40


def test_one_odd_row_costs_no_other_its_speed() -> None:
    told = []
    body = page().replace(b'"active": true', b'"active": "?"', 1)
    found, _ = done(page_steps(body, "users", User, lambda *drift: told.append(drift)))
    assert [user.active for user in found.records[:2]] == [None, True]
    assert len(told) == 1


@pytest.mark.parametrize("body", [
    b'{"users": [' + b" " * STEP, b'{"users": null' + b" " * STEP + b"}", b"[]" + b" " * STEP,
    b'{"users": {}' + b" " * STEP + b"}", b'{"users": [{"id": 1, "name": "\xff"}]' + b" " * STEP + b"}",
    b'{"users": [{"name": "no id"}]' + b" " * STEP + b"}",
])
def test_a_large_body_that_is_no_page(body) -> None:
    with pytest.raises(UnexpectedReply):
        done(page_steps(body, "users", User, lambda *_: None))


def test_the_untouched_json_is_the_same_in_steps() -> None:
    body = page(large={"object": "y" * STEP}, empty=None)
    found, stops = done(json_steps(body))
    assert found == decode_json(body)
    assert list(found) == list(decode_json(body))
    assert stops > len(body) / STEP


@pytest.mark.parametrize("body", [b"", b"[1]", b"{}", b"[" + b"1," * STEP + b"1]"])
def test_other_json_is_read_at_once(body) -> None:
    assert done(json_steps(body)) == (decode_json(body), 0)


def test_json_that_is_cut_short() -> None:
    with pytest.raises(UnexpectedReply):
        done(json_steps(page()[:-5]))


def test_a_page_cut_open() -> None:
    cut, stops = done(split(b'{"a": 1, "users": [{"id": 1}, {"id": 2}], "b": [2]}', "users"))
    assert stops == 0
    assert [bytes(row) for row in cut.rows] == [b'{"id": 1}', b'{"id": 2}']
    assert json.loads(cut.frame) == {"a": 1, "users": [0], "b": [2]}
    assert json.loads(done(split(b'{"users": []}', "users"))[0].frame) == {"users": []}


class TestVariants:
    ROWS = (
        {"result_type": "user", "id": 1, "name": "Ada"}, {"id": 2, "result_type": "organization"},
        {"id": 3, "result_type": "group"}, {"id": 4, "result_type": "topic", "title": "x"}, {"id": 5},
        {"id": 6, "result_type": ["user"]},
    )

    def read(self, rows, drift=quiet, **more):
        return done(page_steps(json.dumps({"results": rows, **more}).encode(), "results", RESULTS, drift))

    def test_each_row_is_of_its_kind_and_of_no_known_kind_a_dictionary(self) -> None:
        found, _ = self.read(self.ROWS)
        assert found.records == [User(id=1, name="Ada"), Organization(id=2), Group(id=3), *self.ROWS[3:]]

    def test_the_rest_of_the_page(self) -> None:
        found, _ = self.read(self.ROWS, count=3, next_page="x")
        assert (found.count, found.next_page) == (3, "x")

    def test_what_does_not_fit_is_reported(self) -> None:
        told = []
        found, _ = self.read([{"result_type": "user", "id": 1, "active": "?"}], lambda *drift: told.append(drift))
        assert found.records == [User(id=1)]
        assert told[0][:2] == ("User", "active")

    @pytest.mark.parametrize("row", [1, None, "user", [], {"result_type": "user"}])
    def test_a_row_that_is_no_record(self, row) -> None:
        with pytest.raises(UnexpectedReply):
            self.read([row], lambda *_: None)

    def test_a_large_page(self) -> None:
        rows = [{"id": one, "result_type": "user", "name": "x" * 2000} for one in range(600)]
        found, stops = self.read(rows)
        assert [user.id for user in found.records] == list(range(600))
        assert stops > 3

    def test_kinds_are_the_callers_own(self) -> None:
        kinds = Variants("kind", {"a": User})
        found, _ = done(page_steps(b'{"rows": [{"kind": "a", "id": 1}]}', "rows", kinds, quiet))
        assert found.records == [User(id=1)]
