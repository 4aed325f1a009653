"""How the simulated account counts requests, written apart from the client's own scheduler.

It shares the rows of `zdasync.limits.table` with the client and nothing else, so that a mistake in the client's
arithmetic isn't repeated here. By default windows are `floor(now / interval)`: a counter is raised first and compared
then, and a rejected request stays counted, which costs nothing since the next window has a counter of its own. Reset
times are whole seconds, taken from the whole second of the clock, so that `Date + reset` is the edge of the window as
recorded replies show. `sliding_log` and `token_bucket` are other servers that a client may meet or fear.

A request falls under several limits. They are charged one after another and the first that is exceeded ends it: those
before it keep their charge, those after it never see the request.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final, Literal, Protocol

import attrs

from ..limits.table import Limit
from . import patterns

Algorithm = Literal["window", "sliding_log", "token_bucket"]
Key = Hashable
"""What a limit counts per, as a value: `()` for the account, else ids of the targets."""


@attrs.frozen(slots=True)
class Standing:
    """One limit for one key after a charge: `used` units of `row.count`, `remaining`, whole seconds to the reset."""

    row: Limit
    key: Key
    used: int
    remaining: int
    resets: int

    @property
    def exceeded(self) -> bool:
        """Is this the charge that went over the limit?"""
        return self.used > self.row.count


class Tally(Protocol):
    """The counts of one limit for all of its keys, under one algorithm."""

    def charge(self, key: Key, now: float, units: int) -> int:
        """Count `units` more and return how many are in use, with those; more than the limit means rejected."""
        ...

    def resets(self, key: Key, now: float) -> int:
        """Whole seconds, at least 1, until a unit comes back."""
        ...

    def move(self, old: Key, new: Key) -> None:
        """What was counted for `old` counts for `new` from now on; a request counted under both counts once."""
        ...


class _WindowTally:
    """Fixed windows aligned to the clock."""

    def __init__(self, count: int, interval: float) -> None:
        del count  # a window counts on past its limit
        self._interval = interval
        self._window = -1
        self._used: dict[Key, int] = {}

    def charge(self, key: Key, now: float, units: int) -> int:
        window = math.floor(now / self._interval)
        if window != self._window:
            self._window = window
            self._used.clear()
        used = self._used.get(key, 0) + units
        self._used[key] = used
        return used

    def resets(self, key: Key, now: float) -> int:  # noqa: ARG002  # every key's window ends at the same moment
        return max(1, math.ceil(self._interval - math.floor(now) % self._interval))

    def move(self, old: Key, new: Key) -> None:
        if old in self._used:
            self._used[new] = max(self._used.get(new, 0), self._used.pop(old))


class _SlidingLogTally:
    """A unit comes back exactly one interval after it was spent; a rejected request isn't counted."""

    def __init__(self, count: int, interval: float) -> None:
        self._count = count
        self._interval = interval
        self._spent: dict[Key, deque[float]] = {}

    def charge(self, key: Key, now: float, units: int) -> int:
        spent = self._spent.setdefault(key, deque())
        while spent and spent[0] <= now - self._interval:
            spent.popleft()
        used = len(spent) + units
        if used <= self._count:
            spent.extend([now] * units)
        return used

    def resets(self, key: Key, now: float) -> int:
        spent = self._spent.get(key)
        return max(1, math.ceil(spent[0] + self._interval - now)) if spent else math.ceil(self._interval)

    def move(self, old: Key, new: Key) -> None:
        if old in self._spent:
            both = Counter(self._spent.pop(old)) | Counter(self._spent.get(new, ()))
            self._spent[new] = deque(sorted(both.elements()))


class _TokenBucketTally:
    """A bucket of `count` tokens that is refilled evenly; a rejected request takes none."""

    def __init__(self, count: int, interval: float) -> None:
        self._count = count
        self._rate = count / interval
        self._tokens: dict[Key, tuple[float, float]] = {}

    def _left(self, key: Key, now: float) -> float:
        tokens, at = self._tokens.get(key, (float(self._count), now))
        return min(float(self._count), tokens + (now - at) * self._rate)

    def charge(self, key: Key, now: float, units: int) -> int:
        left = self._left(key, now) - units
        # Rounding must not cost a client that waited exactly long enough its token.
        if left >= -_EPSILON:
            self._tokens[key] = (left, now)
        return self._count - math.floor(left + _EPSILON)

    def resets(self, key: Key, now: float) -> int:
        return max(1, math.ceil((1 - self._left(key, now)) / self._rate))

    def move(self, old: Key, new: Key) -> None:
        if old in self._tokens:
            moved = self._tokens.pop(old)
            self._tokens[new] = min(moved, self._tokens.get(new, moved))


_EPSILON: Final = 1e-9
_TALLIES: Final[Mapping[Algorithm, Callable[[int, float], Tally]]] = {
    "window": _WindowTally,
    "sliding_log": _SlidingLogTally,
    "token_bucket": _TokenBucketTally,
}


def targets(row: Limit, method: str, path: str) -> tuple[str, ...]:
    """What a request names where the limit's pattern has its first parameter; empty for a pattern without one."""
    for pattern in row.endpoints:
        values = patterns.read(pattern).values(method, path)
        if values:
            return (next(iter(values.values())),)
    return ()


class Throttle:
    """All counts of an account. Rows without an interval (jobs under way) are counted by what they limit, not here."""

    def __init__(self, rows: Iterable[Limit], algorithm: Algorithm = "window") -> None:
        self._tally = _TALLIES[algorithm]
        self._rows: dict[str, Limit] = {}
        self._hidden: set[str] = set()
        self._doubled: set[str | None] = set()
        """Headers that more than one limit has."""
        self._tallies: dict[str, Tally] = {}
        self.worst: Counter[str] = Counter()
        """The highest use seen in any window (rejected requests included), by name of the limit."""
        self.rejections: Counter[str] = Counter()
        """Rejected requests by name of the limit."""
        for row in rows:
            self.add(row)

    @property
    def rows(self) -> tuple[Limit, ...]:
        """The limits in force, in the order in which they are charged."""
        return tuple(self._rows.values())

    def add(self, row: Limit, *, hidden: bool = False) -> None:
        """Put a limit in force, in place of one of the same name; `hidden`: no header will tell of it."""
        self._rows[row.name] = row
        self._hidden.discard(row.name)
        if hidden:
            self._hidden.add(row.name)
        headers = Counter(one.header for one in self._rows.values())
        self._doubled = {header for header, times in headers.items() if times > 1}
        if row.interval is not None:
            self._tallies[row.name] = self._tally(row.count, row.interval)

    def is_hidden(self, row: Limit) -> bool:
        """Does the account keep quiet about this limit?"""
        return row.name in self._hidden

    def shows(self, row: Limit, chosen: str) -> bool:
        """Is it this limit that its own header shows?

        Where several limits share one header, it shows the one whose name ends in a slash and `chosen`.
        """
        return row.header not in self._doubled or row.name.partition("/")[2] in ("", chosen)

    def charge(self, row: Limit, key: Key, now: float, units: int = 1) -> Standing:
        """Count a request under one limit and say how it stands; the caller turns `exceeded` into a rejection."""
        tally = self._tallies[row.name]
        used = tally.charge(key, now, units)
        self.worst[row.name] = max(self.worst[row.name], used)
        return Standing(row, key, used, max(0, row.count - used), tally.resets(key, now))

    def reject(self, row: Limit) -> None:
        """Record that a request was turned away for this limit."""
        self.rejections[row.name] += 1

    def consume(self, name: str, units: int, key: Key, now: float) -> Standing:
        """What a foreign consumer spends: counted like requests, never rejected and never recorded.

        Raises `KeyError` for a name that no limit has.
        """
        row = self._rows[name]
        tally = self._tallies[name]
        used = 0
        for _ in range(units):
            used = tally.charge(key, now, 1)
        return Standing(row, key, used, max(0, row.count - used), tally.resets(key, now))

    def move(self, kind: str, old: Key, new: Key) -> None:
        """A target has got another name: limits that count per `kind` go on counting under the new one."""
        if old == new:
            return
        for row in self._rows.values():
            if row.key == kind and row.interval is not None:
                self._tallies[row.name].move(old, new)

    def restart(self) -> None:
        """Forget all counts, as a server does that restarts; what was recorded stays."""
        for row in self._rows.values():
            if row.interval is not None:
                self._tallies[row.name] = self._tally(row.count, row.interval)
