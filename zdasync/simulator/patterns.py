"""Patterns of requests: a method and a path, as limits, faults and canned answers name them.

`*` alone stands for any method, `{name}` for one segment of the path, a `*` at the end for the rest of it:
`GET /api/v2/views/{id}/execute`, `* /api/v2/help_center/*`. Paths come without `.json` and as they were sent.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import attrs

_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@attrs.frozen(slots=True, eq=False)
class Pattern:
    """One pattern, read; `names` are those of its parameters, in order."""

    method: str
    path: re.Pattern[str]
    names: tuple[str, ...]

    def values(self, method: str, path: str) -> dict[str, str] | None:
        """The values of the parameters, decoded; None for a request that the pattern doesn't fit."""
        if self.method not in ("*", method):
            return None
        found = self.path.fullmatch(path)
        return None if found is None else dict(zip(self.names, map(unquote, found.groups()), strict=True))


@lru_cache(maxsize=1024)
def read(text: str) -> Pattern:
    """Read a pattern; raises `ValueError` unless it is a method and a path."""
    method, _, template = text.partition(" ")
    if not method or not template.startswith("/"):
        raise ValueError(f"a pattern is a method and a path, like 'GET /api/v2/users/{{id}}': {text!r}")
    parts = _PARAMETER.split(template.rstrip("*"))
    path = "([^/]+)".join(re.escape(part) for part in parts[::2])
    return Pattern(method, re.compile(path + (".*" if template.endswith("*") else "")), tuple(parts[1::2]))
