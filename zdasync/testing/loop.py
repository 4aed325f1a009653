"""An asyncio event loop in virtual time: timers fire at once, in order, while sockets stay real.

The model: `loop.time()` stands still while anything can run. When every task waits, the loop looks at the kernel
once more, and if no socket has news it sets its clock to the next timer instead of waiting for it. A client and a
server that live in the same loop and talk over loopback therefore go through hours in milliseconds, and every
delay, timeout and window comes out exactly.

What the loop can't see can't hold its clock: work in threads is waited for in real time when it was started by
`run_in_executor` (`asyncio.to_thread` and name resolution go that way), but a peer in another process, a child
process or a thread of one's own is not. Bytes that the kernel has accepted and not delivered yet are the one race;
on loopback they arrive in microseconds, so the loop waits a little before it jumps, and longer before it jumps far,
where being wrong would cost a test its meaning.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from concurrent.futures import Executor

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START: Final = 100.0
"""Where `loop.time()` begins: neither zero nor the edge of a minute, so that no test passes by accident."""

LONG_JUMP: Final = 1.0
"""Seconds of virtual time from which a jump counts as long."""
SHORT_GRACE: Final = 0.0002
"""Real seconds to wait for the kernel before a short jump."""
LONG_GRACE: Final = 0.003
"""Real seconds to wait for the kernel before a long jump."""

_SELF_PIPE: Final = 1


class _Selector(selectors.DefaultSelector):
    """The real selector, which moves the clock where it would have slept."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.outside = 0
        """Pieces of work in threads of the executor: while there are any, time is real."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        events = super().select(0) or self._patiently(timeout)
        if not events:
            self.now += timeout
        return events

    def _patiently(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        """What the kernel still has, after a real wait that suits a jump of `timeout` seconds."""
        if self.outside:
            return super().select(timeout)
        if len(self.get_map()) <= _SELF_PIPE:
            return []
        if timeout >= LONG_JUMP:
            return super().select(LONG_GRACE)
        # A selector's own timeout is rounded up to whole milliseconds, five times too long here.
        time.sleep(SHORT_GRACE)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer whenever nothing else can run.

    `start` is the first value of `time()`, in seconds. Sockets, signals and threads of the executor work as in any
    loop; only `time()`, and with it every delay and timeout, is virtual.
    """

    def __init__(self, start: float = START) -> None:
        self._virtual = _Selector()
        self._virtual.now = start
        super().__init__(self._virtual)

    def time(self) -> float:
        """Virtual seconds since an arbitrary moment."""
        return self._virtual.now

    def advance(self, seconds: float) -> None:
        """Move the clock forward without yielding; timers that fell due run at the next turn of the loop.

        Raises `ValueError` for a negative number: time does not go back.
        """
        if seconds < 0:
            raise ValueError(f"time can't go back by {-seconds} s")
        self._virtual.now += seconds

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As in any loop; the clock doesn't jump until the work is done."""
        future = super().run_in_executor(executor, func, *args)
        self._virtual.outside += 1
        future.add_done_callback(self._returned)
        return future

    def _returned(self, _: object) -> None:
        self._virtual.outside -= 1

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """As in any loop, with its timeout in real time."""
        self._virtual.outside += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._virtual.outside -= 1


def virtual_time(start: float = START) -> asyncio.Runner:
    """A runner on a loop in virtual time, for several runs in one loop.

    Use it as `asyncio.Runner` is used: `with virtual_time() as runner: runner.run(main())`. `start` is the first value
    of `loop.time()`.
    """
    return asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(start))


def run_virtual(main: Coroutine[Any, Any, T], *, start: float = START) -> T:
    """Run a coroutine to its end in virtual time, as `asyncio.run` does in real time, and return its result.

    `start` is the first value of `loop.time()`.
    """
    with virtual_time(start) as runner:
        return runner.run(main)
