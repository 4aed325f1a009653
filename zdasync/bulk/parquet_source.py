"""Rows from a Parquet file, by pyarrow (extra `parquet`).

Values become what JSON has (see `cells`): a timestamp with a zone a text in UTC, one without a zone a text without
one, a decimal the text of its digits. What is not a number is taken for a missing value, as pandas writes one; bytes,
durations and infinities are no values that could be written, and are what is wrong with their row. Blocks of a
damaged file can't be passed over: a `SourceError` ends the reading there.
Source: https://arrow.apache.org/docs/python/parquet.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadArgument, SourceError
from .cells import OWN, cells_of
from .csv_source import checked_header
from .files import BATCH, Batches, digest, read_ahead, unreadable
from .rows import InputRow

if TYPE_CHECKING:
    from ..records._record import Json

__all__ = ["ParquetSource", "pyarrow_parquet"]


def pyarrow_parquet() -> Json:
    """The module `pyarrow.parquet`; raises `BadArgument` where it is not installed."""
    try:
        import pyarrow.parquet  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise BadArgument('Parquet takes pyarrow: install it with pip install "zdasync[parquet]"') from None
    return pyarrow.parquet


class ParquetSource:
    """A Parquet file."""

    format = "parquet"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.expected: int | None = None
        self._columns: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"<ParquetSource {self.path}>"

    @property
    def columns(self) -> tuple[str, ...] | None:
        """The names of its columns, but for those that an earlier run has added; None until they have been read."""
        return self._columns

    async def open(self) -> None:
        """Read the names of the columns. Raises `SourceError` where the file is no Parquet."""

        def header() -> None:
            for _ in self._read(rows=False):
                pass

        await asyncio.get_running_loop().run_in_executor(None, header)

    async def fingerprint(self) -> str:
        """The SHA-256 of the file."""
        return (await digest(self.path)).sha256

    def batches(self) -> AsyncGenerator[list[InputRow], None]:
        """The rows in order, up to 500 at a time. Raises `SourceError` where the file can't be read (on)."""
        return read_ahead(self._read())

    def _read(self, *, rows: bool = True) -> Batches:
        parquet = pyarrow_parquet()
        import pyarrow as pa  # noqa: PLC0415 - installed, as the line above has found out

        try:
            with parquet.ParquetFile(str(self.path)) as file:
                names = checked_header(file.schema_arrow.names, self.path)
                self._columns = tuple(name for name in names if not name.startswith(OWN))
                if rows:
                    yield from self._batches(file, names)
        except OSError as error:
            raise unreadable(self.path, error) from error
        except pa.ArrowException as error:
            raise SourceError(f"{self.path} is no Parquet that can be read: {error}", path=str(self.path)) from error

    def _batches(self, file: Json, names: list[str]) -> Batches:
        kept = [place for place, name in enumerate(names) if not name.startswith(OWN)]
        position = 0
        for block in file.iter_batches(batch_size=BATCH):
            columns = [block.column(place).to_pylist() for place in kept]
            batch = []
            for values in zip(*columns, strict=True):
                position += 1
                named = zip(self._columns or (), map(_missing, values), strict=True)
                batch.append(InputRow(position, *cells_of(dict(named))))
            yield batch


def _missing(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    return None if isinstance(value, float) and isnan(value) else value
