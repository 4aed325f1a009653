"""Tags, as the account counts them.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/tags/
"""

from __future__ import annotations

from ._record import Record

__all__ = ["Tag"]


class Tag(Record, frozen=True, kw_only=True):
    """A tag of the account, and how often it was used in the last 60 days.

    `count` is None where Zendesk gives no more than the names, as its schema has it.
    """

    named_by = "name"

    name: str
    count: int | None = None
