"""A caller that answers incremental exports from a few records, in every way in which Zendesk has been seen to answer.

It is small enough to be read, so that what a property test proves against it is proved against something known.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import attrs

from zdasync._core.message import Request, Response
from zdasync.errors import ServerError, StartTooRecent
from zdasync.events import Event

NOW = 1_700_000_000


@attrs.define(eq=False, slots=False)
class FakeExports:
    """Records by id with the second of their last change, and a `version` that grows with every change.

    `extends`: a page by time goes on to the end of its last second. `plus_one`: unless it is the last one, it ends a
    second after its last row. `flagged`: pages say `end_of_stream`. `slow_above`: pages of more rows answer 504.
    `behind`: rows are ordered by a time that is so many seconds later than the one that they show.
    """

    extends: bool = True
    plus_one: bool = True
    kept: bool = False
    flagged: bool = True
    dated: bool = True
    holds_back: int = 60
    oldest_start: int = 60
    shuffled: bool = False
    behind: int = 0
    slow_above: int | None = None
    now: int = NOW
    rows: dict[int, tuple[int, int]] = attrs.field(factory=dict)
    sent: list[Request] = attrs.field(factory=list)
    events: list[Event] = attrs.field(factory=list)
    _changes: int = 0

    base_url = "https://acme.zendesk.com"

    def write(self, *ids: int, second: int | None = None) -> None:
        for one in ids:
            self._changes += 1
            self.rows[one] = (self.now if second is None else second, self._changes)

    async def send(self, request: Request) -> Response:
        self.sent.append(request)
        await asyncio.sleep(0)
        asked = dict(request.query)
        size = int(asked.get("per_page", "1000"))
        if self.slow_above is not None and size > self.slow_above:
            raise ServerError("too slow", status=504)
        if request.route.paging == "cursor_export":
            body = self._by_cursor(asked, size)
        else:
            body = self._by_time(int(asked["start_time"]), size)
        headers = {"Date": formatdate(self.now, usegmt=True)} if self.dated else {}
        return Response(200, headers, json.dumps(body).encode(), 0.0, 0.0)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    @property
    def sizes(self) -> list[int]:
        """How many rows each request asked for."""
        return [int(dict(request.query).get("per_page", "1000")) for request in self.sent]

    def _visible(self, first: tuple[int, int]) -> list[tuple[int, int, int]]:
        last = self.now - self.holds_back
        found = [(second, one, version) for one, (second, version) in self.rows.items()]
        return sorted(row for row in found if first < row[:2] and row[0] <= last)

    def _by_cursor(self, asked: dict[str, str], size: int) -> dict[str, Any]:
        if "cursor" in asked:
            second, _, one = asked["cursor"].partition(":")
            place = (int(second), int(one))
        else:
            place = (self._start(int(asked["start_time"])), -1)
        visible = self._visible(place)
        page = visible[:size]
        after = f"{page[-1][0]}:{page[-1][1]}" if page else asked.get("cursor") if self.kept else None
        end = {"end_of_stream": len(visible) <= size} if self.flagged else {}
        return {"users": self._shown(page), "after_cursor": after, **end}

    def _by_time(self, start: int, size: int) -> dict[str, Any]:
        visible = self._visible((self._start(start), -1))
        end = min(size, len(visible))
        while self.extends and 0 < end < len(visible) and visible[end][0] == visible[end - 1][0]:
            end += 1
        page, more = visible[:end], end < len(visible)
        end_time = page[-1][0] + (more and self.plus_one) if page else start if self.kept else None
        flag = {"end_of_stream": not more} if self.flagged else {}
        return {"users": self._shown(page), "count": len(page), "end_time": end_time, "next_page": "x", **flag}

    def _start(self, start: int) -> int:
        if start > self.now - self.oldest_start:
            raise StartTooRecent("too recent", status=400, code="StartTimeTooRecent")
        return start

    def _shown(self, page: list[tuple[int, int, int]]) -> list[dict[str, Any]]:
        rows = [
            {"id": one, "updated_at": _iso(second - self.behind), "name": str(version)} for second, one, version in page
        ]
        return rows[::-1] if self.shuffled else rows


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")
