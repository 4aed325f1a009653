"""The checks can pass, and each of them can fail."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest
from aiolimiter import AsyncLimiter

from zdasync._core.route import Route
from zdasync.limits.book import Book
from zdasync.limits.observe import Listener
from zdasync.limits.scheduler import Scheduler
from zdasync.limits.table import Limit
from zdasync.limits.ticket import Ticket
from zdasync.testing import VirtualTimeLoop
from zdasync.testing.conformance import CHECKS, Limiter, MakeLimiter, Result, Rules, run_all

ROUTE = Route("users.update", "PUT", "/api/v2/users/{user_id}")
NAMES = [check.__name__ for check in CHECKS]  # type: ignore[attr-defined]


class Ours:
    """The scheduler behind the suite's adapter."""

    def __init__(self, rules: Rules) -> None:
        rows = (
            Limit(name="account", count=rules.shared, interval=rules.interval, endpoints=("* /api/v2/*",)),
            Limit(name="profile", count=rules.per_key, interval=rules.interval, key="profile",
                  endpoints=("PUT /api/v2/users/{id}",)),
        )
        self.book = Book(rows, connections=1000)
        self.listener = Listener(self.book)
        self.scheduler = Scheduler(self.book)
        self.loop = asyncio.get_running_loop()

    async def admit(self, key: str) -> Admitted:
        charge = self.book.charge(ROUTE, ROUTE.template, {"external_id": key}, "")
        return Admitted(self, await self.scheduler.admit(charge))


class Admitted:
    def __init__(self, limiter: Ours, ticket: Ticket) -> None:
        self.limiter, self.ticket, self.sent_at = limiter, ticket, limiter.loop.time()

    def settle(self, date: float | None) -> None:
        if date is None:
            self.ticket.lost()
            return
        self.limiter.listener.hear_time(date, self.sent_at, self.limiter.loop.time())
        self.ticket.settle(date)


class Nothing:
    def settle(self, date: float | None) -> None:
        """Nothing to do."""


class InSequence:
    """One `AsyncLimiter` awaited after the other, as most clients do."""

    def __init__(self, rules: Rules) -> None:
        self.shared = AsyncLimiter(rules.shared, rules.interval)
        self.keyed: dict[str, AsyncLimiter] = defaultdict(lambda: AsyncLimiter(rules.per_key, rules.interval))

    async def admit(self, key: str) -> Nothing:
        await self.shared.acquire()
        await self.keyed[key].acquire()
        return Nothing()


class Unlimited:
    def __init__(self, rules: Rules) -> None:
        """No rule is kept."""

    async def admit(self, key: str) -> Nothing:
        return Nothing()


class OneByOne:
    """Safe and slow: calls go so far apart that no window can be exceeded; a lock keeps the order."""

    def __init__(self, rules: Rules) -> None:
        self.lock = asyncio.Lock()
        self.pause = rules.interval / 2

    async def admit(self, key: str) -> Nothing:
        async with self.lock:
            await asyncio.sleep(self.pause)
        return Nothing()


class Broken:
    def __init__(self, rules: Rules) -> None:
        """Made without trouble."""

    async def admit(self, key: str) -> Nothing:
        raise ZeroDivisionError


class Stuck(Broken):
    async def admit(self, key: str) -> Nothing:
        await asyncio.Event().wait()
        return Nothing()


class TickingLoop(VirtualTimeLoop):
    """A clock that moves whenever somebody looks at it: `AsyncLimiter` relies on that."""

    def time(self) -> float:
        self.advance(1e-9)
        return super().time()


async def results_of(make: MakeLimiter) -> list[Result]:
    return [result async for result in run_all(make)]


def failures_of(make: MakeLimiter) -> set[str]:
    with asyncio.Runner(loop_factory=TickingLoop) as runner:
        return {result.check for result in runner.run(results_of(make)) if result.problem is not None}


@pytest.mark.parametrize("rules", [Rules(), Rules(shared=50, per_key=5), Rules(shared=12, per_key=4, interval=600.0)])
async def test_the_scheduler_passes_all_checks(rules: Rules) -> None:
    limiter: MakeLimiter = Ours
    assert [str(result) async for result in run_all(limiter, rules)] == [f"ok   {name}" for name in NAMES]


def test_limiters_in_sequence_fail() -> None:
    assert failures_of(InSequence) >= {
        "never_exceeds_a_window", "charges_all_limits_or_none", "an_edge_allows_all_again",
        "keys_do_not_block_each_other",
    }


def test_no_limiter_fails() -> None:
    assert failures_of(Unlimited) >= {"never_exceeds_a_window", "an_edge_allows_all_again", "spends_the_whole_window"}


def test_a_limiter_that_is_only_safe_fails_by_its_waste() -> None:
    failed = failures_of(OneByOne)
    assert "never_exceeds_a_window" not in failed
    assert failed >= {
        "keys_do_not_block_each_other", "spends_the_whole_window", "an_edge_allows_all_again", "loses_nothing",
        "cancelled_waiters_charge_nothing", "a_cancelled_waiter_wakes_the_next",
    }


async def test_what_a_limiter_raises_is_a_failure() -> None:
    assert [result.problem for result in await results_of(Broken)] == ["ZeroDivisionError"] * len(CHECKS)


async def test_a_call_that_waits_for_ever_is_a_failure() -> None:
    problems = {result.problem for result in await results_of(Stuck)}
    assert problems == {"a call still waits after 500 windows"}


def test_a_result_reads_as_a_line() -> None:
    assert str(Result("a", None)) == "ok   a"
    assert str(Result("a", "why")) == "FAIL a: why"


def test_the_adapter_is_a_limiter() -> None:
    async def main() -> Limiter:
        return Ours(Rules())

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(main())
