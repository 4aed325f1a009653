"""`zdasync limits --watch`: what it costs, what it survives, how it draws and how it ends."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from typing import Any

import pytest

from zdasync import AuthenticationError
from zdasync.cli import limits
from zdasync.cli.options import Options
from zdasync.simulator import Account, Fault

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")

CODE = {limits.show.__code__, limits.follow.__code__, limits._ask_again.__code__}
"""What no task may still be running when a watch has ended."""


async def show(*, json: bool = True, redraw: float | None = None, every: float | None = None, **more: Any) -> None:
    options = {"everything": False, **more}
    await limits.show(watch=True, redraw=redraw, every=every, options=Options(json=json), **options)


async def watched(seconds: float, **options: Any) -> None:
    """Watch for so many seconds and then interrupt it, as Ctrl-C does."""
    watching = asyncio.create_task(show(**options))
    await asyncio.wait([watching], timeout=seconds)
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    assert not [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "cr_code", None) in CODE]


def frames(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def of_account(frame: dict[str, Any]) -> dict[str, Any]:
    return next(state for state in frame["limits"] if state["limit"] == "account")


async def test_it_draws_each_second_and_asks_every_ten(account_at, capsys) -> None:
    account = Account()
    async with account.serve() as url:
        account_at(url)
        await watched(35.5)
    shown = frames(capsys)
    assert len(shown) == 36
    assert account.requests == 4
    assert [frame["requests"] for frame in shown] == sorted([1] * 10 + [2] * 10 + [3] * 10 + [4] * 6)
    assert [of_account(frame)["reset"] for frame in shown[1:4]] == [
        pytest.approx(of_account(shown[0])["reset"] - n, abs=0.01) for n in (1, 2, 3)
    ]


async def test_both_times_can_be_chosen(account_at, capsys) -> None:
    account = Account()
    async with account.serve() as url:
        account_at(url)
        await watched(29.0, redraw=4, every=5)
    assert len(frames(capsys)) == 8
    assert account.requests == 6


async def test_what_others_spend_shows_when_it_has_asked(account_at, capsys) -> None:
    account = Account()
    async with account.serve() as url:
        account_at(url)
        asyncio.get_running_loop().call_later(3.0, account.consume, "account", 100)
        await watched(11.5)
    used = [of_account(frame)["used"] for frame in frames(capsys)]
    assert used[:10] == [1] * 10
    assert used[-1] == 102


async def test_a_spent_account_is_an_answer_and_is_left_alone(account_at, capsys) -> None:
    account = Account()
    async with account.serve() as url:
        account_at(url)
        account.consume("account", 700)
        await watched(11.5)
        assert account.requests == 1
    first, *_, last = frames(capsys)
    for frame in (first, last):
        assert (of_account(frame)["remaining"], of_account(frame)["used"]) == (0, 700)
        assert "limit account" in frame["trouble"]


async def test_an_outage_is_shown_and_outlived(account_at, capsys) -> None:
    faults = [Fault("GET /api/v2/users/me", "error", status=500, calls=tuple(range(2, 7)))]
    async with Account(faults=faults).serve() as url:
        account_at(url)
        await watched(60.0, every=20)
    trouble = [frame["trouble"] for frame in frames(capsys)]
    assert trouble[0] is trouble[-1] is None
    assert "500" in next(filter(None, trouble))


@pytest.mark.parametrize("json", [True, False])
async def test_credentials_that_are_revoked_end_it(json, account_at, capsys) -> None:
    account = Account()
    async with account.serve() as url:
        account_at(url)
        asyncio.get_running_loop().call_later(5.0, account.api_tokens.clear)
        with pytest.raises(AuthenticationError):
            await asyncio.wait_for(show(json=json), 60.0)
    assert account.requests == 2
    assert capsys.readouterr().out


async def test_without_a_terminal_it_writes_plain_lines(account_at, capsys) -> None:
    async with Account().serve() as url:
        account_at(url)
        await watched(2.5, json=False, everything=True)
    out, err = capsys.readouterr()
    assert err == ""
    assert not ESCAPES.search(out)
    assert len([line for line in out.splitlines() if line.startswith("account  ")]) == 3 * 2
    assert out.count("sent to learn this") == 3


# -- in a terminal -----------------------------------------------------------------------------------------------------


def standing(shown: str) -> str:
    """What stands on the screen after the last line was erased, without escape codes."""
    return ESCAPES.sub("", shown.rpartition("\x1b[2K")[2])


@pytest.mark.parametrize(("number", "deaf"), [(signal.SIGINT, False), (signal.SIGTERM, False), (signal.SIGTERM, True)])
def test_it_redraws_in_place_and_leaves_the_last_table_when_it_is_told_to_end(
    number, deaf, simulator, terminal
) -> None:
    screen = terminal("limits", "--watch", "--redraw", "0.05", url=simulator, deaf=deaf)
    screen.until("account", "sent to learn this", "account", "sent to learn this")
    screen.process.send_signal(number)
    assert screen.end() == 0
    assert "Traceback" not in screen.shown
    assert "\x1b[1A" in screen.shown
    assert "\u2501" in screen.shown
    assert screen.shown.rindex("\x1b[?25h") > screen.shown.rindex("\x1b[?25l")
    last = standing(screen.shown)
    assert re.search(r"account +.*\b\d+/700 ", last)
    assert last.count("sent to learn this") == 1


def test_with_no_color_it_still_redraws_but_in_one_colour(simulator, terminal) -> None:
    screen = terminal("limits", "--watch", "--redraw", "0.05", url=simulator, NO_COLOR="1")
    screen.until("sent to learn this", "sent to learn this")
    screen.process.send_signal(signal.SIGINT)
    assert screen.end() == 0
    assert "\x1b[1A" in screen.shown
    assert not COLOURS.search(screen.shown)


def test_a_terminal_gets_one_drawing_when_nobody_watches(terminal) -> None:
    screen = terminal("limits", "--simulate", "--all")
    assert screen.end() == 0
    assert COLOURS.search(screen.shown)
    assert "\x1b[?25l" not in screen.shown
    text = ESCAPES.sub("", screen.shown)
    assert re.search(r"account .* 1/700 +- +699 ", text)
    assert re.search(r"views-execute +5 +1 min +view\+agent +ticketing/business-rules/", text)


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_drawing_without_escape_codes(variables, terminal) -> None:
    screen = terminal("limits", "--simulate", **variables)
    assert screen.end() == 0
    assert "\x1b" not in screen.shown
    assert re.search(r"account .*\b699\b", screen.shown)


def test_a_terminal_that_can_do_nothing_gets_plain_lines(simulator, terminal) -> None:
    screen = terminal("limits", "--watch", "--redraw", "0.05", url=simulator, TERM="dumb")
    screen.until("sent to learn this", "sent to learn this")
    screen.process.send_signal(signal.SIGINT)
    assert screen.end() == 0
    assert "\x1b" not in screen.shown


def test_wrong_credentials_leave_nothing_but_the_line(simulator, terminal) -> None:
    screen = terminal("limits", "--watch", url=simulator, ZENDESK_API_TOKEN="not-the-one")
    assert screen.end() == 3
    assert re.fullmatch(r"zdasync limits: [^\n]*\n", screen.shown.replace("\r", ""))
