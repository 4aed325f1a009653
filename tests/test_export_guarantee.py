"""What an export guarantees, against random writes, page sizes, failures, stops and resumptions.

A version of a record is its id and the second of its last change. However often an export is stopped, at whatever
record, and begun again from the cursor that was kept with that record:

1. no version is handed out twice;
2. once the writing has stopped and the minute that is held back has passed, the last version of every record has been
   handed out, with its last content;
3. `until` never promises too much: when it is told, every version from before it that still stands has been handed out.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import attrs
from fake_exports import NOW, FakeExports
from hypothesis import given, settings
from hypothesis import strategies as st

from zdasync.resources.incremental import Incremental

IDS = range(1, 9)

writes = st.tuples(st.just("write"), st.lists(st.sampled_from(IDS), min_size=1, max_size=12))
passing = st.tuples(st.just("pass"), st.sampled_from([0, 1, 1, 30, 61, 300]))
reading = st.tuples(st.just("read"), st.integers(1, 12))
draining = st.tuples(st.just("drain"), st.none())
stopping = st.tuples(st.just("stop"), st.booleans())
slowing = st.tuples(st.just("slow"), st.sampled_from([None, 1, 2, 5]))
histories = st.lists(st.one_of(writes, writes, passing, passing, reading, reading, draining, stopping, slowing),
                     max_size=40)
ANSWERS = st.fixed_dictionaries({
    "kept": st.booleans(), "flagged": st.booleans(), "dated": st.booleans(), "shuffled": st.booleans(),
})
SEAMS = st.sampled_from([(True, True), (True, False), (False, False)])


@attrs.define(eq=False)
class Consumer:
    """Takes records one by one and keeps the cursor with each, as a program does that may be killed at any moment."""

    server: FakeExports
    by_cursor: bool
    per_page: int
    saved: str | None = None
    got: list[tuple[int, int, str]] = attrs.field(factory=list)
    export: Any = None
    loop: Any = None

    def begin(self) -> None:
        pages = Incremental(self.server)
        method = pages.users if self.by_cursor else pages.users_by_time
        place = {"start_time": NOW - 1000} if self.saved is None else {"cursor": self.saved}
        self.export = method(**place, per_page=self.per_page)

    async def read(self, count: int) -> bool:
        """Take so many records; False at the end."""
        if self.export is None:
            self.begin()
        if self.loop is None:
            self.loop = aiter(self.export)
        for _ in range(count):
            try:
                user = await anext(self.loop)
            except StopAsyncIteration:
                self.loop, self.saved = None, self.export.cursor
                return False
            self.got.append((user.id, int(user.updated_at.timestamp()), user.name))
            self.saved = self.export.cursor
        return True

    async def drain(self) -> None:
        while await self.read(1):
            pass
        until = self.export.until
        assert self.export.ended
        if until is not None:
            self.promised(until.timestamp())
        else:
            assert not self.server.dated

    async def stop(self, *, again: bool) -> None:
        """Leave the loop, and go on with the same export, or begin another from the cursor that was kept."""
        if self.loop is not None:
            async with aclosing(self.loop):
                self.loop = None
        if not again:
            self.export = None

    def promised(self, until: float) -> None:
        got = {(one, second) for one, second, _ in self.got}
        due = {(one, second) for one, (second, _) in self.server.rows.items() if second < until}
        assert due <= got

    def kept_its_word(self) -> None:
        versions = [(one, second) for one, second, _ in self.got]
        assert len(versions) == len(set(versions))
        last = {one: (second, name) for one, second, name in self.got}
        assert last == {one: (second, str(version)) for one, (second, version) in self.server.rows.items()}


async def live(consumer: Consumer, history: list[tuple[str, Any]]) -> None:
    server = consumer.server
    for what, how in history:
        match what:
            case "write":
                server.write(*how)
            case "pass":
                server.now += how
            case "read":
                await consumer.read(how)
            case "drain":
                await consumer.drain()
            case "stop":
                await consumer.stop(again=how)
            case "slow":
                server.slow_above = how
    server.now += 200
    await consumer.drain()
    await consumer.drain()
    await consumer.stop(again=False)
    assert len(asyncio.all_tasks()) == 1


@settings(max_examples=300, deadline=None)
@given(history=histories, size=st.integers(1, 7), answers=ANSWERS)
def test_by_cursor(history, size, answers) -> None:
    consumer = Consumer(FakeExports(**answers), by_cursor=True, per_page=size)
    asyncio.run(live(consumer, history))
    consumer.kept_its_word()


@settings(max_examples=300, deadline=None)
@given(history=histories, size=st.integers(1, 7), answers=ANSWERS, seams=SEAMS)
def test_by_time(history, size, answers, seams) -> None:
    extends, plus_one = seams
    if not (extends and plus_one and answers["flagged"]):  # a page full of one second has to come as a larger one
        history = [(what, how) for what, how in history if what != "slow"]
    server = FakeExports(extends=extends, plus_one=plus_one, **answers)
    consumer = Consumer(server, by_cursor=False, per_page=size)
    asyncio.run(live(consumer, history))
    consumer.kept_its_word()


@settings(max_examples=200, deadline=None)
@given(
    seconds=st.lists(st.lists(st.sampled_from(IDS), unique=True, max_size=6), max_size=12), size=st.integers(1, 7),
    reads=st.lists(st.integers(1, 6), max_size=12), answers=ANSWERS,
)
def test_by_time_where_nothing_is_held_back(seconds, size, reads, answers) -> None:
    """Rows that come into a second after it was read are found, as long as each changes once in a second."""
    server = FakeExports(holds_back=0, oldest_start=0, **answers)
    consumer = Consumer(server, by_cursor=False, per_page=size)

    async def scenario() -> None:
        for index, ids in enumerate(seconds):
            for one in ids:
                server.write(one)
                if index < len(reads):
                    await consumer.read(reads[index])
            server.now += 1
        await consumer.drain()
        await consumer.drain()

    asyncio.run(scenario())
    consumer.kept_its_word()
