"""Wherever a reply points, nothing but the account's own host is asked, and the credentials stay there."""

from __future__ import annotations

import pytest
from support import puppet, reply, rig

from zdasync import UnexpectedReply
from zdasync.simulator import Fault

LONG_AGO = 1_000_000_000

LISTINGS = {
    "tickets": lambda zd: zd.tickets.list(page_size=20),
    "audits of all tickets": lambda zd: zd.tickets.audits.list(page_size=20),
    "organizations": lambda zd: zd.organizations.list(page_size=2),
    "memberships": lambda zd: zd.organization_memberships.list(page_size=5),
    "groups": lambda zd: zd.groups.list(page_size=1),
    "search": lambda zd: zd.search.list("type:ticket", per_page=20),
    "search for all": lambda zd: zd.search.export("status<closed", "ticket", page_size=20),
    "export of tickets": lambda zd: zd.incremental.tickets(LONG_AGO, per_page=20),
    "export of tickets by time": lambda zd: zd.incremental.tickets_by_time(LONG_AGO, per_page=20),
    "export of users": lambda zd: zd.incremental.users(LONG_AGO, per_page=20),
    "export of events": lambda zd: zd.incremental.ticket_events(LONG_AGO, per_page=30),
    "export of metric events": lambda zd: zd.incremental.ticket_metric_events(LONG_AGO, per_page=60),
    "triggers": lambda zd: zd.triggers.list(page_size=1),
}
CALLS = {
    "new ticket": lambda zd: zd.tickets.create(comment={"body": "x"}),
    "update": lambda zd: zd.tickets.update(1, subject="x"),
    "job": lambda zd: zd.tickets.create_many([{"comment": {"body": "x"}}]),
    "upload": lambda zd: zd.attachments.upload(b"x", filename="a"),
    "deletion": lambda zd: zd.tickets.delete(1),
    "webhook": lambda zd: zd.webhooks.list(),
    "export": lambda zd: anext(aiter(zd.incremental.tickets(LONG_AGO))),
}
MALLORY = reply(200, '{"tickets": [{"id": 1}], "end_of_stream": true, "meta": {"has_more": false}}')


@pytest.mark.parametrize("what", LISTINGS)
async def test_no_link_leads_to_another_host(what) -> None:
    async with puppet(MALLORY) as other, rig(users=60, tickets=70, log_size=None, strict=True) as r:
        whole = [one.id async for one in LISTINGS[what](r.zd)]
        assert r.account.requests > 1
        pages = r.account.requests
        r.account.faults.add(Fault(kind="next_link", location=other.url))
        assert [one.id async for one in LISTINGS[what](r.zd)] == whole
        assert r.account.requests == 2 * pages
        assert other.requests == []
        assert list(r.account.strict_violations) == []


@pytest.mark.parametrize("what", CALLS)
async def test_no_redirect_leads_to_another_host(what) -> None:
    async with puppet(MALLORY) as other, rig(tickets=5, log_size=None) as r:
        r.account.faults.add(Fault(kind="redirect", location=other.url))
        with pytest.raises(UnexpectedReply) as caught:
            await CALLS[what](r.zd)
        assert caught.value.status == 302
        assert r.account.requests == 1
        assert other.requests == []
