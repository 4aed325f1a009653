"""When calls gather, and when a batch of them goes.

The model: a call becomes a row, a row joins the open batch of its key (the operation and the options of the call).
The batch asks for leave to go when its first row has waited for `wait` seconds, or when it is full; until it has that
leave, further calls join it. So nobody waits longer than `wait` for company, but for what the limits make everybody
wait for. A batch is a task from the moment it asks; the coalescer owns all of them.

Order: of the writes of one record, as far as its id, e-mail address or external id tell that it is one, the next one
joins a batch when the one before has ended. Such a row is kept aside with the number of rows that must end first, so
that it holds up nobody but itself and what comes after it. Rows wait only for rows that were there before them: no
circle can close.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable, Iterable
from contextvars import Context
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from ..errors import ApiError, BadArgument, DeadlineExceeded, ServerError
from .merging import can_merge
from .reads import read
from .rows import MOST_BYTES, MOST_ROWS, Batch, Part, Row
from .writes import write

if TYPE_CHECKING:
    from .._core.caller import Caller
    from .._core.message import Response
    from .kinds import Asked

__all__ = ["Coalescer"]


class Coalescer:
    """Everything that waits in one coalesced view and in the views made of it."""

    def __init__(self, wait: float, *, merge: bool) -> None:
        self._wait = wait
        self._merge = merge
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._open: dict[Hashable, Batch] = {}
        """Batches that take rows, by their key."""
        self._batches: dict[Batch, None] = {}
        """All that have not ended."""
        self._last: dict[Hashable, Row] = {}
        """The last row of each name that has not ended; one that reads, until it is sent."""
        self._asking: set[asyncio.Future[Response]] = set()
        self._keys: set[str] = set()
        """The idempotency keys of the tickets that were made, or may have been."""

    def check_open(self) -> None:
        """Raises `BadArgument` once the view has been left."""
        if self._closed:
            raise BadArgument("the coalesced view has been left: make its calls inside `async with zd.coalesce()`")

    # -- one call -----------------------------------------------------------------------------------------------------

    async def ask(self, asked: Asked, key: Hashable, caller: Caller) -> Response:
        """The reply to one call, as if it had been sent by itself; `caller` sends for all calls of this `key`."""
        self.check_open()
        if asked.key is not None:
            self._once(asked.key)
        deadline = asked.request.deadline
        expires = inf if deadline is None else self._loop.time() + deadline
        part = Part(self._loop.create_future(), asked.fields, expires)
        row = self._row(asked, (asked.kind.operation, key), caller, part)
        self._asking.add(part.future)
        try:
            return await part.future
        except BaseException as error:
            if asked.key is not None and _nothing_made(error, row):
                self._keys.discard(asked.key)
            if isinstance(error, asyncio.CancelledError):
                self._leave(row, part)
                if not part.future.cancelled() and part.future.done():
                    part.future.exception()  # it has been looked at
            raise
        finally:
            self._asking.discard(part.future)

    def _once(self, key: str) -> None:
        if key in self._keys:
            raise BadArgument(
                "this ticket is on its way, or may have been made: a job takes no key that would keep it from being "
                "made twice, so in a coalesced view a call that creates one is awaited once"
            )
        self._keys.add(key)

    def _row(self, asked: Asked, key: Hashable, caller: Caller, part: Part) -> Row:
        """The row that the call waits for: one that is there and says the same, or a new one."""
        space: Hashable = asked.kind.records.type if asked.kind.writes else key
        names: frozenset[Hashable] = frozenset((space, name) for name in asked.names)
        earlier = {self._last[name] for name in names if name in self._last}
        row = next(iter(earlier), None)
        if row is not None and len(earlier) == 1 and self._joins(row, asked, key, names):
            row.names |= names
        else:
            row = Row(asked, key, names, caller)
            row.before = len(earlier)
            for one in earlier:
                one.after.append(row)
        self._last.update(dict.fromkeys(names, row))
        row.parts.append(part)
        if row.batch is not None:
            row.batch.size += len(part.fields)
        elif row.before:
            if part.expires < inf:
                part.alarm = self._loop.call_at(part.expires, self._expire, row)
        else:
            self._enqueue(row)
        return row

    def _joins(self, row: Row, asked: Asked, key: Hashable, names: frozenset[Hashable]) -> bool:
        """Can the call be a part of this row, which has not been sent?"""
        if row.sent or row.key != key or row.asked.id != asked.id:
            return False
        if not asked.kind.writes:
            return True
        if not asked.kind.by_id and row.names != names:
            return False
        merges = self._merge and asked.kind.merges and row.live
        earlier = [part.fields for part in row.parts]
        return merges and can_merge(earlier, asked.fields, asked.kind.records.adding)

    def _leave(self, row: Row, part: Part) -> None:
        """A caller was cancelled."""
        part.hush()
        if part not in row.parts:
            return
        row.parts.remove(part)
        batch = row.batch
        if batch is not None:
            batch.size -= len(part.fields)
        if batch is None or row.parts:
            return
        batch.drop(row)
        if not batch.sealed:
            self._finish([row])
        if not batch.rows and not (batch.sealed and batch.kind.writes):
            self._abandon(batch)

    def _expire(self, row: Row) -> None:
        """The deadline of somebody has passed while the row waits for another one to end."""
        row.fail_until(self._loop.time(), DeadlineExceeded(
            "it waited for an earlier write of the same record, and its deadline has passed", wait=0.0
        ))

    # -- batches ------------------------------------------------------------------------------------------------------

    def _enqueue(self, row: Row) -> None:
        """The row goes with the next batch of its key."""
        for part in row.parts:
            part.hush()
        batch = self._open.get(row.key)
        if batch is not None and batch.size + row.size > MOST_BYTES:
            self._go(batch)
            batch = None
        if batch is None:
            batch = self._open[row.key] = Batch(row.asked.kind, row.key, row.caller, self._sealed)
            self._batches[batch] = None
            batch.timer = self._loop.call_later(self._wait, self._start, batch)
        batch.add(row)
        if len(batch.rows) == MOST_ROWS:
            self._go(batch)

    def _go(self, batch: Batch) -> None:
        """The batch is full."""
        self._close_batch(batch)
        self._start(batch)

    def _close_batch(self, batch: Batch) -> None:
        if self._open.get(batch.key) is batch:
            del self._open[batch.key]

    def _start(self, batch: Batch) -> None:
        """The batch asks for leave to go, if it hasn't done so."""
        if batch.timer is not None:
            batch.timer.cancel()
            batch.timer = None
        if batch.task is None:
            # In a context of its own: it goes for everybody, not for whoever happened to call first.
            batch.task = self._loop.create_task(self._run(batch), context=Context())
            batch.task.add_done_callback(partial(self._ended, batch))

    async def _run(self, batch: Batch) -> None:
        try:
            await (write if batch.kind.writes else read)(batch)
        except DeadlineExceeded as error:
            self._too_late(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is news for those who wait
            batch.fail(error)
        finally:
            self._end(batch)  # before anybody who has been told can call again

    def _sealed(self, batch: Batch) -> None:
        """The batch goes on the wire: nobody joins it any more."""
        self._close_batch(batch)
        if not batch.kind.writes:
            self._forget(batch.rows)

    def _too_late(self, batch: Batch, error: DeadlineExceeded) -> None:
        """It could not go before the first deadline in it: the others try again without those who would be late."""
        self._close_batch(batch)
        now = self._loop.time()
        first = min((row.expires for row in batch.rows), default=now)
        moment = max(first + self._wait, now + error.wait)
        for row in list(batch.rows):
            row.fail_until(moment, error)
            if row.parts:
                del batch.rows[row]
                self._enqueue(row)

    def _abandon(self, batch: Batch) -> None:
        """Nobody waits for the batch."""
        self._close_batch(batch)
        if batch.timer is not None:
            batch.timer.cancel()
            batch.timer = None
        if batch.task is None:
            self._batches.pop(batch, None)
        elif not batch.task.cancelling():
            batch.task.cancel()

    def _ended(self, batch: Batch, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            batch.cancel()
        self._end(batch)  # a task that is cancelled before it begins does not do it

    def _end(self, batch: Batch) -> None:
        if batch in self._batches:
            del self._batches[batch]
            self._close_batch(batch)
            batch.sealed = True
            self._finish([*batch.rows, *batch.left])

    def _finish(self, rows: Iterable[Row]) -> None:
        """These rows have ended: whoever waited for them goes on."""
        ended = deque(rows)
        while ended:
            row = ended.popleft()
            self._forget([row])
            for later in row.after:
                later.before -= 1
                if later.before:
                    continue
                if later.live:
                    self._enqueue(later)
                else:
                    ended.append(later)
            row.after.clear()

    def _forget(self, rows: Iterable[Row]) -> None:
        for row in rows:
            for name in row.names:
                if self._last.get(name) is row:
                    del self._last[name]

    # -- the end ------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """No more calls: those that wait go at once, and it is over when all that somebody waits for has come."""
        self._closed = True
        try:
            while self._batches:
                for batch in list(self._batches):
                    if batch.idle:
                        self._abandon(batch)
                    else:
                        self._start(batch)
                if tasks := [batch.task for batch in self._batches if batch.task is not None]:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            await self.abort()
            raise

    async def abort(self) -> None:
        """No more calls, and those that wait are cancelled; a job that was started goes on."""
        self._closed = True
        for future in self._asking:
            future.cancel()
        for batch in list(self._batches):
            self._abandon(batch)
        if tasks := [batch.task for batch in self._batches if batch.task is not None]:
            await asyncio.wait(tasks)


def _nothing_made(error: BaseException, row: Row) -> bool:
    """Is it certain that the ticket was not made?"""
    if isinstance(error, ApiError):
        return not isinstance(error, ServerError)
    return isinstance(error, DeadlineExceeded) or (isinstance(error, asyncio.CancelledError) and not row.sent)
