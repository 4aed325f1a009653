"""Uploads: files that wait for the ticket comment they belong to.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record
from .users import Attachment

__all__ = ["Upload"]


class Upload(Record, frozen=True, kw_only=True):
    """One upload: `token` goes into the `uploads` of the comment that gets its files.

    `attachment` is the file that came last, `attachments` are all of them. What no comment has taken by `expires_at`
    is deleted. `repr` does not show the token: who has it can put the files into a ticket of theirs.
    """

    hidden = frozenset({"token"})

    token: str
    attachment: Attachment | None = None
    attachments: tuple[Attachment, ...] = ()
    expires_at: datetime | None = None
