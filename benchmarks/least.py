"""The least time that a workload can take: what the limits alone allow, to a client that knows everything.

The server counts in windows that are aligned to its clock. Calls that fall under one limit, for one key, need as many
windows as they fill, and the last of them can't be counted before its window begins; then it still needs a round trip,
or several, when more calls are left for that window than there are connections. Of a mix, the bound is the highest of
its limits' bounds. Where a limit has keys, the calls that it holds back to some edge must then all pass the account's
own limits, which bounds again. It is relaxed: no client that waits for an edge before it sends is faster, while the
best schedule may be slower.

All times are seconds from the workload's beginning; `start` is the server's unix time at that moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count as counting
from math import ceil, floor

import attrs

from .asks import Ask, Charge, charges

Edges = Callable[[float, float], Iterator[float]]
"""`start` and an interval: when windows begin, from the second one on."""

Others = Callable[[float, float], int]
"""What other consumers take between two moments."""


@attrs.frozen
class Last:
    """The last window that is needed: when it begins, and how many calls are left for it."""

    begins: float
    calls: int


def aligned(start: float, interval: float) -> Iterator[float]:
    """The edges of windows aligned to the server's clock."""
    first = (floor(start / interval) + 1) * interval - start
    return (first + number * interval for number in counting())


def set_forward(at: float, by: float) -> Edges:
    """The edges where the server's clock is set forward by `by` seconds at `at`.

    What is left of the window that the jump begins is not counted: nobody can know of it before a reply shows it.
    """

    def edges(start: float, interval: float) -> Iterator[float]:
        for edge in aligned(start, interval):
            if edge > at:
                break
            yield edge
        yield from (edge for edge in aligned(start + by, interval) if edge > at)

    return edges


def nobody(_begin: float, _end: float) -> int:
    """What no other consumer takes."""
    return 0


def steady(units: int) -> Others:
    """What a consumer takes between two moments that spends so many units at 0, 1, 2, ... seconds."""
    return lambda begin, end: units * (ceil(end) - ceil(begin))


def windows(calls: int, limit: Charge, start: float, edges: Edges = aligned, others: Others = nobody) -> Last:
    """The window in which the last of `calls` is counted."""
    begins = 0.0
    for ends in edges(start, limit.interval):
        free = max(0, limit.count - others(begins, ends))
        if calls <= free:
            break
        calls -= free
        begins = ends
    return Last(begins, calls)


def sliding_log(calls: int, limit: Charge) -> Last:
    """The same for a server that gives each unit back one interval after it was spent."""
    full = (calls - 1) // limit.count
    return Last(full * limit.interval, calls - full * limit.count)


def token_bucket(calls: int, limit: Charge) -> Last:
    """The same for a server whose bucket is refilled evenly: the last call goes when its token has dripped in."""
    waiting = max(0, calls - limit.count)
    return Last(waiting * limit.interval / limit.count, 1 if waiting else calls)


def of(
    asks: Sequence[Ask],
    start: float,
    round_trip: float,
    connections: int,
    edges: Edges = aligned,
    others: Others = nobody,
) -> float:
    """The bound for calls that are all there at the beginning, on a server with aligned windows."""
    per_limit: dict[str, Counter[Charge]] = {}
    wider: dict[str, set[Charge]] = {}
    for ask in asks:
        under = charges(ask)
        for charge in under:
            per_limit.setdefault(charge.limit, Counter())[charge] += 1
            of_account = {other for other in under if not other.key}
            wider[charge.limit] = wider.get(charge.limit, of_account) & of_account
    bounds = [0.0]
    for name, loads in per_limit.items():
        for after, calls in _left(loads, start, edges):
            for limit in wider[name]:
                last = windows(calls, limit, start + after, edges, others)
                bounds.append(after + last.begins + rounds(last.calls, connections) * round_trip)
    return max(bounds)


def _left(loads: Mapping[Charge, int], start: float, edges: Edges) -> Iterator[tuple[float, int]]:
    """Of the calls under one limit, how many can't be counted before each edge, whatever their keys' turns."""
    yield 0.0, sum(loads.values())
    if not all(limit.key for limit in loads):
        return
    limit = next(iter(loads))
    for number, edge in enumerate(edges(start, limit.interval), 1):
        left = sum(max(0, calls - number * limit.count) for calls in loads.values())
        if not left:
            return
        yield edge, left


def of_reads(calls: int, last: Callable[[int, Charge], Last], round_trip: float, connections: int) -> float:
    """The bound for reads on a server that counts in another way: `last` is `sliding_log` or `token_bucket`."""
    (limit,) = charges(Ask("read"))
    window = last(calls, limit)
    return window.begins + rounds(window.calls, connections) * round_trip


def rounds(calls: int, connections: int) -> int:
    """How many times all connections are used for so many calls."""
    return ceil(calls / connections)


def of_jobs(jobs: int, slots: int, seconds: float, round_trip: float) -> float:
    """The bound for jobs of so many seconds each, of which `slots` may be under way."""
    return ceil(jobs / slots) * seconds + round_trip if jobs else 0.0
