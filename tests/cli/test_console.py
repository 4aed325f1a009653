"""`zdasync console`: scripts on a pipe, and a prompt in a terminal."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable

import pytest

from zdasync.cli import main


@pytest.fixture
def script(monkeypatch) -> Callable[[str], int]:
    """Runs lines in the console of a simulated account; the exit status."""

    def run(text: str) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return main(["console", "--simulate"])

    return run


def test_top_level_await_and_everything_public(script, capsys) -> None:
    assert script(
        "user = await zd.users.me()\n"
        "user.name\n"
        "[one.id async for one in zd.users.list()][:2]\n"
        "account.state.by_email('admin@example.com').id == user.id\n"
        "Query.__name__, NotFound.__name__\n"
    ) == 0
    out, err = capsys.readouterr()
    assert out == "'Ada Admin'\n[35436, 35437]\nTrue\n('Query', 'NotFound')\n"
    assert err == ""


def test_tasks_go_on_between_inputs(script, capsys) -> None:
    assert script(
        "task = asyncio.create_task(asyncio.sleep(0.01, 'slept'))\n"
        "def double(x):\n    return 2 * x\n\n"
        "import time; time.sleep(0.05)\n"
        "await asyncio.sleep(0)\n"
        "await asyncio.sleep(0)\n"
        "task.done(), double(4)\n"
        "for n in range(2):\n    print(n)\n"
    ) == 0
    assert capsys.readouterr().out == "(True, 8)\n0\n1\n"


def test_what_is_raised_is_shown_from_the_input_on_and_counts(script, capsys) -> None:
    assert script("1/0\nawait zd.users.show(1)\nraise KeyboardInterrupt\nprint('still here')\n") == 1
    out, err = capsys.readouterr()
    assert out == "still here\n"
    assert err.startswith('Traceback (most recent call last):\n  File "<console>", line 1, in <module>\n')
    assert "ZeroDivisionError" in err
    assert "NotFound" in err
    assert "concurrent" not in err


def test_syntax_that_is_none(script, capsys) -> None:
    script("1 +* 2\nprint('still here')\n")
    out, err = capsys.readouterr()
    assert "SyntaxError" in err
    assert out == "still here\n"


def test_exit_ends_it(script, capsys) -> None:
    assert script("raise SystemExit\nprint('not here')\n") == 0
    assert capsys.readouterr().out == ""


def test_work_that_is_left_running_is_ended(script, capsys) -> None:
    assert script("left = asyncio.create_task(asyncio.sleep(3600))\n") == 0


def test_in_a_terminal_ctrl_c_ends_what_runs_and_not_the_prompt(terminal) -> None:
    screen = terminal("console", "--simulate", PYTHON_BASIC_REPL="1")
    screen.until("`account`", ">>> ")
    screen.type("print('be' + 'gun'); await asyncio.sleep(3600)\n")
    screen.until("begun")
    screen.process.send_signal(signal.SIGINT)
    screen.until("KeyboardInterrupt", ">>> ")
    screen.type("print('go' + 'es on')\n")
    screen.until("goes on", ">>> ")
    screen.process.send_signal(signal.SIGINT)
    screen.until("Ctrl-D ends")
    screen.type("\x04")
    assert screen.end() == 0
