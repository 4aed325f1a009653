"""Satisfaction ratings: what requesters thought of solved tickets, and the reasons that they may choose from.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/ and
.../satisfaction_reasons/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record

__all__ = ["SatisfactionRating", "SatisfactionReason"]


class SatisfactionRating(Record, frozen=True, kw_only=True):
    """What the requester of one ticket said about it.

    `score` is "offered" once the question was asked, "unoffered" where it was not, then "good" or "bad". Whether a
    requester who changes his mind makes another rating is not documented; the ticket shows the last one.
    """

    id: int
    url: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    requester_id: int | None = None
    ticket_id: int | None = None
    score: str | None = None
    comment: str | None = None
    reason: str | None = None
    reason_id: int | None = None
    reason_code: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class SatisfactionReason(Record, frozen=True, kw_only=True):
    """One of the reasons that are offered for a bad rating.

    `raw_value` may be a placeholder of dynamic content, `value` is what it says. Ratings name their reason by
    `reason_code` as well as by id. `deleted_at` is set once the reason is offered no more.
    """

    id: int
    url: str | None = None
    value: str | None = None
    raw_value: str | None = None
    reason_code: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
