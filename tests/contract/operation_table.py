"""The project's own table of Zendesk's operations: every one that is known, and the method that reaches it.

`operations.txt` has a line for each: method, path, and the method of this library, or `-` for what is not covered.
Printed as a script, it is the coverage table of the README: `python tests/contract/operation_table.py`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

TABLE: Final = Path(__file__).with_name("operations.txt")
NOT_COVERED: Final = "-"


@attrs.frozen
class Row:
    """One operation. `where` is the method as a caller writes it."""

    group: str
    method: str
    path: str
    where: str

    @property
    def covered(self) -> bool:
        """Is there a method for it?"""
        return self.where != NOT_COVERED

    @property
    def place(self) -> tuple[str, str]:
        """Method and path, whatever the path's parameters are called."""
        return self.method, shape(self.path)


def shape(path: str) -> str:
    """A path whatever its parameters are called."""
    return re.sub(r"\{\w+\}", "{}", path)


def rows() -> list[Row]:
    """The table, in its order."""
    found, group = [], ""
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("# "):
            group = line[2:]
        elif line.strip():
            method, path, where = line.split()
            found.append(Row(group, method, path, where))
    return found


def by_group(table: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each group, in the table's order."""
    groups: dict[str, list[Row]] = {}
    for row in table:
        groups.setdefault(row.group, []).append(row)
    return groups


def methods(group: Iterable[Row]) -> list[str]:
    """The methods of a group by page: `tickets.comments: count, list`."""
    pages: dict[str, list[str]] = {}
    for name in dict.fromkeys(row.where for row in group if row.covered):
        page, _, method = name.rpartition(".")
        pages.setdefault(page, []).append(method)
    return [f"`{page}`: {', '.join(names)}" for page, names in pages.items()]


def covered(table: list[Row]) -> str:
    """What is covered, by group, as the README has it."""
    count = sum(row.covered for row in table)
    lines = [
        f"{count} of {len(table)} known operations are covered.", "", "| Group | Covered | Methods |", "|---|---:|---|",
    ]
    for name, group in by_group(table).items():
        there = sum(row.covered for row in group)
        if there:
            lines.append(f"| {name} | {there}/{len(group)} | {'; '.join(methods(group))} |")
    return "\n".join(lines)


def not_covered(table: list[Row]) -> str:
    """What is not covered, by name."""
    rest = by_group(row for row in table if not row.covered)
    lines = [f"- {name}: {', '.join(f'`{row.method} {row.path}`' for row in group)}" for name, group in rest.items()]
    return "\n".join(["Not covered:", "", *lines])


if __name__ == "__main__":
    sys.stdout.write(f"{covered(rows())}\n\n{not_covered(rows())}\n")
