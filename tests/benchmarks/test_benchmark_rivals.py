from __future__ import annotations

import asyncio

import pytest

from benchmarks.asks import Ask, charges, wire
from benchmarks.rivals import Crew, SlidingLog, _Leaky, gates_of


def now() -> float:
    return asyncio.get_running_loop().time()


async def times(gate, count: int, off: float) -> tuple[float, list[float]]:
    """When so many calls come, `off` seconds from now, and when each passes; some moments round worse than others."""
    await asyncio.sleep(off)
    begun, passed = now(), []

    async def one() -> None:
        await gate.acquire()
        passed.append(now())

    await asyncio.gather(*(one() for _ in range(count)))
    return begun, passed


@pytest.mark.parametrize(("rate", "period"), [(700, 60.0), (1, 1.0), (5, 60.0), (20, 60.0), (2_500, 60.0)])
async def test_the_leaky_limiter_does_not_spin_and_keeps_its_rate(rate, period):
    async with asyncio.timeout(10_000):
        came, passed = await times(_Leaky(rate, period), rate + 300, 0.05)
    assert passed[rate - 1] == came
    assert passed[-1] - came == pytest.approx(300 * period / rate, rel=1e-4)


async def test_the_sliding_log_allows_its_count_in_any_interval():
    came, passed = await times(SlidingLog(5, 60.0), 13, 0.21)
    assert [at - came for at in passed] == pytest.approx([0.0] * 5 + [60.0] * 5 + [120.0] * 3, abs=1e-4)
    assert all(later - earlier >= 60 for earlier, later in zip(passed, passed[5:], strict=False))


def test_the_narrowest_limit_comes_first():
    names = [charge.limit for charge in charges(Ask("upsert", "a"))]
    assert names == ["create-update-user/profile", "create-update-user/second", "account"]
    assert [charge.key for charge in charges(Ask("upsert", "a"))] == ["a", "", ""]


class Noted:
    def __init__(self, count: int, interval: float) -> None:
        self.rate = (count, interval)

    async def acquire(self) -> None:
        pass


@pytest.mark.parametrize("wide_first", [False, True])
def test_each_limit_and_key_has_one_limiter(wide_first):
    gates = gates_of(Noted, wide_first=wide_first)
    one, again, other = gates(Ask("upsert", "a")), gates(Ask("upsert", "a")), gates(Ask("upsert", "b"))
    rates = [(5, 60.0), (1, 1.0), (700, 60.0)]
    assert [gate.rate for gate in one] == (rates[::-1] if wide_first else rates)
    assert all(mine is same for mine, same in zip(one, again, strict=True))
    assert sum(mine is theirs for mine, theirs in zip(one, other, strict=True)) == 2
    assert gates(Ask("read", "1")) == [gate for gate in one if gate.rate == (700, 60.0)]


async def test_urgent_calls_go_first_in_a_crew():
    seen = []

    class Told:
        async def call(self, ask, *, urgent=False):
            seen.append(ask.target)

    crew = Crew(Told())
    waiting = [asyncio.create_task(crew.call(Ask("read", str(n)), urgent=n == 2)) for n in range(4)]
    await asyncio.sleep(0)
    worker = asyncio.create_task(crew.work())
    await asyncio.gather(*waiting)
    worker.cancel()
    assert seen == ["2", "0", "1", "3"]


def test_each_kind_of_call_has_a_request():
    assert wire(Ask("read", "7")).path == "/api/v2/users/7"
    assert wire(Ask("job", "1,2")).params == {"ids": "1,2"}
    assert {charge.limit for charge in charges(Ask("export"))} == {"account", "incremental-exports"}
    assert {charge.limit for charge in charges(Ask("export by cursor"))} == {"account", "incremental-exports-cursor"}
    assert {charge.limit for charge in charges(Ask("poll", "1"))} == {"account"}
