"""The fields of a skip that can be written."""

from __future__ import annotations

from typing import Required, TypedDict

from .common import CallOptions

__all__ = ["TicketSkipFields", "TicketSkipWrite"]


class TicketSkipWrite(TypedDict, total=False):
    """Which ticket an agent passes over, and why."""

    ticket_id: Required[int]
    reason: str


class TicketSkipFields(TicketSkipWrite, CallOptions, total=False):
    """Which ticket an agent passes over, and why, and the options of the call."""
