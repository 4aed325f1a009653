"""Every row of the table, lived under: a real client spends it to the last request, and nothing is ever rejected.

Each row gets 2.2 times as many calls at once as one of its windows lets through. They must all be answered, without a
rejection, in three windows: two that are spent to the last unit, and a third for the rest. Rows that let through more
than 500 are given a smaller number, on both sides.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from math import ceil, floor

import attrs
import pytest
from support import gather_all, rig

from zdasync import ApiToken, Limit, Zendesk
from zdasync.limits.table import JOBS, LIMITS
from zdasync.simulator import Account, Settings

SMALL = 12
"""The number of a row that lets through too many for a quick test."""

SLACK = 2.0
"""Seconds after the edge of the last window in which all must be done: the guard band, the probe, a round trip."""

WITHOUT_ENDPOINTS = {
    JOBS: "counts jobs, not requests: the routes that start one say so",
    "unattached-uploads": "a path doesn't say whether a comment holds the upload",
    "app-user": "counts what one app does for one user, whatever it asks for",
    "spike-guard": "counts the whole account's traffic, of which a client sees only its own",
    "anonymous-requests": "counts callers without credentials only",
}
"""The rows that no request falls under by its path, and why."""

GIVEN_ENDPOINTS = {
    "unattached-uploads": "GET /api/v2/uploads/{token}",
    "app-user": "* /api/v2/*",
    "spike-guard": "* /api/v2/*",
    "anonymous-requests": "POST /api/v2/requests",
}
"""What a caller who knows better may say that they cover."""

TARGETS = {
    "create-update-user/second": "a profile for each call, since each has a limit of its own",
    "tickets-update": "a ticket for each call, since each has a limit of its own",
}
"""Rows of the account whose requests must not all name one target, and why."""

BY_NAME = {row.name: row for row in LIMITS}


def small(row: Limit) -> Limit:
    """The row, or one that is like it but for its number."""
    return attrs.evolve(row, count=SMALL, high_volume=None) if row.count > 500 or row.assumed else row


@attrs.frozen
class Ask:
    """One request of a client."""

    method: str
    path: str
    json: dict[str, object] | None


def asks(row: Limit, target: str | None = None) -> Iterator[Ask]:
    """Requests that fall under a row, by each of its patterns in turn: for one target, or for ever new ones.

    A target is named in the path, so that patterns without a place for it are left out where the row has a key.
    """
    keyed = row.key not in ("account", "agent", "agent+ip")
    numbers = itertools.count(1000)
    for pattern in itertools.cycle([one for one in row.endpoints if "{" in one or not keyed]):
        method, _, template = pattern.partition(" ")
        value = target or str(next(numbers))
        path = re.sub(r"\{\w+\}", value, template.removesuffix("*").rstrip("/"))
        path += "/things" if template.endswith("/*") else ""
        method = "GET" if method == "*" else method
        body = {"name": "N"} if "{" in template else {"external_id": value}
        yield Ask(method, path, None if method == "GET" else {"user": body})


def the_rows() -> list[Limit]:
    """The rows that a path falls under, with numbers that a test can spend."""
    return [small(row) for row in LIMITS if row.endpoints]


DONE = {"job_status": {"id": "V3-1", "status": "completed", "results": []}}
"""A reply that suits requests that start a job as well: theirs has ended already."""


def everything_answered() -> dict[str, object]:
    """Options of an account that answers whatever is asked, after a moment."""
    return {"canned": {"* /*": DONE}, "latency": 0.02, "log_size": None}


def enough(row: Limit, times: float = 2.2) -> int:
    """How many calls take so many windows of a row; twenty of the windows that are a second long."""
    return ceil(times * row.count) if row.interval > 1 else 20 * row.count


async def spend(zd: Zendesk, row: Limit, number: int, target: str | None = None) -> Counter[str]:
    """So many calls at once that fall under the row; how they ended."""
    one_target = target or (None if row.name in TARGETS else "7")
    return await gather_all(
        zd.request(ask.method, ask.path, json=ask.json) for ask in itertools.islice(asks(row, one_target), number)
    )


def windows(times: list[float], interval: float) -> list[int]:
    """How many of the moments each window saw, first to last, empty ones included."""
    seen = Counter(floor(time / interval) for time in times)
    return [seen[window] for window in range(min(seen), max(seen) + 1)]


def spent(count: int, number: int) -> list[int]:
    """What windows of `count` see of so many calls when none is wasted."""
    full, rest = divmod(number, count)
    return [count] * full + [rest] * bool(rest)


def check(account: Account, row: Limit, number: int, ended: Counter[str], began: float) -> None:
    """All were answered, none was rejected, and no window was wasted."""
    assert ended == {"ok": number}
    assert account.rejections == {}
    assert account.worst(row.name) == min(row.count, number)
    assert windows([one.time for one in account.log], row.interval) == spent(row.count, number)
    edge = (floor(began / row.interval) + ceil(number / row.count) - 1) * row.interval
    assert account.now() <= edge + SLACK


async def spent_to_the_last_request(row: Limit, times: float = 2.2, **options: object) -> None:
    """Spend so many windows of a row through a client, both under `options`, and check how it went."""
    number = enough(row, times)
    async with rig(**everything_answered(), **options) as r:
        began = r.account.now()
        check(r.account, row, number, await spend(r.zd, row, number), began)


def named(rows: Iterable[Limit]) -> pytest.MarkDecorator:
    """A test for each of the rows, under its name."""
    return pytest.mark.parametrize("row", list(rows), ids=lambda row: row.name)


@named(the_rows())
async def test_a_row_is_spent_to_the_last_request_and_never_broken(row) -> None:
    await spent_to_the_last_request(row, limits=[row], client={"limits": [row]})


@named(row for row in LIMITS if row.high_volume is not None)
async def test_the_high_volume_add_on_has_numbers_of_its_own(row) -> None:
    await spent_to_the_last_request(attrs.evolve(row, count=row.high_volume), times=1.2, plan="high_volume")


@pytest.mark.parametrize(("kind", "row"), [
    pytest.param(kind, attrs.evolve(row, count=count), id=f"{kind}-{row.name}")
    for row in LIMITS for kind, count in (("trial", row.trial), ("sandbox", row.sandbox))
    if row.endpoints and count is not None
])
async def test_the_lower_numbers_of_trials_and_sandboxes_are_learned_before_they_bite(kind, row) -> None:
    await spent_to_the_last_request(row, kind=kind)


@named(row for row in the_rows() if row.key not in ("account", "agent", "agent+ip"))
async def test_two_targets_of_a_row_do_not_hold_each_other_up(row) -> None:
    number = enough(row)
    async with rig(**everything_answered(), limits=[row], client={"limits": [row]}) as r:
        began = r.account.now()
        busy = asyncio.ensure_future(spend(r.zd, row, number, "7"))
        await asyncio.sleep(0)
        assert await spend(r.zd, row, row.count, "8") == {"ok": row.count}
        assert floor(r.account.now() / row.interval) == floor(began / row.interval)
        assert await busy == {"ok": number}
        assert r.account.rejections == {}
        assert r.account.worst(row.name) == row.count


@named([
    *(row for row in the_rows() if "agent" in row.key),
    attrs.evolve(BY_NAME["app-user"], count=SMALL, endpoints=("* /api/v2/*",)),
])
async def test_two_agents_do_not_share_a_row_that_counts_per_agent(row) -> None:
    """Each has a client of its own."""
    options = everything_answered()
    async with rig(**options, limits=[row], client={"limits": [row]}) as r:
        auth = ApiToken("agent@example.com", "token")
        async with Zendesk(base_url=r.account.url, auth=auth, plan="enterprise", limits=[row]) as other:
            began = r.account.now()
            ended = await asyncio.gather(spend(r.zd, row, row.count), spend(other, row, row.count))
            assert ended == [{"ok": row.count}] * 2
            assert floor(r.account.now() / row.interval) == floor(began / row.interval)
            assert r.account.rejections == {}
            assert r.account.worst(row.name) == row.count


async def test_thirty_jobs_are_under_way_at_most_and_never_fewer_than_could_be() -> None:
    settings = Settings(job_start_delay=5.0, job_seconds_per_row=5.0)
    async with rig(settings=settings, log_size=None) as r:
        began = r.account.now()
        ended = await gather_all(
            r.zd.request("POST", "/api/v2/users/create_many", json={"users": [{"name": f"N {number}"}]})
            for number in range(66)
        )
        assert ended == {"ok": 66}
        assert r.account.rejections == {}
        assert r.account.worst(JOBS) == BY_NAME[JOBS].count
        assert r.account.now() - began < 3 * 10 + 10


def test_the_rows_without_endpoints_are_those_that_a_path_does_not_tell() -> None:
    assert {row.name for row in LIMITS if not row.endpoints} == set(WITHOUT_ENDPOINTS)
    assert set(GIVEN_ENDPOINTS) == set(WITHOUT_ENDPOINTS) - {JOBS}


@named(attrs.evolve(small(BY_NAME[name]), endpoints=(route,)) for name, route in GIVEN_ENDPOINTS.items())
async def test_a_caller_may_say_what_they_cover(row) -> None:
    await spent_to_the_last_request(row, limits=[row], client={"limits": [row]})


OWN = [
    Limit(name="brands", count=7, interval=30.0, endpoints=("GET /api/v2/brands", "GET /api/v2/brands/{id}")),
    Limit(name="macros", count=4, interval=300.0, key="organization", header="macros",
          endpoints=("POST /api/v2/organizations/{id}/macros",)),
    Limit(name="voice", count=9, service=True, endpoints=("* /api/v2/calls*",)),
]
"""Rows that the table doesn't have."""


@named(OWN)
async def test_a_row_is_added_by_data_alone(row) -> None:
    await spent_to_the_last_request(row, limits=[row], client={"limits": [row]})


@pytest.mark.parametrize(("name", "count"), [("account", 33), ("tickets-update", 8), ("incremental-exports", 3)])
async def test_a_row_is_overridden_by_data_alone(name, count) -> None:
    row = attrs.evolve(BY_NAME[name], count=count)
    await spent_to_the_last_request(row, limits=[row], client={"limits": [row]})


async def test_a_request_waits_for_the_narrowest_of_its_rows() -> None:
    wide = Limit(name="wide", count=20, endpoints=("GET /api/v2/brands*",))
    narrow = Limit(name="narrow", count=6, endpoints=("GET /api/v2/brands/{id}",))
    async with rig(**everything_answered(), limits=[wide, narrow], client={"limits": [wide, narrow]}) as r:
        number, began = enough(narrow), r.account.now()
        check(r.account, narrow, number, await spend(r.zd, narrow, number), began)
        assert r.account.worst("wide") == 6
