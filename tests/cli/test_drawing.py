"""Limits as tables: what stands in them, at any width, whatever the keys hold."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console, RenderableType

from zdasync import PLANS, LimitsSnapshot, LimitState
from zdasync.cli.drawing import documented_table, drawn, limits_table
from zdasync.cli.frame import Frame, documented
from zdasync.cli.text import one_line, span

RED, GREEN, YELLOW = 31, 32, 33


def state(limit: str = "account", total: int = 700, used: int = 0, **fields: Any) -> LimitState:
    """A limit at one moment, an idle account's unless it is told otherwise."""
    usual: dict[str, Any] = {
        "key": "", "remaining": max(0, total - used), "reset": None, "waiting": 0, "model": "aligned", "reserve": 0,
        "origin": "documented",
    }
    return LimitState(limit=limit, total=total, used=used, **{**usual, **fields})


def text(drawing: RenderableType, width: int = 120, **options: Any) -> str:
    """The drawing on a console without colours, unless the options say otherwise."""
    console = Console(file=io.StringIO(), width=width, **{"color_system": None, "legacy_windows": False, **options})
    console.print(drawing)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def cells(drawing: RenderableType, limit: str) -> list[str]:
    line = next(line for line in text(drawing).splitlines() if line.split()[:1] == [limit])
    return [cell for cell in line.split() if not set(cell) <= set("\u2501\u2578\u257a")]


def test_a_row_has_every_number() -> None:
    table = limits_table([
        state(used=612, reset=40.2, waiting=12, reserve=70), state("connections", 100, origin="client"),
    ])
    assert cells(table, "limit,")[2:] == ["used", "reserve", "left", "reset", "waiting", "origin"]
    assert cells(table, "account") == ["account", "612/700", "70", "88", "40", "s", "12", "documented"]
    assert cells(table, "connections") == ["connections", "0/100", "-", "100", "-", "0", "client"]


def test_a_limit_per_target_shows_its_key() -> None:
    table = limits_table([state("create-update-user/profile", 5, 5, key="id:35436", reset=12.0)])
    assert cells(table, "create-update-user/profile")[:5] == [
        "create-update-user/profile", "id:35436", "5/5", "-", "0",
    ]


@pytest.mark.parametrize(("used", "colour"), [(0, GREEN), (559, GREEN), (560, YELLOW), (699, YELLOW), (700, RED)])
def test_colours_tell_what_is_near_its_end(used: int, colour: int) -> None:
    shown = text(limits_table([state(used=used, waiting=3)]), color_system="standard", force_terminal=True)
    assert re.findall(rf"\x1b\[(\d+)m *{700 - used}\x1b", shown) == [str(colour)]


@pytest.mark.parametrize(("used", "full"), [(0, 0), (350, 4), (700, 8), (900, 8)])
def test_the_bar_is_as_long_as_the_use(used: int, full: int) -> None:
    assert text(limits_table([state(used=used)])).count("\u2501") == full


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_number_is_cut_on_a_narrow_terminal(width: int) -> None:
    table = limits_table([
        state("ticket-request-create-by-user-and-ip", 2500, 2000, key="email:somebody@example.org", reset=599.9,
              waiting=99_999, reserve=250),
    ])
    shown = text(table, width)
    for number in ("2000/2500", "500", "250", "600 s", "99999"):
        assert f" {number} " in shown
    assert max(map(len, shown.splitlines())) <= width
    squeezed = "".join(line[:width].split(" \u2501")[0].strip() for line in shown.splitlines()).replace(" ", "")
    assert "ticket-request-create" in squeezed


@pytest.mark.parametrize("make", [iter, list, LimitsSnapshot])
def test_it_takes_a_snapshot_or_those_of_its_states_that_one_wants(make: Callable[[Any], Any]) -> None:
    table = limits_table(make([state(), state("search-index", 2500)]), title="mine", caption="all of it")
    assert "search-index" in text(table)
    assert text(table).splitlines()[0].strip() == "mine"
    assert text(table).splitlines()[-1].strip() == "all of it"


def test_keys_are_neither_markup_nor_orders_to_the_terminal() -> None:
    table = limits_table(
        [state("hidden: [red]x", key="external_id:[bold]\x1b[2J\x9b31m\n\u202e")], title="[red]t", caption="[red]c\x07"
    )
    shown = text(table, 200)
    assert "hidden: [red]x external_id:[bold]\\x1b[2J\\x9b31m\\n\\u202e" in shown
    assert "[red]t" in shown
    assert "[red]c\\x07" in shown
    assert not set("\x1b\x9b\x07\u202e") & set(shown)


def test_where_only_ascii_goes_the_drawing_is_ascii() -> None:
    raw = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=raw, width=100, color_system=None, legacy_windows=False).print(limits_table([state(used=350)]))
    raw.flush()
    assert b"350/700" in raw.buffer.getvalue()


def frame(**fields: Any) -> Frame:
    usual: dict[str, Any] = {
        "at": datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC), "account": "https://acme.zendesk.com", "plan": None,
        "limits": LimitsSnapshot([state(used=3)]), "documented": (), "requests": 3, "trouble": "",
    }
    return Frame(**{**usual, **fields})


def test_a_frame_says_whose_limits_these_are_and_what_it_cost() -> None:
    for shown in (text(drawn(frame())), str(frame())):
        assert shown.splitlines()[0].strip() == "https://acme.zendesk.com, plan unknown, 2026-11-22 12:00:05 UTC"
        assert shown.splitlines()[-1].strip() == "3 requests sent to learn this"
    assert str(frame(requests=1, trouble="it is down")).endswith("1 request sent to learn this; it is down")


def test_a_frame_has_the_documented_rows_that_were_asked_for() -> None:
    asked = frame(documented=documented("enterprise", 10))
    for shown in (text(drawn(asked)), str(asked)):
        assert "views-execute" in shown
        assert "below https://developer.zendesk.com/api-reference/" in shown
    assert "views-execute" not in text(drawn(frame())) + str(frame())


def test_documented_rows_show_count_window_target_and_page() -> None:
    shown = text(documented_table(documented("enterprise", 10)), 160)
    for line in (
        r"account +700 +1 min +account +introduction/rate-limits/",
        r"create-update-user/second +1 +1 s +account +ticketing/users/users/",
        r"inflight-jobs +30 +at once +account ",
        r"views-export +100,000 +1 h +account ",
        r"incremental-sample +10 +20 min ",
    ):
        assert re.search(line, shown)
    assert "Per target profile" in shown


@pytest.mark.parametrize(
    ("plan", "account", "exports", "search"),
    [(None, 10, 10, 2500), ("team", 200, 10, 2500), ("high_volume", 2500, 30, 2500)],
)
def test_numbers_follow_the_plan(plan, account: int, exports: int, search: int) -> None:
    counts = {row.limit: row.count for row in documented(plan, 10)}
    assert (counts["account"], counts["help-center"]) == (account, account)
    assert (counts["incremental-exports"], counts["search-index"], counts["inflight-jobs"]) == (exports, search, 30)


def test_every_plan_has_its_numbers() -> None:
    assert {plan: documented(plan, 1)[0].count for plan in PLANS} == dict(PLANS)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1.0, "1 s"), (0.5, "0.5 s"), (60.0, "1 min"), (90.0, "90 s"), (600.0, "10 min"), (3600.0, "1 h"),
     (5400.0, "90 min")],
)
def test_windows_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_an_error_is_one_line_whatever_the_server_wrote() -> None:
    assert one_line("two\nlines\t\x1b[31mred \u00e9") == "two lines \\x1b[31mred \u00e9"
