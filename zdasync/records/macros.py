"""Macros: sets of changes that agents make to a ticket at once, what they would make of one, and their files.

Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/macros/
"""

from __future__ import annotations

from datetime import datetime

from ._record import JsonValue, Record
from .rules import Action, Restriction, Rule
from .tickets import Ticket

__all__ = ["DerivedMacro", "Macro", "MacroAttachment", "MacroComment", "MacroResult", "MacroTicket"]


class Macro(Rule, frozen=True, kw_only=True):
    """A set of changes to a ticket. `restriction` is None for a macro that all agents share."""

    description: str | None = None
    actions: tuple[Action, ...] = ()
    restriction: Restriction | None = None
    categories: JsonValue = None


class DerivedMacro(Macro, frozen=True, kw_only=True):
    """A macro in the making, as Zendesk proposes it: it is not saved, and its `id` is 0."""

    id: int = 0


class MacroComment(Record, frozen=True, kw_only=True):
    """The comment that a macro would add. `scoped_body` are its texts by channel, as pairs of the two."""

    body: str | None = None
    html_body: str | None = None
    public: bool | None = None
    scoped_body: tuple[tuple[str, ...], ...] = ()


class MacroTicket(Ticket, frozen=True, kw_only=True):
    """A ticket as a macro would leave it, or of it only what the macro changes.

    `fields` are custom fields: one object, or a list of them. Changes that belong to no ticket have `id` 0.
    """

    id: int = 0
    comment: MacroComment | None = None
    fields: JsonValue = None  # type: ignore[assignment]  # of tickets elsewhere it is always a list


class MacroResult(Record, frozen=True, kw_only=True):
    """What a macro would do; nothing of it is saved. The comment stands in the ticket, or beside it."""

    ticket: MacroTicket | None = None
    comment: MacroComment | None = None


class MacroAttachment(Record, frozen=True, kw_only=True):
    """A file that a macro adds to its comment; `size` is in bytes."""

    id: int
    filename: str | None = None
    content_type: str | None = None
    content_url: str | None = None
    size: int | None = None
    created_at: datetime | None = None
