"""What the simulated account keeps beside its tickets: ratings and their reasons, skips, and suspended messages.

The model, from the Satisfaction Ratings, Satisfaction Reasons, Ticket Skips and Suspended Tickets pages of the
reference. Times are unix seconds. Nothing here knows HTTP, rights or settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import attrs

from .ticket_records import Via

REASONS: Final = {
    5: "The issue took too long to resolve",
    6: "The issue was not resolved",
    7: "The agent's knowledge is unsatisfactory",
    8: "The agent's attitude is unsatisfactory",
    100: "Some other reason",
}
"""The reasons of a new account, by their code; code 0 stands for none."""
_FIRST_REASON: Final = 9_000_000
_REASONS_SINCE: Final = 1_262_304_000.0

CAUSES: Final = {
    2: "Email is from a blocked sender",
    6: "Automated response mail, out of office",
    17: "Detected as spam",
    20: "Email user unverified",
}
"""Some of the causes for which messages are suspended, by their number."""
SPAM: Final = 17


@attrs.define(slots=True, eq=False)
class Reason:
    """A reason for a bad rating."""

    id: int
    code: int
    value: str
    created_at: float
    updated_at: float
    deleted_at: float | None = None


@attrs.define(slots=True, eq=False)
class GivenRating:
    """A rating as the list of ratings has it; the ticket shows the last one."""

    id: int
    ticket_id: int
    requester_id: int
    assignee_id: int | None
    group_id: int | None
    score: str
    created_at: float
    updated_at: float
    comment: str | None = None
    reason: Reason | None = None


def _first_reasons() -> dict[int, Reason]:
    rows = (
        Reason(_FIRST_REASON + code, code, value, _REASONS_SINCE, _REASONS_SINCE) for code, value in REASONS.items()
    )
    return {reason.id: reason for reason in rows}


@attrs.define(slots=True, eq=False)
class Ratings:
    """All ratings and reasons, by id."""

    given: dict[int, GivenRating] = attrs.field(factory=dict, repr=False)
    reasons: dict[int, Reason] = attrs.field(factory=_first_reasons, repr=False)

    def add(self, rating: GivenRating) -> GivenRating:
        """Take a rating in."""
        self.given[rating.id] = rating
        return rating

    def last_of(self, ticket_id: int) -> GivenRating | None:
        """The last rating of a ticket."""
        return next((one for one in reversed(self.given.values()) if one.ticket_id == ticket_id), None)

    def reason(self, code: int) -> Reason | None:
        """The reason with a code, unless it is deleted."""
        return next((one for one in self.reasons.values() if one.code == code and one.deleted_at is None), None)


@attrs.define(slots=True, eq=False)
class Skip:
    """An agent passing over a ticket."""

    id: int
    ticket_id: int
    user_id: int
    reason: str | None
    created_at: float


@attrs.define(slots=True, eq=False)
class Suspended:
    """A message that was held back. `ticket_id`: it answers that ticket, and would be a comment on it."""

    id: int
    author_email: str
    author_name: str
    subject: str
    content: str
    created_at: float
    updated_at: float
    cause_id: int = SPAM
    ticket_id: int | None = None
    recipient: str | None = None
    message_id: str | None = None
    attachment_ids: tuple[int, ...] = ()
    error_messages: tuple[str, ...] = ()
    """Why its recovery failed."""
    via: Via = attrs.field(factory=lambda: Via("email"))

    @property
    def cause(self) -> str:
        """Why it was suspended, in words."""
        return CAUSES.get(self.cause_id, CAUSES[SPAM])


@attrs.define(slots=True, eq=False)
class SuspendedMessages:
    """All suspended messages, by id. `new_id` gives their ids."""

    new_id: Callable[[], int] = attrs.field(repr=False)
    records: dict[int, Suspended] = attrs.field(factory=dict, repr=False)

    def add(
        self,
        author_email: str,
        *,
        now: float,
        author_name: str = "",
        subject: str = "",
        content: str = "",
        cause_id: int = SPAM,
        ticket_id: int | None = None,
        attachment_ids: Iterable[int] = (),
    ) -> Suspended:
        """A message comes in by mail and is held back."""
        key = self.new_id()
        message = Suspended(
            key, author_email, author_name or author_email.partition("@")[0], subject, content, now, now, cause_id,
            ticket_id, message_id=f"<{key}@mail.example>", attachment_ids=tuple(attachment_ids),
        )
        self.records[key] = message
        return message
