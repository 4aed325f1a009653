"""Servers that count in another way than by aligned windows: nothing is lost, and few requests are rejected.

"Few": five at the most before the model has adapted, wherever in the minute the first request falls.
"""

from __future__ import annotations

import asyncio
from math import ceil

import pytest
from support import gather_all, now, puppet_client, reply, rig

from zdasync.events import Refuted
from zdasync.simulator import CUSTOMER_ID

OTHERS = ["sliding_log", "token_bucket"]
STARTS = [None, 0.0, 0.3, 30.0, 59.0, 59.9]
"""Seconds after a minute's edge when the first request goes; None: wherever the test begins."""

ONE_WAY = [0.0, 0.025, 0.3]
MOST = 5
EXPORT = "/api/v2/incremental/tickets/cursor"


async def begin(r, start):
    if start is not None:
        await asyncio.sleep(60 - r.account.now() % 60 + start)


@pytest.mark.parametrize("algorithm", OTHERS)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("latency", ONE_WAY)
async def test_the_account_s_limit(algorithm, start, latency) -> None:
    async with rig(plan="team", algorithm=algorithm, latency=latency, latency_after=latency, log_size=0) as r:
        await begin(r, start)
        begun = now()
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(700)) == {"ok": 700}
        assert sum(r.account.rejections.values()) <= MOST
        # Three intervals, and one more for finding out.
        assert now() - begun < 4 * 60 + 10
        assert r.account.worst("account") <= 200 + MOST


@pytest.mark.parametrize("algorithm", OTHERS)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("latency", ONE_WAY)
async def test_upserts_of_a_few_profiles(algorithm, start, latency) -> None:
    async with rig(algorithm=algorithm, latency=latency, latency_after=latency, log_size=0) as r:
        await begin(r, start)
        begun = now()
        ended = await gather_all(
            r.zd.users.create_or_update(email=f"u{n % 6}@example.org", name=f"U{n}") for n in range(72)
        )
        assert ended == {"ok": 72}
        assert sum(r.account.rejections.values()) <= MOST
        assert now() - begun < 60 * (ceil(72 / 30) + 1) + 30


@pytest.mark.parametrize("algorithm", OTHERS)
@pytest.mark.parametrize("start", [None, 0.0])
async def test_reads_and_writes_together(algorithm, start) -> None:
    legs = {"latency": 0.025, "latency_after": 0.025}
    async with rig(plan="team", algorithm=algorithm, canned={f"GET {EXPORT}": {}}, log_size=0, **legs) as r:
        await begin(r, start)
        ended = await gather_all([
            *(r.zd.users.show(CUSTOMER_ID) for _ in range(500)),
            *(r.zd.users.update(CUSTOMER_ID, notes=str(n)) for n in range(17)),
            *(r.zd.users.create_or_update(email=f"u{n % 7}@example.org", name="U") for n in range(40)),
            *(r.zd.request("GET", EXPORT) for _ in range(25)),
        ])
        assert ended == {"ok": 582}
        assert sum(r.account.rejections.values()) <= MOST


@pytest.mark.parametrize("algorithm", OTHERS)
async def test_once_adapted_there_are_no_more_rejections(algorithm) -> None:
    async with rig(plan="team", algorithm=algorithm, latency=0.025, latency_after=0.025, log_size=0) as r:
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(450)) == {"ok": 450}
        assert r.zd.limits["account"].model == "sliding"
        assert Refuted("users.show", "account") in r.told(Refuted)
        assert len(r.told(Refuted)) == 1
        before = dict(r.account.rejections)
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(600)) == {"ok": 600}
        assert r.account.rejections == before


async def test_aligned_windows_are_not_refuted() -> None:
    async with rig(plan="team", latency=0.1, latency_after=0.1, log_size=0) as r:
        for start in (0.0, 59.9, 30.0):
            await begin(r, start)
            assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(300)) == {"ok": 300}
        assert r.told(Refuted) == []
        assert r.zd.limits["account"].model == "aligned"
        assert r.account.rejections == {}


class SlidingLog:
    """Replies that name the limit and the time, and tell nothing of the reset: `X-Rate-Limit` alone."""

    def __init__(self, total):
        self.total, self.times, self.rejected = total, [], 0

    def __call__(self):
        at = now()
        self.times = [one for one in self.times if one > at - 60]
        ok = len(self.times) < self.total
        if ok:
            self.times.append(at)
        self.rejected += not ok
        left = self.total - len(self.times)
        said = {"X_Rate_Limit": str(self.total), "X_Rate_Limit_Remaining": str(left), "Date": date(at)}
        if ok:
            return reply(200, '{"user": {"id": 5}}', **said)
        return reply(429, "", Retry_After=str(max(1, ceil(self.times[0] + 60 - at))), **said)


def date(at):
    minutes, seconds = divmod(int(at), 60)
    hours, minutes = divmod(minutes, 60)
    return f"Tue, 14 Nov 2023 {hours:02}:{minutes:02}:{seconds:02} GMT"


class Spoken(list):
    """The replies of a puppet, made when they are wanted."""

    def __init__(self, speak):
        super().__init__([b""])
        self.speak = speak

    def __getitem__(self, _):
        return self.speak()


@pytest.mark.parametrize("start", [0.0, 17.0, 59.0])
async def test_without_any_word_of_the_reset(start) -> None:
    log = SlidingLog(100)
    async with puppet_client(b"", plan=None) as (zd, server):
        server.replies = Spoken(log)
        await asyncio.sleep(60 - now() % 60 + start)
        begun = now()
        assert await gather_all(zd.users.show(5) for _ in range(350)) == {"ok": 350}
        assert log.rejected <= MOST
        assert now() - begun < 5 * 60
