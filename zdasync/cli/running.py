"""How commands run: in which kind of time, and what Ctrl-C does to them.

The model: SIGINT and SIGTERM mean the same. By themselves they cancel the command, which then ends with status 130.
Within `graceful` the first of them only sets an event: what is in flight is finished, nothing new is begun. The second
one cancels. A signal that this process was started deaf to (a shell does that to what it runs in the background) stays
unheard.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from .status import Status
from .text import duration

C = TypeVar("C", bound=Callable[..., object])

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
STOPPING: Final = "stopping: what is in flight is finished first; a second Ctrl-C stops at once"

WORTH_SAYING: Final = 1.0
"""Seconds of virtual time from which on it is said how much has passed."""

_REAL: Final[set[object]] = set()


def real_time(command: C) -> C:
    """Marks a command that runs in real time even with `--simulate`: one that people watch or talk to."""
    _REAL.add(command)
    return command


def runs_in_virtual_time(command: object, *, simulated: bool) -> bool:
    """Does this command run in virtual time?"""
    return simulated and command not in _REAL


def run(work: Coroutine[Any, Any, int | None], *, virtual: bool = False, quiet: bool = True) -> int:
    """Run a command's work to its end; the exit status. What it raises is raised, but for its cancellation.

    `virtual`: in virtual time; unless `quiet`, stderr says how much of it has passed.
    """
    with _runner(virtual=virtual) as runner:
        loop = runner.get_loop()
        began = loop.time()
        try:
            return runner.run(_listening(work)) or Status.DONE
        except (KeyboardInterrupt, asyncio.CancelledError):
            return Status.INTERRUPTED
        finally:
            if virtual and not quiet and (passed := loop.time() - began) >= WORTH_SAYING:
                sys.stderr.write(f"simulated account: {duration(passed)} of its time passed, in virtual time\n")


@contextmanager
def graceful(say: Callable[[str], None]) -> Iterator[asyncio.Event]:
    """An event that the first SIGINT or SIGTERM sets; the second one cancels the task that entered.

    `say` gets the line that tells people so. The work ends itself when it sees the event, says how to go on, and gives
    `Status.INTERRUPTED`.
    """
    stop, task = asyncio.Event(), _this_task()

    def told() -> None:
        if stop.is_set():
            task.cancel()
        else:
            stop.set()
            say(STOPPING)

    _hear(told)
    try:
        yield stop
    finally:
        _hear(task.cancel)


async def _listening(work: Coroutine[Any, Any, int | None]) -> int | None:
    _hear(_this_task().cancel)
    try:
        return await work
    finally:
        _unhear()


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in one
    return task


def _hear(callback: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            continue
        try:
            loop.add_signal_handler(number, callback)
        except NotImplementedError:
            # Windows: the signal arrives on the main thread, between two turns of the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(callback))
        except (RuntimeError, ValueError):
            return  # outside of the main thread, which is where signals go


def _unhear() -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        try:
            loop.remove_signal_handler(number)
        except NotImplementedError:
            signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)
        except (RuntimeError, ValueError):
            return


def _runner(*, virtual: bool) -> asyncio.Runner:
    if not virtual:
        return asyncio.Runner()
    from ..testing.loop import virtual_time  # noqa: PLC0415 - for --simulate

    return virtual_time()
