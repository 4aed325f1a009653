"""Tickets against replies that come late, double or never: what is sent again, with which key, and what is not."""

from __future__ import annotations

import json

import pytest
from support import puppet_client, reply

from zdasync import BadRequest, Conflict, OutcomeUnknown
from zdasync.events import Retrying

SAID = {"body": "My printer is on fire"}
LOST = b""
STAMP = "2026-09-01T12:00:00Z"
TICKET = reply(201, '{"ticket": {"id": 35, "subject": "Fire"}}')


def conflict(code: str) -> bytes:
    return reply(409, json.dumps({"error": code, "description": "Konflikt"}))


def header(request: str, name: str) -> str | None:
    lines = (line.partition(": ") for line in request.partition("\r\n\r\n")[0].split("\r\n"))
    return next((value for key, _, value in lines if key.lower() == name.lower()), None)


@pytest.mark.parametrize("first", [LOST, reply(500), reply(502, "<html>"), reply(503, Retry_After="3")])
async def test_a_new_ticket_is_asked_for_again_with_the_same_key(first) -> None:
    async with puppet_client(first, first, TICKET) as (zd, served):
        assert (await zd.tickets.create(comment=SAID)).id == 35
        assert len(served.requests) == 3
        assert len({header(request, "Idempotency-Key") for request in served.requests}) == 1
        assert header(served.requests[0], "Idempotency-Key")
        assert len({request.partition("\r\n\r\n")[2] for request in served.requests}) == 1


async def test_a_first_attempt_still_under_way_is_waited_for() -> None:
    events: list[object] = []
    busy = conflict("IdempotentRequestInProgress")
    async with puppet_client(LOST, busy, busy, TICKET, observer=events.append) as (zd, served):
        assert (await zd.tickets.create(comment=SAID)).id == 35
        assert len({header(request, "Idempotency-Key") for request in served.requests}) == 1
    reasons = [event.reason for event in events if isinstance(event, Retrying)]
    assert reasons == ["ConnectionFailed", "IdempotentRequestInProgress", "IdempotentRequestInProgress"]


async def test_the_same_key_with_other_fields_is_refused_at_once() -> None:
    mismatch = reply(400, json.dumps({"error": "IdempotentRequestError", "description": "Request parameters differ"}))
    async with puppet_client(mismatch) as (zd, served):
        with pytest.raises(BadRequest) as caught:
            await zd.tickets.create(comment=SAID, idempotency_key="order-17")
        assert caught.value.code == "IdempotentRequestError"
        assert len(served.requests) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda zd: zd.tickets.update(35, comment=SAID),
        lambda zd: zd.tickets.update_with_audit(35, comment=SAID, status="open"),
        lambda zd: zd.tickets.update(35, status="open", safe_update=True, updated_stamp=STAMP),
        lambda zd: zd.tickets.tags.add(35, ["vip"], safe_update=True, updated_stamp=STAMP),
        lambda zd: zd.tickets.tags.remove(35, ["vip"], safe_update=True, updated_stamp=STAMP),
        lambda zd: zd.tickets.create_async(comment=SAID),
        lambda zd: zd.tickets.create_many([{"comment": SAID}]),
        lambda zd: zd.tickets.merge(35, [36]),
        lambda zd: zd.tickets.deleted.delete(35),
        lambda zd: zd.ticket_import.create(subject="Old", comments=[SAID]),
        lambda zd: zd.request("POST", "/api/v2/tickets", json={"ticket": {"comment": SAID}}),
        lambda zd: zd.request("PUT", "/api/v2/tickets/35", json={"ticket": {"comment": SAID}}),
    ],
)
async def test_what_could_happen_twice_is_not_sent_twice(call) -> None:
    async with puppet_client(LOST) as (zd, served):
        with pytest.raises(OutcomeUnknown):
            await call(zd)
        assert len(served.requests) == 1


@pytest.mark.parametrize(
    ("call", "last"),
    [
        (lambda zd: zd.tickets.update(35, status="open", tags=["vip"]), TICKET),
        (lambda zd: zd.tickets.tags.set(35, ["vip"]), reply(201, '{"tags": ["vip"]}')),
        (lambda zd: zd.tickets.tags.add(35, ["vip"]), reply(200, '{"tags": ["vip"]}')),
        (lambda zd: zd.tickets.tags.remove(35, ["vip"]), reply(204, "")),
        (lambda zd: zd.tickets.autocomplete_problems("fire"), reply(200, '{"tickets": []}')),
        (lambda zd: zd.tickets.comments.redact(35, 7, "4111"), reply(200, '{"comment": {"id": 7}}')),
    ],
)
async def test_what_does_no_harm_twice_is_sent_again(call, last) -> None:
    async with puppet_client(LOST, last) as (zd, served):
        await call(zd)
        assert len(served.requests) == 2


async def test_a_ticket_that_somebody_else_changed_is_told_of_and_not_sent_again() -> None:
    async with puppet_client(conflict("UpdateConflict"), TICKET) as (zd, served):
        with pytest.raises(Conflict) as caught:
            await zd.tickets.update(35, subject="x", safe_update=True, updated_stamp=STAMP)
        assert caught.value.code == "UpdateConflict"
        assert len(served.requests) == 1


async def test_a_collision_in_the_database_passes() -> None:
    async with puppet_client(conflict("DatabaseConflict"), TICKET) as (zd, served):
        assert (await zd.tickets.update(35, comment=SAID)).id == 35
        assert len(served.requests) == 2


async def test_a_job_that_creates_one_ticket_is_accepted_with_202() -> None:
    queued = {"ticket": {"id": 35}, "job_status": {"id": "V3-1", "status": "queued", "total": 1}}
    done = {"job_statuses": [{"id": "V3-1", "status": "completed", "results": [{"id": 35, "success": True}]}]}
    async with puppet_client(reply(202, json.dumps(queued)), reply(200, json.dumps(done))) as (zd, served):
        job = await zd.tickets.create_async(comment=SAID)
        assert (job.operation, job.rows) == ("tickets.create_async", 1)
        assert [result.id for result in await job] == [35]
        assert served.requests[0].startswith("POST /api/v2/tickets?async=true ")
