"""Measure every speed goal and print a table: `python -m benchmarks [--json FILE]`. Ends with 0 whatever it found."""

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

from . import core
from .core import Figure

GOALS: Final[dict[str, Callable[[], Figure]]] = {
    "show": lambda: asyncio.run(core.show()),
    "listing": lambda: asyncio.run(core.listing()),
    "memory": lambda: asyncio.run(core.memory()),
    "import": core.imports,
    "admission": core.admission,
}
PACKAGES: Final = ("aiohttp", "msgspec", "attrs", "orjson")


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
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("goals", nargs="*", metavar="goal", help=f"{', '.join(GOALS)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file, too")
    arguments = parser.parse_args()
    if unknown := set(arguments.goals) - set(GOALS):
        parser.error(f"there is no goal {', '.join(unknown)}")
    where = machine()
    for name, value in where.items():
        print(f"{name:9} {value}")
    print(f"\n{'goal':34} {'at most':>8} {'measured':>9}  {'':16} {'met':4} detail", flush=True)
    figures = []
    for name in arguments.goals or GOALS:
        figure = GOALS[name]()
        figures.append(figure)
        met = "yes" if figure.met else "NO"
        print(
            f"{figure.name:34} {figure.goal:8.2f} {figure.measured:9.3f}  {figure.unit:16} {met:4} {figure.detail}",
            flush=True,
        )
    if arguments.json:
        rows = [attrs.asdict(figure) | {"met": figure.met} for figure in figures]
        arguments.json.write_text(json.dumps({"machine": where, "figures": rows}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
