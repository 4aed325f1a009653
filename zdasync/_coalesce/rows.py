"""Calls that wait, as the rows of a batch.

A row is one record; several callers may wait for it, each with a future of its own. A batch takes rows until it is on
the wire; what it sends is made of the rows that somebody still waits for at that moment.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Hashable
from math import inf
from typing import TYPE_CHECKING, Final

import attrs

from .._core.message import Request, Response
from ..errors import PermissionDenied, ZendeskError
from .merging import merged

if TYPE_CHECKING:
    from .._core.caller import Caller
    from .kinds import Asked, Kind

__all__ = ["MOST_BYTES", "MOST_ROWS", "Batch", "Part", "Row"]

MOST_ROWS: Final = 100
"""So many rows or ids does Zendesk take in one call."""
MOST_BYTES: Final = 1_000_000
"""No batch of several rows grows larger: Zendesk documents no maximum, and gives up on what takes it a minute."""


@attrs.define(eq=False)
class Part:
    """One caller's share in a row: what it waits with, what it writes, until when it must have been sent."""

    future: asyncio.Future[Response]
    fields: bytes = attrs.field(repr=False)
    expires: float
    """Loop time; inf without a deadline."""
    alarm: asyncio.TimerHandle | None = None
    """Rings at that time while the row waits for another one to end."""

    def hush(self) -> None:
        """The alarm is needed no more."""
        if self.alarm is not None:
            self.alarm.cancel()
            self.alarm = None


@attrs.define(eq=False)
class Row:
    """One record that is asked for or written."""

    asked: Asked
    key: Hashable
    """Rows of the same key may go together."""
    names: frozenset[Hashable] = attrs.field(repr=False)
    """What no other row may be called that goes at the same time."""
    caller: Caller = attrs.field(repr=False)
    """Sends for all rows of the key."""
    parts: list[Part] = attrs.field(factory=list, repr=False)
    batch: Batch | None = attrs.field(default=None, repr=False)
    """None while it waits for other rows to end."""
    before: int = 0
    """So many rows must end first."""
    after: list[Row] = attrs.field(factory=list, repr=False)
    """The rows that wait for this one."""

    @property
    def live(self) -> bool:
        """Does anybody wait for it?"""
        return any(not part.future.done() for part in self.parts)

    @property
    def sent(self) -> bool:
        """Has it gone out?"""
        return self.batch is not None and self.batch.sealed

    @property
    def expires(self) -> float:
        """When the first of its callers' deadlines passes."""
        return min((part.expires for part in self.parts), default=inf)

    @property
    def size(self) -> int:
        """Bytes that it adds to a body, about."""
        return sum(len(part.fields) for part in self.parts)

    @property
    def fields(self) -> bytes:
        """What those write who still wait, the later one last, with the record's id where that names it."""
        writes = [part.fields for part in self.parts if not part.future.done()]
        fields = merged(writes, self.asked.kind.records.partial)
        if not self.asked.kind.by_id:
            return fields
        comma = b"" if fields == b"{}" else b","
        return b'{"id":%s%s%s' % (str(self.asked.id).encode(), comma, fields[1:])

    def give(self, response: Response) -> None:
        """Every caller gets its reply."""
        for part in self.parts:
            if not part.future.done():
                part.future.set_result(response)

    def fail(self, error: Exception) -> None:
        """Every caller gets its error."""
        for part in self.parts:
            _fail(part, error, self.asked.kind)

    def fail_until(self, moment: float, error: Exception) -> None:
        """Those callers get the error whose deadline passes until then, and are no part of the row any more."""
        for part in [part for part in self.parts if part.expires <= moment]:
            self.parts.remove(part)
            part.hush()
            _fail(part, error, self.asked.kind)

    def cancel(self) -> None:
        """Every caller is cancelled."""
        for part in self.parts:
            part.future.cancel()


def _fail(part: Part, error: Exception, kind: Kind) -> None:
    if not part.future.done():
        part.future.set_exception(_own(error, kind))


def _own(error: Exception, kind: Kind) -> Exception:
    """A caller's own copy of an error that is everybody's, with the name of the call that it made."""
    if not isinstance(error, ZendeskError):
        return error
    own = copy.copy(error)
    own.__cause__, own.__traceback__ = error.__cause__, error.__traceback__
    if error.operation is not None and error.operation != kind.operation:
        own.add_note(f"sent as a part of {error.operation}")
    own.operation = kind.operation
    if isinstance(own, PermissionDenied) and kind.imports:
        own.message += (
            f" (coalesced, it goes as {kind.to.operation}, for which Zendesk's support has to enable bulk imports; "
            "outside of zd.coalesce() it goes by itself and needs none)"
        )
        own.args = (own.message,)
    return own


@attrs.define(eq=False)
class Batch:
    """Rows that go as one request. `on_seal` is told when it is about to go on the wire for the first time."""

    kind: Kind
    key: Hashable
    caller: Caller
    on_seal: Callable[[Batch], None] = attrs.field(repr=False)
    rows: dict[Row, None] = attrs.field(factory=dict)
    """Those that somebody waits for."""
    left: list[Row] = attrs.field(factory=list)
    """Those that nobody waits for any more, though they may have gone out."""
    sent: list[Row] = attrs.field(factory=list)
    """The rows of the last attempt, in its order."""
    size: int = 0
    sealed: bool = False
    timer: asyncio.TimerHandle | None = None
    task: asyncio.Task[None] | None = None

    def request(self, now: float) -> Request:
        """The request without its rows: they are put into it when it may go."""
        like = next(iter(self.rows)).asked.request
        expires = min(row.expires for row in self.rows)
        return Request(
            self.kind.to, self.kind.to.template, priority=like.priority, group=like.group, timeout=like.timeout,
            deadline=None if expires == inf else expires - now, completed=self._completed,
        )

    def read_request(self, ids: str) -> Request:
        """The request for the records after they were written; no deadline stops it any more."""
        like, many = self.sent[0].asked.request, self.kind.records.many
        return Request(
            many, many.template, (("ids", ids),), priority=like.priority, group=like.group, timeout=like.timeout,
            deadline=inf,
        )

    async def _completed(self, request: Request) -> Request:
        self.sent = [row for row in self.rows if row.live]
        if not self.sent:
            raise asyncio.CancelledError("everybody who waited has gone")
        if not self.sealed:
            self.sealed = True
            self.on_seal(self)
        if not self.kind.writes:
            ids = ",".join(str(row.asked.id) for row in self.sent)
            return attrs.evolve(request, query=(("ids", ids),), completed=None)
        body = b'{"%s":[%s]}' % (str(self.kind.to.wrap).encode(), b",".join(row.fields for row in self.sent))
        return attrs.evolve(request, body=body, completed=None)

    def add(self, row: Row) -> None:
        """One more row goes with it."""
        row.batch = self
        self.rows[row] = None
        self.size += row.size

    def drop(self, row: Row) -> None:
        """Nobody waits for the row any more; what comes after it does so until the batch has ended."""
        if row in self.rows:
            del self.rows[row]
            self.left.append(row)

    def fail(self, error: Exception) -> None:
        """Everybody gets the error."""
        for row in self.rows:
            row.fail(error)

    def cancel(self) -> None:
        """Everybody is cancelled."""
        for row in self.rows:
            row.cancel()

    @property
    def idle(self) -> bool:
        """Does nobody wait for it, nor for what comes after it?"""
        return not self.rows and not any(row.after for row in self.left)

