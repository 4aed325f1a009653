from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from benchmarks.chart import MOST, WIDTH, draw
from benchmarks.measure import Outcome
from benchmarks.rivals import COMPETITORS, OURS

SVG = "{http://www.w3.org/2000/svg}"
TITLES = {one.name: one.title for one in COMPETITORS}


def outcome(competitor: str, ratio: float, rejected: int = 0, stopped: str = "") -> Outcome:
    return Outcome(
        workload="reads", competitor=competitor, calls=10, completed=10, failed={}, sent=10, seconds=100 * ratio,
        rejections={"account": rejected} if rejected else {}, least=100.0, waste=None, waits={}, unanswered=0,
        crowded_out=0, cpu=0.0, stopped=stopped,
    )


@pytest.fixture
def picture() -> ET.Element:
    outcomes = [outcome(one.name, 1 + index / 2, index * 1_111) for index, one in enumerate(COMPETITORS)]
    outcomes[-1] = outcome(COMPETITORS[-1].name, 1.5, 9_999, stopped="after 9,999 rejections")
    return ET.fromstring(draw({"reads & <more>": outcomes, "two": outcomes, "three": outcomes}, TITLES, OURS))


def texts(picture: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in picture.iter(f"{SVG}text")]


def bars(picture: ET.Element) -> list[ET.Element]:
    return [one for one in picture.iter(f"{SVG}rect") if one.get("class") != "card"]


def test_it_is_well_formed_and_has_every_competitor_and_number_as_text(picture):
    said = texts(picture)
    assert "reads & <more>" in said
    for title in TITLES.values():
        assert said.count(title) == 3
    assert {"1.00", "1.50", "3.00", "stopped", "0", "1,111", "9,999"} <= set(said)


def test_bars_are_as_long_as_their_times_and_end_at_the_most(picture):
    ours, second, third, fourth, *_ = (float(bar.get("width", "nan")) for bar in bars(picture))
    assert second == pytest.approx(1.5 * ours, abs=0.1)
    assert third == fourth == pytest.approx(MOST * ours, abs=0.1)


def test_the_least_is_a_line_where_our_best_bar_ends(picture):
    bar = bars(picture)[0]
    end = float(bar.get("x", "nan")) + float(bar.get("width", "nan"))
    line = next(one for one in picture.iter(f"{SVG}path") if one.get("class") == "line")
    assert line.get("d", "").startswith(f"M{end:.1f} ")


def test_what_was_stopped_is_hatched_and_ours_stands_out(picture):
    fills = [bar.get("fill") or bar.get("class") for bar in bars(picture)][: len(COMPETITORS)]
    assert fills == ["ours", "bar", "bar", "bar", "bar", "url(#hatched)"]


def test_everything_lies_inside_and_has_a_background_of_its_own(picture):
    assert picture.get("width") == str(WIDTH)
    height = float(picture.get("height", "nan"))
    assert all(0 < float(one.get("y", "nan")) < height for one in picture.iter(f"{SVG}text"))
    assert all(float(one.get("x", "nan")) + float(one.get("width", "nan")) < WIDTH for one in bars(picture))
    style = "".join(picture.find(f"{SVG}style").itertext())
    assert ".card { fill: #ffffff" in style
    assert "prefers-color-scheme: dark" in style
