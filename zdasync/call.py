"""What resource methods return: a call that has not been made yet.

A call is sent when it is awaited, a listing when it is awaited or iterated, and each time anew. Until then it can be
turned into another one: `.raw()` gives the untouched JSON, `.into(cls)` records of a class of the caller's.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar, overload

import attrs
import msgspec

from ._ahead import Ahead, in_steps
from ._core.cursor import PageInfo, Query, Trail
from .errors import BadArgument, CursorExpired, PaginationLimit, UnexpectedReply
from .events import SchemaDrift
from .records.codec import (
    NOTHING,
    OnDrift,
    PageData,
    check_class,
    decode_json,
    decode_record,
    sideloads_of,
)
from .records.jobs import JobStatus
from .records.rows import json_steps, page_steps
from .records.sideloads import Sideloads

if TYPE_CHECKING:
    from ._core.caller import Caller
    from ._core.message import Request
    from ._core.route import Route
    from ._job import Name
    from .jobs import Job
    from .records import Json

__all__ = ["Call", "JobCall", "Page", "Pages", "RawPages", "Sideloads"]

T = TypeVar("T")
R = TypeVar("R")
P = TypeVar("P")

Reader = Callable[[bytes, OnDrift], T]
"""Makes the result of a call from the body of its reply."""

PageReader: TypeAlias = Callable[[bytes], Awaitable[tuple[P, PageInfo]]]
"""Makes a page of the body of a reply, with what it says about the next one."""

Preparation = Callable[["Request"], Awaitable["Request"]]
"""What has to be awaited before a request is complete: reading the file that it uploads."""


class Call(Generic[T]):
    """A call that gives a `T` when it is awaited."""

    __slots__ = ("_caller", "_prepare", "_read", "_request")

    def __init__(
        self, caller: Caller, request: Request, read: Reader[T], *, prepare: Preparation | None = None
    ) -> None:
        self._caller = caller
        self._request = request
        self._read = read
        self._prepare = prepare

    def __await__(self) -> Generator[Any, None, T]:
        return self._run().__await__()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._request.route.operation}>"

    @property
    def request(self) -> Request:
        """What would be sent, without the options of the view that makes the call."""
        return self._request

    async def raw(self) -> Json:
        """The same call, giving the reply's JSON as it came; None where the reply has no body."""
        body = await self._send()
        with reading(self._request.route):
            return decode_json(body)

    def into(self, cls: type[R]) -> Call[R]:
        """The same call, giving a record of `cls`: an attrs class whose fields are named as Zendesk's.

        Raises `BadArgument` when `cls` can't be decoded into, or the call gives no record. A field without a default
        is required: `UnexpectedReply` says which one a reply lacks.
        """
        check_class(cls)
        return Call(self._caller, self._request, record_reader(self._key(), cls), prepare=self._prepare)

    async def with_sideloads(self) -> tuple[T, Sideloads]:
        """The same call, giving the record and what `include=` brought along with it."""
        body = await self._send()
        with reading(self._request.route):
            return self._read(body, self._drifted), sideloads_of(body, self._key(), self._drifted)

    async def _run(self) -> T:
        body = await self._send()
        with reading(self._request.route):
            return self._read(body, self._drifted)

    async def _send(self) -> bytes:
        request = self._request if self._prepare is None else await self._prepare(self._request)
        try:
            return (await self._caller.send(request)).body
        finally:
            if request.content is not None:
                request.content.close()

    def _key(self) -> str | None:
        route = self._request.route
        if route.key is None and route.record is None:
            raise BadArgument(f"{route.operation} gives no record")
        return route.key

    def _drifted(self, record: str, field: str, problem: str) -> None:
        self._caller.emit(SchemaDrift(self._request.route.operation, record, field, problem))


@contextmanager
def reading(route: Route) -> Iterator[None]:
    """What is wrong with a reply is said with the call's name, and without the body where that holds a secret."""
    try:
        yield
    except UnexpectedReply as error:
        error.operation = route.operation
        if route.secret:
            error.body = ""
        raise


def record_reader(key: str | None, cls: type[T]) -> Reader[T]:
    """Reads the record under `key`, or the whole reply as one."""

    def read(body: bytes, on_drift: OnDrift) -> T:
        return decode_record(body, key, cls, on_drift)

    return read


def read_nothing(_body: bytes, _on_drift: OnDrift) -> None:
    """For a call whose reply says nothing but that it worked."""


class JobCall(Call["Job"]):
    """A call that starts a background job: awaiting it gives the `Job`, awaiting that gives its results."""

    __slots__ = ("_names", "_rows")

    def __init__(self, caller: Caller, request: Request, rows: int | None, names: Sequence[Name] = ()) -> None:
        super().__init__(caller, request, lambda _body, _on_drift: self._no_record())
        self._rows = rows
        self._names = names

    async def raw(self) -> Json:
        """Starts the job and gives the reply's JSON as it came. The job still counts against the limit of 30."""
        return (await self._submit())[0]

    def into(self, cls: type[R]) -> Call[R]:
        """Raises `BadArgument`: a job gives no record."""
        del cls
        self._no_record()

    async def with_sideloads(self) -> tuple[Job, Sideloads]:
        """Raises `BadArgument`: a job gives no record."""
        self._no_record()

    async def _run(self) -> Job:
        return (await self._submit())[1]

    async def _submit(self) -> tuple[Json, Job]:
        response, slot = await self._caller.submit(self._request)
        try:
            with reading(self._request.route):
                status = decode_record(response.body, "job_status", JobStatus, self._drifted)
            job = self._caller.jobs.register(
                status, slot, operation=self._request.route.operation, rows=self._rows, names=self._names
            )
        except BaseException:
            slot.release()
            raise
        return decode_json(response.body), job

    def _no_record(self) -> NoReturn:
        raise BadArgument(f"{self._request.route.operation} gives a job, no record")


class Page(msgspec.Struct, Generic[T], frozen=True, eq=False):
    """One page of a listing: a sequence of records.

    `after_cursor` is where the page after it begins, for `cursor=` of a later listing. `count` is the number of all
    records, which only offset pages tell. `has_more` is False on the last page.
    """

    records: list[T]
    has_more: bool = False
    after_cursor: str | None = None
    count: int | None = None
    sideloads: Sideloads = NOTHING

    def __iter__(self) -> Iterator[T]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __contains__(self, record: object) -> bool:
        return record in self.records

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self.records[index]

    def __repr__(self) -> str:
        return f"<Page of {len(self.records)} records{', more to come' if self.has_more else ''}>"


class _Read:
    """How much of a listing has been read."""

    def __init__(self) -> None:
        self.number = 0
        self.last: object = None

    def add(self, records: Sequence[object]) -> None:
        """One more page."""
        if records:
            self.number, self.last = self.number + len(records), records[-1]


class Pages(Generic[T]):
    """A listing: `async for` gives every record, awaiting it the first page.

    While the records of a page are handed out, the next page is already fetched. Leaving the loop early ends that, at
    once when the iterator is closed (`contextlib.aclosing`), else when the event loop gets to it.
    """

    def __init__(self, caller: Caller, request: Request, cls: type[T], *, sideloads: bool = False) -> None:
        self._caller = caller
        self._request = request
        self._cls = cls
        self._sideloads = sideloads
        self._cursor = dict(request.query).get("page[after]")
        self._on_drift: OnDrift = self._drifted

    def __await__(self) -> Generator[Any, None, Page[T]]:
        return self._first().__await__()

    def __aiter__(self) -> AsyncGenerator[T, None]:  # noqa: PYI058 - so that aclosing() takes it
        return self._each()

    def __repr__(self) -> str:
        return f"<Pages {self._request.route.operation}>"

    @property
    def request(self) -> Request:
        """What would be sent for the first page, without the options of the view that makes the call."""
        return self._request

    @property
    def cursor(self) -> str | None:
        """Where to continue: hand it to the same method as `cursor=` later on.

        It moves on when the last record of a page has been taken and the next one is asked for, so a listing that is
        continued from it gives again what came since, and leaves nothing out. None: from the start, or a listing
        without cursors.
        """
        return self._cursor

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Every page, in order."""
        walk, page = _Walk(self._caller, self._request, self._read), None
        read = _Read()
        try:
            while (page := await self._after(walk, read, page)) is not None:
                yield page
        finally:
            await walk.aclose()

    def raw(self) -> RawPages:
        """The same listing, giving each page's JSON as it came."""
        return RawPages(self._caller, self._request)

    def into(self, cls: type[R]) -> Pages[R]:
        """The same listing, giving records of `cls`. See `Call.into`."""
        check_class(cls)
        return Pages(self._caller, self._request, cls, sideloads=self._sideloads)

    async def _each(self) -> AsyncGenerator[T, None]:
        walk, page = _Walk(self._caller, self._request, self._read), None
        read = _Read()
        try:
            while (page := await self._after(walk, read, page)) is not None:
                for record in page.records:
                    yield record
        finally:
            await walk.aclose()

    async def _after(self, walk: _Walk[Page[T]], read: _Read, out: Page[T] | None) -> Page[T] | None:
        """The page after the one that is out, which has been read now."""
        if out is not None:
            self._cursor = out.after_cursor or self._cursor
            read.add(out.records)
        try:
            return await walk.next()
        except PaginationLimit as error:
            error.read = read.number
            raise
        except CursorExpired as error:
            error.read, error.last = read.number, read.last
            raise

    async def _first(self) -> Page[T]:
        return (await _fetch(self._caller, self._request, self._read))[0]

    async def _read(self, body: bytes) -> tuple[Page[T], PageData]:
        route = self._request.route
        if route.key is None:
            raise BadArgument(f"{route.operation} gives no records")
        with reading(route):
            data = await in_steps(page_steps(body, route.key, self._cls, self._on_drift, sideloads=self._sideloads))
        more = bool(data.has_more or data.next_page)
        return Page(data.records, more, data.after_cursor, data.count, data.sideloads), data

    def _drifted(self, record: str, field: str, problem: str) -> None:
        self._caller.emit(SchemaDrift(self._request.route.operation, record, field, problem))


class RawPages:
    """A listing as JSON: `async for` gives every page as it came, awaiting it the first one."""

    def __init__(self, caller: Caller, request: Request) -> None:
        self._caller = caller
        self._request = request

    def __await__(self) -> Generator[Any, None, dict[str, Json]]:
        return self._first().__await__()

    def __aiter__(self) -> AsyncGenerator[dict[str, Json], None]:  # noqa: PYI058 - so that aclosing() takes it
        return self._each()

    async def _each(self) -> AsyncGenerator[dict[str, Json], None]:
        walk = _Walk(self._caller, self._request, self._read)
        try:
            while (page := await walk.next()) is not None:
                yield page
        finally:
            await walk.aclose()

    async def _first(self) -> dict[str, Json]:
        return (await _fetch(self._caller, self._request, self._read))[0]

    async def _read(self, body: bytes) -> tuple[dict[str, Json], PageData]:
        with reading(self._request.route):
            page = await in_steps(json_steps(body))
            if not isinstance(page, dict):
                raise UnexpectedReply("the reply is no page", body=repr(page)[:200])
            return page, page_info(page)


def page_info(page: dict[str, Json]) -> PageData:
    """What an undecoded page says about the next one."""
    meta, next_page, after_url = page.get("meta"), page.get("next_page"), page.get("after_url")
    if not isinstance(meta, dict):
        following, after = (link if isinstance(link, str) else None for link in (next_page, after_url))
        some = any(value for value in page.values() if isinstance(value, list))
        count = page.get("count")
        count = count if isinstance(count, int) else None
        return PageData([], next_page=following, after_url=after if some else None, count=count)
    after = meta.get("after_cursor")
    return PageData([], bool(meta.get("has_more")), after if isinstance(after, str) else None)


class _Walk(Generic[P]):
    """A listing page by page. The next page is fetched in a task while the present one is out."""

    def __init__(self, caller: Caller, request: Request, read: PageReader[P]) -> None:
        self._caller = caller
        self._request = request
        self._read = read
        self._trail = Trail(request.route.reach)
        self._query: Query | None = request.query
        self._ahead: Ahead[tuple[P, PageInfo]] = Ahead()
        self._beyond: PaginationLimit | None = None

    async def next(self) -> P | None:
        """The next page, None after the last; raises `PaginationLimit` where more records are out of reach."""
        if self._beyond is not None:
            raise self._beyond
        if self._query is None:
            return None
        page, info = await (self._fetch(self._query) if self._ahead.empty else self._ahead.take())
        query, more = self._query, self._request.route.paging != "none"
        self._beyond = self._trail.beyond(query, info) if more else None
        self._query = self._trail.next_query(query, info) if more and self._beyond is None else None
        if self._query is not None:
            self._ahead.start(self._fetch(self._query))
        if self._beyond is not None:
            self._beyond.operation = self._request.route.operation
        return page

    async def aclose(self) -> None:
        """End what is fetched ahead."""
        await self._ahead.aclose()

    def _fetch(self, query: Query) -> Coroutine[Any, Any, tuple[P, PageInfo]]:
        return _fetch(self._caller, attrs.evolve(self._request, query=query), self._read)


async def _fetch(caller: Caller, request: Request, read: PageReader[P]) -> tuple[P, PageInfo]:
    return await read((await caller.send(request)).body)
