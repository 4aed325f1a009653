"""The export of metric events: what made the clocks of each ticket start, pause and end.

Source: the Ticket Metric Events and Incremental Exports pages of the reference. Events are derived from audits. Three
clocks start when a ticket is made: `reply_time` until an agent's first public comment, and again from each later
comment of an end user until the next reply; `requester_wait_time` until the ticket is solved, paused while it is
pending; `agent_work_time` likewise, paused while it is pending or on hold. A ticket that is reopened starts the last
two again, as another instance. What ends a clock is followed by its minutes, in `update_status`.

With `page[size]` the export has cursors, otherwise it goes by time like the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import attrs

from .guards import Holder, admins
from .http import Call, Endpoints, Json, Reply
from .incremental import Export
from .pages import Paging, paginate
from .render import View, iso
from .state import State
from .ticket_metrics import Span, minutes
from .ticket_records import CLOSED, HOLD, PENDING, SOLVED, Audit
from .ticket_store import Tickets

ACTIVATE: Final = "activate"
PAUSE: Final = "pause"
FULFILL: Final = "fulfill"
UPDATE_STATUS: Final = "update_status"
REPLY: Final = "reply_time"
_PAUSES: Final = {"requester_wait_time": (PENDING,), "agent_work_time": (PENDING, HOLD)}
"""Clocks that follow the status, and in which statuses they stand still."""


@attrs.frozen(slots=True, eq=False)
class MetricEvent:
    """One event. `spans` is what the clock has run for, where the event tells it."""

    id: int
    ticket_id: int
    metric: str
    instance_id: int
    type: str
    updated_at: float
    """When it happened; so called for exports, which go by it."""
    spans: tuple[Span, ...] | None = None


@attrs.define(slots=True, eq=False)
class _Clock:
    """One clock of one ticket. An instance begins when it starts after its end."""

    metric: str
    instance_id: int = 0
    since: float | None = None
    paused: bool = False
    spans: list[Span] = attrs.field(factory=list)

    def start(self, at: float) -> list[str]:
        if self.since is not None:
            return []
        if not self.paused:
            self.instance_id += 1
            self.spans = []
        self.since, self.paused = at, False
        return [ACTIVATE]

    def pause(self, at: float) -> list[str]:
        if self.since is None:
            return []
        self._halt(at)
        self.paused = True
        return [PAUSE]

    def end(self, at: float) -> list[str]:
        if self.since is None and not self.paused:
            return []
        self._halt(at)
        self.paused = False
        return [FULFILL, UPDATE_STATUS]

    def _halt(self, at: float) -> None:
        if self.since is not None:
            self.spans.append((self.since, at))
        self.since = None


@attrs.define(slots=True, eq=False)
class _Clocks:
    """The clocks of one ticket."""

    reply: _Clock = attrs.field(factory=lambda: _Clock(REPLY))
    others: list[_Clock] = attrs.field(factory=lambda: [_Clock(metric) for metric in _PAUSES])
    born: bool = False

    def run(self, audit: Audit, state: State) -> list[MetricEvent]:
        """What one audit does to them."""
        events: list[MetricEvent] = []
        if not self.born:
            for clock in (self.reply, *self.others):
                _tell(events, audit, clock, clock.start(audit.created_at))
        for event in audit.events:
            if event.comment is not None and event.comment.public and self.born:
                author = state.users.get(event.comment.author_id)
                replied = author is not None and author.staff
                told = self.reply.end(audit.created_at) if replied else self.reply.start(audit.created_at)
                _tell(events, audit, self.reply, told)
            elif event.field_name == "status":
                for clock in self.others:
                    _tell(events, audit, clock, _follow(clock, event.value, audit.created_at))
        self.born = True
        return events


def _follow(clock: _Clock, status: Json, at: float) -> list[str]:
    """What a status does to a clock."""
    if status in (SOLVED, CLOSED):
        return clock.end(at)
    return clock.pause(at) if status in _PAUSES[clock.metric] else clock.start(at)


def _tell(events: list[MetricEvent], audit: Audit, clock: _Clock, types: Sequence[str]) -> None:
    for kind in types:
        # Ids of audits are further apart than an audit has events.
        events.append(MetricEvent(
            audit.id + len(events), audit.ticket_id, clock.metric, clock.instance_id, kind, audit.created_at,
            tuple(clock.spans) if kind == UPDATE_STATUS else None,
        ))


@attrs.frozen(slots=True, eq=False)
class _Derived:
    """The events of a log of audits, as long as it was."""

    log: Sequence[Audit]
    length: int
    events: Sequence[MetricEvent]


_DERIVED: Final[WeakKeyDictionary[Tickets, _Derived]] = WeakKeyDictionary()


def metric_events(account: Holder) -> Sequence[MetricEvent]:
    """All events, by (second, id); derived anew when there are other audits than the last time."""
    state = account.state
    log, known = state.tickets.history.log(), _DERIVED.get(state.tickets)
    if known is not None and known.log is log and known.length == len(log):
        return known.events
    clocks: dict[int, _Clocks] = {}
    events = [one for audit in log for one in clocks.setdefault(audit.ticket_id, _Clocks()).run(audit, state)]
    _DERIVED[state.tickets] = _Derived(log, len(log), events)
    return events


def render_event(view: View, event: MetricEvent) -> dict[str, Json]:
    """An event; those that tell minutes have them under `status`."""
    shown = {
        "id": event.id,
        "ticket_id": event.ticket_id,
        "metric": event.metric,
        "instance_id": event.instance_id,
        "type": event.type,
        "time": iso(event.updated_at),
    }
    return shown if event.spans is None else shown | {"status": minutes(view.settings, list(event.spans))}


EXPORT: Final = Export("ticket_metric_events", metric_events, render_event)


def export(account: Holder, call: Call) -> Reply:
    """GET /incremental/ticket_metric_events: pages by time, or by cursor for `page[size]`."""
    if not any(name.startswith("page[") for name in call.query):
        return EXPORT.by_time(account, call)
    view = View.of(account, call)
    body = paginate(
        call,
        EXPORT.since_start(account, call),
        EXPORT.name,
        settings=account.settings,
        paging=Paging(styles=("cursor",)),
        id_of=lambda event: (int(event.updated_at), event.id),
        render=lambda event: render_event(view, event),
    )
    return Reply(body=body)


ENDPOINTS: Endpoints = {("GET", "/api/v2/incremental/ticket_metric_events"): admins(export)}
