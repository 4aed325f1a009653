"""Tickets against the simulated account: written, found, read, protected, deleted."""

from __future__ import annotations

import asyncio

import pytest

from zdasync import BadArgument, Conflict, NotFound, OutcomeUnknown, ValidationError
from zdasync.events import Throttled
from zdasync.records import TicketComment
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, Fault

from .conftest import AGENT

SAID = {"body": "My printer is on fire"}


def stored(stage, ticket_id):
    return stage.account.state.tickets.active(ticket_id)


# --- create


async def test_a_ticket_is_created_and_shown(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(
        subject="Fire", comment=SAID, requester_id=CUSTOMER_ID, priority="urgent", type="incident", tags=["vip"],
        external_id="crm-1",
    )
    assert (made.subject, made.description, made.requester_id) == ("Fire", "My printer is on fire", CUSTOMER_ID)
    assert (made.status, made.priority, made.type, made.tags) == ("new", "urgent", "incident", ("vip",))
    assert await stage.zd.tickets.show(made.id) == made
    assert [ticket.id async for ticket in stage.zd.tickets.list(external_id="crm-1")] == [made.id]
    assert stage.drifts == []


async def test_the_requester_may_be_new(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID, requester={"name": "Nova", "email": "nova@example.org"})
    user = await stage.zd.users.show(made.requester_id)
    assert (user.name, user.email) == ("Nova", "nova@example.org")


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate", "error_after"])
async def test_a_lost_reply_makes_no_second_ticket(start, kind) -> None:
    stage = await start(faults=[Fault("POST /api/v2/tickets", kind, calls=(1, 2))])
    made = await stage.zd.tickets.create(subject="Once", comment=SAID)
    assert [ticket.id async for ticket in stage.zd.tickets.list()] == [made.id]
    assert stage.sent.count("POST /api/v2/tickets") == 3


async def test_the_same_call_gives_the_same_ticket_and_another_call_another(start) -> None:
    stage = await start()
    call = stage.zd.tickets.create(comment=SAID)
    assert (await call).id == (await call).id != (await stage.zd.tickets.create(comment=SAID)).id
    ours = [await stage.zd.tickets.create(comment=SAID, idempotency_key="order-17") for _ in range(2)]
    assert ours[0] == ours[1]
    assert len([ticket async for ticket in stage.zd.tickets.list()]) == 3


async def test_a_comment_whose_reply_is_lost_is_there_once(start) -> None:
    stage = await start(faults=[Fault("PUT /api/v2/tickets/{id}", "reset_after", calls=(1,))])
    made = await stage.zd.tickets.create(comment=SAID)
    with pytest.raises(OutcomeUnknown):
        await stage.zd.tickets.update(made.id, comment={"body": "Again?"})
    assert (await stage.zd.tickets.comments.count(made.id)).value == 2


async def test_a_ticket_is_created_by_a_job(start) -> None:
    stage = await start()
    job = await stage.zd.tickets.create_async(subject="Later", comment=SAID)
    (result,) = await job
    assert (await stage.zd.tickets.show(result.id)).subject == "Later"


# --- update


async def test_an_update_changes_what_it_names(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(subject="Fire", comment=SAID, tags=["a"])
    changed = await stage.zd.tickets.update(made.id, status="open", assignee_id=AGENT_ID, tags=["b"])
    assert (changed.status, changed.assignee_id, changed.tags, changed.subject) == ("open", AGENT_ID, ("b",), "Fire")


async def test_an_update_with_its_audit_tells_what_it_changed(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID)
    updated = await stage.zd.tickets.update_with_audit(made.id, priority="low", comment={"body": "n", "public": False})
    assert updated.ticket.priority == "low"
    assert updated.audit is not None
    events = {event.type: event for event in updated.audit.events}
    assert (events["Change"].field_name, events["Change"].value) == ("priority", "low")
    assert (events["Comment"].body, events["Comment"].public) == ("n", False)


async def test_a_safe_update_refuses_to_write_over_what_was_not_seen(start) -> None:
    stage = await start()
    seen = await stage.zd.tickets.create(comment=SAID)
    await asyncio.sleep(5)
    other = await stage.client(AGENT)
    newer = await other.tickets.update(seen.id, subject="Faster")
    with pytest.raises(Conflict) as caught:
        await stage.zd.tickets.update(seen.id, subject="Slower", safe_update=True, updated_stamp=seen.updated_at)
    assert caught.value.code == "UpdateConflict"
    assert (await stage.zd.tickets.show(seen.id)).subject == "Faster"
    written = await stage.zd.tickets.update(
        seen.id, subject="Slower", safe_update=True, updated_stamp=newer.updated_at
    )
    assert written.subject == "Slower"


async def test_a_closed_ticket_is_followed_up(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID, status="closed", assignee_id=AGENT_ID)
    with pytest.raises(ValidationError) as caught:
        await stage.zd.tickets.update(made.id, subject="Too late")
    assert "status" in caught.value.fields
    after = await stage.zd.tickets.create(comment=SAID, via_followup_source_id=made.id)
    assert (await stage.zd.tickets.show(made.id)).followup_ids == (after.id,)


# --- limits


async def test_a_hot_ticket_draws_no_rejection(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID)
    stage.forget()
    window = stage.account.now() // 600
    await asyncio.gather(*(stage.zd.tickets.update(made.id, subject=str(number)) for number in range(35)))
    assert stage.statuses == [200] * 35
    assert not [event for event in stage.events if isinstance(event, Throttled)]
    assert stage.account.now() // 600 == window + 1


async def test_updates_of_many_tickets_keep_to_the_accounts_hundred_a_minute(start) -> None:
    stage = await start()
    made = [await stage.zd.tickets.create(comment=SAID) for _ in range(5)]
    stage.forget()
    window = stage.account.now() // 60
    await asyncio.gather(*(stage.zd.tickets.update(made[number % 5].id, subject=str(number)) for number in range(120)))
    assert stage.statuses == [200] * 120
    assert not [event for event in stage.events if isinstance(event, Throttled)]
    assert stage.account.now() // 60 == window + 1


async def test_redactions_count_as_updates_of_their_ticket(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID)
    (comment,) = await stage.zd.tickets.comments.list(made.id)
    stage.forget()
    calls = [stage.zd.tickets.update(made.id, subject=str(number)) for number in range(29)]
    await asyncio.gather(*calls, stage.zd.tickets.comments.redact(made.id, comment.id, "fire"))
    assert stage.zd.limits["per-ticket-updates"].remaining == 0
    assert stage.statuses == [200] * 30


# --- lists


async def test_lists_are_read_page_by_page_in_the_wanted_order(start) -> None:
    stage = await start()
    ids = [(await stage.zd.tickets.create(comment=SAID, requester_id=CUSTOMER_ID)).id for _ in range(5)]
    zd = stage.zd.tickets
    assert [ticket.id async for ticket in zd.list(page_size=2)] == ids
    assert [ticket.id async for ticket in zd.list(page_size=2, sort="-id")] == ids[::-1]
    assert [ticket.id async for ticket in zd.requested(CUSTOMER_ID, page_size=2)] == ids
    assert [t.id async for t in zd.requested(CUSTOMER_ID, sort_by="id", sort_order="desc", page_size=2)] == ids[::-1]
    assert (await zd.count()).value == 5
    assert {ticket.id for ticket in await zd.show_many([*ids[:2], 10**9])} == set(ids[:2])
    first = zd.list(page_size=2)
    async for ticket in first:
        if ticket.id == ids[2]:
            break
    assert [ticket.id async for ticket in zd.list(page_size=2, cursor=first.cursor)] == ids[2:]


async def test_those_who_have_to_do_with_a_ticket_find_it(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    made = await zd.create(
        comment=SAID, requester_id=CUSTOMER_ID, assignee_id=AGENT_ID, followers=[{"user_id": ADMIN_ID}],
        email_ccs=[{"user_email": "agent@example.com"}],
    )
    assert [ticket.id async for ticket in zd.assigned(AGENT_ID)] == [made.id]
    assert [ticket.id async for ticket in zd.followed(ADMIN_ID)] == [made.id]
    assert [ticket.id async for ticket in zd.ccd(AGENT_ID)] == [made.id]
    assert (await zd.count_assigned(AGENT_ID)).value == (await zd.count_ccd(AGENT_ID)).value == 1
    assert [user.id for user in await zd.followers(made.id)] == [ADMIN_ID]
    assert [user.id for user in await zd.email_ccs(made.id)] == [AGENT_ID]
    assert {user.id for user in await zd.collaborators(made.id)} == {ADMIN_ID, AGENT_ID}


async def test_problems_have_incidents(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    problem = await zd.create(subject="Outage of mail", comment=SAID, type="problem")
    incident = await zd.create(comment=SAID, type="incident", problem_id=problem.id)
    assert [ticket.id async for ticket in zd.problems()] == [problem.id]
    assert [ticket.id for ticket in await zd.autocomplete_problems("Outage")] == [problem.id]
    assert [ticket.id async for ticket in zd.incidents(problem.id)] == [incident.id]
    assert (await zd.related(problem.id)).incidents == 1


async def test_what_is_sideloaded_comes_beside_tickets_and_inside_of_them(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID, requester_id=CUSTOMER_ID)
    ticket, more = await stage.zd.tickets.show(
        made.id, include=["users", "last_audits", "comment_count", "incident_counts"]
    ).with_sideloads()
    assert more.user(CUSTOMER_ID).id == CUSTOMER_ID
    assert [audit.ticket_id for audit in more.last_audits] == [made.id]
    assert (ticket.comment_count, ticket.incident_count) == (1, 0)
    page = await stage.zd.tickets.list(include="users")
    assert page.sideloads.user(page[0].requester_id) is not None
    assert stage.drifts == []


# --- comments and audits


async def test_a_conversation_is_read_hidden_and_redacted(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    made = await zd.create(comment={"body": "My card is 4111 1111"})
    await zd.update(made.id, comment={"body": "Careful", "public": False})
    comments = [comment async for comment in zd.comments.list(made.id, page_size=1)]
    assert [(comment.body, comment.public) for comment in comments] == [
        ("My card is 4111 1111", True), ("Careful", False),
    ]
    newest = await zd.comments.list(made.id, sort="-created_at", include="users")
    assert [comment.id for comment in newest] == [comment.id for comment in reversed(comments)]
    assert newest.sideloads.user(ADMIN_ID) is not None
    redacted = await zd.comments.redact(made.id, comments[0].id, "4111 1111")
    assert isinstance(redacted, TicketComment)
    assert "4111" not in str(redacted.body)
    assert await zd.comments.make_private(made.id, comments[0].id) is None
    assert not (await zd.comments.list(made.id))[0].public


async def test_the_history_of_a_ticket_and_of_the_account(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    made = [await zd.create(comment=SAID) for _ in range(3)]
    await zd.update(made[0].id, priority="high")
    audits = [audit async for audit in zd.audits.list(made[0].id, page_size=1)]
    assert [audit.ticket_id for audit in audits] == [made[0].id] * 2
    assert (await zd.audits.count(made[0].id)).value == 2
    assert await zd.audits.show(made[0].id, audits[1].id) == audits[1]
    everything = [audit.id async for audit in zd.audits.list(page_size=1)]
    assert len(everything) == len(set(everything)) == 4


# --- delete


async def test_a_deleted_ticket_comes_back_until_it_is_deleted_permanently(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    made = await zd.create(subject="Gone?", comment=SAID)
    assert await zd.delete(made.id) is None
    with pytest.raises(NotFound):
        await zd.show(made.id)
    (gone,) = [ticket async for ticket in zd.deleted.list()]
    assert (gone.id, gone.subject, gone.previous_state, gone.actor.id) == (made.id, "Gone?", "new", ADMIN_ID)
    await zd.deleted.restore(made.id)
    assert (await zd.show(made.id)).subject == "Gone?"
    await zd.delete(made.id)
    (result,) = await (await zd.deleted.delete(made.id))
    assert result.ok
    with pytest.raises(NotFound):
        await zd.deleted.restore(made.id)


async def test_spam_suspends_its_requester(start) -> None:
    stage = await start()
    made = await stage.zd.tickets.create(comment=SAID, requester_id=CUSTOMER_ID)
    await stage.zd.tickets.mark_as_spam(made.id)
    assert stage.user(CUSTOMER_ID).suspended
    assert stored(stage, made.id) is None


# --- tags


async def test_tags_are_added_and_removed_without_losing_the_others(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    made = await zd.create(comment=SAID, tags=["a", "b"])
    assert sorted(await zd.tags.add(made.id, ["c"])) == ["a", "b", "c"]
    assert await zd.tags.remove(made.id, ["a"]) is None
    assert sorted(await zd.tags.list(made.id)) == ["b", "c"]
    assert await zd.tags.set(made.id, ["only"]) == ["only"]
    counted = {tag.name: tag.count async for tag in stage.zd.tags.list()}
    assert counted == {"only": 1}


async def test_tags_can_be_protected_as_tickets_are(start) -> None:
    stage = await start()
    zd = stage.zd.tickets
    seen = await zd.create(comment=SAID, tags=["a"])
    await asyncio.sleep(5)
    await zd.update(seen.id, subject="Newer")
    with pytest.raises(Conflict):
        await zd.tags.add(seen.id, ["b"], safe_update=True, updated_stamp=seen.updated_at)
    assert await zd.tags.list(seen.id) == ["a"]
    with pytest.raises(BadArgument):
        zd.tags.add(seen.id, "b")
