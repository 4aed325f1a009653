"""Whose turn it is among those who call: start-time fair queuing.

Callers of one priority take turns. A caller is whoever names a group (`group="tenant-7"`); those who name none are one
caller together. Each has counted how many turns it has had, beginning from where the others stood when it came; the one
with the fewest goes next, so that 10,000 calls of one delay a single call of another by one or two. Turns are counted
when calls go, not when they come: a caller whose calls are held up by their own targets spends none.
"""

from __future__ import annotations

from typing import Final

PRIORITIES: Final = 3
BULK: Final = PRIORITIES - 1
"""The lowest priority; it leaves the spared tokens to the others."""


class Caller:
    """Whose calls they are, within one priority."""

    __slots__ = ("name", "priority", "turns", "waiting")

    def __init__(self, name: str, priority: int, turns: int) -> None:
        self.name = name
        self.priority = priority
        self.turns = turns
        """Calls that it was let go, counted from where the others stood when it began to wait."""
        self.waiting = 0


class Callers:
    """All callers that wait."""

    def __init__(self) -> None:
        self._named: tuple[dict[str, Caller], ...] = tuple({} for _ in range(PRIORITIES))
        self._stand = [0] * PRIORITIES
        """The turns of the caller that went last, by priority: where a newcomer begins to count."""

    def caller(self, name: str, priority: int) -> Caller:
        """Who calls. Nobody begins, or goes on, behind where the others stand: turns not had are no credit."""
        caller = self._named[priority].get(name)
        if caller is None:
            caller = self._named[priority][name] = Caller(name, priority, self._stand[priority])
        caller.turns = max(caller.turns, self._stand[priority])
        return caller

    def went(self, caller: Caller) -> None:
        """One of its calls has gone."""
        self._stand[caller.priority] = max(self._stand[caller.priority], caller.turns)
        caller.turns += 1

    def left(self, caller: Caller) -> None:
        """One of its calls waits no longer, gone or not."""
        if not caller.waiting:
            self._named[caller.priority].pop(caller.name, None)
