"""Where a download goes: into memory, into a file, or piece by piece to the caller.

A receiver may be started again, since an attempt that broke is begun anew. What a receiver itself fails at, a full disk
or an error of the caller's own, is `Undelivered`: the line is not at fault, and another attempt would change nothing.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Lock
from typing import IO, Final
from uuid import uuid4

import attrs

from .._core.message import Receiver
from ..errors import BadArgument, DownloadError

__all__ = ["Measured", "Sink", "ToFile", "ToMemory", "ToSink", "Undelivered"]

Sink = Callable[[bytes], Awaitable[object]]
"""Takes the next bytes of a file, in order."""

AT_A_TIME: Final = 1024 * 1024
"""Bytes that are written to a file at a time."""


class Undelivered(Exception):
    """The receiver failed; `__cause__` is why."""


@attrs.define(slots=True, eq=False)
class Measured:
    """Counts what goes to `receiver`, against what it should be and what it may be, None for no matter."""

    receiver: Receiver
    expected: int | None
    most: int | None
    got: int = 0

    async def start(self, length: int | None) -> None:
        self.got = 0
        if length is not None:
            self._check(length)
            if self.expected not in (None, length):
                raise self._another_size(length)
        await self.receiver.start(length)

    async def write(self, piece: bytes) -> None:
        self.got += len(piece)
        self._check(self.got)
        if self.expected is not None and self.got > self.expected:
            raise self._another_size(self.got)
        await self.receiver.write(piece)

    def ended(self) -> None:
        """Raises `DownloadError` when the end came too early."""
        if self.expected not in (None, self.got):
            raise self._another_size(self.got)

    def _check(self, size: int) -> None:
        if self.most is not None and size > self.most:
            raise DownloadError(f"the file has more than max_size ({self.most} bytes)", reason="too_large")

    def _another_size(self, size: int) -> DownloadError:
        return DownloadError(f"the server gives {size} bytes where the attachment has {self.expected}", reason="size")


class ToMemory:
    """Keeps everything."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    async def start(self, length: int | None) -> None:
        del length
        self._pieces.clear()

    async def write(self, piece: bytes) -> None:
        self._pieces.append(piece)

    @property
    def content(self) -> bytes:
        return b"".join(self._pieces)


class ToSink:
    """Hands every piece to the caller, who can't give it back."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._given = 0

    async def start(self, length: int | None) -> None:
        del length
        if self._given:
            raise DownloadError(
                f"the line broke after {self._given} bytes had been handed over: begin again with what takes them",
                reason="interrupted",
            )

    async def write(self, piece: bytes) -> None:
        self._given += len(piece)
        try:
            await self._sink(piece)
        except Exception as error:
            raise Undelivered from error


class ToFile:
    """Writes to a file beside the wanted one, which takes its name when it is whole. All of it in threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".zdasync-{uuid4().hex}.part")
        self._waiting = bytearray()
        self._file: IO[bytes] | None = None
        self._ended = False
        self._lock = Lock()
        """The call may be cancelled while a thread writes for it."""

    @classmethod
    async def at(cls, path: Path) -> ToFile:
        """Raises `BadArgument` for a place where no file can be."""
        await asyncio.to_thread(_check_place, path)
        return cls(path)

    async def start(self, length: int | None) -> None:
        del length
        self._waiting.clear()
        await _delivered(self._empty)

    async def write(self, piece: bytes) -> None:
        self._waiting += piece
        if len(self._waiting) >= AT_A_TIME:
            await self._put_away()

    async def finish(self) -> None:
        """The file is whole: it takes its name, in place of another one that has it."""
        await self._put_away()
        await _delivered(self._rename)

    async def _put_away(self) -> None:
        piece, self._waiting = bytes(self._waiting), bytearray()
        await _delivered(lambda: self._append(piece))

    def _empty(self) -> None:
        with self._lock:
            if self._ended:
                return
            if self._file is None:
                self._file = self._part.open("xb")
            self._file.seek(0)
            self._file.truncate()

    def _append(self, piece: bytes) -> None:
        with self._lock:
            if self._file is not None and not self._ended:
                self._file.write(piece)

    def _rename(self) -> None:
        with self._lock:
            if self._file is not None and not self._ended:
                self._file.close()
                os.replace(self._part, self._path)  # noqa: PTH105 - says what it does to a file that is there
                self._ended = True

    def discard(self) -> None:
        """Leave nothing of a file that is not whole; a thread that is still at work ends first."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            if self._file is not None:
                self._file.close()
                self._part.unlink(missing_ok=True)


async def _delivered(work: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(work)
    except OSError as error:
        raise Undelivered from error


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise BadArgument(f"{path} is a directory: name the file in it, the attachment's name is not to be trusted")
    if not path.parent.is_dir():
        raise BadArgument(f"there is no directory {path.parent}")
