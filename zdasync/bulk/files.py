"""Reading files without holding up the event loop.

The model: a file is read by a generator of batches, which runs in a thread, one batch at a time. While one batch is
out, the next is read: one, no more. The generator is closed, and with it the file, when the rows end, when reading
fails, or when the caller has had enough; the thread is waited for before that, as a generator can't be closed while it
runs.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from ..errors import SourceError
from .rows import InputRow

__all__ = ["BATCH", "BATCH_BYTES", "Batches", "digest", "in_batches", "read_ahead", "skip_mark", "unreadable"]

BATCH: Final = 500
"""Rows of a batch."""
BATCH_BYTES: Final = 2_000_000
"""Bytes of a file after which a batch ends early."""
_BLOCK: Final = 1 << 18
_MARK: Final = b"\xef\xbb\xbf"
_OTHERS: Final = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive: save the table as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel workbook: save the table as CSV",
    b"\x1f\x8b": "a gzip archive: unpack it first",
    b"\xff\xfe": "text in UTF-16: save it as UTF-8",
    b"\xfe\xff": "text in UTF-16: save it as UTF-8",
    b"PAR1": 'Parquet: name it .parquet, or say format="parquet"',
}
"""How files begin that hold no lines of text, and what they are."""

Batches = Generator[list[InputRow], None, None]


def unreadable(path: Path, error: OSError) -> SourceError:
    """What is raised where the system can't read a file."""
    return SourceError(f"{path} can't be read: {error.strerror or error}", path=str(path))


def skip_mark(file: BinaryIO, path: Path) -> None:
    """Pass over the mark at the start of a file in UTF-8; raises `SourceError` for what is known to be no such text."""
    start = file.read(4)
    for mark, what in _OTHERS.items():
        if start.startswith(mark):
            raise SourceError(f"{path} is {what}", path=str(path))
    file.seek(len(_MARK) if start.startswith(_MARK) else 0)


class Digest(NamedTuple):
    """What a file's content comes to: its SHA-256, and how many lines it has."""

    sha256: str
    lines: int


async def digest(path: Path) -> Digest:
    """Read a file once; raises `SourceError` where it can't be read."""

    def read() -> Digest:
        sha256, lines = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    sha256.update(block)
                    lines += block.count(b"\n")
        except OSError as error:
            raise unreadable(path, error) from error
        return Digest(sha256.hexdigest(), lines)

    return await asyncio.get_running_loop().run_in_executor(None, read)


def in_batches(rows: Iterator[InputRow], offset: Callable[[], int]) -> Batches:
    """The rows in batches of a bounded number and size; `offset` tells how many bytes have been read so far."""
    batch: list[InputRow] = []
    begun = 0
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH or offset() - begun > BATCH_BYTES:
            yield batch
            batch, begun = [], offset()
    if batch:
        yield batch


async def read_ahead(batches: Batches) -> AsyncGenerator[list[InputRow], None]:
    """What the generator gives, which runs in a thread one batch ahead of the caller."""
    loop = asyncio.get_running_loop()

    def following() -> asyncio.Future[list[InputRow] | None]:
        return loop.run_in_executor(None, next, batches, None)

    reading = following()
    try:
        while True:
            await asyncio.wait([reading])  # unlike awaiting it, this does not forget a thread that is still at work
            batch = reading.result()
            if batch is None:
                return
            reading = following()
            yield batch
    finally:
        try:
            await _settled(reading)
        finally:
            await _settled(loop.run_in_executor(None, batches.close))


async def _settled(work: asyncio.Future[Any]) -> None:
    """Wait for the end of what a thread does, whoever cancels meanwhile; its error has been raised, or is of no use."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    work.exception()
    if cancelled is not None:
        raise cancelled
