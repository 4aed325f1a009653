"""Requests: what end users see of their tickets, and what they write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from zdasync import (
    Anonymous,
    AuthenticationError,
    BadArgument,
    NotFound,
    OutcomeUnknown,
    PaginationLimit,
    PermissionDenied,
    ServerError,
    ValidationError,
)
from zdasync.events import ParametersIgnored
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID
from zdasync.simulator.faults import Fault
from zdasync.simulator.ticket_records import Draft

SCOPES = ("read", "write", "impersonate")
HELLO = {"body": "Hello"}


def ticket(stage, requester_id=CUSTOMER_ID, **fields):
    """A ticket of the account, with a public comment."""
    state = stage.account.state
    return state.tickets.create(requester_id, now=stage.account.now(), comment="My camera broke", **fields)


async def as_customer(stage, name=CUSTOMER_ID):
    return (await stage.bearer(*SCOPES)).on_behalf_of(name)


async def ids(listing) -> list[int]:
    return [one.id async for one in listing]


# -- reading


async def test_everybody_reads_his_own(start) -> None:
    stage = await start()
    mine, other = ticket(stage, email_cc_ids=(CUSTOMER_ID,)), ticket(stage, AGENT_ID)
    closed, solved = ticket(stage, status="closed"), ticket(stage, status="solved")
    copied = ticket(stage, AGENT_ID, email_cc_ids=(CUSTOMER_ID,))
    customer = await as_customer(stage)
    assert await ids(customer.requests.list()) == [mine.id, closed.id, solved.id]
    assert await ids(customer.requests.open()) == [mine.id]
    assert await ids(customer.requests.solved()) == [closed.id, solved.id]
    assert await ids(customer.requests.ccd()) == [copied.id]
    assert (await customer.requests.show(copied.id)).requester_id == AGENT_ID
    with pytest.raises(NotFound):
        await customer.requests.show(other.id)
    assert await ids(stage.zd.requests.list()) == []
    assert await ids(stage.zd.requests.list(user_id=CUSTOMER_ID)) == [mine.id, closed.id, solved.id]


async def test_private_tickets_are_not_there_for_end_users(start) -> None:
    stage = await start()
    state = stage.account.state
    private = state.tickets.create(
        CUSTOMER_ID, now=0.0, comment=Draft(AGENT_ID, "He is nervous", public=False, staff=True)
    )
    customer = await as_customer(stage)
    assert await ids(customer.requests.list()) == []
    with pytest.raises(NotFound):
        await customer.requests.show(private.id)
    assert (await stage.zd.requests.show(private.id)).is_public is False


async def test_an_organization_reads_along_where_it_shares(start) -> None:
    stage = await start()
    state = stage.account.state
    organization = state.organizations[state.users[CUSTOMER_ID].organization_id]
    state.set_organizations(state.users[UNVERIFIED_ID], [organization.id], stage.account.now())
    shared = ticket(stage, UNVERIFIED_ID, organization_id=organization.id)
    customer = await as_customer(stage)
    with pytest.raises(PermissionDenied):
        await customer.requests.list(organization_id=organization.id)
    with pytest.raises(NotFound):
        await customer.requests.show(shared.id)
    organization.shared_tickets = True
    assert await ids(customer.requests.list(organization_id=organization.id)) == [shared.id]
    with pytest.raises(PermissionDenied):
        await customer.requests.update(shared.id, comment=HELLO)
    organization.shared_comments = True
    await customer.requests.update(shared.id, comment=HELLO)
    assert state.tickets.comments_of(shared)[-1].author_id == CUSTOMER_ID


async def test_nobody_lists_another_users_requests_but_agents(start) -> None:
    stage = await start()
    customer = await as_customer(stage)
    with pytest.raises(PermissionDenied):
        await customer.requests.list(user_id=ADMIN_ID)
    assert await ids(customer.requests.list(user_id=CUSTOMER_ID)) == []


async def test_pages_by_cursor_and_sorted_ones_by_number(start) -> None:
    stage = await start()
    made = [ticket(stage, created_at=1_000.0 * (5 - number)) for number in range(5)]
    customer = await as_customer(stage)
    stage.forget()
    assert await ids(customer.requests.list(page_size=2)) == [one.id for one in made]
    assert len(stage.sent) == 3
    oldest_first = customer.requests.list(sort_by="created_at", sort_order="asc", page_size=2)
    assert await ids(oldest_first) == [one.id for one in reversed(made)]
    assert not any(name.startswith("page[") for query in stage.queries[3:] for name, _ in query)


async def test_a_sorted_listing_ends_with_an_error_past_its_reach(start) -> None:
    stage = await start()
    state = stage.account.state
    for _ in range(10_001):
        state.tickets.create(CUSTOMER_ID, now=1_000.0, comment="x")
    customer = await as_customer(stage)
    with pytest.raises(PaginationLimit):
        await ids(customer.requests.list(sort_by="created_at"))


async def test_smaller_pages_help_a_heavy_requester(start) -> None:
    stage = await start(settings={"heavy_requester": 60})
    for _ in range(61):
        ticket(stage)
    customer = await as_customer(stage)
    with pytest.raises(ServerError) as caught:
        await customer.requests.list()
    assert caught.value.status == 503
    assert len(await ids(customer.requests.list(page_size=25))) == 61


async def test_what_a_request_shows(start) -> None:
    stage = await start()
    one = ticket(stage, subject="Camera", status="pending", assignee_id=AGENT_ID, tags=("vip",), priority="high",
                 custom_fields={7: "blue"}, due_at=1_700_000_000.0)
    found, sideloads = await (await as_customer(stage)).requests.show(one.id, include="users").with_sideloads()
    assert (found.subject, found.description, found.status) == ("Camera", "My camera broke", "pending")
    assert (found.priority, found.requester_id, found.assignee_id) == ("high", CUSTOMER_ID, AGENT_ID)
    assert found.can_be_solved_by_me is True
    assert [field.value for field in found.custom_fields if field.id == 7] == ["blue"]
    assert found.via.channel == "api"
    assert found.due_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert {user.id for user in sideloads.users} == {CUSTOMER_ID, AGENT_ID}
    assert all(user.notes is None and user.ticket_restriction is None for user in sideloads.users)
    assert stage.drifts == []
    raw = await (await as_customer(stage)).requests.show(one.id).raw()
    assert "tags" not in raw["request"]


async def test_search_finds_words_in_what_is_public(start) -> None:
    stage = await start()
    state = stage.account.state
    mine, copied = ticket(stage, subject="Lens"), ticket(stage, AGENT_ID, email_cc_ids=(CUSTOMER_ID,))
    ticket(stage, AGENT_ID)
    note = Draft(AGENT_ID, "the zoom is his own fault", public=False, staff=True)
    state.tickets.add_comment(mine, note, now=stage.account.now())
    customer = await as_customer(stage)
    assert await ids(customer.requests.search("camera")) == [mine.id, copied.id]
    assert await ids(customer.requests.search('"camera broke" lens')) == [mine.id]
    assert await ids(customer.requests.search("zoom")) == []


# -- asking


async def test_an_end_user_asks(start) -> None:
    stage = await start()
    customer = await as_customer(stage)
    made = await customer.requests.create(
        subject="Help!", comment={"body": "My printer is on fire"}, priority="urgent",
        collaborators=["agent@example.com", {"name": "Fay", "email": "fay@example.com"}],
        custom_fields=[{"id": 7, "value": "blue"}],
    )
    state = stage.account.state
    stored = state.tickets.records[made.id]
    fay = state.by_email("fay@example.com")
    assert (made.status, made.requester_id, made.can_be_solved_by_me) == ("new", CUSTOMER_ID, False)
    assert (stored.submitter_id, stored.priority, stored.custom_fields) == (CUSTOMER_ID, "urgent", {7: "blue"})
    assert stored.organization_id == state.users[CUSTOMER_ID].organization_id
    assert (stored.email_cc_ids, stored.follower_ids) == ((fay.id,), (AGENT_ID,))
    assert [comment.author_id for comment in state.tickets.comments_of(stored)] == [CUSTOMER_ID]
    assert made.email_cc_ids == (fay.id,)
    assert (await stage.zd.tickets.show(made.id)).description == "My printer is on fire"


async def test_an_author_in_the_body_impersonates_nobody(start) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="on_behalf_of"):
        await stage.zd.requests.create(subject="S", comment={"body": "B", "author_id": CUSTOMER_ID})
    body = {"request": {"subject": "S", "comment": {"body": "B", "author_id": CUSTOMER_ID}}}
    reply = await stage.zd.request("POST", "/api/v2/requests", json=body)
    stored = stage.account.state.tickets.records[reply["request"]["id"]]
    assert stored.requester_id == ADMIN_ID
    assert stage.account.state.tickets.comments_of(stored)[0].author_id == ADMIN_ID
    (ignored,) = [event for event in stage.events if isinstance(event, ParametersIgnored)]
    assert "request.comment.author_id" in ignored.text


async def test_an_anonymous_caller_says_who_he_is(start) -> None:
    stage = await start()
    nobody = await stage.client(Anonymous())
    made = await nobody.requests.create(
        subject="Hi", comment=HELLO, requester={"name": "Nora", "email": "nora@example.com"}
    )
    nora = stage.account.state.by_email("nora@example.com")
    assert (made.requester_id, nora.name, nora.role) == (nora.id, "Nora", "end-user")
    again = await nobody.requests.create(
        subject="Hi", comment=HELLO, requester={"name": "Somebody else", "email": "nora@example.com"}
    )
    assert again.requester_id == nora.id
    with pytest.raises(AuthenticationError):
        await nobody.requests.list()


async def test_an_anonymous_request_that_is_refused_makes_nobody(start) -> None:
    stage = await start()
    nobody, users = await stage.client(Anonymous()), len(stage.account.state.users)
    with pytest.raises(ValidationError) as caught:
        await nobody.requests.create(subject="Hi", comment=HELLO)
    assert "requester" in caught.value.fields
    body = {"request": {"subject": "Hi", "comment": HELLO, "priority": "highest",
                        "requester": {"name": "Nora", "email": "nora@example.com"}}}
    with pytest.raises(ValidationError):
        await nobody.request("POST", "/api/v2/requests", json=body)
    assert len(stage.account.state.users) == users
    assert len(stage.account.state.tickets.ids) == 0


async def test_anonymous_requests_may_be_off(start) -> None:
    stage = await start(settings={"anonymous_requests": False})
    nobody = await stage.client(Anonymous())
    with pytest.raises(AuthenticationError):
        await nobody.requests.create(subject="Hi", comment=HELLO, requester={"name": "N", "email": "n@example.com"})


async def test_a_suspended_requester_is_refused(start) -> None:
    stage = await start()
    stage.user(CUSTOMER_ID).suspended = True
    nobody = await stage.client(Anonymous())
    with pytest.raises(ValidationError) as caught:
        await nobody.requests.create(
            subject="Hi", comment=HELLO, requester={"name": "C", "email": "customer@example.com"}
        )
    assert "requester" in caught.value.fields


async def test_a_lost_reply_does_not_ask_or_say_anything_twice(start) -> None:
    stage = await start(faults=[
        Fault("POST /api/v2/requests", "reset_after", calls=[1]),
        Fault("PUT /api/v2/requests/{id}", "reset_after", calls=[1]),
    ])
    customer = await as_customer(stage)
    with pytest.raises(OutcomeUnknown):
        await customer.requests.create(subject="Hi", comment=HELLO)
    (made,) = [one async for one in customer.requests.list()]
    with pytest.raises(OutcomeUnknown):
        await customer.requests.update(made.id, comment=HELLO)
    assert len([one async for one in customer.requests.comments.list(made.id)]) == 2


# -- answering


async def test_a_comment_opens_what_was_answered(start) -> None:
    stage = await start()
    state = stage.account.state
    customer = await as_customer(stage)
    for status in ("pending", "solved", "hold"):
        one = ticket(stage, status=status, assignee_id=AGENT_ID)
        changed = await customer.requests.update(one.id, comment={"html_body": "<p>Still <b>broken</b></p>"})
        assert changed.status == "open"
        assert state.tickets.comments_of(one)[-1].body == "Still broken"
    new = ticket(stage, status="new")
    assert (await customer.requests.update(new.id, comment=HELLO)).status == "new"
    closed = ticket(stage, status="closed", assignee_id=AGENT_ID)
    with pytest.raises(ValidationError) as caught:
        await customer.requests.update(closed.id, comment=HELLO)
    assert "status" in caught.value.fields


async def test_the_requester_solves_what_an_agent_has(start) -> None:
    stage = await start()
    one = ticket(stage, status="open", assignee_id=AGENT_ID, email_cc_ids=(UNVERIFIED_ID,))
    customer = await as_customer(stage)
    done = await customer.requests.update(one.id, comment={"body": "Found it myself"}, solved=True)
    assert (done.status, done.can_be_solved_by_me) == ("solved", False)
    assert one.status == "solved"
    with pytest.raises(ValidationError):
        await customer.requests.update(ticket(stage, status="new").id, solved=True)


async def test_only_the_requester_solves(start) -> None:
    for setting in ("refuse", "ignore"):
        stage = await start(settings={"solved_out_of_turn": setting})
        one = ticket(stage, AGENT_ID, status="open", assignee_id=AGENT_ID, email_cc_ids=(CUSTOMER_ID,))
        customer = await as_customer(stage)
        assert (await customer.requests.show(one.id)).can_be_solved_by_me is False
        if setting == "refuse":
            with pytest.raises(ValidationError):
                await customer.requests.update(one.id, solved=True)
        else:
            await customer.requests.update(one.id, solved=True)
        assert one.status == "open"


async def test_more_people_in_copy(start) -> None:
    stage = await start()
    one = ticket(stage, email_cc_ids=(UNVERIFIED_ID,))
    customer = await as_customer(stage)
    changed = await customer.requests.update(one.id, additional_collaborators=["fay@example.com"])
    fay = stage.account.state.by_email("fay@example.com")
    assert changed.email_cc_ids == (UNVERIFIED_ID, fay.id)
    assert await ids((await as_customer(stage)).requests.list()) == [one.id]


# -- comments


async def test_comments_are_those_that_are_public(start) -> None:
    stage = await start()
    state, now = stage.account.state, stage.account.now()
    one = ticket(stage, created_at=now - 100)
    for age, author_id, public in ((60, AGENT_ID, True), (40, AGENT_ID, False), (20, CUSTOMER_ID, True)):
        draft = Draft(author_id, f"{age} s ago", public=public, staff=author_id == AGENT_ID)
        state.tickets.add_comment(one, draft, now=now - age)
    note = state.tickets.comments_of(one)[2]
    comments = (await as_customer(stage)).requests.comments

    async def said(**filters) -> list[str]:
        return [comment.body async for comment in comments.list(one.id, **filters)]

    assert await said() == ["My camera broke", "60 s ago", "20 s ago"]
    assert await said(sort="-created_at", page_size=2) == ["20 s ago", "60 s ago", "My camera broke"]
    assert await said(role="agent") == ["60 s ago"]
    assert await said(role="end_user") == ["My camera broke", "20 s ago"]
    assert await said(since=datetime.fromtimestamp(now - 60, UTC)) == ["60 s ago", "20 s ago"]
    page = await comments.list(one.id, include="users")
    assert {user.id for user in page.sideloads.users} == {CUSTOMER_ID, AGENT_ID}
    assert (await comments.show(one.id, page[1].id)).body == "60 s ago"
    with pytest.raises(NotFound):
        await comments.show(one.id, note.id)
    with pytest.raises(NotFound):
        await comments.list(ticket(stage, AGENT_ID).id)


async def test_files_come_along(start) -> None:
    stage = await start()
    customer = await as_customer(stage)
    upload = await customer.attachments.upload(b"a picture", filename="broken.txt")
    made = await customer.requests.create(subject="S", comment={"body": "Look", "uploads": [upload.token]})
    (comment,) = [one async for one in customer.requests.comments.list(made.id)]
    assert [file.file_name for file in comment.attachments] == ["broken.txt"]
