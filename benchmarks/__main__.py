"""Measure every speed goal, then compare the scheduler: `python -m benchmarks [--json FILE]`.

Prints tables, draws the chart, and ends with 0 whatever it found. `python -m benchmarks scheduler` is the comparison
alone.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from . import bulk, core, exports, scheduler, sync
from .core import Figure

GOALS: Final[dict[str, Callable[[], Figure]]] = {
    "show": lambda: asyncio.run(core.show()),
    "listing": lambda: asyncio.run(core.listing()),
    "export": lambda: asyncio.run(exports.export()),
    "blocking": lambda: asyncio.run(exports.blocking()),
    "sync": lambda: asyncio.run(sync.sqlite()),
    "bulk-time": bulk.timed,
    "bulk-cpu": bulk.cpu,
    "bulk-memory": bulk.memory,
    "memory": lambda: asyncio.run(core.memory()),
    "import": core.imports,
    "admission": core.admission,
}
SCHEDULER: Final = "scheduler"
PACKAGES: Final = ("aiohttp", "aiolimiter", "msgspec", "attrs", "orjson")


def cpu_model() -> str:
    """What the processor calls itself."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    return {
        "cpu": f"{cpu_model()}, {os.cpu_count()} cores",
        "system": platform.platform(terse=True),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES),
    }


def main() -> None:
    """Run the measurements that are asked for."""
    names = (*GOALS, SCHEDULER)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("goals", nargs="*", metavar="goal", help=f"{', '.join(names)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file, too")
    scheduler.add_arguments(parser)
    arguments = parser.parse_args()
    if unknown := set(arguments.goals) - set(names):
        parser.error(f"there is no goal {', '.join(unknown)}")
    asked = arguments.goals or names
    where = machine()
    for name, value in where.items():
        print(f"{name:9} {value}", flush=True)
    found: dict[str, object] = {"machine": where}
    if set(asked) & set(GOALS):
        found["figures"] = measured([name for name in asked if name in GOALS])
    if SCHEDULER in asked:
        found[SCHEDULER] = scheduler.run(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def measured(goals: list[str]) -> list[dict[str, object]]:
    """Print a row for each speed goal, and give them as plain data."""
    print(f"\n{'goal':34} {'at most':>8} {'measured':>9}  {'':16} {'met':4} detail", flush=True)
    rows = []
    for name in goals:
        figure = GOALS[name]()
        met = "yes" if figure.met else "NO"
        print(
            f"{figure.name:34} {figure.goal:8.2f} {figure.measured:9.3f}  {figure.unit:16} {met:4} {figure.detail}",
            flush=True,
        )
        rows.append(attrs.asdict(figure) | {"met": figure.met})
    return rows


if __name__ == "__main__":
    main()
