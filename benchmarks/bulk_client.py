"""The process whose CPU and memory a bulk run is charged with: `zd.bulk` from a CSV file, and nothing else.

It imports what a program needs that brings a file into Zendesk, and prints what that cost as JSON:
`python -m benchmarks.bulk_client URL FILE ROWS`.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs

from zdasync import ApiToken, Zendesk

LIMIT: Final = 1_000_000_000
"""Requests a minute, so that nothing waits for the account's limit."""
SAMPLED_EVERY: Final = 0.1
"""Seconds between two looks at the memory of the process."""

HEADER: Final = ("external_id", "name", "email", "phone", "company", "tier", "notes", "updated")
COLUMNS: Final = {"company": "details", "tier": "user_fields.tier", "updated": ""}
TIERS: Final = ("gold", "silver", "bronze")


@attrs.frozen
class Cost:
    """What a process needed for a run: CPU and wall time in seconds, and memory in bytes."""

    cpu: float
    seconds: float
    peak: int
    """The most memory that was resident, of the interpreter and all libraries, too."""
    early: float
    """Memory over the second quarter of the run: in the first one, caches fill up."""
    late: float
    """And over the last one."""


def row(number: int) -> tuple[str, ...]:
    """A row of the file."""
    return (
        f"CRM-{number:07d}", f"Zoë Müller {number}", f"customer{number}@example.com", f"+1555{number:07d}",
        f"Acme Ltd {number % 500}", TIERS[number % 3], "Prefers e-mail.", "2026-10-11T16:05:01Z",
    )


def write_rows(path: Path, rows: int) -> None:
    """The file that is read."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(map(row, range(rows)))


async def run(url: str, source: Path, rows: int) -> Cost:
    """Bring the file in, and see what that takes. The ledger comes beside the file."""
    resident: list[int] = []
    auth = ApiToken("admin@example.com", "token")
    async with Zendesk(base_url=url, auth=auth, limits={"account": LIMIT}) as zd:
        watch = asyncio.create_task(_watch(resident))
        begun, before = time.perf_counter(), time.process_time()
        report = await zd.bulk.users.create_or_update(source, columns=COLUMNS)
        cpu, seconds = time.process_time() - before, time.perf_counter() - begun
        watch.cancel()
        await asyncio.wait([watch])
    if report.counts["created"] + report.counts["updated"] != rows:
        raise RuntimeError(f"of {rows} rows not all were written: {report.counts}")
    early, late = quarters(resident)
    return Cost(cpu=cpu, seconds=seconds, peak=_peak(), early=early, late=late)


async def _watch(resident: list[int]) -> None:
    """Note how much memory the process has, again and again."""
    while (now := _resident()) is not None:
        resident.append(now)
        await asyncio.sleep(SAMPLED_EVERY)


def _resident() -> int | None:
    """Bytes of this process that are in memory; None where the system doesn't tell."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _peak() -> int:
    """The most bytes of this process that were in memory.

    Linux hands what `getrusage` tells on from the process that began this one, and says the truth in another place.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    fields = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
    return int(fields["VmHWM"].removesuffix("kB")) * 1024


def quarters(samples: Sequence[int]) -> tuple[float, float]:
    """Medians of the second and of the last quarter; zeros for too few samples."""
    quarter = len(samples) // 4
    if not quarter:
        return 0.0, 0.0
    return statistics.median(samples[quarter : 2 * quarter]), statistics.median(samples[-quarter:])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("source", type=Path)
    parser.add_argument("rows", type=int)
    given = parser.parse_args()
    print(json.dumps(attrs.asdict(asyncio.run(run(given.url, given.source, given.rows)))))
