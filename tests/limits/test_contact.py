"""The first requests: one alone until a reply is in, then more with each reply; and again after a silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from zdasync.limits.contact import FEW, PATIENCE, PAUSE


async def test_the_first_goes_alone_and_each_reply_lets_four_go(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, met=False)
    went = await asyncio.gather(*r.calls(60, "show", takes=0.1))
    # One alone; then ten; each of their replies lets four go in its place.
    assert [(at, went.count(at)) for at in sorted(set(went))] == [
        (0.0, 1), (pytest.approx(0.1), 10), (pytest.approx(0.2), 40), (pytest.approx(0.3), 9),
    ]


async def test_no_more_go_than_there_are_connections(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, connections=25, met=False)
    went = await asyncio.gather(*r.calls(70, "show", takes=0.5))
    assert [went.count(at) for at in (0.0, 0.5, 1.0, 1.5)] == [1, 10, 25, 25]
    assert r.book.wire.terms.capacity == 25


async def test_few_connections_are_never_widened_beyond_themselves(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, connections=3, met=False)
    went = await asyncio.gather(*r.calls(7, "show", takes=0.5))
    assert [went.count(at) for at in sorted(set(went))] == [1, 3, 3]


async def test_a_few_go_without_a_first_word_that_takes_long(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, met=False)
    went = await asyncio.gather(*r.calls(14, "show", takes=5.0))
    assert [(at, went.count(at)) for at in sorted(set(went))] == [(0.0, 1), (PATIENCE, 9), (5.0, 4)]


async def test_patience_ends_with_the_first_word(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, met=False)
    await r.call("show", takes=0.5)
    assert r.book.wire.terms.capacity == FEW
    await asyncio.sleep(2)
    assert r.book.wire.terms.capacity == FEW


async def test_the_first_reply_s_word_holds_for_those_who_wait(rig: Callable[..., object]) -> None:
    r = rig({}, met=False)
    charge = r.charge("show")
    first = await r.admit("show")
    waiting = r.calls(20, "show", takes=0.1)
    await asyncio.sleep(0.2)
    assert r.under_way() == {"connections": 1, "account": 1}
    headers = {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "2", "ratelimit-reset": "20"}
    r.hear(first, charge, "show", headers)
    await asyncio.sleep(0)
    # Others have spent the rest: of two one is nobody's.
    assert r.under_way() == {"connections": 1, "account": 1}
    for call in waiting:
        call.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_who_was_not_sent_is_no_first_word(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, met=False)
    ticket = await r.admit("show")
    waiting = r.calls(3, "show", takes=0.25)
    await asyncio.sleep(0.5)
    ticket.give_back()
    went = await asyncio.gather(*waiting)
    assert went == [0.5, 0.75, 0.75]


async def test_a_lost_reply_is_no_first_word(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, met=False)
    ticket = await r.admit("show")
    waiting = r.calls(3, "show", takes=0.25)
    await asyncio.sleep(0.5)
    ticket.lost()
    assert await asyncio.gather(*waiting) == [0.5, 0.75, 0.75]


async def test_after_a_silence_a_few_go_first(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await r.call("show")
    await asyncio.sleep(PAUSE + 0.5)
    start = r.now
    went = await asyncio.gather(*r.calls(30, "show", takes=0.1))
    assert [at - start for at in went] == pytest.approx([0.0] * 10 + [0.1] * 20)


async def test_after_a_short_silence_all_go(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    await r.call("show", takes=0.0)
    await asyncio.sleep(PAUSE - 0.5)
    start = r.now
    assert await asyncio.gather(*r.calls(20, "show")) == [start] * 20


async def test_after_a_silence_one_goes_alone_if_others_share_the_account(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    charge = r.charge("show")
    headers = {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "600", "ratelimit-reset": "20"}
    r.hear(await r.admit("show"), charge, "show", headers)
    await asyncio.sleep(200)
    start = r.now
    went = await asyncio.gather(*r.calls(5, "show", takes=0.1))
    assert [at - start for at in went] == pytest.approx([0.0, 0.1, 0.1, 0.1, 0.1])


async def test_others_on_a_limit_that_is_not_the_account_s_do_not_matter(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    charge = r.charge("export")
    headers = {"zendesk-ratelimit-incremental-exports": "total=10; remaining=3; resets=20"}
    r.hear(await r.admit("export"), charge, "export", headers)
    await asyncio.sleep(200)
    start = r.now
    assert await asyncio.gather(*r.calls(10, "show", takes=0.1)) == [start] * 10


async def test_long_replies_are_no_silence(rig: Callable[..., object]) -> None:
    r = rig({"account": 700})
    slow = r.calls(1, "show", takes=200.0)
    await asyncio.sleep(150)
    assert await asyncio.gather(*r.calls(20, "show")) == [150.0] * 20
    await asyncio.gather(*slow)


async def test_closing_ends_the_patience(rig: Callable[..., object]) -> None:
    r = rig({"account": 700}, met=False)
    ticket = await r.admit("show")
    [waiting] = r.calls(1, "show")
    await asyncio.sleep(0)
    await r.scheduler.aclose()
    await asyncio.sleep(PAUSE)
    assert r.book.wire.terms.capacity == 1
    assert waiting.cancelled()
    ticket.settle(r.date)
