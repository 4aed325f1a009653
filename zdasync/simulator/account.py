"""A Zendesk account in memory: its data, its clock, its limits, its faults, and the server that shows them.

    async with Account(users=100).serve() as url:
        ...

The account has one clock. It follows the event loop's when that runs in virtual time (`zdasync.testing`), so that
hours of rate limiting pass in moments; otherwise it is the wall clock, `speed` times as fast. All numbers of seconds,
in settings, faults and headers alike, are seconds of that clock.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final, Literal

import attrs
from aiohttp import web

from ..limits.table import ACCOUNT, LIMITS, PLANS, Limit, Plan
from ..testing.loop import VirtualTimeLoop
from .account_collections import BRANDS
from .auth import API_TOKEN
from .canned import Answer, CannedAnswers
from .collection_forms import TICKET_FORMS
from .collection_statuses import CUSTOM_STATUSES
from .endpoints import TABLES
from .faults import Fault, Faults
from .headers import Family
from .job_faults import JobFault, JobFaults
from .jobs import occupy
from .request import roomy_request
from .routing import Router
from .server import Served, Server
from .settings import Settings
from .state import State
from .throttle import Algorithm, Key, Throttle
from .tokens import install

Latency = float | tuple[float, float] | Callable[[], float]
"""Seconds, or a range to choose from with equal chance, or a function that is asked for each request."""

Kind = Literal["default", "sandbox", "trial"]

VIRTUAL_START: Final = 1_700_000_017.25
"""The account's time when a virtual loop's is 0: no edge of a second, a minute or ten minutes."""

BACKLOG: Final = 1024
"""Connections that may wait to be accepted: a client that opens hundreds at once is welcome."""

_WITH_HIGH_VOLUME: Final = frozenset({"high_volume", "enterprise_plus"})
_BY_PLAN: Final = frozenset({ACCOUNT, "help-center"})


class Account:
    """A simulated account.

    `plan` and `kind` set the limits, `limits` replaces rows of the table by name or adds to them. `users` profiles are
    made up from `seed` beside the four that are always there, and `tickets` tickets of theirs. `latency` passes before
    a request takes effect, `latency_after` between that and its reply. `algorithm` is how limits count. `faults` befall
    requests, `job_faults` jobs. `canned` are replies by route, in place of endpoints (see `answer`). `strict` answers
    500 to what no real client should send. `skew` and `header_family` change what headers say. `log_size` bounds `log`
    (None: everything is kept).

    Credentials: `admin@example.com` with API token `token`; OAuth client `client` with secret `secret`.
    """

    def __init__(  # noqa: PLR0913  # independent choices, each with its default
        self,
        *,
        plan: Plan = "enterprise",
        kind: Kind = "default",
        users: int = 0,
        tickets: int = 0,
        seed: int = 0,
        settings: Settings | None = None,
        limits: Iterable[Limit] = (),
        algorithm: Algorithm = "window",
        clock: Callable[[], float] | None = None,
        speed: float = 1.0,
        latency: Latency = 0.0,
        latency_after: Latency = 0.0,
        faults: Iterable[Fault] = (),
        job_faults: Iterable[JobFault] = (),
        canned: Mapping[str, Answer] | None = None,
        strict: bool = False,
        skew: float = 0.0,
        header_family: Family = "ratelimit",
        log_size: int | None = 10_000,
    ) -> None:
        self.settings: Settings = settings or Settings()
        self.speed = speed
        self._clock_given = clock is not None
        self._clock = clock or _clock(speed)
        self.state: State = State.seeded(users, seed, self.now(), tickets)
        """The data; tests may read and change it."""
        install(self.state, self.now())
        for first in (BRANDS, TICKET_FORMS, CUSTOM_STATUSES):  # every ticket shows one of each
            first.rows(self)
        self.api_tokens: set[str] = {API_TOKEN}
        self.throttle = Throttle(_rows(plan, kind, limits), algorithm)
        self.faults = Faults(faults)
        self.job_faults = self.state.jobs.faults = JobFaults(job_faults, seed)
        self.canned = CannedAnswers(canned)
        self.strict = strict
        self.strict_violations: deque[str] = deque(maxlen=1000)
        """What broke a rule of the strict mode; recorded in any mode, answered with 500 in the strict one."""
        self.skew = skew
        """Seconds by which the `Date` header is ahead of the clock that windows follow."""
        self.header_family: Family = header_family
        """Rejections have the body that their limit is known for, unless the settings choose another form."""
        self.requests = 0
        """How many requests were served."""
        self.log: deque[Served] = deque(maxlen=log_size)
        self.host = ""
        """Host and port where the account is served; empty when it isn't."""
        self._latency: dict[str, Latency] = {"before": latency, "after": latency_after}
        self._chance = random.Random(seed)  # noqa: S311  # delays, not secrets
        self._server = Server(self, Router(TABLES))

    # --- time

    def now(self) -> float:
        """The account's time, in unix seconds."""
        return self._clock()

    async def pause(self, seconds: float | None) -> None:
        """Wait for so many seconds of the account's clock; None: for ever."""
        if seconds is None:
            await asyncio.Event().wait()
        elif seconds > 0:
            await asyncio.sleep(seconds / self.speed)

    async def delay(self, when: Literal["before", "after"]) -> None:
        """Let the latency before or after the commit pass."""
        latency = self._latency[when]
        if isinstance(latency, tuple):
            latency = self._chance.uniform(*latency)
        await self.pause(latency if isinstance(latency, int | float) else latency())

    # --- serving

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://{self.host}"

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serve the account on loopback and yield its base URL; port 0 takes a free one.

        Raises `OSError` when the port is taken.
        """
        self._follow_virtual_time()
        runner = web.ServerRunner(
            web.Server(
                self._server.handle,
                request_factory=roomy_request,
                access_log=None,
            ),
            shutdown_timeout=0.1,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, backlog=BACKLOG)
            await site.start()
            address, bound = runner.addresses[0][:2]
            self.host = f"[{address}]:{bound}" if ":" in address else f"{address}:{bound}"
            yield self.url
        finally:
            await runner.cleanup()

    def _follow_virtual_time(self) -> None:
        """An account that was made before its virtual loop ran goes on from its own time with the loop's pace."""
        loop = asyncio.get_running_loop()
        if not self._clock_given and isinstance(loop, VirtualTimeLoop) and not isinstance(self._clock, _LoopClock):
            self._clock = _LoopClock(loop, self.now() - loop.time() * self.speed, self.speed)

    # --- limits

    @property
    def rejections(self) -> dict[str, int]:
        """Rejected requests by name of the limit."""
        return dict(self.throttle.rejections)

    def worst(self, limit: str) -> int:
        """The highest use of a limit that any of its windows has seen, rejected requests included."""
        return self.throttle.worst[limit]

    def consume(self, limit: str, units: int = 1, key: Key = ()) -> int:
        """Spend a limit's units as another client of the account would; returns how many are left.

        `key` is `()` for limits of the account, an id as a string for limits per profile. Raises `KeyError` for an
        unknown limit.
        """
        return self.throttle.consume(limit, units, key, self.now()).remaining

    def occupy_jobs(self, count: int, seconds: float) -> int:
        """Fill up to `count` of the free job slots with another program's jobs, which end after so many seconds.

        Gives how many there are; they count against the cap and stand in `current_job_ids`.
        """
        return occupy(self, count, seconds)

    def hide(self, limit: Limit) -> None:
        """Enforce a limit that no header tells of."""
        self.throttle.add(limit, hidden=True)
        self._server.limits_changed()

    def restart_windows(self) -> None:
        """Forget all counts, as when the server's counters are lost."""
        self.throttle.restart()

    # --- replies of the user's own

    def answer(
        self,
        route: str,
        given: Answer,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        anonymous: bool = False,
    ) -> None:
        """Answer requests to a route with a reply of your own, in place of the endpoint that the account may have.

        `route` is a pattern such as `GET /api/v2/views/{id}/execute` (see `zdasync.simulator.patterns`); the answer
        given last wins. `given` is the body, as JSON, or a function of the `Call` that gives a body or a `Reply`; with
        status 204 there is none. Limits, credentials, faults and the log see such a request like any other, and one
        without credentials is answered 401, unless `anonymous`. Raises `ValueError` for a route that is none,
        `TypeError` for a body that JSON can't say.
        """
        self.canned.add(route, given, status=status, headers=headers, anonymous=anonymous)

    # --- what the server reports

    def record(self, served: Served) -> None:
        """Note a served request."""
        self.requests += 1
        self.log.append(served)

    def note_violation(self, text: str) -> bool:
        """Note a request that no real client should send; True when it is to be answered with 500."""
        self.strict_violations.append(text)
        return self.strict


@attrs.frozen
class _LoopClock:
    loop: VirtualTimeLoop
    start: float
    speed: float

    def __call__(self) -> float:
        return self.start + self.loop.time() * self.speed


def _clock(speed: float) -> Callable[[], float]:
    """The clock for where we are: that of a virtual loop if one runs, else the wall clock."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if isinstance(loop, VirtualTimeLoop):
        return _LoopClock(loop, VIRTUAL_START, speed)
    start, since = time.time(), time.monotonic()
    return lambda: start + (time.monotonic() - since) * speed


def _rows(plan: Plan, kind: Kind, own: Iterable[Limit]) -> list[Limit]:
    """The limits of an account: the table's rows with the counts of its plan and kind, then the caller's own."""
    rows = {row.name: attrs.evolve(row, count=_count(row, plan, kind)) for row in LIMITS}
    return list((rows | {row.name: row for row in own}).values())


def _count(row: Limit, plan: Plan, kind: Kind) -> int:
    if row.name in _BY_PLAN:
        return PLANS[plan]
    special = {"sandbox": row.sandbox, "trial": row.trial}.get(kind)
    if special is None and plan in _WITH_HIGH_VOLUME:
        special = row.high_volume
    return row.count if special is None else special
