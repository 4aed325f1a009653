"""`zdasync demo`: what a bulk run is like, with made-up customers in a simulated account."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import attrs
from cyclopts import Parameter, validators

from ..errors import BadArgument
from . import bulk, output
from .bulk_run import Manner
from .options import DEFAULT, Options, told
from .running import run

HEAD: Final = ("external_id", "name", "email", "tier")
DECLARATION: Final = """\
operation = "users.create_or_update"

[columns]
tier = "user_fields.tier"
"""
FIRST: Final = ("Anna", "Jürgen", "Zoë", "Søren", "Łukasz", "Inés", "Çağla", "Mária", "Olivia", "Priya", "Yuki")
LAST: Final = ("Müller", "Nuñez", "Dvořák", "Lefèvre", "Smith", "García", "Tanaka", "Okafor", "Weiß", "Rossi", "Byrne")
TIERS: Final = ("gold", "silver", "bronze")

AGAIN: Final = 20
"""Each so many rows there is one about the customer of the row before."""
BROKEN: Final = 200
"""Each so many rows there is one whose address is none."""

Rows = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1_000_000)), told("So many rows.")]


def demo(*, rows: Rows = 2000, options: Options = DEFAULT) -> int:
    """Make up a file of customers, and write it into a simulated account as `zdasync bulk run` does.

    Some rows are wrong, and some are about the customer of another one. Everything is in a temporary directory, which
    is named.
    """
    if options.profile is not None:
        raise BadArgument("a demo is for a simulated account: run a file of your own with zdasync bulk run FILE")
    folder = Path(tempfile.mkdtemp(prefix="zdasync-demo-"))
    file = folder / "customers.csv"
    broken = _write(file, rows)
    file.with_suffix(".toml").write_text(DECLARATION, encoding="utf-8")
    simulated = attrs.evolve(options, simulate=True)
    work = bulk.run(
        file, ledger=file.with_suffix(".ledger"), manner=Manner(allow_failures=broken), options=simulated
    )
    status = run(work, virtual=True, quiet=options.json)
    if not options.json:
        output.write(f"\nAll of it is in {folder}.")
        output.write("For a file of your own: zdasync bulk check FILE, then zdasync bulk run FILE.")
    return status


def _write(file: Path, count: int) -> int:
    """Write so many customers; how many of the rows are wrong."""
    broken = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEAD)
        for row in _customers(count):
            broken += "@" not in row[2]
            writer.writerow(row)
    return broken


def _customers(count: int) -> Iterator[tuple[str, ...]]:
    for row in range(1, count + 1):
        customer = row - 1 if row % AGAIN == 0 and row > 1 else row
        name = f"{FIRST[customer % len(FIRST)]} {LAST[customer // len(FIRST) % len(LAST)]}"
        address = f"customer-{customer}" + ("" if row % BROKEN == BROKEN // 2 + 1 else "@example.com")
        yield f"CRM-{customer:07}", name, address, TIERS[row % len(TIERS)]
