"""What the simulated account stores of a ticket, as mutable records; times are unix seconds.

The model, from the Tickets, Ticket Comments and Ticket Audits pages of the reference: a ticket is its fields of today,
its comments, and its audits, of which each holds the events of one change (a field created or changed, a comment).
A record holds what was written; what a reply looks like is derived when it is asked for. Only `Tickets` changes what it
keeps an index of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from .http import Json

NEW: Final = "new"
OPEN: Final = "open"
PENDING: Final = "pending"
HOLD: Final = "hold"
SOLVED: Final = "solved"
CLOSED: Final = "closed"
DELETED: Final = "deleted"
"""What exports show of a deleted ticket; no ticket stores it."""

STATUSES: Final = (NEW, OPEN, PENDING, HOLD, SOLVED, CLOSED)
"""In the order that a sort by status has."""
PRIORITIES: Final = ("low", "normal", "high", "urgent")
PROBLEM: Final = "problem"
INCIDENT: Final = "incident"
TASK: Final = "task"
TYPES: Final = (PROBLEM, INCIDENT, "question", TASK)
SCRUBBED: Final = "SCRUBBED"
"""What permanent deletion leaves of a text."""


@attrs.frozen(slots=True, eq=False)
class Via:
    """How something came in: its channel, and what the channel tells of the two ends."""

    channel: str = "api"
    source: Mapping[str, Json] = attrs.field(factory=lambda: {"from": {}, "to": {}, "rel": None})


API: Final = Via()


@attrs.define(slots=True, eq=False)
class Comment:
    """One comment. `attachment_ids` are those of its files, inline pictures among them."""

    id: int
    ticket_id: int
    audit_id: int
    author_id: int
    body: str
    created_at: float
    public: bool = True
    html_body: str | None = None
    """None: the body as paragraphs."""
    attachment_ids: list[int] = attrs.field(factory=list)
    via: Via = API


@attrs.frozen(slots=True, eq=False)
class Draft:
    """A comment that is to be written. `staff`: its author is an agent, so that a public one is a reply."""

    author_id: int
    body: str
    public: bool = True
    html_body: str | None = None
    attachment_ids: Sequence[int] = ()
    staff: bool = False
    created_at: float | None = None
    """None: when it is written."""


@attrs.define(slots=True, eq=False)
class Event:
    """One event of an audit: `Create` and `Change` name a field, `Comment` has the comment, others have `more`."""

    id: int
    type: str
    field_name: str | None = None
    value: Json = None
    previous_value: Json = None
    comment: Comment | None = None
    more: dict[str, Json] = attrs.field(factory=dict)


@attrs.define(slots=True, eq=False)
class Audit:
    """One change of a ticket: by whom, when, and its events."""

    id: int
    ticket_id: int
    author_id: int
    created_at: float
    events: list[Event] = attrs.field(factory=list)
    via: Via = API
    metadata: dict[str, Json] = attrs.field(factory=lambda: {"system": {}, "custom": {}})


@attrs.define(slots=True, eq=False)
class Rating:
    """A ticket's satisfaction rating: `offered`, `good`, `bad`, or `unoffered` without an id."""

    score: str = "unoffered"
    id: int | None = None
    comment: str | None = None
    reason: str | None = None
    reason_id: int | None = None


@attrs.define(slots=True, eq=False)
class Times:
    """What metrics are computed from: when things happened first or last, and how often."""

    status_at: float
    """The last change of the status."""
    initially_assigned_at: float | None = None
    assigned_at: float | None = None
    solved_at: float | None = None
    first_solved_at: float | None = None
    closed_at: float | None = None
    requester_at: float | None = None
    """The last comment by the requester."""
    assignee_at: float | None = None
    """The last comment by the assignee."""
    comment_at: float | None = None
    """The last comment by anybody."""
    first_reply_at: float | None = None
    """The first public comment by an agent after the ticket was made."""
    custom_status_at: float | None = None
    replies: int = 0
    reopens: int = 0
    assignee_stations: int = 0
    group_stations: int = 0


@attrs.define(slots=True, eq=False)
class Ticket:
    """A ticket. Ids are small and ascend by creation. `born_id` is the id of its first audit."""

    id: int
    requester_id: int
    submitter_id: int
    created_at: float
    updated_at: float
    generated_at: float
    """The last change by anybody, the system included: what exports go by; never before `updated_at`."""
    times: Times
    born_id: int
    subject: str | None = None
    description: str = ""
    """The body of the first comment."""
    status: str = OPEN
    priority: str | None = None
    type: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    external_id: str | None = None
    recipient: str | None = None
    tags: tuple[str, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    follower_ids: tuple[int, ...] = ()
    custom_fields: dict[int, Json] = attrs.field(factory=dict)
    """Values by the id of the field; what was never written is absent."""
    custom_status_id: int | None = None
    brand_id: int | None = None
    ticket_form_id: int | None = None
    problem_id: int | None = None
    via_followup_source_id: int | None = None
    followup_ids: tuple[int, ...] = ()
    macro_ids: tuple[int, ...] = ()
    sharing_agreement_ids: tuple[int, ...] = ()
    due_at: float | None = None
    is_public: bool = True
    """Has it a public comment?"""
    via: Via = API
    rating: Rating | None = None
    archived: bool = False
    spam: bool = False
    deleted_at: float | None = None
    deleter_id: int | None = None
    erased: bool = False
    """Permanently deleted: only numbers and dates are left."""
    comments: list[Comment] | None = attrs.field(default=None, repr=False)
    """None: nobody has asked for the history of a made-up ticket yet; see `History`."""
    audits: list[Audit] | None = attrs.field(default=None, repr=False)

    @property
    def collaborator_ids(self) -> tuple[int, ...]:
        """Everybody who reads along: those in copy and the followers."""
        if not self.follower_ids:
            return self.email_cc_ids
        return tuple(dict.fromkeys((*self.email_cc_ids, *self.follower_ids)))

    @property
    def active(self) -> bool:
        """Is it neither deleted nor erased?"""
        return self.deleted_at is None

    @property
    def shown_status(self) -> str:
        """The status as exports show it."""
        return self.status if self.deleted_at is None else DELETED

    @property
    def closed(self) -> bool:
        """Can it no longer be changed?"""
        return self.status == CLOSED

    @property
    def waiting(self) -> bool:
        """Is it neither solved nor closed?"""
        return self.status not in (SOLVED, CLOSED)
