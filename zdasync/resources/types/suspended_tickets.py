"""What suspended tickets can be sorted by."""

from __future__ import annotations

from typing import Literal

__all__ = ["SuspendedTicketSort"]

SuspendedTicketSort = Literal["author_email", "cause", "created_at", "subject"]
