"""Exports that can be stopped at any record and resumed: everything that changed since a moment.

An export hands out each version of a record once: a record that changes again later comes again, with its new state.
Its `cursor` is a string that stands for all that has been handed out, at any moment; an export that is begun with it,
in this process or another, goes on with the very next record, loses none and repeats none. Versions are told apart
by id and second, which is as fine as Zendesk's times are: two changes within a second are one version, of which
Zendesk, as it holds the last minute back, shows the final state.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import attrs
import msgspec

from ._ahead import Ahead, in_steps
from ._core.cursor import Trail
from ._core.decode import server_time
from ._core.retry import takes_too_long
from ._core.seam import (
    HELD_BACK,
    MAX_ROWS,
    PageSize,
    Place,
    Position,
    Seam,
    after_cursor_page,
    after_time_page,
    stream_info,
    token,
    within,
)
from .call import Page, reading
from .errors import ExportStuck, RequestTimeout, ServerError, StartTooRecent, UnexpectedReply
from .events import Retrying, SchemaDrift
from .records.codec import check_class, decode_page
from .records.rows import Split, json_steps, row_steps, split

if TYPE_CHECKING:
    from ._core.caller import Caller
    from ._core.message import Request, Response
    from .records import Json

__all__ = ["Export", "RawExport", "RowExport"]

T = TypeVar("T")
R = TypeVar("R")
P = TypeVar("P")

STAMPS: Final = ("generated_timestamp", "timestamp", "time", "updated_at")
"""The fields that may tell when a row changed, the one by which Zendesk orders its rows first."""


class _Key(msgspec.Struct):
    """What tells a version of a record, whatever else it is read as."""

    id: int
    generated_timestamp: int | None = None
    timestamp: int | None = None
    time: datetime | None = None
    updated_at: datetime | None = None


@attrs.define(eq=False)
class _Leaf(Generic[P]):
    """A page that was read: its rows that are new, where they stand, and what comes after them."""

    page: P
    places: Sequence[Place]
    before: Position
    seam: Seam
    until: datetime | None
    """If the stream has ended: the moment before which all of it has been read."""
    taken: int = 0

    @property
    def done(self) -> bool:
        return self.taken == len(self.places)


@attrs.define(eq=False)
class _Way(Generic[P]):
    """What one loop over an export has of its own: the cursors that it went through, and the page ahead."""

    trail: Trail = attrs.field(factory=Trail)
    ahead: Ahead[_Leaf[P]] = attrs.field(factory=Ahead)


class _Stream(Generic[P]):
    """What typed and raw exports share: where they stand, and the walk from page to page."""

    def __init__(self, caller: Caller, request: Request, position: Position, size: int, *, resumed: bool) -> None:
        self._caller = caller
        self._base = request
        self._begin = position
        self._resumed = resumed
        self._most = size
        self._size = PageSize(size)
        self._leaf: _Leaf[P] | None = None
        self._by_cursor = request.route.paging == "cursor_export"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base.route.operation}>"

    @property
    def request(self) -> Request:
        """What would be sent next, without the options of the view that makes the call."""
        return self._request_at(self._position, self._size.now)

    @property
    def cursor(self) -> str:
        """What has been handed out so far, as a string: hand it to the same method as `cursor=`, or to `resume`."""
        return token(self._base.route.operation, self._position, self._base.query)

    @property
    def ended(self) -> bool:
        """Has everything been handed out that there was? To go on later, iterate again, or keep the cursor."""
        return self._leaf is not None and self._leaf.done and self._leaf.seam.ended

    @property
    def until(self) -> datetime | None:
        """Every change before this moment has been read: told once the export has ended; None before.

        It is a minute before the server's time of the last page, since Zendesk leaves the newest minute out. Where a
        reply does not tell its time, it is the second of the last record in it, and None if there is none.
        """
        return self._leaf.until if self._leaf is not None and self.ended else None

    @property
    def _goes_on(self) -> bool:
        """Is the place to go on from one that the export came to, and not where the caller wants it to start?"""
        return self._resumed or self._leaf is not None

    @property
    def _position(self) -> Position:
        leaf = self._leaf
        if leaf is None:
            return self._begin
        if leaf.done:
            return leaf.seam.position
        return within(leaf.before, leaf.places, leaf.taken, by_cursor=self._by_cursor, shown=leaf.seam.shown)

    async def _after(self, way: _Way[P], out: _Leaf[P] | None) -> _Leaf[P] | None:
        """The page after the one that is out, None when there are no more for now; fetches the one after that."""
        if out is None:
            position = self._position
            leaf = await self._load(position)
        elif out.seam.stuck:
            raise self._stuck(out.seam.position)
        elif way.ahead.empty:
            return None
        else:
            position = out.seam.position
            leaf = await way.ahead.take()
        if not (leaf.seam.ended or leaf.seam.stuck):
            if self._by_cursor:
                way.trail.walk(position.cursor, leaf.seam.position.cursor)
            way.ahead.start(self._load(leaf.seam.position))
        self._leaf = leaf
        return leaf

    async def _load(self, position: Position) -> _Leaf[P]:
        """One page, smaller where it takes the server too long, larger where that is the way past one second."""
        widened = False
        while True:
            size = MAX_ROWS if widened else self._size.now
            try:
                response = await self._caller.send(self._request_at(position, size))
            except StartTooRecent:
                if not self._goes_on:
                    raise  # it is the caller's own start
                return self._nothing_yet(position)
            except (RequestTimeout, ServerError) as error:
                if widened or not takes_too_long(error) or not self._size.halve():
                    raise
                reason = f"pages of {self._size.now} records from now on, as one of {size} took too long"
                self._caller.emit(Retrying(self._base.route.operation, 1, 0.0, reason))
                continue
            leaf = await self._read(position, response, size)
            if not leaf.seam.stuck or size == MAX_ROWS:
                self._size.passed()
                return leaf
            widened = True

    def _request_at(self, position: Position, size: int) -> Request:
        page = () if size == MAX_ROWS else (("per_page", str(size)),)
        return attrs.evolve(self._base, query=(*self._base.query, *position.query, *page))

    def _nothing_yet(self, position: Position) -> _Leaf[P]:
        """What comes next is too new to be asked for: that is the end, for now."""
        return _Leaf(self._empty(), (), position, Seam(position, ended=True), _moment(position.start))

    async def _read(self, position: Position, response: Response, size: int) -> _Leaf[P]:
        route = self._base.route
        assert route.key is not None  # noqa: S101 - a row of this package's own table
        with reading(route):
            cut = await in_steps(split(response.body, route.key))
            page, places, new = await self._made(position, cut, response.body)
            info = stream_info(cut.frame)
            seam = (
                after_cursor_page(position, info, places) if self._by_cursor
                else after_time_page(position, info, places, size)
            )
        until = _until(response, places, seam.position) if seam.ended else None
        return _Leaf(page, [places[i] for i in new], position, seam, until)

    async def _made(self, position: Position, cut: Split, body: bytes) -> tuple[P, list[Place], Sequence[int]]:
        """The page as it is handed out, the places of its rows, and which of them are new."""
        raise NotImplementedError

    def _empty(self) -> P:
        raise NotImplementedError

    async def _keys(self, cut: Split) -> list[Place]:
        return [_place(key) for key in await in_steps(row_steps(cut.rows, _Key, self._drifted))]

    def _stuck(self, position: Position) -> ExportStuck:
        return ExportStuck(
            f"more records changed in one second, {_moment(position.start)}, than a page holds, and Zendesk does not "
            "lead past it by time: tickets and users are exported by cursor as well, which knows no such seconds",
            second=position.start or 0, operation=self._base.route.operation,
        )

    def _drifted(self, record: str, field: str, problem: str) -> None:
        self._caller.emit(SchemaDrift(self._base.route.operation, record, field, problem))


class Export(_Stream[Page[T]], Generic[T]):
    """An export: `async for` gives every record, once for each of its versions, until there are no more for now.

    It goes on where it stands: a loop that was left early, or that came to the end, is continued by another one. One
    loop at a time. The next page is fetched while the records of one are handed out; leaving the loop ends that, at
    once when the iterator is closed (`contextlib.aclosing`), else when the event loop gets to it.
    """

    def __init__(
        self,
        caller: Caller,
        request: Request,
        cls: type[T],
        position: Position,
        *,
        size: int = MAX_ROWS,
        resumed: bool = False,
    ) -> None:
        super().__init__(caller, request, position, size, resumed=resumed)
        self._cls = cls
        self._sideloads = any(name == "include" for name, _ in request.query)

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058 - so that aclosing() takes it
        return self._each()

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Every page with the records of it that are new. A page counts as handed out as a whole."""
        way: _Way[Page[T]] = _Way()
        leaf: _Leaf[Page[T]] | None = None
        try:
            while (leaf := await self._after(way, leaf)) is not None:
                leaf.taken = len(leaf.places)
                yield leaf.page
        finally:
            await way.ahead.aclose()

    def raw(self) -> RawExport:
        """The same export from where it stands, giving each page's JSON as it came."""
        return RawExport(self._caller, self._base, self._position, self._most, resumed=self._goes_on)

    def rows(self) -> RowExport:
        """The same export from where it stands, giving each page's new rows as untouched dictionaries."""
        return RowExport(self._caller, self._base, self._position, self._most, resumed=self._goes_on)

    def into(self, cls: type[R]) -> Export[R]:
        """The same export from where it stands, giving records of `cls`. See `Call.into`."""
        check_class(cls)
        return Export(self._caller, self._base, cls, self._position, size=self._most, resumed=self._goes_on)

    async def _each(self) -> AsyncGenerator[T, None]:
        way: _Way[Page[T]] = _Way()
        leaf: _Leaf[Page[T]] | None = None
        try:
            while (leaf := await self._after(way, leaf)) is not None:
                for record in leaf.page.records:
                    leaf.taken += 1
                    yield record
        finally:
            await way.ahead.aclose()

    async def _made(self, position: Position, cut: Split, body: bytes) -> tuple[Page[T], list[Place], Sequence[int]]:
        del body
        route = self._base.route
        records = await in_steps(row_steps(cut.rows, self._cls, self._drifted))
        data = decode_page(cut.frame, route.key or "", Any, self._drifted, sideloads=self._sideloads)
        places = [_place(one) for one in records] if self._cls is route.record else await self._keys(cut)
        new = position.new_rows(places)
        info = stream_info(cut.frame)
        page = Page(
            records if len(new) == len(records) else [records[i] for i in new],
            info.end_of_stream is False, info.after_cursor, sideloads=data.sideloads,
        )
        return page, places, new

    def _empty(self) -> Page[T]:
        return Page([])


class RawExport(_Stream["dict[str, Json]"]):
    """An export as JSON: `async for` gives every page as it came, with records of a shared second that came before.

    `cursor`, `ended` and `until` are as those of an `Export`, page by page.
    """

    def __aiter__(self) -> AsyncGenerator[dict[str, Json], None]:  # noqa: PYI058 - so that aclosing() takes it
        return self._each()

    async def _each(self) -> AsyncGenerator[dict[str, Json], None]:
        way: _Way[dict[str, Json]] = _Way()
        leaf: _Leaf[dict[str, Json]] | None = None
        try:
            while (leaf := await self._after(way, leaf)) is not None:
                leaf.taken = len(leaf.places)
                yield leaf.page
        finally:
            await way.ahead.aclose()

    async def _made(
        self, position: Position, cut: Split, body: bytes
    ) -> tuple[dict[str, Json], list[Place], Sequence[int]]:
        places = await self._keys(cut)
        page: dict[str, Json] = await in_steps(json_steps(body))
        return page, places, position.new_rows(places)

    def _empty(self) -> dict[str, Json]:
        return {}


class RowExport(_Stream["list[dict[str, Json]]"]):
    """An export as JSON: `async for` gives, page by page, the rows that are new, each as a dictionary of its own.

    `cursor`, `ended` and `until` are as those of an `Export`, page by page. A page may have no rows.
    """

    def __aiter__(self) -> AsyncGenerator[list[dict[str, Json]], None]:  # noqa: PYI058 - so that aclosing() takes it
        return self._each()

    @property
    def reached(self) -> datetime | None:
        """When the last row of the page that was handed out last changed; `until` where it had none and was the end."""
        leaf = self._leaf
        if leaf is None:
            return None
        return _moment(leaf.places[-1][0]) if leaf.places else self.until

    async def _each(self) -> AsyncGenerator[list[dict[str, Json]], None]:
        way: _Way[list[dict[str, Json]]] = _Way()
        leaf: _Leaf[list[dict[str, Json]]] | None = None
        try:
            while (leaf := await self._after(way, leaf)) is not None:
                leaf.taken = len(leaf.places)
                yield leaf.page
        finally:
            await way.ahead.aclose()

    async def _made(
        self, position: Position, cut: Split, body: bytes
    ) -> tuple[list[dict[str, Json]], list[Place], Sequence[int]]:
        del body
        rows: list[dict[str, Json]] = await in_steps(row_steps(cut.rows, dict, self._drifted))
        try:
            places = [_place(key) for key in msgspec.convert(rows, list[_Key])]
        except msgspec.ValidationError:
            places = [_place(self._odd_key(row)) for row in rows]
        new = position.new_rows(places)
        return rows if len(new) == len(rows) else [rows[i] for i in new], places, new

    def _odd_key(self, row: dict[str, Json]) -> _Key:
        """The key without the times of a row that are none, as records leave them out."""
        if type(row.get("id")) is not int:
            raise UnexpectedReply("a row has no id that is a number", body=str(row)[:200])
        fits = {"id": row["id"]}
        for name in STAMPS:
            try:
                msgspec.convert({"id": row["id"], name: row.get(name)}, _Key)
            except msgspec.ValidationError as error:
                self._drifted("row", name, str(error))
            else:
                fits[name] = row.get(name)
        return msgspec.convert(fits, _Key)

    def _empty(self) -> list[dict[str, Json]]:
        return []


def _place(record: Any) -> Place:  # noqa: ANN401 - a key, or a record of any class that has its fields
    for name in STAMPS:
        stamp = getattr(record, name, None)
        if stamp is not None:
            return int(stamp.timestamp() if isinstance(stamp, datetime) else stamp), record.id
    return 0, record.id


def _until(response: Response, places: Sequence[Place], position: Position) -> datetime | None:
    date = server_time(response.headers)
    if date is not None:  # the server may have looked as early as the request was sent
        return _moment(int(date - (response.received_at - response.sent_at)) - HELD_BACK)
    return _moment(places[-1][0] if places else position.start)


def _moment(second: int | None) -> datetime | None:
    return None if second is None else datetime.fromtimestamp(second, UTC)
