"""What tests of sources share: files with given content, and all of their rows."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path
from typing import Any

from zdasync.bulk.rows import InputRow
from zdasync.bulk.sources import open_source
from zdasync.testing import run_virtual


async def rows_of(source: Any, **options: Any) -> list[InputRow]:
    """All rows."""
    async with aclosing(open_source(source, **options).batches()) as batches:
        return [row async for batch in batches for row in batch]


def read(source: Any, **options: Any) -> list[InputRow]:
    """All rows, in a loop of their own."""
    return run_virtual(rows_of(source, **options))


def brief(rows: list[InputRow]) -> list[tuple[int, int | None, dict[str, Any] | str]]:
    """Position, line, and the cells or the code of what is wrong."""
    return [
        (row.position, row.line, dict(row.cells) if row.problem is None else row.problem.code) for row in rows
    ]


def written(path: Path, content: str | bytes) -> Path:
    """The path, with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
