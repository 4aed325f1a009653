"""Incremental exports: everything that changed since a moment, by time or by cursor, and a sample of it.

The model, fixed by recorded replies and the Incremental Exports page of the reference. Rows come in the order of
(second of the last change, id). A cursor is the base64 of `<second>.0||<id>|`. A page by time goes on past
`per_page` until all rows of its last second are in it; its `end_time` is that second plus one, but at the end of the
stream the second itself, so that who starts again there gets that second's rows again. `start_time` must be a minute
old, and the changes of the last minute are left out. Deleted users come as well. Admins only.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from . import render
from .guards import Holder, admins
from .http import Call, Endpoints, Json, Reply
from .pages import link, whole
from .records import Organization, User
from .refusals import bad_paging, bad_request, start_too_recent
from .render import View
from .settings import Settings

MAX_ROWS: Final = 1000
"""Rows of a page, and how many come unless the request asks for fewer."""
SAMPLE_ROWS: Final = 50

_CURSOR: Final = re.compile(rb"(\d{1,12})\.0\|\|(\d{1,19})\|")
_SECONDS: Final = re.compile(r"-?\d{1,12}")

Place = tuple[int, int]
"""Second of the last change, and id."""


@attrs.frozen(eq=False)
class Export:
    """What can be exported: its `name` in paths and replies, its records in order, and how a page looks."""

    name: str
    records: Callable[[Holder], Sequence[Any]]
    shown: Callable[[View, Any], Json]
    sideloads: Callable[[View, str | None, Sequence[Any]], Mapping[str, Json]] = lambda *_: {}

    def by_time(self, account: Holder, call: Call) -> Reply:
        """GET /incremental/{name}: from `start_time` on."""
        start, size = _start_time(account, call), _size(call, account.settings)
        changed = self._changed(account, call.now)
        first = bisect_left(changed, start, key=_second)
        end = min(first + size, len(changed))
        if end > first:
            end = bisect_right(changed, _second(changed[end - 1]), lo=end, key=_second)
        return self._timed(account, call, changed[first:end], start, more=end < len(changed))

    def sample(self, account: Holder, call: Call) -> Reply:
        """GET /incremental/{name}/sample: the first rows of the same, in the same form."""
        start = _start_time(account, call)
        changed = self._changed(account, call.now)
        first = bisect_left(changed, start, key=_second)
        end = first + min(_size(call, account.settings), SAMPLE_ROWS)
        return self._timed(account, call, changed[first:end], start, more=end < len(changed))

    def by_cursor(self, account: Holder, call: Call) -> Reply:
        """GET /incremental/{name}/cursor: from `start_time` on, then from the cursor of the page before."""
        given, size = call.arg("cursor"), _size(call, account.settings)
        place = _decode(given) if given is not None else (_start_time(account, call), -1)
        changed = self._changed(account, call.now)
        first = bisect_right(changed, place, key=_place)
        page = changed[first : first + size]
        cursor = _encode(_place(page[-1])) if page else given if account.settings.export_empty_page == "kept" else None
        following = {"cursor": cursor, "start_time": None}
        return Reply(body=self._page(account, call, page) | {
            "after_url": cursor and link(call, account.settings, following),
            "after_cursor": cursor,
            "before_url": None,
            "before_cursor": None,
            "end_of_stream": first + size >= len(changed),
        })

    def _changed(self, account: Holder, now: float) -> Sequence[Any]:
        """The records in order, up to the newest ones that are still held back."""
        records = self.records(account)
        return records[: bisect_right(records, now - account.settings.export_holds_back, key=_second)]

    def _timed(self, account: Holder, call: Call, page: Sequence[Any], start: int, *, more: bool) -> Reply:
        settings = account.settings
        kept = start if settings.export_empty_page == "kept" else None
        end_time = _second(page[-1]) + more if page else kept
        goes_on = end_time is not None and (more or settings.export_last_link)
        return Reply(body=self._page(account, call, page) | {
            "next_page": link(call, settings, {"start_time": str(end_time)}) if goes_on else None,
            "count": len(page),
            "end_of_stream": not more,
            "end_time": end_time,
        })

    def _page(self, account: Holder, call: Call, page: Sequence[Any]) -> dict[str, Json]:
        view = View.of(account, call)
        shown = [self.shown(view, record) for record in page]
        return {self.name: shown, **self.sideloads(view, call.arg("include"), page)}


def _second(record: User | Organization) -> int:
    return int(record.updated_at)


def _place(record: User | Organization) -> Place:
    return int(record.updated_at), record.id


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


USERS: Final = Export("users", _users, render.user, render.user_sideloads)
ORGANIZATIONS: Final = Export(
    "organizations",
    lambda account: sorted(account.state.organizations.values(), key=_place),
    render.organization,
)

ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/incremental/users"): admins(USERS.by_time),
    ("GET", "/api/v2/incremental/users/cursor"): admins(USERS.by_cursor),
    ("GET", "/api/v2/incremental/users/sample"): admins(USERS.sample),
    ("GET", "/api/v2/incremental/organizations"): admins(ORGANIZATIONS.by_time),
    ("GET", "/api/v2/incremental/organizations/sample"): admins(ORGANIZATIONS.sample),
}
