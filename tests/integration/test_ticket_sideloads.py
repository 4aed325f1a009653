"""What comes along with tickets, with their audits and with exports of them."""

from __future__ import annotations

from typing import get_args

import pytest

from zdasync import BadArgument
from zdasync.records import Brand, Group, Organization, SharingAgreement, TicketAudit, TicketForm, User
from zdasync.simulator import AGENT_ID, CUSTOMER_ID
from zdasync.types import AuditSideload, TicketExportSideload, TicketSideload

EVERYTHING = get_args(TicketSideload)
BESIDE = {
    "users": User, "groups": Group, "organizations": Organization, "brands": Brand, "ticket_forms": TicketForm,
    "sharing_agreements": SharingAgreement, "last_audits": TicketAudit,
}


async def with_a_ticket(start):
    """A stage and the id of a ticket, two hours old, that has something of everything."""
    stage = await start()
    agreement = await stage.zd.sharing_agreements.create(remote_subdomain="partner")
    state = stage.account.state
    customer = state.users[CUSTOMER_ID]
    ticket = state.tickets.create(
        CUSTOMER_ID, now=stage.account.now() - 7_200, comment="Help", assignee_id=AGENT_ID, status="solved",
        group_id=min(state.groups), organization_id=customer.organization_id, sharing_agreement_ids=(agreement.id,),
    )
    stage.forget()
    return stage, ticket


def has_everything_inside(shown) -> bool:
    """Is what `include` puts into a ticket there?"""
    return (
        (shown.comment_count, shown.incident_count) == (1, 0)
        and shown.dates.status_updated_at == shown.created_at
        and shown.metric_set.ticket_id == shown.id
        and shown.slas == {"policy_metrics": []}
    )


@pytest.mark.parametrize("listed", [True, False])
async def test_every_sideload_of_a_ticket_is_there_and_typed(start, listed) -> None:
    stage, ticket = await with_a_ticket(start)
    if listed:
        page = await stage.zd.tickets.list(include=EVERYTHING)
        (shown,), beside = page, page.sideloads
    else:
        shown, beside = await stage.zd.tickets.show(ticket.id, include=EVERYTHING).with_sideloads()
    assert has_everything_inside(shown)
    for name, cls in BESIDE.items():
        assert {type(one) for one in getattr(beside, name)} == {cls}, name
    assert {one.id for one in beside.users} == {CUSTOMER_ID, AGENT_ID}
    assert (beside.brands[0].id, beside.ticket_forms[0].id) == (shown.brand_id, shown.ticket_form_id)
    assert beside.sharing_agreements[0].id == shown.sharing_agreement_ids[0]
    assert stage.drifts == []


async def test_what_was_not_asked_for_is_not_inside(start) -> None:
    stage, ticket = await with_a_ticket(start)
    shown = await stage.zd.tickets.show(ticket.id)
    assert (shown.comment_count, shown.dates, shown.metric_set, shown.slas) == (None, None, None, {})


@pytest.mark.parametrize("export", ["tickets", "tickets_by_time"])
async def test_an_export_brings_the_same_but_for_audits(start, export) -> None:
    stage, ticket = await with_a_ticket(start)
    begin = getattr(stage.zd.incremental, export)
    (page,) = [page async for page in begin(0, include=get_args(TicketExportSideload)).pages()]
    (shown,) = page
    assert shown.id == ticket.id
    assert has_everything_inside(shown)
    for name in BESIDE.keys() - {"last_audits"}:
        assert {type(one) for one in getattr(page.sideloads, name)} == {BESIDE[name]}, name
    with pytest.raises(BadArgument, match="'last_audits' can't be sideloaded with an export of tickets"):
        begin(0, include="last_audits")
    assert stage.drifts == []


@pytest.mark.parametrize("everywhere", [True, False])
async def test_what_comes_with_audits(start, everywhere) -> None:
    stage, ticket = await with_a_ticket(start)
    listing = stage.zd.tickets.audits.list(None if everywhere else ticket.id, include=get_args(AuditSideload))
    page = await listing
    beside = page.sideloads
    assert [one.id for one in beside.users] == [page[0].author_id] == [CUSTOMER_ID]
    assert [one.id for one in beside.tickets] == [ticket.id]
    assert [one.id for one in beside.groups] == [ticket.group_id]
    assert [one.id for one in beside.organizations] == [ticket.organization_id]
    assert stage.drifts == []
