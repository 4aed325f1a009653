"""The limits of tickets, exports, searches and what else has its own, met by the calls that people make of them.

Each is spent to its last unit, nothing is rejected, and what is not under it does not wait for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from math import floor
from typing import Any

import attrs
import pytest
from support import ADMIN, gather_all, rig, under_way

from zdasync import Zendesk
from zdasync.limits.table import LIMITS
from zdasync.simulator import CUSTOMER_ID

YEARS = 10 * 365 * 86_400
OK = {"body": "x"}


def windows(account: Any, counts: Callable[[Any], bool], interval: float = 60.0) -> list[int]:
    """How many requests of a kind each window saw, from the first one to the last."""
    seen = Counter(floor(one.time / interval) for one in account.log if counts(one))
    return [seen[window] for window in range(min(seen), max(seen) + 1)]


def spent(count: int, number: int) -> list[int]:
    """What windows of `count` see of so many requests when none is wasted."""
    full, rest = divmod(number, count)
    return [count] * full + [rest] * bool(rest)


def updates(one: Any) -> bool:
    """Does a request count as an update of a ticket?"""
    return one.method == "PUT" and one.path.startswith("/api/v2/tickets/")


async def tickets_with_files(zd: Zendesk, number: int) -> list[tuple[int, int, list[int]]]:
    """So many tickets, each with the id of its comment and the ids of two files."""
    made = []
    for _ in range(number):
        upload = await zd.attachments.upload(b"one", filename="1.txt")
        await zd.attachments.upload(b"two", filename="2.txt", token=upload.token)
        ticket = await zd.tickets.create(comment={"body": "my number is 4111", "uploads": [upload.token]})
        (comment,) = [one async for one in zd.tickets.comments.list(ticket.id)]
        made.append((ticket.id, comment.id, [file.id for file in comment.attachments]))
    return made


def mixed(zd: Zendesk, ticket: int, comment: int, files: list[int], number: int) -> Iterable[Any]:
    """So many calls that update one ticket, each in another way."""
    yield from (zd.attachments.redact(ticket, comment, file) for file in files)
    yield zd.tickets.comments.redact(ticket, comment, "4111")
    for turn in range(number - 1 - len(files)):
        yield (
            zd.tickets.update(ticket, subject=str(turn)), zd.tickets.update(ticket, comment=OK),
            zd.tickets.tags.add(ticket, [f"t{turn}"]), zd.tickets.update_with_audit(ticket, status="open"),
        )[turn % 4]


async def test_whatever_updates_tickets_shares_a_hundred_a_minute() -> None:
    async with rig(log_size=None, latency=0.05, strict=True) as r:
        made = await tickets_with_files(r.zd, 10)
        r.account.log.clear()
        calls = [call for one in made for call in mixed(r.zd, *one, 25)]
        others = [r.zd.users.me() for _ in range(40)]
        quick = under_way(gather_all(others))
        began = r.account.now()
        ended = under_way(gather_all(calls))
        assert await quick == {"ok": 40}
        assert r.account.now() - began < 5
        assert await ended == {"ok": 250}
        assert windows(r.account, updates) == [100, 100, 50]
        assert r.account.rejections == {}


async def test_a_hot_ticket_waits_for_its_ten_minutes_and_nobody_waits_for_it() -> None:
    async with rig(log_size=None, latency=0.05, strict=True) as r:
        hot, *made = await tickets_with_files(r.zd, 4)
        r.account.log.clear()
        began = r.account.now()
        slow = under_way(gather_all(mixed(r.zd, *hot, 70)))
        assert await gather_all(call for one in made for call in mixed(r.zd, *one, 20)) == {"ok": 60}
        assert r.account.now() - began < 65
        assert await slow == {"ok": 70}
        of_hot = f"/api/v2/tickets/{hot[0]}/"
        assert windows(r.account, lambda one: updates(one) and f"{one.path}/".startswith(of_hot), 600) == [30, 30, 10]
        assert r.account.rejections == {}


EXPORTS = {
    "tickets": 40, "tickets_by_time": 40, "organizations": 5, "ticket_events": 60, "ticket_metric_events": 150,
    "users_by_time": 15,
}
"""The exports that share a limit, with pages that make some ten of each."""


async def exported(zd: Zendesk, name: str, since: float, size: int) -> list[int]:
    return [one.id async for one in getattr(zd.incremental, name)(since, per_page=size)]


def of_exports(one: Any) -> bool:
    return one.path.startswith("/api/v2/incremental/") and not of_users(one)


def of_users(one: Any) -> bool:
    return one.path == "/api/v2/incremental/users/cursor"


async def test_exports_share_ten_a_minute_and_that_of_users_has_its_own() -> None:
    async with rig(users=200, tickets=400, log_size=None, latency=0.2, strict=True) as r:
        since = r.account.now() - YEARS
        whole = {name: await exported(r.zd, name, since, 1000) for name in EXPORTS}
        await asyncio.sleep(120)
        r.account.log.clear()
        began = r.account.now()
        users = under_way(exported(r.zd, "users", since, 8))
        found = await asyncio.gather(*(exported(r.zd, name, since, size) for name, size in EXPORTS.items()))
        assert dict(zip(EXPORTS, found, strict=True)) == whole
        number = sum(map(of_exports, r.account.log))
        assert number > 40
        assert windows(r.account, of_exports) == spent(10, number)
        assert await users == whole["users_by_time"]
        assert windows(r.account, of_users)[:-1] == spent(20, sum(map(of_users, r.account.log)))[:-1]
        assert r.account.now() - began <= 60 * (number // 10 + 1)
        assert r.account.rejections == {}


async def test_an_export_that_others_spend_the_limit_of_loses_nothing_and_hammers_nobody() -> None:
    """Six minutes in which another program is always there first."""
    async with rig(tickets=400, log_size=None, latency=0.2) as r:
        since, account = r.account.now() - YEARS, r.account

        async def others() -> None:
            for _ in range(6):
                account.consume("incremental-exports", 10)
                await asyncio.sleep(60 - account.now() % 60)

        greedy = under_way(others())
        found = await exported(r.zd, "tickets", since, 40)
        await greedy
        assert found == [one.id for one in account.state.tickets.changed()]
        assert 0 < sum(account.rejections.values()) <= 12


@pytest.mark.parametrize("trip", [0.05, 1.0])
async def test_two_clients_that_export_at_once(trip) -> None:
    async with AsyncExitStack() as stack:
        r = await stack.enter_async_context(rig(tickets=600, log_size=None, latency=trip))
        other = await stack.enter_async_context(Zendesk(base_url=r.account.url, auth=ADMIN, plan="enterprise"))
        whole = [one.id for one in r.account.state.tickets.changed()]
        began = r.account.now()
        since = began - YEARS
        assert await asyncio.gather(*(exported(zd, "tickets", since, 20) for zd in (r.zd, other))) == [whole] * 2
        number = sum(map(of_exports, r.account.log)) - sum(r.account.rejections.values())
        assert number >= 60
        assert sum(r.account.rejections.values()) <= 6  # one a minute: neither knows that the other is there
        assert r.account.now() - began <= 60 * (number / 10 + 2)


@pytest.mark.parametrize("trip", [0.05, 1.0])
async def test_two_clients_that_update_one_ticket(trip) -> None:
    async with rig(log_size=None, latency=trip) as r, Zendesk(
        base_url=r.account.url, auth=ADMIN, plan="enterprise"
    ) as other:
        ticket = await r.zd.tickets.create(comment=OK)
        began = r.account.now()
        calls = [(r.zd, other)[n % 2].tickets.update(ticket.id, comment={"body": str(n)}) for n in range(80)]
        assert await gather_all(calls) == {"ok": 80}
        tickets = r.account.state.tickets
        said = [one.body for one in tickets.comments_of(tickets.records[ticket.id])]
        assert len(said) == len(set(said)) == 81
        assert sum(r.account.rejections.values()) <= 12  # both begin at once, without a word from the server
        # 80 at 30 in ten minutes; while the two find out about each other, a window may be lost to that.
        assert r.account.now() - began <= 1500


# -- searches, deleted tickets ----------------------------------------------------------------------------------------


async def test_searches_are_under_the_account_s_limit_and_those_for_all_under_a_hundred() -> None:
    async with rig(plan="enterprise", users=20, tickets=20, log_size=None) as r:
        searches = [r.zd.search.list("type:ticket", per_page=5) for _ in range(650)]
        exports = [r.zd.search.export("status<closed", "ticket", page_size=5) for _ in range(150)]
        counts = [r.zd.search.count("type:ticket") for _ in range(100)]
        assert await gather_all(searches + exports + counts) == {"ok": 900}
        assert windows(r.account, lambda one: one.path.endswith("/export")) == [100, 50]
        assert windows(r.account, lambda one: "/search" in one.path) == [700, 200]
        assert r.account.rejections == {}


async def test_a_search_limit_below_the_account_s_holds_up_nothing_else() -> None:
    few = [attrs.evolve(row, count=40) for row in LIMITS if row.name == "search-index"]
    async with rig(limits=few, client={"limits": few}, log_size=None) as r:
        began = r.account.now()
        slow = under_way(gather_all(r.zd.search.list("x") for _ in range(90)))
        assert await gather_all(r.zd.users.show(CUSTOMER_ID) for _ in range(300)) == {"ok": 300}
        assert r.account.now() - began < 5
        assert await slow == {"ok": 90}
        assert windows(r.account, lambda one: one.path == "/api/v2/search") == [40, 40, 10]


async def test_deleted_tickets_have_limits_of_their_own() -> None:
    async with rig(tickets=60, plan="high_volume", log_size=None) as r:
        zd, ids = r.zd, list(r.account.state.tickets.ids)[:40]
        began = r.account.now()
        assert await gather_all(zd.tickets.delete(one) for one in ids) == {"ok": 40}
        assert await gather_all(zd.tickets.deleted.restore(one) for one in ids[30:]) == {"ok": 10}
        assert r.account.now() - began < 5
        listed = under_way(gather_all(zd.tickets.deleted.list() for _ in range(25)))
        assert await gather_all(zd.tickets.show(one) for one in ids[30:]) == {"ok": 10}
        assert await listed == {"ok": 25}
        listings = windows(r.account, lambda one: (one.method, one.path) == ("GET", "/api/v2/deleted_tickets"))
        assert listings == [10, 10, 5]
        assert r.account.rejections == {}
