"""Spreads a burst over the window: aiolimiter's leaky bucket in front of the wire, with one waiter.

`AsyncLimiter(N, 60)` by itself admits up to 2N-1 in its first minute, lets newcomers pass those who wait and cannot
change its rate. Awaited by one task only, with room for a single request, none of that can happen: it is a metronome,
and the scheduler decides at each of its beats who goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from typing import Final

from aiolimiter import AsyncLimiter

from ..errors import BadArgument

ROOM: Final = 1.0 + 1e-6
"""Room for one request, and for the rounding of times: after a whole beat the limiter never waits a trifle more."""


class Pacer:
    """A beat of `rate` requests a minute; a function is asked again before each."""

    def __init__(self, rate: float | Callable[[], float]) -> None:
        self._wanted = rate if callable(rate) else lambda: rate
        self._rate = 0.0
        self._tune()
        self._next = -inf
        self._task: asyncio.Task[None] | None = None

    def _tune(self) -> None:
        """Beat at the rate that is wanted now; a limiter's own can't change, so another rate takes a new one."""
        rate = self._wanted()
        if rate <= 0:
            raise BadArgument(f"the pace must be a positive number of requests a minute, not {rate!r}")
        if rate != self._rate:
            self._rate, self._period = rate, 60.0 / rate
            self._limiter = AsyncLimiter(ROOM, ROOM * self._period)

    def start(self, beat: Callable[[], bool]) -> None:
        """Call `beat` at each beat for as long as it gives True."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(beat), name="zdasync pacer")

    async def _run(self, beat: Callable[[], bool]) -> None:
        now = asyncio.get_running_loop().time
        going = True
        while going:
            # The limiter's own wait would be an endless loop on a clock that stands still between two timers.
            await asyncio.sleep(self._next - now())
            self._tune()
            await self._limiter.acquire()
            self._next = now() + self._period
            going = beat()

    async def aclose(self) -> None:
        """Stop the task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
