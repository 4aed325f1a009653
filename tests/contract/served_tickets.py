"""An account in which every operation around tickets finds what it needs."""

from __future__ import annotations

import attrs

from zdasync import Zendesk
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID, Account
from zdasync.simulator.attachment_store import Attachment, Upload
from zdasync.simulator.state import State
from zdasync.simulator.ticket_extras import GivenRating, Skip, Suspended
from zdasync.simulator.ticket_records import Draft, Event, Rating, Ticket

SECRET = "4111 1111"
"""What is in comments and must not stay there."""

CHAT = "chat-1"
PHOTO = "photo-1"
"""The id of the message with a file in that chat."""

_TALK = [
    {"chat_index": 0, "type": "ChatMessage", "message_id": "said-1", "message": f"My card is {SECRET}."},
    {"chat_index": 1, "type": "ChatFileAttachment", "message_id": PHOTO, "filename": "a.png", "url": "https://x/a.png"},
]


@attrs.frozen
class Desk:
    """What was prepared. Everything is two hours old, so that exports have it."""

    account: Account
    organization_id: int
    ticket: Ticket
    """Open, of the customer, with everybody in copy, an internal note and a file."""
    file: Attachment
    incident: Ticket
    problem: Ticket
    solved: Ticket
    rated: Ticket
    rating: GivenRating
    deleted: tuple[Ticket, Ticket]
    talk: Ticket
    """With the transcript of a chat."""
    copied: Ticket
    """Of the agent, with the customer in copy."""
    skip: Skip
    suspended: tuple[Suspended, Suspended]
    """The first one has a file."""
    upload: Upload
    loose: Attachment
    """A file that no comment holds."""
    menu_id: int = 0
    """A field with choices."""
    choice_id: int = 0
    form_id: int = 0
    status_id: int = 0
    tie_id: str = ""
    """Of that status to that form."""

    @property
    def state(self) -> State:
        return self.account.state

    @property
    def at(self) -> int:
        """When it all began."""
        return int(self.ticket.created_at)

    @property
    def comments(self) -> list[int]:
        """The ids of the open ticket's comments."""
        return [one.id for one in self.state.tickets.comments_of(self.ticket)]

    @property
    def audits(self) -> list[int]:
        """The ids of the open ticket's audits."""
        return [one.id for one in self.state.tickets.audits_of(self.ticket)]

    @property
    def bodies(self) -> list[str]:
        """What was said in the open ticket."""
        return [one.body for one in self.state.tickets.comments_of(self.ticket)]

    @property
    def public(self) -> list[bool]:
        return [one.public for one in self.state.tickets.comments_of(self.ticket)]

    def tickets(self, *tickets: Ticket) -> list[int]:
        """The ids of tickets."""
        return [one.id for one in tickets]


async def prepared(account: Account, zd: Zendesk) -> Desk:
    """The account's tickets and what belongs to them, and what an admin has set up for them."""
    desk = _tickets(account)
    menu = await zd.ticket_fields.create(
        type="tagger", title="Size",
        custom_field_options=[{"name": "Small", "value": "small"}, {"name": "Large", "value": "large"}],
    )
    form = await zd.ticket_forms.create(name="Returns", end_user_visible=True)
    status = await zd.custom_statuses.create(status_category="open", agent_label="At the vet's")
    (tie,) = await zd.ticket_form_statuses.create(form.id, [status.id])
    return attrs.evolve(
        desk, menu_id=menu.id, choice_id=menu.custom_field_options[0].id, form_id=form.id, status_id=status.id,
        tie_id=tie.id,
    )


def _tickets(account: Account) -> Desk:
    state, at = account.state, account.now() - 7_200.0
    customer = state.users[CUSTOMER_ID]
    organization = state.organizations[customer.organization_id]
    organization.shared_tickets = True
    for tagged in (customer, organization):
        tagged.tags = ("red", "blue")

    def create(comment: str = "Help me.", requester_id: int = CUSTOMER_ID, **fields: object) -> Ticket:
        fields = {"assignee_id": AGENT_ID, "organization_id": organization.id, "status": "open", **fields}
        return state.tickets.create(requester_id, now=at, comment=comment, **fields)

    ticket = create(
        f"My card is {SECRET}.", subject="Camera", external_id="order-1", tags=("red", "blue"),
        email_cc_ids=(UNVERIFIED_ID,), follower_ids=(AGENT_ID,),
    )
    files = state.attachments
    file, loose, draft, held = (files.add(f"{name}.txt", b"words", at) for name in ("file", "loose", "draft", "held"))
    file.taken = True
    state.tickets.add_comment(ticket, Draft(AGENT_ID, "Odd.", public=False, staff=True), now=at)
    state.tickets.add_comment(ticket, Draft(CUSTOMER_ID, "See this.", attachment_ids=[file.id]), now=at)
    state.tickets.view(ADMIN_ID, ticket.id)
    problem = create("It rains in.", subject="Rain", type="problem")
    talk = create("Hello?")
    chat = Event(state.next_id(), "ChatStartedEvent", more={
        "value": {"chat_id": CHAT, "visitor_id": "v", "history": [dict(one) for one in _TALK]},
    })
    state.tickets.update(talk, {}, actor_id=AGENT_ID, now=at, more=[chat])
    deleted = create("Never mind."), create("Sorry.")
    for one in deleted:
        state.tickets.delete(one, at, ADMIN_ID)
    rated = create("Thanks.", status="solved", rating=Rating("good"))
    rating = GivenRating(
        state.next_id(), rated.id, CUSTOMER_ID, AGENT_ID, None, "bad", at, at, "Slow", state.ratings.reason(5)
    )
    skip = Skip(state.next_id(), ticket.id, AGENT_ID, "Too hard", at)
    state.skips[skip.id] = skip
    return Desk(
        account, organization.id, ticket, file,
        incident=create("Rain here too.", type="incident", problem_id=problem.id),
        problem=problem,
        solved=create("It works.", status="solved"),
        rated=rated,
        rating=state.ratings.add(rating),
        deleted=deleted,
        talk=talk,
        copied=create("For all.", AGENT_ID, email_cc_ids=(CUSTOMER_ID,)),
        skip=skip,
        suspended=(
            state.suspended.add("new@mail.example", now=at, subject="Hi", content="Hello", attachment_ids=[held.id]),
            state.suspended.add("spam@mail.example", now=at, subject="Sale", content="Buy!"),
        ),
        upload=files.upload(draft, account.now(), lives=3_600.0),
        loose=loose,
    )
