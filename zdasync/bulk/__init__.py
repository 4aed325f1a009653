"""Bulk runs: any number of rows into Zendesk by jobs of a hundred, with a ledger that survives a crash.

`zd.bulk` is where they begin (see `pages`). What runs are made of, in the order in which a row meets it: `sources`,
`columns`, `formats`, `plan`, `chunks`, `reconcile`, `ledger`, `report`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .check import CheckReport
    from .columns import Columns
    from .operations import OPERATIONS, Operation
    from .pages import Bulk
    from .progress import Progress
    from .report import BulkReport
    from .rows import InputRow, Outcome, Problem, RowReport
    from .sources import Source
    from .undo import UndoPlan
    from .work import ImportOptions, RunOptions

__all__ = [
    "OPERATIONS", "Bulk", "BulkReport", "CheckReport", "Columns", "ImportOptions", "InputRow", "Operation", "Outcome",
    "Problem", "Progress", "RowReport", "RunOptions", "Source", "UndoPlan",
]

_WHERE = {
    "OPERATIONS": "operations", "Bulk": "pages", "BulkReport": "report", "CheckReport": "check", "Columns": "columns",
    "ImportOptions": "work", "InputRow": "rows", "Operation": "operations", "Outcome": "rows", "Problem": "rows",
    "Progress": "progress", "RowReport": "rows", "RunOptions": "work", "Source": "sources", "UndoPlan": "undo",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """A name of a module that is imported when somebody asks for it."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
