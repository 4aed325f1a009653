"""Reading what does not fit: item by item in lists and mappings, and what is told of it."""

from __future__ import annotations

import attrs
import pytest

from zdasync.errors import UnexpectedReply
from zdasync.records import JsonValue, Tag, TicketAudit, Webhook
from zdasync.records.lenient import Lenient


@attrs.frozen
class Part:
    id: int
    sizes: list[int] = attrs.field(factory=list)


@attrs.frozen
class Whole:
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = attrs.field(factory=dict)
    grid: tuple[tuple[int, ...], ...] = ()
    open: dict[str, JsonValue] = attrs.field(factory=dict)
    names: tuple[str, ...] = ()
    number: int = 0


def read(cls, value):
    drift = []
    return Lenient(cls, lambda *told: drift.append(told)).whole(value), drift


@pytest.mark.parametrize(
    ("given", "left", "told"),
    [
        ({"parts": [{"id": 1}, {}, {"id": 3}]}, Whole(parts=(Part(1), Part(3))), [("Whole", "parts", "at 1: ")]),
        ({"parts": [{"id": 1, "sizes": [1, "x"]}]}, Whole(parts=(Part(1, [1]),)), [("Part", "sizes", "at 1: ")]),
        ({"parts": [{}, {"id": 2, "sizes": ["x"]}]}, Whole(parts=(Part(2),)),
         [("Part", "sizes", "at 0: "), ("Whole", "parts", "at 0: ")]),
        ({"by_name": {"a": {"id": 1}, "b": 7}}, Whole(by_name={"a": Part(1)}), [("Whole", "by_name", "at 'b': ")]),
        ({"by_name": []}, Whole(), [("Whole", "by_name", "UnexpectedReply: expected an object")]),
        ({"grid": [[1, "x"], 5, [2]]}, Whole(grid=((1,), (2,))),
         [("Whole", "grid", "at 1: ValidationError"), ("Whole", "grid", "at 1: UnexpectedReply")]),
        ({"names": ["a", None, 5]}, Whole(names=("a", "5")), []),
        ({"names": "a b"}, Whole(), [("Whole", "names", "UnexpectedReply: expected an array")]),
        ({"open": {"a": None, "b": [None]}}, Whole(open={"a": None, "b": [None]}), []),
        ({"number": 3.0}, Whole(number=3), []),
        ({"number": 3.5}, Whole(), [("Whole", "number", "ValidationError: ")]),
    ],
)  # fmt: skip
def test_only_the_items_that_do_not_fit_are_left_out(given, left, told):
    found, drift = read(Whole, given)
    assert found == left
    assert [(record, field) for record, field, _ in drift] == [(record, field) for record, field, _ in told]
    assert all(problem.startswith(start) for (*_, problem), (*_, start) in zip(drift, told, strict=True))


def test_what_stands_in_no_record_is_told_of_too():
    assert read(list[int], [1, "x", 3])[0] == [1, 3]
    assert [told[:2] for told in read(dict[str, int], {"a": "x", "b": None})[1]] == [("dict", "*")]


def test_a_text_stands_for_a_record_that_is_known_by_a_name_only():
    assert read(Tag, "vip") == (Tag(name="vip"), [])
    with pytest.raises(UnexpectedReply):
        read(TicketAudit, "vip")


def test_an_odd_header_costs_no_other_one():
    found, drift = read(Webhook, {"id": "01", "custom_headers": {"a": "b", "c": ["d"], "e": None}})
    assert found.custom_headers == {"a": "b"}
    assert [told[:2] for told in drift] == [("Webhook", "custom_headers")]
