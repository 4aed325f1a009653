"""How far a long command is: a line now and then, a bar in a terminal, nothing for machines."""

from __future__ import annotations

import re

import pytest

from zdasync.cli import progress as module
from zdasync.cli.progress import Progress, progress

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Clock:
    """A clock that a test sets."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (Progress(done=0), "0 rows"),
        (Progress(done=1500, rate=98.46), "1,500 rows, 98.5/s"),
        (Progress(done=4000, total=20_000, rate=100.0, failures=3, note="jobs 30/30\n\x1b[31m"),
         "4,000 of 20,000 (20%) rows, 100.0/s, 2:40 left, 3 failed, jobs 30/30 \\x1b[31m"),
        (Progress(done=5, total=0), "5 of 0 (100%) rows"),
        (Progress(done=5, total=10, rate=0.0), "5 of 10 (50%) rows, 0.0/s"),
        (Progress(done=12, total=10, rate=1.0), "12 of 10 (100%) rows, 1.0/s, 0:00 left"),
    ],
)
def test_all_of_it_on_one_line(state, line) -> None:
    assert state.line("rows") == line


def test_without_a_terminal_there_is_a_line_for_each_tenth(capsys) -> None:
    with progress("rows", clock=Clock()) as show:
        for done in range(1001):
            show(Progress(done=done, total=1000))
    out, err = capsys.readouterr()
    assert out == ""
    assert [int(line.partition(" ")[0].replace(",", "")) for line in err.splitlines()] == list(range(100, 1001, 100))


def test_and_one_every_ten_seconds(capsys) -> None:
    clock = Clock()
    with progress("rows", clock=clock) as show:
        for done in range(50):
            show(Progress(done=done))
            clock.now += 1
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["10", "20", "30", "40", "49"]


def test_the_last_state_is_written_once_and_none_is_not(capsys) -> None:
    with progress("rows", clock=Clock()) as show:
        show(Progress(done=3, total=1000))
        show(Progress(done=4, total=1000))
    with progress("rows", clock=Clock()):
        pass
    assert capsys.readouterr().err == "4 of 1,000 (0%) rows\n"


def test_machines_get_no_progress_but_what_is_said(capsys) -> None:
    with progress("rows", silent=True) as show:
        show(Progress(done=1000, total=1000))
        show.say("stopping\n\x1b[2J")
    assert capsys.readouterr() == ("", "stopping \\x1b[2J\n")


def test_in_a_terminal_a_bar_is_drawn_again_and_again(monkeypatch, capsys) -> None:
    monkeypatch.setattr(module, "is_terminal", lambda _: True)
    clock = Clock()
    with progress("rows", clock=clock) as show:
        show(Progress(done=1, total=4))
        show(Progress(done=2, total=4))  # too soon
        clock.now += 1
        show(Progress(done=3, total=4, failures=1, note="[red]jobs"))
        show.say("[bold]stopping")
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b[1A" in err or "\x1b[2K" in err
    assert "1 of 4" in err
    assert "2 of 4" not in err
    text = ESCAPES.sub("", err)
    assert "[bold]stopping" in text
    assert "\u2501" in text
    assert "3 of 4 (75%) rows, 1 failed, [red]jobs" in text


def test_the_last_state_stands_when_the_work_breaks(monkeypatch, capsys) -> None:
    monkeypatch.setattr(module, "is_terminal", lambda _: True)
    clock = Clock()
    with pytest.raises(ValueError, match="x"), progress("rows", clock=clock) as show:
        show(Progress(done=1, total=4))
        show(Progress(done=2, total=4))
        raise ValueError("x")
    err = capsys.readouterr().err
    assert "2 of 4" in err
    assert err.rindex("\x1b[?25h") > err.rindex("\x1b[?25l")
