"""Which part may import which: the layers as a table of rules, checked in the source and in a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import attrs
import pytest

import zdasync

ROOT: Final = Path(zdasync.__file__).parent


@attrs.frozen
class Rule:
    """No file of `part` (a package or a module) imports anything in `forbidden`, except in `allowed`."""

    part: str
    forbidden: tuple[str, ...]
    allowed: tuple[str, ...] = ()


WIRING: Final = ("zdasync.client", "zdasync.engine")
"""The two modules that know all parts; nothing below them knows of these."""

RULES: Final = (
    Rule("zdasync._core", ("asyncio", "aiohttp", "time", "aiolimiter", "zdasync.transport", *WIRING)),
    Rule("zdasync.resources", ("aiohttp", "zdasync.limits", "zdasync.transport", *WIRING)),
    Rule("zdasync.limits", ("aiohttp", "zdasync.resources", "zdasync.records", "zdasync.transport", *WIRING)),
    Rule("zdasync.transport", ("zdasync.limits", "zdasync.resources", "zdasync.records", *WIRING)),
    Rule("zdasync._coalesce", ("aiohttp", "time", "zdasync.limits", "zdasync.transport", *WIRING)),
    Rule("zdasync.records", ("aiohttp", "asyncio", "zdasync.limits", "zdasync.transport", *WIRING)),
    # Pages, jobs and credentials go through the caller that they are given.
    *(Rule(part, ("aiohttp", "zdasync.limits", "zdasync.transport", *WIRING))
      for part in ("zdasync.auth", "zdasync.call", "zdasync.jobs")),
    # When a job will end is reckoned from what is passed in.
    Rule("zdasync._forecast", ("asyncio", "aiohttp", "time", "zdasync.limits", "zdasync.transport", *WIRING)),
    # Within the limits: numbers know no tasks, what is known of limits knows no queues, and nobody looks upwards.
    *(Rule(f"zdasync.limits.{part}", ("asyncio", "zdasync.limits.scheduler", "zdasync.limits.lanes",
                                      "zdasync.limits.parking", "zdasync.limits.ticket", "zdasync.limits.pacer"))
      for part in ("book", "bucket", "clock", "contact", "hidden", "keys", "learning", "observe", "slots", "table",
                   "terms", "turns", "word")),
    *(Rule(f"zdasync.limits.{part}", ("zdasync.limits.scheduler",))
      for part in ("estimates", "holding", "lanes", "pacer", "parking", "ticket")),
    *(Rule(f"zdasync.limits.{part}", ("zdasync.limits.book", "zdasync.limits.observe"))
      for part in ("bucket", "clock", "hidden", "keys", "slots", "table", "terms", "turns", "word")),
    *(Rule(f"zdasync.limits.{part}", ("zdasync.limits",)) for part in ("clock", "turns", "word")),
    # A copy is written from what exports give, by one clock; times of day are for people only.
    Rule("zdasync.sync", ("aiohttp", "time", "zdasync.limits", "zdasync.transport", *WIRING)),
    # Observers know events and nothing else of the package.
    Rule("zdasync.telemetry", ("aiohttp", "zdasync"),
         allowed=("zdasync.errors", "zdasync.events", "zdasync.limits.snapshot", "zdasync.telemetry")),
    Rule("zdasync.events", ("asyncio", "aiohttp", "zdasync")),
    Rule("zdasync._numbers", ("asyncio", "aiohttp", "zdasync.transport", *WIRING)),
    Rule("zdasync._limits", ("asyncio", "aiohttp", "zdasync.transport", "zdasync.limits.scheduler", *WIRING)),
    Rule("zdasync.simulator", ("zdasync.transport", "zdasync.resources", "zdasync.limits", *WIRING),
         allowed=("zdasync.limits.table", "zdasync.resources.table")),
    *(Rule(part, ("zdasync.simulator", "zdasync.testing", "zdasync.cli", "zdasync.telemetry"))
      for part in ("zdasync._core", "zdasync._limits", "zdasync._numbers",
                   "zdasync.auth", "zdasync.call", "zdasync.jobs", "zdasync.limits",
                   "zdasync.records", "zdasync.resources", "zdasync.transport", *WIRING)),
    # `python -m zdasync.simulator` works without the extra of the command line.
    Rule("zdasync.simulator", ("cyclopts", "rich", "zdasync.cli")),
    # A report on a bulk run is read from its ledger, without a client; a meter is told the time.
    *(Rule(f"zdasync.bulk.{part}", ("aiohttp", "zdasync.limits", "zdasync.transport", "zdasync.call", "zdasync.jobs",
                                    *WIRING))
      for part in ("chart", "html", "progress", "reader", "report", "status", "summary", "timeline", "undo", "words")),
    Rule("zdasync.bulk.progress", ("asyncio", "time", "sqlite3", "zdasync.bulk.ledger", "zdasync.bulk.reader")),
    # What rows are read and checked with knows no client, and what does it row by row no event loop.
    *(Rule(f"zdasync.bulk.{part}", ("aiohttp", "zdasync.limits", "zdasync.transport", "zdasync.call", "zdasync.jobs",
                                    "zdasync.bulk.ledger", *WIRING))
      for part in ("cells", "check", "columns", "convert", "csv_source", "duplicates", "failed_rows", "files",
                   "formats", "jsonl_source", "parquet_source", "sources", "targets")),
    *(Rule(f"zdasync.bulk.{part}", ("asyncio",))
      for part in ("cells", "columns", "convert", "duplicates", "failed_rows", "formats", "targets")),
    # One clock, the loop's: none of these may read another.
    *(Rule(part, ("time",))
      for part in ("zdasync._limits", "zdasync._numbers",
                   "zdasync.auth", "zdasync.call", "zdasync.jobs", "zdasync.limits", "zdasync.resources",
                   "zdasync.transport", *WIRING)),
)

LAZY: Final = (
    "aiolimiter", "cattrs", "cyclopts", "keyring", "opentelemetry", "prometheus_client", "pyarrow", "rich", "sqlite3",
    "zdasync._coalesce", "zdasync.cli", "zdasync.coalesce", "zdasync.export", "zdasync.query", "zdasync.simulator",
    "zdasync.sync", "zdasync.telemetry", "zdasync.testing",
)


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(part + ".")


def imported(source: str, module: str, *, package: bool) -> Iterator[str]:
    """Full names that a module's source imports when it runs: `from a import b` counts as `a` and as `a.b`."""
    home = module if package else module.rpartition(".")[0]
    for node in running(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = home.rsplit(".", node.level - 1)[0] if node.level else ""
            base = ".".join(filter(None, (parents, node.module)))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those under `if TYPE_CHECKING:`, which never run."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for other in node.orelse:
                yield other
                yield from running(other)
        else:
            yield from running(node)


def violations(sources: Iterable[tuple[str, str, bool]], rules: Iterable[Rule] = RULES) -> list[str]:
    """Every import that breaks a rule, as `module imports name`; `sources` are (module, source, is it a package)."""
    rules = tuple(rules)
    return [
        f"{module} imports {name}"
        for module, source, package in sources
        for rule in rules
        if within(module, rule.part)
        for name in imported(source, module, package=package)
        if any(within(name, f) for f in rule.forbidden) and not any(within(name, a) for a in rule.allowed)
    ]


def package_sources() -> Iterator[tuple[str, str, bool]]:
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        package = parts[-1] == "__init__"
        yield ".".join(parts[:-1] if package else parts), path.read_text(encoding="utf-8"), package


def test_the_parts_keep_the_rules() -> None:
    assert violations(package_sources()) == []


def test_every_rule_names_a_part_that_exists() -> None:
    modules = [module for module, _, _ in package_sources()]
    assert [rule.part for rule in RULES if not any(within(module, rule.part) for module in modules)] == []


@pytest.mark.parametrize(
    ("module", "package", "line", "name"),
    [
        ("zdasync._core.retry", False, "import asyncio", "asyncio"),
        ("zdasync._core.retry", False, "from time import monotonic", "time.monotonic"),
        ("zdasync._core.retry", False, "def f():\n    import aiohttp.web", "aiohttp.web"),
        ("zdasync._core", True, "from asyncio import sleep", "asyncio.sleep"),
        ("zdasync.resources.users", False, "from ..limits.bucket import Bucket", "zdasync.limits.bucket.Bucket"),
        ("zdasync.resources.users", False, "from .. import transport", "zdasync.transport"),
        ("zdasync.resources", True, "from ..limits import scheduler", "zdasync.limits.scheduler"),
        ("zdasync.limits.bucket", False, "from zdasync.records import User", "zdasync.records.User"),
        ("zdasync.limits.bucket", False, "import time as clock", "time"),
        ("zdasync.limits.word", False, "import asyncio", "asyncio"),
        ("zdasync.limits.book", False, "from .scheduler import Scheduler", "zdasync.limits.scheduler.Scheduler"),
        ("zdasync.limits.word", False, "from .bucket import Bucket", "zdasync.limits.bucket.Bucket"),
        ("zdasync.limits.lanes", False, "from .scheduler import Scheduler", "zdasync.limits.scheduler.Scheduler"),
        ("zdasync.telemetry.logs", False, "from ..engine import Engine", "zdasync.engine.Engine"),
        ("zdasync.events", False, "from .limits.table import Limit", "zdasync.limits.table.Limit"),
        ("zdasync.engine", False, "from .telemetry.logs import log", "zdasync.telemetry.logs.log"),
        ("zdasync.transport", False, "from .limits.table import LIMITS", "zdasync.limits.table.LIMITS"),
        ("zdasync.simulator.throttle", False, "from ..limits.bucket import Bucket", "zdasync.limits.bucket.Bucket"),
        ("zdasync.simulator.endpoints.users", False, "from ...client import Zendesk", "zdasync.client.Zendesk"),
        ("zdasync.records.user", False, "if True:\n    from ..client import Zendesk", "zdasync.client.Zendesk"),
        ("zdasync.records.user", False, "if TYPE_CHECKING: ...\nelse:\n    from .. import client", "zdasync.client"),
    ],
)
def test_a_planted_violation_is_found(*, module: str, package: bool, line: str, name: str) -> None:
    assert f"{module} imports {name}" in violations([(module, line, package)])


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("zdasync.simulator.throttle", "from ..limits.table import LIMITS"),
        ("zdasync.simulator.server", "import asyncio, time, aiohttp"),
        ("zdasync._core.retry", "from .route import Route\nfrom ..errors import ZendeskError"),
        ("zdasync._core.retry", "import timeit"),
        ("zdasync.telemetry.otel", "import opentelemetry\nfrom ..events import Event\nfrom ._levels import Levels"),
        ("zdasync.records.user", "if TYPE_CHECKING:\n    from ..client import Zendesk"),
        ("zdasync.resources.users", "if typing.TYPE_CHECKING:\n    from ..limits import scheduler"),
    ],
)
def test_what_is_allowed_is_not_reported(module: str, line: str) -> None:
    assert violations([(module, line, False)]) == []


def test_importing_the_package_loads_nothing_that_it_may_never_need() -> None:
    code = "import sys, zdasync; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in loaded.stdout.split() if any(within(name, lazy) for lazy in LAZY)] == []
