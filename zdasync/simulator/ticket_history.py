"""The comments and audits of all tickets.

A made-up ticket has none until somebody asks for them: then it gets those of its creation, under ids that were kept
for it. So 100,000 tickets cost little as long as nobody reads what was said in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from . import ticket_times
from .http import Json
from .ticket_records import Audit, Comment, Draft, Event, Ticket

_NAMED: Final = ("subject", "status", "priority", "type", "assignee_id", "group_id", "requester_id", "tags")
"""Fields whose values every creation tells."""


@attrs.define(eq=False)
class History:
    """All comments and audits. `new_id` gives their ids and those of events."""

    new_id: Callable[[], int] = attrs.field(repr=False)
    _log: list[Audit] = attrs.field(factory=list, init=False, repr=False)
    _sorted: bool = attrs.field(default=True, init=False, repr=False)
    _untold: list[Ticket] = attrs.field(factory=list, init=False, repr=False)

    def comments_of(self, ticket: Ticket) -> list[Comment]:
        """A ticket's comments, oldest first."""
        if ticket.comments is None:
            self._make_up(ticket)
        return [] if ticket.comments is None else ticket.comments

    def audits_of(self, ticket: Ticket) -> list[Audit]:
        """A ticket's audits, oldest first."""
        if ticket.audits is None:
            self._make_up(ticket)
        return [] if ticket.audits is None else ticket.audits

    def log(self) -> Sequence[Audit]:
        """The audits of all tickets by `audit_place`; not to be changed."""
        for ticket in self._untold:
            self.audits_of(ticket)
        self._untold.clear()
        if not self._sorted:
            self._log.sort(key=audit_place)
            self._sorted = True
        return self._log

    # --- writing

    def owe(self, ticket: Ticket) -> None:
        """Make the history of a made-up ticket up when it is asked for."""
        self._untold.append(ticket)

    def begin(self, ticket: Ticket, comment: Draft, fields: Iterable[str]) -> None:
        """Tell of a ticket's creation."""
        ticket.comments, ticket.audits = [], []
        audit = Audit(ticket.born_id, ticket.id, ticket.submitter_id, ticket.created_at, via=ticket.via)
        self.comment(ticket, audit, attrs.evolve(comment, staff=False))
        told = {name: getattr(ticket, name) for name in dict.fromkeys((*_NAMED, *fields))}
        audit.events += [Event(self.new_id(), "Create", name, value) for name, value in _named(told)]
        self.note(ticket, audit)

    def comment(self, ticket: Ticket, audit: Audit, draft: Draft) -> Comment:
        """Add a comment to a ticket and, as its first event, to an audit."""
        comment = Comment(
            self.new_id(), ticket.id, audit.id, draft.author_id, draft.body,
            audit.created_at if draft.created_at is None else draft.created_at,
            draft.public, draft.html_body, list(draft.attachment_ids), audit.via,
        )
        self.comments_of(ticket).append(comment)
        audit.events.insert(0, Event(comment.id, "Comment", comment=comment))
        ticket.is_public = ticket.is_public or comment.public
        ticket_times.commented(ticket, comment, staff=draft.staff)
        return comment

    def change(self, audit: Audit, name: str, before: Json, value: Json) -> None:
        """Tell in an audit that a field was changed."""
        old, new = dict(_named({name: before})), dict(_named({name: value}))
        audit.events += [
            Event(self.new_id(), "Change", key, new.get(key), old.get(key))
            for key in {**old, **new} if new.get(key) != old.get(key)
        ]

    def note(self, ticket: Ticket, audit: Audit) -> None:
        """Keep an audit that is complete."""
        self.audits_of(ticket).append(audit)
        self._keep(audit)

    def forget(self, ticket: Ticket) -> None:
        """Drop all that was said in a ticket."""
        self.audits_of(ticket)
        ticket.comments, ticket.audits = [], []
        self._log = [audit for audit in self._log if audit.ticket_id != ticket.id]

    def _keep(self, audit: Audit) -> None:
        self._sorted = self._sorted and (not self._log or audit_place(self._log[-1]) < audit_place(audit))
        self._log.append(audit)

    def _make_up(self, ticket: Ticket) -> None:
        """The comment and the audit of a made-up ticket's creation; ids from its `born_id` on are its own."""
        audit = Audit(ticket.born_id, ticket.id, ticket.submitter_id, ticket.created_at, via=ticket.via)
        comment = Comment(
            audit.id + 1, ticket.id, audit.id, ticket.requester_id, ticket.description, ticket.created_at,
            via=ticket.via,
        )
        audit.events.append(Event(comment.id, "Comment", comment=comment))
        audit.events += [
            Event(audit.id + number, "Create", name, getattr(ticket, name)) for number, name in enumerate(_NAMED, 2)
        ]
        ticket.comments, ticket.audits = [comment], [audit]
        self._keep(audit)


def audit_place(audit: Audit) -> tuple[int, int]:
    """Where an audit stands among those of all tickets: its second, and its id."""
    return int(audit.created_at), audit.id


def _named(values: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Fields as audits name them: each custom field by its id."""
    for name, value in values.items():
        if name == "custom_fields":
            yield from ((str(field_id), one) for field_id, one in value.items())
        else:
            yield name, value
