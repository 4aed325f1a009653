from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import HOSTILE

from zdasync.bulk.chart import BOTTOM, HEIGHT, LEFT, RIGHT, STYLE, TOP, WIDTH, Chart, draw
from zdasync.bulk.words import plain

SVG = "{http://www.w3.org/2000/svg}"


def drawn(points, seconds=600.0, **more) -> ET.Element:
    return ET.fromstring(draw(Chart(title="Rows a minute", points=points, seconds=seconds, **more)))


def texts(picture):
    return [one.text for one in picture.iter(f"{SVG}text")]


def path_of(picture, kind):
    return next(one.get("d") for one in picture.iter(f"{SVG}path") if one.get("class") == kind)


def numbers(picture):
    """Coordinates of all labels, and of all paths, where H and V have one of the two."""
    for one in picture.iter(f"{SVG}text"):
        yield float(one.get("x")), float(one.get("y"))
    for one in picture.iter(f"{SVG}path"):
        x = y = 0.0
        for command, rest in re.findall(r"([MLHVvZ])([^MLHVvZ]*)", one.get("d")):
            values = [float(value) for value in rest.split()]
            if command in "ML":
                for x, y in zip(values[::2], values[1::2], strict=True):
                    yield x, y
            elif command == "H":
                yield values[0], y
            elif command in "Vv":
                yield x, values[0] + (y if command == "v" else 0)


def test_a_curve_stands_where_its_values_are():
    picture = drawn([(0.0, 0.0), (300.0, 50.0), (600.0, 100.0)])
    middle = f"{(LEFT + WIDTH - RIGHT) / 2:.1f} {(TOP + HEIGHT - BOTTOM) / 2:.1f}"
    assert path_of(picture, "curve") == f"M{LEFT}.0 {HEIGHT - BOTTOM}.0 {middle} {WIDTH - RIGHT}.0 {TOP}.0"
    assert picture.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    assert picture.get("aria-label") == "Rows a minute: from 0 to 100, 50 on average"


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (100, ["0", "50", "100"]), (30, ["0", "10", "20", "30"]),
        (18_000, ["0", "5,000", "10,000", "15,000", "20,000"]), (3, ["0", "1", "2", "3"]),
        (0.7, ["0", "0.2", "0.4", "0.6", "0.8"]), (0, ["0", "1"]), (5e-324, ["0", "1"]),
    ],
)
def test_values_have_round_labels(highest, labels):
    picture = drawn([(0.0, 0.0), (600.0, float(highest))])
    assert [text for text in texts(picture) if "min" not in text] == labels


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (40, ["0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s", "35 s", "40 s"]),
        (200, ["0 s", "30 s", "1:00", "1:30", "2:00", "2:30", "3:00"]),
        (1500, ["0 min", "5 min", "10 min", "15 min", "20 min", "25 min"]),
        (9000, ["0 min", "30 min", "1 h 00", "1 h 30", "2 h 00", "2 h 30"]),
        (80_000, ["0 h", "3 h", "6 h", "9 h", "12 h", "15 h", "18 h", "21 h"]),
        (700_000, ["0 d", "2 d", "4 d", "6 d", "8 d"]),
        (80_000_000, ["0 d", "119 d", "238 d", "357 d", "476 d", "595 d", "714 d", "833 d"]),
    ],
)
def test_times_have_labels_in_units_that_fit(seconds, labels):
    found = texts(drawn([(0.0, 0.0)], float(seconds)))
    assert found[-len(labels):] == labels
    assert len(found) == 1 + len(labels) + 2


def test_the_last_label_does_not_stand_out_of_the_drawing():
    *_, before, last = drawn([(0.0, 0.0)], 40.0).iter(f"{SVG}text")
    assert (before.get("text-anchor"), last.get("text-anchor")) == ("middle", "end")


def test_a_ceiling_is_a_line_with_a_name_and_the_axis_reaches_it():
    picture = drawn([(0.0, 10.0), (600.0, 20.0)], ceiling=100.0, ceiling_name="all of it")
    assert "all of it" in texts(picture)
    assert path_of(picture, "ceiling").startswith(f"M{LEFT} {TOP}.0")
    assert float(path_of(picture, "curve").split()[-1]) > TOP + 100


def test_moments_are_marked():
    picture = drawn([(0.0, 1.0)], marks=[(300.0, "started again"), (600.0, "and again")])
    assert [one.text for one in picture.iter(f"{SVG}title")] == ["started again", "and again"]
    assert path_of(picture, "mark").startswith(f"M{(LEFT + WIDTH - RIGHT) / 2:.1f} ")


def test_without_points_there_are_axes_alone():
    picture = drawn([], 0.0)
    assert picture.get("aria-label") == "Rows a minute: nothing to show"
    assert not [one for one in picture.iter(f"{SVG}path") if one.get("class") in {"curve", "area"}]


@given(
    values=st.lists(st.floats(0, 1e12), min_size=1, max_size=50), seconds=st.floats(0, 1e9),
    ceiling=st.none() | st.floats(0, 1e9), mark=st.floats(-10, 2e9),
)
def test_everything_lies_within_the_drawing(values, seconds, ceiling, mark):
    points = [(seconds * index / len(values), value) for index, value in enumerate(values)]
    picture = drawn(points, seconds, ceiling=ceiling, ceiling_name="most", marks=[(mark, "m")])
    for x, y in numbers(picture):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert len(texts(picture)) < 20


def test_texts_are_nothing_but_text():
    bad = plain(HOSTILE)
    picture = ET.fromstring(draw(Chart(
        title=bad, points=[(0.0, 1.0)], seconds=1.0, ceiling=1.0, ceiling_name=bad, marks=[(0.0, bad)],
    )))
    assert {one.tag for one in picture.iter()} == {f"{SVG}{name}" for name in ("svg", "text", "path", "title")}
    assert texts(picture).count(bad) == 2


def test_a_drawing_needs_no_style_of_its_own_and_every_class_has_one():
    picture = drawn([(0.0, 1.0), (1.0, 2.0)], ceiling=3.0, marks=[(0.0, "m")])
    assert not [one for one in picture.iter() if one.get("style") or one.tag == f"{SVG}style"]
    for kind in {one.get("class") for one in picture.iter()} - {None}:
        assert f".{kind} " in STYLE
