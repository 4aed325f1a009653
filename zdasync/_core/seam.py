"""Where an incremental export stands, and how it goes on, as pure functions.

Zendesk exports what changed since a moment, in the order of (second of the change, id). A page by cursor says where the
next one begins. A page by time says it with `end_time`: the last page ends in the second of its last row, so that who
goes on from there gets the rows of that second again; an earlier page goes on past its size until all rows of its last
second are in it, and ends a second later. Not all answers have been like that, so every row is told by its place (its
second and its id), and what came from the second where a page begins is remembered.

A position is written as a token: JSON, compressed, in letters that are safe in a URL and in a file's name.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ and recorded
replies.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, TypeAlias

import attrs
import msgspec

from ..errors import BadArgument, UnexpectedReply
from .cursor import Query

__all__ = [
    "HELD_BACK", "MAX_ROWS", "PageSize", "Place", "Position", "Seam", "StreamInfo", "after_cursor_page",
    "after_time_page", "is_token", "read_token", "stream_info", "token", "within",
]

MAX_ROWS: Final = 1000
"""Rows of a page, and how many come unless a request asks for fewer."""

HELD_BACK: Final = 60
"""Zendesk leaves the changes of so many last seconds out."""

PREFIX: Final = "zde1."
"""What a token begins with; no cursor of Zendesk's has a dot."""

Place: TypeAlias = tuple[int, int]
"""The second in which a row changed last, in unix time, and its id: one version of one record."""


@attrs.frozen(slots=True)
class Position:
    """Where to go on: from `start` (unix time) or a `cursor` of Zendesk's, without the rows that have been read.

    Those are the rows up to and including `floor`, and the ones `seen`.
    """

    start: int | None = None
    cursor: str | None = None
    floor: Place | None = None
    seen: frozenset[Place] = frozenset()

    @property
    def query(self) -> Query:
        return (("start_time", str(self.start)),) if self.cursor is None else (("cursor", self.cursor),)

    def new_rows(self, places: Sequence[Place]) -> Sequence[int]:
        """Which of a page's rows have not been read yet, by their index. A row that comes twice is read once."""
        if not self.seen and self.floor is None and len(set(places)) == len(places):
            return range(len(places))
        met = set(self.seen)
        found = []
        for index, place in enumerate(places):
            if place not in met and (self.floor is None or place > self.floor):
                met.add(place)
                found.append(index)
        return found


# -- how it goes on ---------------------------------------------------------------------------------------------------


@attrs.frozen(slots=True)
class StreamInfo:
    """What a page says of the stream: None where it says nothing."""

    end_of_stream: bool | None = None
    end_time: int | None = None
    after_cursor: str | None = None
    next_page: str | None = None


class _Stream(msgspec.Struct):
    end_of_stream: Any = None
    end_time: Any = None
    after_cursor: Any = None
    next_page: Any = None


_STREAM: Final = msgspec.json.Decoder(_Stream)


def stream_info(page: bytes) -> StreamInfo:
    """What a page says of the stream; a value of the wrong type says nothing."""
    found = _STREAM.decode(page)
    return StreamInfo(
        found.end_of_stream if isinstance(found.end_of_stream, bool) else None,
        int(found.end_time) if type(found.end_time) in (int, float) else None,
        found.after_cursor if isinstance(found.after_cursor, str) and found.after_cursor else None,
        found.next_page if isinstance(found.next_page, str) else None,
    )


@attrs.frozen(slots=True)
class Seam:
    """What comes after a page: where to go on, and whether the stream `ended`, or is `stuck` in one second.

    `shown`: the page ends where its rows do, so that they are ordered by the second that they show.
    """

    position: Position
    ended: bool = False
    stuck: bool = False
    shown: bool = True


def after_cursor_page(position: Position, info: StreamInfo, places: Sequence[Place]) -> Seam:
    """The seam after a page by cursor; raises `UnexpectedReply` for one that has a successor, but no cursor to it."""
    ended = info.end_of_stream if info.end_of_stream is not None else not (places and info.after_cursor)
    if info.after_cursor is not None:
        return Seam(Position(cursor=info.after_cursor), ended)
    if not ended:
        raise UnexpectedReply("the page says that there are more, but has no cursor")
    return Seam(within(position, places, len(places), by_cursor=True), ended)


def after_time_page(position: Position, info: StreamInfo, places: Sequence[Place], size: int) -> Seam:
    """The seam after a page by time that was asked for `size` rows."""
    start = position.start or 0
    if not places:
        return _after_empty_page(position, info, start)
    last = max(second for second, _ in places)
    following = max(start, last if info.end_time is None else info.end_time)
    shown = following in (last, last + 1)
    seen = frozenset(place for place in places if place[0] >= last or not shown)
    stays, ended = following == start, info.end_of_stream
    if ended is None:
        ended = info.next_page is None or (stays and len(places) < size)
    return Seam(Position(following, seen=seen), ended, stuck=stays and not ended, shown=shown)


def _after_empty_page(position: Position, info: StreamInfo, start: int) -> Seam:
    if info.end_of_stream is not False:
        return Seam(position, ended=True)
    if info.end_time is None or info.end_time <= start:
        raise UnexpectedReply("the page says that there are more, but has no records, and does not say where they are")
    return Seam(Position(info.end_time))


def within(
    position: Position, places: Sequence[Place], taken: int, *, by_cursor: bool, shown: bool = True
) -> Position:
    """Where to go on when `taken` of a page's new rows have been read; `position` is where the page began.

    Rows in order, as they have always come, take little to remember; of others every one is remembered, and by time
    also of those that are not ordered by what they show.
    """
    if taken == 0:
        return position
    read, last = places[:taken], places[taken - 1]
    ordered = all(one < two for one, two in pairwise(places))
    if ordered and by_cursor:
        return attrs.evolve(position, floor=last)
    if ordered and shown:
        of_its_second = (one for one in (*position.seen, *read) if one[0] == last[0])
        return Position(last[0], seen=frozenset(of_its_second))
    return attrs.evolve(position, seen=position.seen.union(read))


# -- tokens -----------------------------------------------------------------------------------------------------------


class _Token(msgspec.Struct, omit_defaults=True):
    operation: str = msgspec.field(name="o")
    start: int | None = msgspec.field(name="t", default=None)
    cursor: str | None = msgspec.field(name="c", default=None)
    floor: Place | None = msgspec.field(name="f", default=None)
    seen: dict[int, list[int]] = msgspec.field(name="s", default_factory=dict)
    """By second: the lowest id, then how much higher each is than the one before."""
    query: Query = msgspec.field(name="q", default=())


def token(operation: str, position: Position, query: Query) -> str:
    """A position as text, with the operation that it belongs to and the parameters that this has besides."""
    seen: dict[int, list[int]] = {}
    for second, number in sorted(position.seen):
        seen.setdefault(second, []).append(number)
    steps = {second: [ids[0], *(two - one for one, two in pairwise(ids))] for second, ids in seen.items()}
    written = _Token(operation, position.start, position.cursor, position.floor, steps, query)
    return PREFIX + base64.urlsafe_b64encode(zlib.compress(msgspec.json.encode(written), 9)).decode().rstrip("=")


def is_token(text: str) -> bool:
    """Is this a token, and no cursor of Zendesk's?"""
    return text.startswith(PREFIX)


def read_token(text: str) -> tuple[str, Position, Query]:
    """The operation, the position and the parameters of a token; raises `BadArgument` for what is none."""
    packed = text.removeprefix(PREFIX)
    try:
        found = msgspec.json.decode(
            zlib.decompress(base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)),
            type=_Token,
        )
    except (ValueError, zlib.error, msgspec.DecodeError):
        raise BadArgument("the cursor is no cursor of an export, or not all of it") from None
    seen: Iterable[Place] = ((second, one) for second, ids in found.seen.items() for one in accumulate(ids))
    return found.operation, Position(found.start, found.cursor, found.floor, frozenset(seen)), found.query


# -- sizes ------------------------------------------------------------------------------------------------------------


@attrs.define
class PageSize:
    """How many rows to ask for: half as many after each page that takes too long, and twice as many after some more.

    When the larger page fails at once, the next try waits for twice as many good pages.
    """

    most: int = MAX_ROWS
    now: int = attrs.field(init=False)
    _good: int = attrs.field(init=False, default=0)
    _patience: int = attrs.field(init=False, default=4)
    _trial: bool = attrs.field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self.now = self.most

    def halve(self) -> bool:
        """A page took too long; False when there is nothing to halve."""
        if self.now == 1:
            return False
        self.now //= 2
        self._good = 0
        self._patience = min(64, self._patience * 2) if self._trial else 4
        self._trial = False
        return True

    def passed(self) -> None:
        """A page came in time."""
        self._good, self._trial = self._good + 1, False
        if self.now < self.most and self._good >= self._patience:
            self.now, self._good, self._trial = min(self.most, self.now * 2), 0, True
