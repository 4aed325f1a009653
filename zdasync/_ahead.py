"""Pages that are fetched ahead, and work that lets the event loop breathe.

Listings and exports walk from page to page with plain objects and hand out records in one generator. Not in
generators within generators: when nobody has them any more, Python's garbage collection closes all of them at once,
the inner ones beneath the outer ones that close them too, which Python 3.13 answers with an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from .records.rows import Steps

__all__ = ["Ahead", "in_steps"]

P = TypeVar("P")
R = TypeVar("R")


class Ahead(Generic[P]):
    """What is fetched while its predecessor is out, in a task that this owns. One at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[P] | None = None

    def start(self, fetching: Coroutine[Any, Any, P]) -> None:
        """Fetch it."""
        self._task = asyncio.create_task(fetching)

    @property
    def empty(self) -> bool:
        """Is nothing being fetched?"""
        return self._task is None

    async def take(self) -> P:
        """What was fetched; raises what its fetching raised."""
        assert self._task is not None  # noqa: S101 - whoever takes has looked
        taken = await self._task
        self._task = None
        return taken

    async def aclose(self) -> None:
        """End what nobody waits for any more, and see to it that its outcome is not reported as forgotten."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()


async def in_steps(steps: Steps[R]) -> R:
    """Does work in steps, and lets the loop go on with other things after each of them."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: R = done.value
            return result
        await asyncio.sleep(0)
