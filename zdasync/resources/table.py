"""The table of all operations: every `Route` that a module of resources has.

The simulated account serves collections from it, the escape hatch looks up whether a path may be sent twice, and the
coverage table is printed from it. Listing it imports every page of the API; calls don't.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from typing import Any

from .._core.route import Route

__all__ = ["routes"]


@lru_cache(maxsize=1)
def routes() -> tuple[Route[Any], ...]:
    """Every row, by module and in each module as it stands there; a row that two modules use comes once."""
    package = __name__.rpartition(".")[0]
    paths = importlib.import_module(package).__path__
    names = sorted(info.name for info in pkgutil.iter_modules(paths) if f"{package}.{info.name}" != __name__)
    found: dict[int, Route[Any]] = {}
    for name in names:
        for value in vars(importlib.import_module(f"{package}.{name}")).values():
            rows = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
            found.update({id(row): row for row in rows if isinstance(row, Route)})
    return tuple(found.values())
