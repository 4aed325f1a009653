"""A file's bytes, from wherever the caller has them, to be sent as often as it takes.

A path is read anew by each attempt, and has to be the same file each time. A stream that can be rewound is read from
where it stood. What can be read only once, another stream or bytes that arrive one by one, is kept until the call has
ended: in memory up to `IN_MEMORY`, beyond that in a temporary file. Files and streams are read in a thread.
"""

from __future__ import annotations

import asyncio
import mimetypes
import os
import tempfile
from collections.abc import AsyncIterable
from pathlib import Path, PurePath
from threading import Lock
from typing import IO, TYPE_CHECKING, BinaryIO, Final

import attrs

from ..errors import BadArgument

if TYPE_CHECKING:
    from .._core.message import Content
    from .types.common import FileSource

__all__ = ["content_of", "file_name", "media_type", "part_name", "whole"]

IN_MEMORY: Final = 1024 * 1024
"""Bytes from which on a temporary file keeps what can be read only once."""


async def content_of(source: FileSource, what: str) -> Content:
    """The bytes of `source`, which errors call `what`; raises `BadArgument` when there are none to read.

    Whoever asks for it closes it.
    """
    content = await _opened(source, what)
    if not content.size:
        content.close()
        raise BadArgument(f"the {what} is empty; a stream that was read before has to be rewound")
    return content


async def whole(source: FileSource, what: str) -> bytes:
    """All of a file at once, for small ones that go into a form."""
    content, found = await content_of(source, what), b""
    try:
        while len(found) < content.size:
            found += await content.read(len(found), content.size - len(found))
    finally:
        content.close()
    return found


async def _opened(source: FileSource, what: str) -> Content:
    if isinstance(source, bytes | bytearray | memoryview):
        return _Bytes(bytes(source))
    if isinstance(source, str | os.PathLike):
        return await asyncio.to_thread(_File.at, Path(source), what)
    if isinstance(source, AsyncIterable):
        return await _kept(source, what)
    if not hasattr(source, "read"):
        raise BadArgument(
            f"the {what} must be a path, bytes, a binary stream or an async iterable of bytes, not {source!r}"
        )
    rewindable = await asyncio.to_thread(_Stream.over, source, what)
    return await _kept(_pieces(source), what) if rewindable is None else rewindable


def file_name(source: object) -> str | None:
    """The last part of a path, also of the one that a file object remembers."""
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    return PurePath(path).name if isinstance(path, str | os.PathLike) else None


def part_name(name: object) -> str:
    """A file's name that can stand in the header of a form's part."""
    if not isinstance(name, str) or not name or not name.isprintable() or '"' in name:
        raise BadArgument(f"filename {name!r} can't go into a header: pass one as filename=")
    return name


def media_type(name: str, given: object) -> str:
    """The type of a file's content, by its name unless it is given."""
    if given is None:
        return mimetypes.guess_type(name)[0] or "application/octet-stream"
    if not isinstance(given, str) or "/" not in given or not (given.isascii() and given.isprintable()):
        raise BadArgument(f"content_type {given!r} can't go into a header: it is a type like text/plain")
    return given


# --- what is there already


@attrs.frozen(slots=True, eq=False)
class _Bytes:
    content: bytes = attrs.field(repr=False)

    @property
    def size(self) -> int:
        return len(self.content)

    async def read(self, start: int, count: int) -> bytes:
        return self.content[start : start + count]

    def close(self) -> None:
        """Nothing was opened."""


@attrs.frozen(slots=True, eq=False)
class _File:
    """A file by its path. It is open while a piece of it is read, and not in between: calls may wait for hours."""

    path: Path
    what: str
    size: int
    identity: tuple[int, ...]

    @classmethod
    def at(cls, path: Path, what: str) -> _File:
        try:
            with path.open("rb") as file:
                return cls(path, what, *_identity(file))
        except OSError as error:
            raise BadArgument(f"the {what} can't be read: {error}") from error

    async def read(self, start: int, count: int) -> bytes:
        return await asyncio.to_thread(self._read, start, count)

    def _read(self, start: int, count: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                same = _identity(file) == (self.size, self.identity)
                file.seek(start)
                piece = file.read(count)
        except OSError as error:
            raise BadArgument(f"the {self.what} can't be read any more: {error}") from error
        if not same or not piece:
            raise BadArgument(f"{self.path} was changed while it was being sent: send it again when it is complete")
        return piece

    def close(self) -> None:
        """Nothing stays open."""


def _identity(file: IO[bytes]) -> tuple[int, tuple[int, ...]]:
    """The size of a file, and by what it is known to be the same one."""
    stat = os.fstat(file.fileno())
    return stat.st_size, (stat.st_dev, stat.st_ino, stat.st_mtime_ns)


@attrs.frozen(slots=True, eq=False)
class _Stream:
    """A stream that can be rewound; it is the caller's, and stays open. It counts from where it stood."""

    stream: BinaryIO
    what: str
    first: int
    size: int
    lock: Lock = attrs.field(factory=Lock, init=False)
    """A thread may still be reading for an attempt that was given up."""

    @classmethod
    def over(cls, stream: BinaryIO, what: str) -> _Stream | None:
        """None for a stream that can't be rewound."""
        try:
            if not stream.seekable():
                return None
            first = stream.tell()
            end = stream.seek(0, os.SEEK_END)
            stream.seek(first)
            sample = stream.read(1)
            stream.seek(first)
        except (AttributeError, OSError):
            return None
        except ValueError as error:
            raise BadArgument(f"the {what} can't be read: {error}") from error
        _as_bytes(sample, what)
        return cls(stream, what, first, max(0, end - first))

    async def read(self, start: int, count: int) -> bytes:
        return await asyncio.to_thread(self._read, start, count)

    def _read(self, start: int, count: int) -> bytes:
        with self.lock:
            try:
                self.stream.seek(self.first + start)
                read = self.stream.read(count)
            except (OSError, ValueError) as error:
                raise BadArgument(f"the {self.what} can't be read any more: {error}") from error
        piece = _as_bytes(read, self.what)
        if not piece:
            raise BadArgument(f"the {self.what} became shorter while it was being sent")
        return piece

    def close(self) -> None:
        """It is not ours."""


# --- what can be read only once


async def _kept(pieces: AsyncIterable[bytes], what: str) -> Content:
    """All pieces, in memory or in a temporary file."""
    kept = _Kept(what)
    try:
        async for piece in pieces:
            kept.waiting += _as_bytes(piece, what)
            if len(kept.waiting) >= IN_MEMORY:
                await kept.put_away()
        if kept.size:
            await kept.put_away()
    except BaseException:
        kept.close()
        raise
    return kept if kept.size else _Bytes(bytes(kept.waiting))


async def _pieces(stream: BinaryIO) -> AsyncIterable[bytes]:
    while piece := await asyncio.to_thread(_read_piece, stream):
        yield piece


def _read_piece(stream: BinaryIO) -> bytes:
    try:
        return stream.read(IN_MEMORY)
    except (OSError, ValueError) as error:
        raise BadArgument(f"the stream can't be read: {error}") from error


class _Kept:
    """A temporary file without a name; it goes when it is closed."""

    def __init__(self, what: str) -> None:
        self.size = 0
        self.waiting = bytearray()
        self._what = what
        self._file: IO[bytes] | None = None
        self._closed = False
        self._lock = Lock()

    async def put_away(self) -> None:
        """Write what waits."""
        piece, self.waiting = bytes(self.waiting), bytearray()
        await asyncio.to_thread(self._write, piece)
        self.size += len(piece)

    def _write(self, piece: bytes) -> None:
        with self._lock:
            if self._closed:
                return
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
            self._file.write(piece)

    async def read(self, start: int, count: int) -> bytes:
        return await asyncio.to_thread(self._read, start, count)

    def _read(self, start: int, count: int) -> bytes:
        with self._lock:
            if self._file is None or self._closed:
                raise BadArgument(f"the {self._what} can't be read any more: its call has ended")
            self._file.seek(start)
            return self._file.read(count)

    def close(self) -> None:
        """Close the file; a thread that is still at work ends first, or finds it closed."""
        with self._lock:
            self._closed = True
            if self._file is not None:
                self._file.close()


def _as_bytes(piece: object, what: str) -> bytes:
    if not isinstance(piece, bytes | bytearray | memoryview):
        raise BadArgument(f"the {what} gives {type(piece).__name__}, not bytes: open it in binary mode")
    return bytes(piece)
