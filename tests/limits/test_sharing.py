"""Beside another consumer of the account, of whom only the server's count tells."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

EDGE = 20.0


class Server:
    """Counts everybody's requests in aligned minutes, and says how many are left."""

    def __init__(self, limit: int, epoch: int) -> None:
        self.limit = limit
        self.epoch = epoch
        self.passed: Counter[tuple[int, str]] = Counter()
        self.rejected: Counter[str] = Counter()

    def take(self, who: str) -> tuple[bool, dict[str, str]]:
        window, second = divmod(int(self.epoch + asyncio.get_running_loop().time()), 60)
        left = self.limit - self.passed[window, "we"] - self.passed[window, "they"]
        self.passed[window, who] += left > 0
        self.rejected[who] += left <= 0
        reset = str(60 - second)
        headers = {"X-Rate-Limit": str(self.limit), "X-Rate-Limit-Remaining": str(max(0, left - 1)),
                   "ratelimit-reset": reset}
        return left > 0, headers if left > 0 else headers | {"Retry-After": reset}


async def test_beside_one_who_spends_steadily_we_take_the_rest_and_leave_them_theirs(
    rig: Callable[..., object], epoch: int
) -> None:
    r, server = rig({"account": 700}, met=False), Server(700, epoch)

    async def theirs() -> None:
        while True:
            server.take("they")
            await asyncio.sleep(0.2)

    async def ours(number: int) -> float:
        charge, passed, seq = r.charge("show", number), False, None
        while not passed:
            ticket = await r.scheduler.admit(charge, seq=seq)
            went, seq = r.now, ticket.seq
            await asyncio.sleep(0.04)
            passed, headers = server.take("we")
            await asyncio.sleep(0.04)
            r.hear(ticket, charge, "show", headers, rejected=not passed)
        return went

    other = r.loop.create_task(theirs())
    await asyncio.sleep(EDGE + 55)
    went = await asyncio.gather(*(ours(i) for i in range(1500)))
    other.cancel()
    # Of each minute three hundred are theirs: four minutes are enough for fifteen hundred of ours.
    assert max(went) < EDGE + 60 * 4
    assert server.rejected["we"] <= 1
    minute = (epoch + 120) // 60
    assert all(server.passed[minute + late, "they"] >= 270 for late in (0, 1, 2))
