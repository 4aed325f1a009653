"""Ledgers made by hand, as a run would have left them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from zdasync.bulk.ledger import SCHEMA, VERSION
from zdasync.bulk.rows import RowReport

START = 1_767_261_600.0
"""2026-01-01 10:00:00 UTC."""

HOSTILE = "</td></table></svg><script>alert('x')</script><img src=x onerror=\"y()\">&amp;\x1b[31m\x00\u202egnp.exe\n]]>"


def refused(position: int, *, code: str = "DuplicateValue", field: str | None = "email", **more: Any) -> RowReport:
    text = more.pop("text", f"row {position} is taken")
    return RowReport(position, f"key-{position}", "refused", None, code, field, text, **more)


def created(position: int, record: int | None = 0) -> RowReport:
    return RowReport(position, f"key-{position}", "created", 1000 + position if record == 0 else record)


def sample(
    second: float, rows: int, *, jobs: int = 30, requests: int = 0, used: int | None = 100, total: int | None = 700
) -> tuple[Any, ...]:
    return (START + second, rows, 0, jobs, requests, used, total)


def make_ledger(
    path: Path,
    rows: Iterable[RowReport] = (),
    *,
    cells: Mapping[int, str] | None = None,
    runs: Sequence[tuple[float | None, ...]] = ((0.0, 60.0, "done"),),
    samples: Iterable[tuple[Any, ...]] = (),
    submissions: Iterable[tuple[Any, ...]] = (),
    **meta: str | None,
) -> Path:
    """`runs` are (start, end, ending) in seconds after `START`; `submissions` (state, job id, at, settled at)."""
    known = {
        "version": VERSION, "operation": "users.create_or_update", "account": "https://example.zendesk.com",
        "source": "customers.csv", "format": "csv", "created_at": repr(START), **meta,
    }
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(SCHEMA)
        db.executemany("INSERT INTO meta VALUES (?, ?)", known.items())
        db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (
            (row.position, row.key, row.outcome, row.id, row.code, row.field, row.text, row.line,
             (cells or {}).get(row.position))
            for row in rows
        ))
        db.executemany("INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?)", samples)
        db.executemany("INSERT INTO runs VALUES (?, ?, ?, ?)", (
            (number, START + start, None if end is None else START + end, ending)
            for number, (start, end, ending) in enumerate(runs, 1)
        ))
        db.executemany("INSERT INTO submissions VALUES (?, 1, '[]', ?, ?, ?, ?)", (
            (number, state, job, START + at, None if settled is None else START + settled)
            for number, (state, job, at, settled) in enumerate(submissions, 1)
        ))
        db.commit()
    return path


def change(path: Path, statement: str, *values: object) -> None:
    """One change of a ledger, as a run or a fault would make it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement, values)
        db.commit()


def cells_of(**cells: object) -> str:
    return json.dumps(cells)
