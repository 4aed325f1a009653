"""The tickets of the simulated account, with the indexes that keep 100,000 of them fast.

The model: tickets in a dictionary by id, sorted ids of the active and of the deleted ones, one index for each thing
that the API lists tickets by (requester, assignee, who is in copy, who follows, organization, problem), and the order
of exports, (second of the last change, id), kept by `in_order`. What is indexed changes through methods of
`Tickets` only; a change through `update` writes its audit. Nothing here knows HTTP, rights or settings: what may be
written is the caller's to check.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from . import sorted_ids, ticket_times
from .http import Json
from .in_order import InOrder
from .ticket_history import History
from .ticket_records import API, CLOSED, PROBLEM, SCRUBBED, Audit, Comment, Draft, Event, Ticket, Times, Via

Index = defaultdict[int, list[int]]
"""Something's id to the ids of its active tickets, ascending."""

MAX_VIEWED: Final = 5
"""How many tickets an agent has looked at recently."""

_INDEXED: Final = frozenset({
    "requester_id", "assignee_id", "email_cc_ids", "follower_ids", "organization_id", "problem_id", "external_id",
    "tags", "type",
})


def _index() -> Index:
    return defaultdict(list)


@attrs.define(eq=False)
class Tickets:
    """All tickets ever, erased ones too. `new_id` gives the ids of comments, audits and events."""

    new_id: Callable[[], int] = attrs.field(repr=False)
    history: History = attrs.field(init=False, repr=False)
    records: dict[int, Ticket] = attrs.field(factory=dict, repr=False)
    ids: list[int] = attrs.field(factory=list, repr=False)
    """Ids of active tickets, ascending."""
    deleted_ids: list[int] = attrs.field(factory=list, repr=False)
    """Ids of deleted tickets that are not erased, ascending."""
    archived_ids: set[int] = attrs.field(factory=set, repr=False)
    """Tickets that lists leave out, while exports, searches and their own paths show them."""
    requested: Index = attrs.field(factory=_index, repr=False)
    assigned: Index = attrs.field(factory=_index, repr=False)
    copied: Index = attrs.field(factory=_index, repr=False)
    """By everybody who reads along: those in copy and the followers."""
    followed: Index = attrs.field(factory=_index, repr=False)
    of_organization: Index = attrs.field(factory=_index, repr=False)
    incidents: Index = attrs.field(factory=_index, repr=False)
    """By the id of their problem."""
    problems: list[int] = attrs.field(factory=list, repr=False)
    """Ids of active tickets of the type problem, ascending."""
    external_ids: defaultdict[str, list[int]] = attrs.field(factory=lambda: defaultdict(list), repr=False)
    """By external id, which need not be unique."""
    tag_counts: Counter[str] = attrs.field(factory=Counter, repr=False)
    """How many active tickets have each tag."""
    viewed: Index = attrs.field(factory=_index, repr=False)
    """By the agent who has looked at them recently, the latest last."""
    field_ids: list[int] = attrs.field(factory=list, repr=False)
    """The account's custom ticket fields: what every ticket shows a value of."""
    custom_statuses: dict[str, int] = attrs.field(factory=dict, repr=False)
    """The custom status that stands for each status, by the status's name; without any, tickets show none."""
    brand_id: int | None = None
    """The brand of tickets that have none of their own."""
    form_id: int | None = None
    """The form of tickets that have none of their own."""
    last_id: int = 0
    _exported: InOrder[Ticket] = attrs.field(init=False, repr=False)
    _by_update: InOrder[int] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.history = History(self.new_id)
        self._exported = InOrder(ticket_place)
        self._by_update = InOrder(self._updated, lambda ticket_id: self.records[ticket_id].active)

    # --- finding

    def active(self, ticket_id: int) -> Ticket | None:
        """The ticket with this id, unless it is deleted."""
        ticket = self.records.get(ticket_id)
        return ticket if ticket is not None and ticket.active else None

    def deleted(self, ticket_id: int) -> Ticket | None:
        """The deleted ticket with this id, unless it is erased."""
        ticket = self.records.get(ticket_id)
        return ticket if ticket is not None and not ticket.active and not ticket.erased else None

    def all_active(self) -> Iterator[Ticket]:
        """All that are not deleted, by id."""
        return (self.records[ticket_id] for ticket_id in self.ids)

    def changed(self) -> Sequence[Ticket]:
        """All tickets ever, by `ticket_place`: the order of exports; not to be changed."""
        return self._exported.rows()

    def by_update(self) -> Sequence[int]:
        """Ids of active tickets by their `updated_at`, then by id."""
        return self._by_update.rows()

    def open_of(self, user_id: int) -> int:
        """How many tickets that are not closed a user has asked."""
        return sum(self.records[ticket_id].status != CLOSED for ticket_id in self.requested.get(user_id, ()))

    def comments_of(self, ticket: Ticket) -> list[Comment]:
        """A ticket's comments, oldest first."""
        return self.history.comments_of(ticket)

    def audits_of(self, ticket: Ticket) -> list[Audit]:
        """A ticket's audits, oldest first."""
        return self.history.audits_of(ticket)

    # --- writing

    def reserve(self) -> int:
        """The id of a ticket that may come."""
        self.last_id += 1
        return self.last_id

    def create(
        self,
        requester_id: int,
        *,
        now: float,
        submitter_id: int | None = None,
        comment: str | Draft = "",
        created_at: float | None = None,
        updated_at: float | None = None,
        ticket_id: int | None = None,
        via: Via = API,
        **fields: Any,
    ) -> Ticket:
        """A new ticket with its first comment and the audit of its creation.

        `fields` are those of `Ticket`. The submitter is the requester unless given, and the author of a comment that
        is a mere text. `created_at` and `updated_at` are those of an import; `ticket_id` is one that was reserved.
        """
        submitter = requester_id if submitter_id is None else submitter_id
        draft = Draft(submitter, comment) if isinstance(comment, str) else comment
        born = now if created_at is None else created_at
        changed = born if updated_at is None else updated_at
        ticket = Ticket(
            self.reserve() if ticket_id is None else ticket_id, requester_id, submitter, born, changed,
            max(now, changed), Times(changed), self.new_id(), description=draft.body, is_public=draft.public, via=via,
            **fields,
        )
        ticket_times.born(ticket)
        self.records[ticket.id] = ticket
        sorted_ids.add(self.ids, ticket.id)
        self._enter(ticket)
        self._moved(ticket)
        self.history.begin(ticket, draft, fields)
        return ticket

    def load(self, tickets: Iterable[Ticket]) -> None:
        """Take many made-up tickets in at once; their ids ascend and are above all others."""
        for ticket in tickets:
            ticket_times.born(ticket)
            ticket.times.comment_at = ticket.times.requester_at = ticket.created_at
            self.records[ticket.id] = ticket
            self.ids.append(ticket.id)
            self._enter(ticket)
            self.history.owe(ticket)
            self.last_id = ticket.id
        self._exported.load(self.records.values())
        self._by_update.load(self.records)

    def update(
        self,
        ticket: Ticket,
        changes: Mapping[str, Json],
        *,
        actor_id: int,
        now: float,
        comment: Draft | None = None,
        more: Iterable[Event] = (),
        via: Via = API,
        metadata: Mapping[str, Json] | None = None,
    ) -> Audit | None:
        """Write what `changes` really changes, and a comment, with one audit of it all; None when nothing is new.

        `more` are further events of the audit; `metadata` is what the caller's own system says of the change.
        """
        # Made before the change: a history that is made up tells what was there at first.
        self.history.audits_of(ticket)
        audit = Audit(self.new_id(), ticket.id, actor_id, now, via=via)
        if metadata:
            audit.metadata["custom"] = dict(metadata)
        self._change(ticket, audit, {name: value for name, value in changes.items() if getattr(ticket, name) != value})
        audit.events += more
        if comment is not None:
            self.history.comment(ticket, audit, comment)
        if not audit.events:
            return None
        self.history.note(ticket, audit)
        self.touch(ticket, now)
        return audit

    def add_comment(self, ticket: Ticket, comment: Draft, *, now: float, via: Via = API) -> Comment:
        """Add a comment under an audit of its own."""
        self.update(ticket, {}, actor_id=comment.author_id, now=now, comment=comment, via=via)
        return self.comments_of(ticket)[-1]

    def touch(self, ticket: Ticket, now: float, *, system: bool = False) -> None:
        """It has changed; `system`: not by anybody, so that `updated_at` stays and exports show it all the same."""
        ticket.generated_at = max(now, ticket.generated_at)
        if not system:
            ticket.updated_at = now
        self._moved(ticket)

    def backdate(self, ticket: Ticket, updated_at: float) -> None:
        """Say when it has changed last, as an import does; exports go by the real time."""
        ticket.updated_at = updated_at
        self._moved(ticket)

    def archive(self, ticket: Ticket) -> None:
        """Out of the lists; exports, searches and its own path still show it."""
        ticket.archived = True
        self.archived_ids.add(ticket.id)

    def view(self, user_id: int, ticket_id: int) -> None:
        """An agent has looked at a ticket."""
        seen = self.viewed[user_id]
        if ticket_id in seen:
            seen.remove(ticket_id)
        seen.append(ticket_id)
        del seen[:-MAX_VIEWED]

    def delete(self, ticket: Ticket, now: float, deleter_id: int) -> None:
        """Soft-delete: out of all lists but those of deleted tickets and exports."""
        self.touch(ticket, now)
        self._leave(ticket)
        sorted_ids.discard(self.ids, ticket.id)
        sorted_ids.add(self.deleted_ids, ticket.id)
        ticket.deleted_at, ticket.deleter_id = now, deleter_id
        self._moved(ticket)

    def restore(self, ticket: Ticket, now: float) -> None:
        """Take a deletion back."""
        sorted_ids.discard(self.deleted_ids, ticket.id)
        sorted_ids.add(self.ids, ticket.id)
        ticket.deleted_at = ticket.deleter_id = None
        self._enter(ticket)
        self.touch(ticket, now)

    def erase(self, ticket: Ticket, now: float) -> None:
        """Delete permanently a ticket that is deleted: nothing that anybody wrote is left."""
        self.history.forget(ticket)
        sorted_ids.discard(self.deleted_ids, ticket.id)
        ticket.erased = True
        ticket.subject = ticket.description = SCRUBBED
        ticket.external_id = ticket.recipient = None
        ticket.tags, ticket.custom_fields, ticket.rating = (), {}, None
        self.touch(ticket, now)

    def give_to(self, loser_id: int, winner_id: int) -> None:
        """All tickets of one user become another's, as when profiles are merged."""
        for ticket_id in {*self.requested.get(loser_id, ()), *self.copied.get(loser_id, ())}:
            ticket = self.records[ticket_id]
            self._leave(ticket)
            if ticket.requester_id == loser_id:
                ticket.requester_id = winner_id
            ticket.email_cc_ids = _replaced(ticket.email_cc_ids, loser_id, winner_id)
            ticket.follower_ids = _replaced(ticket.follower_ids, loser_id, winner_id)
            self._enter(ticket)

    # --- indexes

    def _change(self, ticket: Ticket, audit: Audit, changes: Mapping[str, Json]) -> None:
        moved = ticket.active and not _INDEXED.isdisjoint(changes)
        if moved:
            self._leave(ticket)
        for name, value in changes.items():
            before = getattr(ticket, name)
            setattr(ticket, name, value)
            self.history.change(audit, name, before, value)
            ticket_times.changed(ticket, name, before, audit.created_at)
        if moved:
            self._enter(ticket)

    def _moved(self, ticket: Ticket) -> None:
        """Its place in the orders by time is another one."""
        self._exported.moved(ticket)
        self._by_update.moved(ticket.id)

    def _updated(self, ticket_id: int) -> tuple[float, int]:
        return self.records[ticket_id].updated_at, ticket_id

    def _places(self, ticket: Ticket) -> Iterator[list[int]]:
        """The lists of the indexes that an active ticket stands in."""
        yield self.requested[ticket.requester_id]
        if ticket.assignee_id is not None:
            yield self.assigned[ticket.assignee_id]
        if ticket.organization_id is not None:
            yield self.of_organization[ticket.organization_id]
        if ticket.problem_id is not None:
            yield self.incidents[ticket.problem_id]
        if ticket.type == PROBLEM:
            yield self.problems
        if ticket.external_id is not None:
            yield self.external_ids[ticket.external_id]
        for user_id in ticket.follower_ids:
            yield self.followed[user_id]
        for user_id in ticket.collaborator_ids:
            yield self.copied[user_id]

    def _enter(self, ticket: Ticket) -> None:
        for ids in self._places(ticket):
            sorted_ids.add(ids, ticket.id)
        self.tag_counts.update(ticket.tags)

    def _leave(self, ticket: Ticket) -> None:
        for ids in self._places(ticket):
            sorted_ids.discard(ids, ticket.id)
        self.tag_counts.subtract(ticket.tags)


def ticket_place(ticket: Ticket) -> tuple[int, int]:
    """Where a ticket stands in exports: the second of its last change, and its id."""
    return int(ticket.generated_at), ticket.id


def _replaced(ids: tuple[int, ...], old: int, new: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(new if one == old else one for one in ids))
