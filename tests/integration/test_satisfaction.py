"""Rating tickets as their requester, and reading the ratings as an admin."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zdasync import NotFound, PermissionDenied, ValidationError
from zdasync.simulator import AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID
from zdasync.simulator.ticket_extras import GivenRating

SCOPES = ("read", "write", "impersonate")


def ticket(stage, requester_id=CUSTOMER_ID, status="solved", **fields):
    return stage.account.state.tickets.create(
        requester_id, now=stage.account.now(), comment="Help", status=status, assignee_id=AGENT_ID, **fields
    )


async def as_customer(stage, name=CUSTOMER_ID):
    return (await stage.bearer(*SCOPES)).on_behalf_of(name)


@pytest.mark.parametrize("shape", ["list", "object"])
async def test_an_admin_rates_for_the_requester(start, shape) -> None:
    stage = await start(settings={"lone_record": shape})
    one = ticket(stage)
    customer = await as_customer(stage, "customer@example.com")
    rating = await customer.satisfaction_ratings.create(one.id, score="good", comment="Awesome support.")
    assert (rating.score, rating.comment, rating.ticket_id) == ("good", "Awesome support.", one.id)
    assert (rating.requester_id, rating.assignee_id, rating.reason_code) == (CUSTOMER_ID, AGENT_ID, 0)
    assert await stage.zd.satisfaction_ratings.show(rating.id) == rating
    shown = (await stage.zd.tickets.show(one.id)).satisfaction_rating
    assert (shown.score, shown.id, shown.comment) == ("good", rating.id, "Awesome support.")
    audits = (await stage.zd.tickets.audits.list(one.id).raw())["audits"]
    assert audits[-1]["author_id"] == CUSTOMER_ID
    assert [(event["type"], event["score"]) for event in audits[-1]["events"]] == [("SatisfactionRating", "good")]
    assert stage.drifts == []


async def test_nobody_else_rates(start) -> None:
    stage = await start()
    one, copied = ticket(stage), ticket(stage, AGENT_ID, email_cc_ids=(CUSTOMER_ID,))
    for client, target in ((stage.zd, one), (await as_customer(stage), copied)):
        with pytest.raises(PermissionDenied):
            await client.satisfaction_ratings.create(target.id, score="good")
    assert stage.account.state.ratings.given == {}
    with pytest.raises(NotFound):
        await (await as_customer(stage)).satisfaction_ratings.create(9999, score="good")


async def test_only_solved_tickets_and_those_reopened_after_it(start) -> None:
    stage = await start()
    customer = await as_customer(stage)
    archived = ticket(stage)
    stage.account.state.tickets.archive(archived)
    for one in (*(ticket(stage, status=status) for status in ("open", "pending", "closed")), archived):
        with pytest.raises(PermissionDenied):
            await customer.satisfaction_ratings.create(one.id, score="good")
    reopened = ticket(stage)
    await customer.requests.update(reopened.id, comment={"body": "No, it isn't"})
    assert reopened.status == "open"
    assert (await customer.satisfaction_ratings.create(reopened.id, score="bad")).score == "bad"


async def test_a_refusal_may_be_a_422(start) -> None:
    stage = await start(settings={"unrateable_status": 422})
    with pytest.raises(ValidationError):
        await (await as_customer(stage)).satisfaction_ratings.create(ticket(stage, status="open").id, score="good")


@pytest.mark.parametrize(("setting", "count"), [("new", 2), ("same", 1)])
async def test_a_changed_mind(start, setting, count) -> None:
    stage = await start(settings={"second_rating": setting})
    one, customer = ticket(stage), await as_customer(stage)
    first = await customer.satisfaction_ratings.create(one.id, score="bad", comment="Slow", reason_code=5)
    second = await customer.satisfaction_ratings.create(one.id, score="good")
    assert (first.id == second.id) is (count == 1)
    assert (second.comment, second.reason) == (None, None)
    assert (await stage.zd.satisfaction_ratings.count()).value == count
    assert one.rating.score == "good"


async def test_reasons_belong_to_bad_ratings(start) -> None:
    stage = await start()
    customer = await as_customer(stage)
    reasons = {reason.reason_code: reason async for reason in stage.zd.satisfaction_reasons.list()}
    assert await stage.zd.satisfaction_reasons.show(reasons[5].id) == reasons[5]
    bad = await customer.satisfaction_ratings.create(ticket(stage).id, score="bad", reason_code=5)
    assert (bad.reason, bad.reason_id, bad.reason_code) == (reasons[5].value, reasons[5].id, 5)
    by_id = await customer.satisfaction_ratings.create(ticket(stage).id, score="bad", reason_id=reasons[6].id)
    assert by_id.reason_code == 6
    good = await customer.satisfaction_ratings.create(ticket(stage).id, score="good", reason_code=5)
    assert (good.reason_id, good.reason_code) == (None, 0)
    with pytest.raises(ValidationError):
        await customer.satisfaction_ratings.create(ticket(stage).id, score="bad", reason_code=77)
    with pytest.raises(NotFound):
        await stage.zd.satisfaction_reasons.show(1)
    with pytest.raises(PermissionDenied):
        await customer.satisfaction_reasons.list()


async def test_ratings_by_score_and_by_time(start) -> None:
    stage = await start()
    state = stage.account.state
    rows = [("good", "Thanks"), ("bad", None), ("offered", None), ("bad", "Slow"), ("good", None)]
    for number, (score, comment) in enumerate(rows):
        at = 1_000.0 + number
        rating = GivenRating(state.next_id(), number, UNVERIFIED_ID, None, None, score, at, at, comment)
        state.ratings.add(rating)

    async def tickets(**filters) -> list[int]:
        return [rating.ticket_id async for rating in stage.zd.satisfaction_ratings.list(page_size=2, **filters)]

    assert await tickets() == [0, 1, 2, 3, 4]
    assert await tickets(score="good") == [0, 4]
    assert await tickets(score="received") == [0, 1, 3, 4]
    assert await tickets(score="bad_with_comment") == [3]
    assert await tickets(score="received_without_comment") == [1, 4]
    assert await tickets(score="offered") == [2]
    assert await tickets(start_time=1_001, end_time=datetime.fromtimestamp(1_003, UTC)) == [1, 2, 3]
    with pytest.raises(PermissionDenied):
        await (await as_customer(stage)).satisfaction_ratings.list()
