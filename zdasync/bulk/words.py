"""Words for people about a bulk run: times, names and what a ledger holds, fit for a terminal or a page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

__all__ = ["counted", "date", "duration", "plain"]

_SPACE: Final = re.compile(r"[\t\n\x0b\f\r\x85\u2028\u2029]+")
# Control characters, which move a terminal's cursor; marks that turn the direction of writing, by which a text can
# pretend to be another one; halves of characters, which no file can hold.
_UNFIT: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_UNITS: Final = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def plain(text: object, most: int = 200) -> str:
    """A text of unknown origin as one line without anything that a terminal obeys, at most `most` characters long."""
    clean = _UNFIT.sub("\ufffd", _SPACE.sub(" ", str(text)))
    return clean if len(clean) <= most else f"{clean[:most - 1]}…"


def counted(number: int, noun: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """A span of time: `9 s`, `4 min 5 s`, `3 h 20 min`, `2 d 4 h`."""
    whole = round(seconds)
    for unit, name, part, part_name in _UNITS:
        if whole >= unit:
            rest = whole % unit // part
            return f"{whole // unit:,} {name}" + (f" {rest} {part_name}" if rest else "")
    return f"{whole} s"


def date(at: datetime | float) -> str:
    """A moment in UTC, to the second; a number is unix seconds."""
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
