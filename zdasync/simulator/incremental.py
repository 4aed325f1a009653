"""Incremental exports: everything that changed since a moment, by time or by cursor, and a sample of it.

The model, fixed by recorded replies and the Incremental Exports page of the reference. Rows come in the order of
(second of the last change, id). A cursor is the base64 of `<second>.0||<id>|`. A page by time goes on past
`per_page` until all rows of its last second are in it; its `end_time` is that second plus one, but at the end of the
stream the second itself, so that who starts again there gets that second's rows again. `start_time` must be a minute
old, and the changes of the last minute are left out. Deleted users come as well, and deleted tickets with that status
unless `exclude_deleted=true`. Tickets go by their `generated_timestamp`, which the system's own changes move too, and
events of tickets by the time of their audits. Admins only.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import attrs

from . import render, ticket_render, ticket_sideloads
from .guards import Holder, admins
from .http import Call, Endpoints, Json, Reply
from .pages import link, whole
from .records import User
from .refusals import bad_paging, bad_request, start_too_recent
from .render import View
from .settings import Settings
from .ticket_history import audit_place
from .ticket_records import Ticket
from .ticket_store import ticket_place

MAX_ROWS: Final = 1000
"""Rows of a page, and how many come unless the request asks for fewer."""
SAMPLE_ROWS: Final = 50

_CURSOR: Final = re.compile(rb"(\d{1,12})\.0\|\|(\d{1,19})\|")
_SECONDS: Final = re.compile(r"-?\d{1,12}")

Place = tuple[int, int]
"""Second of the last change, and id."""


def _place(record: Any) -> Place:  # noqa: ANN401  # any record that knows when it changed
    return int(record.updated_at), record.id


@attrs.frozen(eq=False)
class Export:
    """What can be exported: its `name` in paths and replies, its records in order, and how a page looks.

    `place` tells where a record stands in the order; `keep` makes the test for records that come in a call's pages.
    """

    name: str
    records: Callable[[Holder], Sequence[Any]]
    shown: Callable[[View, Any], Json]
    sideloads: Callable[[Holder, Call, Sequence[Any]], Mapping[str, Json]] = lambda *_: {}
    included: Callable[[Holder, Call, Sequence[Any]], Sequence[Json]] | None = None
    """What a page shows instead to callers who `include` something."""
    place: Callable[[Any], Place] = _place
    keep: Callable[[Call], Callable[[Any], bool] | None] = lambda _: None

    def by_time(self, account: Holder, call: Call) -> Reply:
        """GET /incremental/{name}: from `start_time` on."""
        start, size = _start_time(account, call), _size(call, account.settings)
        page, following = self._read(account, call, (start, -1), size, whole_second=True)
        return self._timed(account, call, page, start, more=following)

    def sample(self, account: Holder, call: Call) -> Reply:
        """GET /incremental/{name}/sample: the first rows of the same, in the same form."""
        start, size = _start_time(account, call), min(_size(call, account.settings), SAMPLE_ROWS)
        page, following = self._read(account, call, (start, -1), size)
        return self._timed(account, call, page, start, more=following)

    def by_cursor(self, account: Holder, call: Call) -> Reply:
        """GET /incremental/{name}/cursor: from `start_time` on, then from the cursor of the page before."""
        given, size = call.arg("cursor"), _size(call, account.settings)
        place = _decode(given) if given is not None else (_start_time(account, call), -1)
        page, following = self._read(account, call, place, size)
        kept = given if account.settings.export_empty_page == "kept" else None
        cursor = _encode(self.place(page[-1])) if page else kept
        link_changes = {"cursor": cursor, "start_time": None}
        return Reply(body=self._page(account, call, page) | {
            "after_url": cursor and link(call, account.settings, link_changes),
            "after_cursor": cursor,
            "before_url": None,
            "before_cursor": None,
            "end_of_stream": not following,
        })

    def since_start(self, account: Holder, call: Call) -> Sequence[Any]:
        """The records from `start_time` on, in order."""
        start, records = _start_time(account, call), self.records(account)
        first = bisect_right(records, (start, -1), key=self.place)
        return records[first : self._end(records, account, call)]

    def _read(
        self, account: Holder, call: Call, place: Place, size: int, *, whole_second: bool = False
    ) -> tuple[list[Any], bool]:
        """Up to `size` records after a place, with the rest of the last one's second if asked; are there more?

        No more is looked at than the page needs, however many records there are.
        """
        records, keep = self.records(account), self.keep(call)
        end = self._end(records, account, call)
        indexes = range(bisect_right(records, place, key=self.place), end)
        rows = (records[index] for index in indexes)
        found = iter(rows if keep is None else filter(keep, rows))
        page = list(islice(found, size))
        for record in found:
            if not whole_second or self.place(record)[0] != self.place(page[-1])[0]:
                return page, True
            page.append(record)
        return page, False

    def _end(self, records: Sequence[Any], account: Holder, call: Call) -> int:
        """Where the newest changes begin, which are still held back."""
        newest = int(call.now - account.settings.export_holds_back)
        return bisect_right(records, newest, key=lambda record: self.place(record)[0])

    def _timed(self, account: Holder, call: Call, page: Sequence[Any], start: int, *, more: bool) -> Reply:
        settings = account.settings
        kept = start if settings.export_empty_page == "kept" else None
        end_time = self.place(page[-1])[0] + more if page else kept
        goes_on = end_time is not None and (more or settings.export_last_link)
        return Reply(body=self._page(account, call, page) | {
            "next_page": link(call, settings, {"start_time": str(end_time)}) if goes_on else None,
            "count": len(page),
            "end_of_stream": not more,
            "end_time": end_time,
        })

    def _page(self, account: Holder, call: Call, page: Sequence[Any]) -> dict[str, Json]:
        view = View.of(account, call)
        if self.included is not None and call.arg("include"):
            shown = self.included(account, call, page)
        else:
            shown = [self.shown(view, record) for record in page]
        return {self.name: shown, **self.sideloads(account, call, page)}


def _encode(place: Place) -> str:
    return base64.b64encode(b"%d.0||%d|" % place).decode()


def _decode(cursor: str) -> Place:
    try:
        found = _CURSOR.fullmatch(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError):
        found = None
    if found is None:
        raise bad_request("The cursor is not valid", "InvalidCursor")
    return int(found[1]), int(found[2])


def _start_time(account: Holder, call: Call) -> int:
    raw = call.arg("start_time")
    if raw is None or not _SECONDS.fullmatch(raw):
        raise bad_request("start_time must be given, in unix seconds", "InvalidStartTime")
    age = account.settings.export_start_age
    if int(raw) > call.now - age:
        raise start_too_recent(age)
    return int(raw)


def _size(call: Call, settings: Settings) -> int:
    size = whole(call, "per_page", MAX_ROWS)
    if size > MAX_ROWS and settings.oversize_export == "refuse":
        raise bad_paging(f"per_page must be less than or equal to {MAX_ROWS}")
    return min(size, MAX_ROWS)


def _users(account: Holder) -> Sequence[User]:
    users = account.state.changed_users()
    return users if account.settings.export_deleted_users else [user for user in users if user.active]


def _beside_users(account: Holder, call: Call, page: Sequence[User]) -> Mapping[str, Json]:
    return render.user_sideloads(View.of(account, call), call.arg("include"), page)


def _beside_tickets(account: Holder, call: Call, page: Sequence[Ticket]) -> Mapping[str, Json]:
    """What `include` asks for; an export brings no `last_audits`."""
    names = (call.arg("include") or "").split(",")
    return ticket_sideloads.sideloads(account, call, ",".join(name for name in names if name != "last_audits"), page)


USERS: Final = Export("users", _users, render.user, _beside_users)
TICKETS: Final = Export(
    "tickets",
    lambda account: account.state.tickets.changed(),
    ticket_render.ticket,
    _beside_tickets,
    ticket_sideloads.rows,
    place=ticket_place,
    keep=lambda call: (lambda ticket: ticket.active) if call.arg("exclude_deleted") == "true" else None,
)
TICKET_EVENTS: Final = Export(
    "ticket_events",
    lambda account: account.state.tickets.history.log(),
    ticket_render.ticket_event,
    place=audit_place,
)
TOLD_EVENTS: Final = attrs.evolve(TICKET_EVENTS, shown=ticket_render.told_ticket_event)
"""The same with what was said in comments."""


def _events(account: Holder, call: Call) -> Export:
    del account
    names = (call.arg("include") or "").split(",")
    return TOLD_EVENTS if "comment_events" in names else TICKET_EVENTS


def ticket_events(account: Holder, call: Call) -> Reply:
    """GET /incremental/ticket_events, with `include=comment_events` for what was said."""
    return _events(account, call).by_time(account, call)


def ticket_events_sample(account: Holder, call: Call) -> Reply:
    """GET /incremental/ticket_events/sample."""
    return _events(account, call).sample(account, call)


ORGANIZATIONS: Final = Export(
    "organizations",
    lambda account: sorted(account.state.organizations.values(), key=_place),
    render.organization,
)

ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/incremental/users"): admins(USERS.by_time),
    ("GET", "/api/v2/incremental/users/cursor"): admins(USERS.by_cursor),
    ("GET", "/api/v2/incremental/users/sample"): admins(USERS.sample),
    ("GET", "/api/v2/incremental/tickets"): admins(TICKETS.by_time),
    ("GET", "/api/v2/incremental/tickets/cursor"): admins(TICKETS.by_cursor),
    ("GET", "/api/v2/incremental/tickets/sample"): admins(TICKETS.sample),
    ("GET", "/api/v2/incremental/ticket_events"): admins(ticket_events),
    ("GET", "/api/v2/incremental/ticket_events/sample"): admins(ticket_events_sample),
    ("GET", "/api/v2/incremental/organizations"): admins(ORGANIZATIONS.by_time),
    ("GET", "/api/v2/incremental/organizations/sample"): admins(ORGANIZATIONS.sample),
}
