"""The workloads of the comparison, as data: what is asked for, of what server, the least time, and the goals.

Every account has the plan of 700 requests a minute and one round trip's latency, half of it before a request counts and
half after. Workloads begin 17.25 seconds into a minute of the server's.

Three bounds are what a fair client could do, and others may go below them: beside another consumer each window is less
by what that one takes; what a restart of the windows gives back is not counted; under the heavy tail each round trip
is the median one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from itertools import takewhile
from math import ceil, log
from random import Random
from typing import Any, Final

import attrs

from zdasync.simulator import Account, Settings

from . import least
from .asks import JOB_SLOTS, Ask

ROUND_TRIP: Final = 0.1
"""Seconds of latency, where a workload is not about latency."""
QUICK: Final = 0.4
"""The share of the calls that a quick run makes."""
FOREIGN: Final = 3
"""Requests a second that the other consumer of an account sends."""
TWO_MINUTES: Final = 120.0
OUT_OF_STEP: Final = 127.3
"""Seconds that move the edges of minutes, too."""
JUMP_AT: Final = 90.0
JUMP: Final = least.set_forward(at=JUMP_AT, by=OUT_OF_STEP)
START: Final = 1_700_000_117.25
"""Where the clock of ours begins that jumps: at the same place in its minute as any other account's."""
TAILED: Final = 0.08
"""The median round trip under the heavy tail."""
TAIL: Final = 1.2
JOB_ROWS: Final = 20
JOB_SECONDS: Final = 10.5
LONE_AFTER: Final = (0.15, 0.5, 1.0)
"""Seconds after each edge of a minute at which lone calls come, beside the steady ones."""

Asks = list[Ask]
Make = Callable[[Sequence[str], float], Mapping[float, Asks]]
"""Users' ids and a share of the full size, to calls by the second at which they come."""
Least = Callable[["Scene"], float]
Beside = Callable[[Account, Callable[[int], None]], Coroutine[Any, Any, None]]


@attrs.frozen
class Goals:
    """What the scheduler is to keep; None: not asked for. `ratio` is the time over the least, `wait` in seconds."""

    rejections: int = 0
    share: float | None = None
    """Rejections for each request sent; takes the place of `rejections`."""
    ratio: float | None = None
    wait: float | None = None


ACCOUNT_GOAL: Final = Goals(ratio=1.01)
PROFILE_GOAL: Final = Goals(ratio=1.02)


@attrs.frozen
class Scene:
    """What a bound is computed from: the batches by the second at which they come, and the server's time at 0."""

    batches: Mapping[float, Asks]
    start: float
    connections: int


@attrs.frozen
class Budget:
    """The limit whose unused part is the waste: units in a window of so many seconds, for calls to some paths."""

    count: int = 700
    interval: float = 60.0
    path: str = "/api/v2/"


ONE_A_SECOND: Final = Budget(1, 1.0, "/api/v2/users/create_or_update")

def _simply(scene: Scene, round_trip: float = ROUND_TRIP, edges: least.Edges = least.aligned) -> float:
    """The bound for batches that come far enough apart: the sum of theirs, each from when it comes."""
    return sum(
        least.of(asks, scene.start + at, round_trip, scene.connections, edges) for at, asks in scene.batches.items()
    )


@attrs.frozen(kw_only=True)
class Workload:
    """One row of the comparison.

    `asks` makes the batches from users' ids and a share of the full size; `account` the server's options. `clients`
    share the calls in turns. `beside` runs while the work does, with a function to report the units it spends.
    `lone`: seconds between lone interactive calls beside the bulk; the run then ends at `ends` seconds.
    """

    name: str
    title: str
    asks: Make
    account: Callable[[], dict[str, Any]] = attrs.field(default=lambda: {})  # noqa: PIE807  # typed
    least: Least | None = _simply
    budget: Budget | None = Budget()
    goals: Goals = ACCOUNT_GOAL
    clients: int = 1
    beside: Beside | None = None
    lone: float | None = None
    ends: float | None = None
    charted: str = ""
    """Its heading in the chart; empty: left out."""


# -- what is asked for ------------------------------------------------------------------------------------------------


def _reads(number: int) -> Make:
    return lambda ids, share: {0.0: _read(ids, round(number * share))}


def _read(ids: Sequence[str], number: int) -> Asks:
    return [Ask("read", ids[index % len(ids)]) for index in range(number)]


def _upsert(number: int, users: int, bunch: int = 1) -> Asks:
    """So many upserts of so many users: in turns, or in bunches for one user each, as edits of a record come."""
    turns = [f"hot-{index % users}" for index in range(ceil(number / bunch))]
    if bunch > 1:
        Random(5).shuffle(turns)  # noqa: S311  # the same order for all
    return [Ask("upsert", user) for user in turns for _ in range(bunch)][:number]


def _upserts(number: int, users: int, bunch: int = 1) -> Make:
    return lambda _ids, share: {0.0: _upsert(round(number * share), users, bunch)}


def _exports(ids: Sequence[str], share: float) -> Mapping[float, Asks]:
    """Reads among exports of both kinds: each needs as many minutes as the others."""
    minutes = 3 if share < 1 else 5
    asks = _read(ids, 700 * minutes - 30 * minutes - 100) + [Ask("export")] * (10 * minutes)
    return {0.0: _shuffled(asks + [Ask("export by cursor")] * (20 * minutes))}


def _mixed(ids: Sequence[str], share: float) -> Mapping[float, Asks]:
    """Reads, upserts and jobs, all there at once and in no order."""
    together = ",".join(ids[:JOB_ROWS])
    jobs = [Ask("job", together)] * round(90 * share)
    return {0.0: _shuffled(_read(ids, round(2_200 * share)) + _upsert(round(120 * share), 30) + jobs)}


def _shuffled(asks: Asks) -> Asks:
    Random(3).shuffle(asks)  # noqa: S311  # the same order for all
    return asks


def _bursts(ids: Sequence[str], share: float) -> Mapping[float, Asks]:
    """A window and a half at once, then nothing for a while."""
    times = (0.0, 150.0, 275.0, 431.0)
    return {at: _read(ids, 1_000) for at in times[: len(times) if share >= 1 else 2]}


# -- the world it happens in ------------------------------------------------------------------------------------------


def _delayed(round_trip: float) -> dict[str, Any]:
    return {"latency": round_trip / 2, "latency_after": round_trip / 2}


def _tailed() -> dict[str, Any]:
    """Each way lognormal: a round trip of 80 ms mostly, of over a second now and then."""
    chance = Random(7)  # noqa: S311  # the same tail for all
    return {way: lambda: chance.lognormvariate(log(TAILED / 2), TAIL) for way in ("latency", "latency_after")}


def _jumping_clock() -> dict[str, Any]:
    """The server's clock, in which two minutes are missing."""
    now = asyncio.get_running_loop().time
    begin = now()
    return {"clock": lambda: START + now() - begin + (OUT_OF_STEP if now() - begin >= JUMP_AT else 0.0)}


async def _foreign(account: Account, report: Callable[[int], None]) -> None:
    while True:
        account.consume("account", FOREIGN)
        report(FOREIGN)
        await asyncio.sleep(1)


async def _restarts(account: Account, _report: Callable[[int], None]) -> None:
    """Once while a window is spent, once in the middle of a burst."""
    await asyncio.sleep(20)
    account.restart_windows()
    await asyncio.sleep(23.1)
    account.restart_windows()


def _least_foreign(scene: Scene) -> float:
    """What is left of each window when the other consumer has had its share of it."""
    return least.of(
        scene.batches[0.0], scene.start, ROUND_TRIP, scene.connections, others=least.steady(FOREIGN)
    )


def _least_mixed(scene: Scene) -> float:
    jobs = sum(ask.kind == "job" for ask in scene.batches[0.0])
    return max(_simply(scene), least.of_jobs(jobs, JOB_SLOTS, JOB_SECONDS, ROUND_TRIP))


def _least_elsewhere(last: Callable[[int, Any], least.Last]) -> Least:
    return lambda scene: least.of_reads(len(scene.batches[0.0]), last, ROUND_TRIP, scene.connections)


def _slow_jobs() -> dict[str, Any]:
    settings = Settings(job_start_delay=0.5, job_seconds_per_row=(JOB_SECONDS - 0.5) / JOB_ROWS)
    return {"settings": settings, **_delayed(ROUND_TRIP)}


def lone_times(start: float, every: float, ends: float) -> list[float]:
    """When lone calls come, in seconds from the beginning: every so many seconds, and soon after each minute's edge.

    None comes in the last second, in which it could not show how long it waits.
    """
    steady = [number * every for number in range(ceil(ends / every))]
    edges = takewhile(lambda edge: edge < ends, least.aligned(start, 60.0))
    return sorted(at for at in (*steady, *(edge + after for edge in edges for after in LONE_AFTER)) if at < ends - 1)


_near: Final = partial(_delayed, ROUND_TRIP)


def _distant(round_trip: float, name: str) -> Workload:
    return Workload(
        name=f"latency-{name}", title=f"reads, a round trip of {name}", asks=_reads(2_300),
        account=partial(_delayed, round_trip), least=partial(_simply, round_trip=round_trip),
    )


WORKLOADS: Final[tuple[Workload, ...]] = (
    Workload(name="reads", title="one class of calls at full load", asks=_reads(4_000), account=_near,
             charted="reads at full load"),
    Workload(
        name="upserts", title="upserts of 60 hot users in bunches of ten", asks=_upserts(6_000, 60, 10),
        account=_near, budget=ONE_A_SECOND, goals=PROFILE_GOAL, charted="upserts of 60 hot users",
    ),
    Workload(
        name="upserts-in-turns", title="upserts of 60 users in turns", asks=_upserts(900, 60), account=_near,
        budget=ONE_A_SECOND, goals=PROFILE_GOAL,
    ),
    Workload(
        name="upserts-250ms", title="the same, a round trip of 250 ms", asks=_upserts(1_000, 60),
        account=partial(_delayed, 0.25), least=partial(_simply, round_trip=0.25),
        budget=ONE_A_SECOND, goals=Goals(ratio=1.05),
    ),
    Workload(
        name="profiles", title="upserts of 5 users, five a minute each", asks=_upserts(500, 5), account=_near,
        budget=Budget(25, 60.0, "/api/v2/users/create_or_update"), goals=PROFILE_GOAL,
    ),
    Workload(name="exports", title="reads with exports of both kinds", asks=_exports, account=_near,
             charted="reads with exports"),
    Workload(name="mixed", title="reads, upserts and jobs", asks=_mixed, account=_slow_jobs, least=_least_mixed,
             goals=PROFILE_GOAL, charted="reads, upserts and jobs"),
    Workload(name="shared", title="two clients of a kind share the account", asks=_reads(3_000), account=_near,
             clients=2, goals=Goals(share=0.001, ratio=1.01), charted="two clients, one account"),
    Workload(
        name="foreign", title=f"another consumer takes {FOREIGN} a second", asks=_reads(2_200), account=_near,
        least=_least_foreign, beside=_foreign, goals=Goals(share=0.001, ratio=1.01),
    ),
    Workload(name="bursts", title="bursts of 1,000 reads after idling", asks=_bursts, account=_near,
             charted="bursts after idling"),
    _distant(0.03, "30ms"),
    _distant(0.25, "250ms"),
    _distant(2.0, "2s"),
    Workload(name="latency-tail", title="reads, heavy-tailed latency (median 80 ms)", asks=_reads(2_300),
             account=_tailed, least=partial(_simply, round_trip=TAILED)),
    Workload(name="skew", title="Date two minutes ahead of the windows' clock", asks=_reads(2_300),
             account=lambda: {"skew": TWO_MINUTES, **_near()}),
    Workload(name="out-of-step", title="Date out of step with the windows by seven seconds", asks=_reads(2_300),
             account=lambda: {"skew": OUT_OF_STEP, **_near()}, goals=Goals(rejections=5)),
    Workload(name="jump", title="the server's clock set forward by two minutes", asks=_reads(3_000),
             account=lambda: {**_jumping_clock(), **_near()}, least=partial(_simply, edges=JUMP), budget=None),
    Workload(name="restart", title="the server restarts its windows, twice", asks=_reads(2_300), account=_near,
             beside=_restarts),
    Workload(
        name="sliding-log", title="a server that counts a sliding log", asks=_reads(2_300), budget=None,
        account=lambda: {"algorithm": "sliding_log", **_near()}, least=_least_elsewhere(least.sliding_log),
        goals=Goals(rejections=5),
    ),
    Workload(
        name="token-bucket", title="a server that refills a token bucket", asks=_reads(2_300), budget=None,
        account=lambda: {"algorithm": "token_bucket", **_near()}, least=_least_elsewhere(least.token_bucket),
        goals=Goals(rejections=5),
    ),
    Workload(name="interactive", title="lone interactive calls beside 10,000 in bulk", asks=_reads(10_000),
             account=_near, least=None, goals=Goals(wait=1.0), lone=5.0, ends=200.0),
)
"""All of them, in the order of the table."""
