"""The rows that failed, as a file in the input's own format, to be mended and fed in again.

The model: the file has the input's columns, in their order and with the cells as they came, and beside them what became
of each row, in columns whose names begin with `zdasync_`; sources pass over those. Nothing is done about cells that a
spreadsheet would take for formulas: that would change the data. Where the cells of a row are not to be relied on, since
some were missing, moved or altered when it was read, they stand in `zdasync_cells` as JSON, and the row's own cells are
empty: fed in again as it is, such a row is refused instead of being sent with what may be another column's value.
"""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from ..errors import BadArgument
from .cells import OWN, UNREADABLE
from .files import BATCH
from .rows import RowReport

if TYPE_CHECKING:
    from ..records._record import Json, JsonValue

__all__ = ["REPORT_COLUMNS", "write_failed"]

REPORT_COLUMNS: Final = (
    "zdasync_line", "zdasync_outcome", "zdasync_code", "zdasync_field", "zdasync_reason", "zdasync_cells",
)
"""What stands beside the cells: the line (or position) in the input, the outcome and why, and cells not relied on."""

Failed = tuple[RowReport, "Mapping[str, JsonValue]"]


def write_failed(
    path: str | os.PathLike[str],
    format: str,  # noqa: A002 - the word for it everywhere
    columns: Sequence[str] | None,
    rows: Iterable[Failed],
    *,
    delimiter: str | None = None,
) -> int:
    """Write the rows, each with its report, to a new file that takes the place of `path` once it is whole.

    `format` is that of the source: `csv` and `parquet` take the `columns` of the input, `jsonl` and `rows` (one JSON
    object a line) none. `delimiter` is that of a CSV, by default a comma, and a tab where `path` ends in `.tsv`; its
    encoding is UTF-8. A Parquet column has the type that all its values share, else texts; lists and objects of several
    kinds are written as JSON. Returns how many rows there are. Blocks; raises `OSError`.
    """
    target = Path(path)
    if format not in ("csv", "jsonl", "rows", "parquet"):
        raise BadArgument(f"there is no format {format!r}: it is one of csv, jsonl and parquet")
    if columns is None and format in ("csv", "parquet"):
        raise BadArgument(f"a {format} file takes the columns of the input")
    names = [name for name in columns or () if not name.startswith(OWN)]
    with _taking_the_place_of(target) as file:
        if format == "csv":
            tabs = target.suffix.lower() == ".tsv"
            return _write_csv(file, names, rows, delimiter or ("\t" if tabs else ","))
        return _write_parquet(file, names, rows) if format == "parquet" else _write_jsonl(file, rows)


@contextlib.contextmanager
def _taking_the_place_of(path: Path) -> Iterator[IO[bytes]]:
    """A file beside `path`, which it replaces when all has gone well."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _split(row: Failed) -> tuple[Mapping[str, JsonValue], dict[str, JsonValue]]:
    """The cells to write, and the report's columns."""
    report, cells = row
    doubtful = report.code in UNREADABLE
    own = (
        report.position if report.line is None else report.line,
        report.outcome, report.code, report.field, report.text,
        msgspec.json.encode(cells).decode() if doubtful and cells else None,
    )
    return {} if doubtful else cells, dict(zip(REPORT_COLUMNS, own, strict=True))


def _write_jsonl(file: IO[bytes], rows: Iterable[Failed]) -> int:
    count = 0
    for row in rows:
        cells, own = _split(row)
        said = {name: one for name, one in own.items() if one is not None}
        file.write(msgspec.json.encode({**cells, **said}) + b"\n")
        count += 1
    return count


def _write_csv(file: IO[bytes], names: Sequence[str], rows: Iterable[Failed], delimiter: str) -> int:
    import io  # noqa: PLC0415 - a wrapper for this format only

    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, delimiter=delimiter)
        writer.writerow([*names, *REPORT_COLUMNS])
        count = 0
        for row in rows:
            cells, own = _split(row)
            writer.writerow([*(_cell(cells.get(name)) for name in names), *map(_cell, own.values())])
            count += 1
    finally:
        text.detach()
    return count


def _cell(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def _write_parquet(file: IO[bytes], names: Sequence[str], rows: Iterable[Failed]) -> int:
    """All rows are looked at for the types of their columns before the first is written: they wait in a file."""
    from .parquet_source import pyarrow_parquet  # noqa: PLC0415 - an extra

    parquet = pyarrow_parquet()
    import pyarrow as pa  # noqa: PLC0415 - installed, as the line above has found out

    kinds: dict[str, set[str]] = {name: set() for name in names}
    count = 0
    with tempfile.TemporaryFile() as waiting:
        for row in rows:
            cells, own = _split(row)
            for name, kind in kinds.items():
                kind.add(_kind(cells.get(name)))
            waiting.write(msgspec.json.encode([[cells.get(name) for name in names], list(own.values())]) + b"\n")
            count += 1
        waiting.seek(0)
        types = [_arrow_type(pa, kind - {"null"}) for kind in kinds.values()]
        types += [pa.int64(), *[pa.string()] * (len(REPORT_COLUMNS) - 1)]
        schema = pa.schema(list(zip([*names, *REPORT_COLUMNS], types, strict=True)))
        with parquet.ParquetWriter(file, schema) as writer:
            while lines := [msgspec.json.decode(line) for line in _some(waiting)]:
                columns = zip(*([*cells, *own] for cells, own in lines), strict=True)
                arrays = [
                    pa.array([_fitting(pa, value, kind) for value in column], kind)
                    for column, kind in zip(columns, types, strict=True)
                ]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
    return count


def _some(file: IO[bytes]) -> Iterator[bytes]:
    for _ in range(BATCH):
        if line := file.readline():
            yield line


def _kind(value: JsonValue) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return "texts" if all(isinstance(one, str) for one in value) else "json"
    if isinstance(value, int) and not isinstance(value, bool):
        return "int" if -(2**63) <= value < 2**63 else "json"
    return {bool: "bool", float: "float", str: "text"}.get(type(value), "json")


def _arrow_type(pa: Json, kinds: set[str]) -> Json:
    """The type of a column with values of these kinds."""
    simple = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "texts": pa.list_(pa.string())}
    return simple.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def _fitting(pa: Json, value: Any, kind: Json) -> Any:  # noqa: ANN401 - whatever JSON has
    return _cell(value) if kind == pa.string() and value is not None else value
