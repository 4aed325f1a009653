"""What a target in use costs, and that it costs nothing once it isn't."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable

PROFILE = "create-update-user/profile"
KEYS = 20_000
MOST = 300
"""Bytes for each target."""


def traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def use(r: object, first: int, number: int) -> None:
    for user in range(first, first + number):
        (await r.admit("update", user)).settle(r.date)


async def test_a_target_in_use_costs_300_bytes_and_nothing_a_window_later(rig: Callable[..., object]) -> None:
    plenty = {"account": 10**6, "create-update-user/second": 10**6}
    r = rig(plenty)
    await use(r, 0, 100)  # what is made once
    tracemalloc.start()
    try:
        before = traced()
        await use(r, 100, KEYS)
        assert len(r.book.of(PROFILE)) == KEYS + 100
        each = (traced() - before) / KEYS
        await asyncio.sleep(121)
        left = traced() - before
    finally:
        tracemalloc.stop()
    assert each <= MOST
    assert r.book.of(PROFILE) == []
    assert left < KEYS
