"""How commands run: real time and virtual, Ctrl-C once and twice."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from zdasync.cli import running
from zdasync.cli.running import graceful, run
from zdasync.cli.status import Status


def interrupt(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


async def nothing() -> None:
    """Ends at once."""


async def sleeper(seconds: float) -> int:
    await asyncio.sleep(seconds)
    return Status.FAILURES


@pytest.mark.parametrize(("work", "status"), [(nothing, 0), (lambda: sleeper(0), 1)])
def test_a_status_is_what_the_work_gives(work, status) -> None:
    assert run(work()) == status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("virtual", [False, True])
def test_a_signal_cancels(number, virtual) -> None:
    cancelled = []

    async def work() -> None:
        asyncio.get_running_loop().call_soon(interrupt, number)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    assert run(work(), virtual=virtual) == 130
    assert cancelled == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_one_lets_the_work_finish(number) -> None:
    said: list[str] = []
    done: list[str] = []

    async def work() -> int:
        with graceful(said.append) as stop:
            interrupt(number)
            await stop.wait()
            await asyncio.sleep(0)
            done.append("in flight")
        return Status.INTERRUPTED

    assert run(work()) == 130
    assert said == [running.STOPPING]
    assert done == ["in flight"]


def test_the_second_one_cancels() -> None:
    said: list[str] = []

    async def work() -> int:
        with graceful(said.append) as stop:
            interrupt()
            await stop.wait()
            interrupt()
            await asyncio.Event().wait()
        return Status.DONE

    assert run(work()) == 130
    assert len(said) == 1


def test_afterwards_one_cancels_again() -> None:
    async def work() -> None:
        with graceful(lambda _: None):
            pass
        interrupt()
        await asyncio.Event().wait()

    assert run(work()) == 130


def test_a_signal_that_nobody_listens_to_stays_unheard(monkeypatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:

        async def work() -> int:
            interrupt()
            await asyncio.sleep(0.01)
            return Status.DONE

        assert run(work()) == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_outside_of_the_main_thread_it_runs_all_the_same() -> None:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(run(sleeper(0))))
    thread.start()
    thread.join()
    assert found == [1]


@pytest.mark.parametrize(
    ("seconds", "quiet", "said"),
    [(1987.0, False, "simulated account: 33:07 of its time passed, in virtual time\n"), (1987.0, True, ""),
     (0.5, False, "")],
)
def test_how_much_virtual_time_has_passed(seconds, quiet, said, capsys) -> None:
    assert run(sleeper(seconds), virtual=True, quiet=quiet) == 1
    assert capsys.readouterr().err == said


def test_errors_are_raised_when_the_loop_is_closed() -> None:
    async def work() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        run(work())
