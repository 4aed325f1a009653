"""Whichever request of a longer flow meets with a failure: nothing is lost, nothing is there twice, nothing is left.

Each flow is run once without a fault, to count its requests; then once for each of them and each kind of failure.
"""

from __future__ import annotations

import pytest
from support import rig

from zdasync import UnexpectedReply
from zdasync.simulator import Fault

from .conftest import until
from .flows import FEW, FLOWS, TICKETS, World

FAILURES = {
    "reset": {"kind": "reset_before"},
    "reset after it was done": {"kind": "reset_after"},
    "cut": {"kind": "truncate"},
    "stalled": {"kind": "stall"},
    "502 after it was done": {"kind": "error_after", "status": 502},
    "503": {"kind": "unavailable", "retry_after": 2},
    "a storm of 429": {"kind": "rate_limited", "form": "edge"},
}
IN_A_ROW = {"a storm of 429": 5, "503": 3}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("flow", FLOWS)
async def test_each_request_fails_in_its_turn(flow, failure, tmp_path) -> None:
    run, tickets = FLOWS[flow], TICKETS if flow == "export" else FEW
    async with rig(tickets=tickets, plan="high_volume", log_size=None, strict=True, client={"timeout": 20}) as r:
        world, struck = World(r, tmp_path), 0
        await run(world)
        requests = r.account.requests
        assert requests > 1
        for first in range(1, requests + 1):
            failing = range(first, first + IN_A_ROW.get(failure, 1))
            r.account.faults.clear()
            r.account.faults.add(Fault(calls=failing, **FAILURES[failure]))
            r.account.log.clear()
            await run(world)
            met = sum(one.fault is not None for one in r.account.log)
            assert met in (0, len(failing))
            struck += met > 0
            assert [one.limit for one in r.zd.limits if one.waiting] == []
            assert r.zd.limits["connections"].used == 0
        assert struck == requests or (flow == "job" and struck > 1)  # how often it is polled is a matter of moments
        assert world.files() == []
        assert list(r.account.strict_violations) == []


@pytest.mark.parametrize("method", ["tickets", "tickets_by_time", "ticket_events", "users"])
async def test_an_export_goes_on_behind_a_reply_with_nothing_in_it(method, tmp_path) -> None:
    """200 and no body: nothing that another attempt may be made for without a word, and nothing is lost by it."""
    async with rig(users=FEW // 2, tickets=FEW, log_size=None, strict=True) as r:
        since = World(r, tmp_path).since
        whole = [one.id async for one in getattr(r.zd.incremental, method)(since)]
        before = r.account.requests
        assert [one.id async for one in getattr(r.zd.incremental, method)(since, per_page=60)] == whole
        for first in range(1, r.account.requests - before + 1):
            r.account.faults.clear()
            r.account.faults.add(Fault(kind="empty", calls=(first,)))
            export = getattr(r.zd.incremental, method)(since, per_page=60)
            found, _ = await until(UnexpectedReply, export)
            assert len(found) < len(whole)
            rest = [one.id async for one in r.zd.incremental.resume(export.cursor)]
            assert [one.id for one in found] + rest == whole
