"""Events as lines of the standard library's logging, one each.

A line reads `users.update throttled: call=7 limit='account' wait=12.0 status=429`. The same values stand on the record
as `zdasync_event` (the class), `zdasync_operation`, `zdasync_limit` and so on, for formatters that write JSON; the
prefix keeps them apart from what an application puts on its records itself. The text before formatting is one per kind
of event, so that tools which group lines by it work. Nothing is read or formatted while the level is off.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Final

import attrs

from ..events import Event, Learned, Lost, ParametersIgnored, Refuted, Retrying, SchemaDrift, Throttled

__all__ = ["LEVELS", "LoggingObserver"]

LEVELS: Final[Mapping[type[Event], int]] = {
    Learned: logging.INFO,
    Lost: logging.WARNING,
    ParametersIgnored: logging.WARNING,
    Refuted: logging.WARNING,
    Retrying: logging.WARNING,
    SchemaDrift: logging.WARNING,
    Throttled: logging.WARNING,
}
"""The level of each kind of event; what is not named here is routine and goes out as DEBUG."""

_WORD: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DIGITS: Final = 6


class LoggingObserver:
    """Writes one line per event to `logger`, by default the logger `zdasync.events`.

    `levels` changes the level of kinds of events: `{Throttled: logging.ERROR}`.
    """

    def __init__(
        self, logger: logging.Logger | None = None, *, levels: Mapping[type[Event], int] | None = None
    ) -> None:
        self._logger = logging.getLogger("zdasync.events") if logger is None else logger
        self._levels = {**LEVELS, **(levels or {})}
        self._lines: dict[type[Event], tuple[str, tuple[str, ...]]] = {}

    def __call__(self, event: Event, /) -> None:
        """Write the line, if its level is on."""
        kind = type(event)
        level = self._levels.get(kind, logging.DEBUG)
        if not self._logger.isEnabledFor(level):
            return
        line = self._lines.get(kind)
        if line is None:
            line = self._lines[kind] = _line(kind)
        text, names = line
        values = {name: _rounded(getattr(event, name)) for name in names}
        extra = {f"zdasync_{name}": value for name, value in values.items()}
        self._logger.log(level, text, values, extra={"zdasync_event": kind.__name__, **extra})


def _line(kind: type[Event]) -> tuple[str, tuple[str, ...]]:
    """The text of a kind of event, to be filled with its fields, and their names.

    Fields are shown as in Python source: what a server wrote can't break the line in two.
    """
    names = tuple(field.name for field in attrs.fields(kind))
    said = " ".join(f"{name}=%({name})r" for name in names if name != "operation")
    return f"%(operation)s {_WORD.sub(' ', kind.__name__).lower()}: {said}", names


def _rounded(value: object) -> object:
    """Microseconds are enough for people and shorter than what floats have."""
    return round(value, _DIGITS) if isinstance(value, float) else value
