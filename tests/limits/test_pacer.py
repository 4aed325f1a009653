from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from zdasync.errors import BadArgument
from zdasync.limits.pacer import Pacer


@pytest.mark.parametrize("rate", [10, 200, 400, 700, 2500])
async def test_beats_come_at_an_even_rate_and_without_a_burst(rate: int) -> None:
    loop = asyncio.get_running_loop()
    beats: list[float] = []
    pacer = Pacer(rate)
    pacer.start(lambda: (beats.append(loop.time()), len(beats) < 500)[1])
    await asyncio.sleep(500 * 60 / rate)
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    assert len(beats) == 500
    assert min(gaps) == pytest.approx(60 / rate, rel=1e-5)
    assert max(gaps) == pytest.approx(60 / rate, rel=1e-5)


async def test_a_new_start_keeps_the_distance_to_the_last_beat() -> None:
    loop = asyncio.get_running_loop()
    beats: list[float] = []
    pacer = Pacer(60)
    for pause in (0.25, 5.0, 0.0):
        pacer.start(lambda: beats.append(loop.time()) is not None)
        await asyncio.sleep(pause)
    await asyncio.sleep(2)
    assert [beat - beats[0] for beat in beats] == pytest.approx([0.0, 1.0, 5.25])


async def test_a_second_start_does_not_double_the_rate() -> None:
    beats: list[int] = []
    pacer = Pacer(60)
    for _ in range(3):
        pacer.start(lambda: (beats.append(1), True)[1])
    await asyncio.sleep(9.5)
    assert len(beats) == 10
    await pacer.aclose()
    await asyncio.sleep(5)
    assert len(beats) == 10


async def test_closing_before_the_first_start_is_nothing() -> None:
    await Pacer(60).aclose()


@pytest.mark.parametrize("rate", [0, -1.5])
def test_a_pace_is_positive(rate: float) -> None:
    with pytest.raises(BadArgument, match=str(rate)):
        Pacer(rate)


async def test_a_function_is_asked_for_the_rate_before_each_beat() -> None:
    loop = asyncio.get_running_loop()
    rates = [60, 60, 120, 120, 30, 60]
    beats: list[float] = []
    pacer = Pacer(lambda: rates[min(len(beats), len(rates) - 1)])
    pacer.start(lambda: (beats.append(loop.time()), len(beats) < 7)[1])
    await asyncio.sleep(20)
    # The distance to the next beat is that of the rate at the last one.
    assert [later - earlier for earlier, later in pairwise(beats)] == pytest.approx([1.0, 1.0, 0.5, 0.5, 2.0, 1.0])


def test_what_the_function_gives_is_positive_too() -> None:
    with pytest.raises(BadArgument, match="0"):
        Pacer(lambda: 0.0)


# -- in front of a scheduler ------------------------------------------------------------------------------------------


async def test_a_burst_is_spread_over_the_window(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, pace=600)
    went = await asyncio.gather(*r.calls(50, "show"))
    assert went == pytest.approx([i / 10 for i in range(50)], abs=1e-6)


async def test_a_spent_window_stops_the_pacer_until_its_edge(rig: Callable[..., object]) -> None:
    r = rig({"account": 5}, pace=600)
    went = await asyncio.gather(*r.calls(12, "show"))
    edges = [0.0] * 5 + [20.03] * 5 + [80.03] * 2
    paced = [edge + 0.1 * (i % 5) for i, edge in enumerate(edges)]
    assert went == pytest.approx(paced, abs=0.05)


async def test_a_call_that_comes_while_the_window_is_spent_goes_at_the_edge(rig: Callable[..., object]) -> None:
    r = rig({"account": 5}, pace=600)
    await asyncio.gather(*r.calls(5, "show"))
    await asyncio.sleep(3)
    assert await r.call("show") == pytest.approx(20.03, abs=0.03)


async def test_at_each_beat_the_most_important_goes(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, pace=60)
    bulk = r.calls(3, "show", priority=2)
    await asyncio.sleep(0.5)
    assert await r.call("show", priority=0) == pytest.approx(1.0)
    assert await asyncio.gather(*bulk) == pytest.approx([0.0, 2.0, 3.0])


async def test_a_parked_user_does_not_hold_the_beat_up(rig: Callable[..., object]) -> None:
    r = rig({"account": 700, "create-update-user/second": 100}, pace=600)
    hot = r.calls(6, "update", 1)
    others = r.calls(5, "update", 2)
    assert max(await asyncio.gather(*others)) == pytest.approx(0.9, abs=0.01)
    assert (await asyncio.gather(*hot))[5] == pytest.approx(20.03, abs=0.03)


async def test_closing_ends_the_pacer_s_task(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, pace=60)
    calls = r.calls(3, "show")
    await asyncio.sleep(0.5)
    await r.scheduler.aclose()
    await asyncio.sleep(0)
    assert [call.cancelled() for call in calls] == [False, True, True]
    assert [task for task in asyncio.all_tasks() if task.get_name() == "zdasync pacer"] == []
