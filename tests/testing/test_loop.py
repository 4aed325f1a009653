"""The loop jumps over waits, and never over what the kernel or a thread still has in hand."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from zdasync.testing import VirtualTimeLoop, run_virtual, virtual_time


async def test_the_suite_runs_in_virtual_time() -> None:
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


async def test_a_long_sleep_takes_exactly_its_time() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.sleep(86_400)
    assert loop.time() - before == 86_400


async def test_timers_fire_in_order_and_at_their_time() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    fired: list[float] = []

    async def after(delay: float) -> None:
        await asyncio.sleep(delay)
        fired.append(loop.time() - start)

    await asyncio.gather(*(after(delay) for delay in (60, 0.001, 3600, 1)))
    assert fired == pytest.approx([0.001, 1, 60, 3600], abs=1e-9)


async def test_time_stands_still_while_anything_is_ready() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    for _ in range(100):
        await asyncio.sleep(0)
    assert loop.time() == before


async def test_a_timeout_fires_on_virtual_time() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(600):
            await asyncio.Event().wait()


async def test_bytes_on_their_way_arrive_before_any_timer() -> None:
    async def echo(request: web.BaseRequest) -> web.Response:
        return web.Response(body=await request.read())

    runner = web.ServerRunner(web.Server(echo))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    loop = asyncio.get_running_loop()
    body = b"x" * 1_000_000
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as session:
        for _ in range(20):
            before = loop.time()
            async with session.post(site.name, data=body) as response:
                assert await response.read() == body
            assert loop.time() == before
    await runner.cleanup()


async def test_work_in_a_thread_holds_the_clock() -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    async with asyncio.timeout(5):
        await asyncio.to_thread(time.sleep, 0.02)
    assert loop.time() == before


async def test_a_thread_may_wait_for_a_timer() -> None:
    async def slow(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(0.01)
        return web.Response(text="done")

    runner = web.ServerRunner(web.Server(slow))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()

    def fetch() -> bytes:
        with urllib.request.urlopen(site.name) as reply:
            return bytes(reply.read())

    assert await asyncio.to_thread(fetch) == b"done"
    await runner.cleanup()


async def test_the_clock_jumps_again_after_a_thread() -> None:
    await asyncio.to_thread(Path.cwd)
    loop = asyncio.get_running_loop()
    before = loop.time()
    await asyncio.sleep(3600)
    assert loop.time() - before == 3600


async def test_advance_makes_timers_due() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    sleeper = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    loop.advance(60)
    before = loop.time()
    await sleeper
    assert loop.time() == before
    with pytest.raises(ValueError, match="go back"):
        loop.advance(-1)


def test_run_virtual_returns_the_result_and_starts_where_told() -> None:
    async def main() -> float:
        await asyncio.sleep(10)
        return asyncio.get_running_loop().time()

    assert run_virtual(main(), start=7.0) == 17.0


def test_one_runner_keeps_its_loop_for_several_runs() -> None:
    async def main() -> float:
        await asyncio.sleep(10)
        return asyncio.get_running_loop().time()

    with virtual_time() as runner:
        assert runner.run(main()) + 10 == runner.run(main())


def test_the_executor_shuts_down_without_a_warning() -> None:
    async def main() -> None:
        await asyncio.to_thread(time.sleep, 0)

    run_virtual(main())
