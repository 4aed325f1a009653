"""How much of the account's limit is left to this client."""

from __future__ import annotations

import asyncio

import pytest
from support import rig

from zdasync.limits.book import GUESSED_PACE, Book
from zdasync.limits.table import ACCOUNT
from zdasync.simulator import CUSTOMER_ID


def test_all_of_it_without_the_reserve() -> None:
    assert Book(capacities={ACCOUNT: 700}).left_to_us(10.0) == 700
    assert Book(capacities={ACCOUNT: 700}, reserves={ACCOUNT: 0.1}).left_to_us(10.0) == 630


def test_a_guess_while_the_number_is_not_known() -> None:
    assert Book().left_to_us(10.0) == GUESSED_PACE


async def test_what_others_take_is_not_ours() -> None:
    async with rig(plan="team", client={"reserve": 0.1}) as r:
        pace = r.zd._caller.pace
        assert pace() == 180
        await r.zd.users.show(CUSTOMER_ID)
        assert pace() == 180
        r.account.consume("account", 90)
        await r.zd.users.show(CUSTOMER_ID)
        assert pace() == pytest.approx(110, abs=2)
        await asyncio.sleep(300)
        await r.zd.users.show(CUSTOMER_ID)
        assert pace() == 180


async def test_it_is_never_nothing() -> None:
    async with rig(plan="team") as r:
        r.account.consume("account", 199)
        await r.zd.users.show(CUSTOMER_ID)
        assert r.zd._caller.pace() == 1
