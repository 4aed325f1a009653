"""The rows of a bulk run: as they are read, what is wrong with one, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from ..records._record import JsonValue, empty_dict
from ..records.codec import encode_plain

__all__ = ["FAILED", "OUTCOMES", "InputRow", "Item", "Outcome", "Problem", "RowReport"]

Outcome = Literal["created", "updated", "unchanged", "deleted", "merged", "refused", "unknown"]
"""What became of a row.

`created`, `updated`, `deleted`: Zendesk did it. `unchanged`: it was so already, and nothing was sent. `merged`: a later
row of the same record came so soon after it that both were written as one. `refused`: by Zendesk, or by the check
before anything is sent. `unknown`: it may or may not have been carried out, and sending it again might do it twice.
"""

OUTCOMES: Final[tuple[Outcome, ...]] = (
    "created", "updated", "unchanged", "deleted", "merged", "refused", "unknown"
)
FAILED: Final[tuple[Outcome, ...]] = ("refused", "unknown")
"""Outcomes of rows that somebody has to look at."""


class Problem(msgspec.Struct, frozen=True, gc=False):
    """Why a row was refused, by the check before anything is sent or by Zendesk.

    `code` is for programs (`InvalidFormat`, `DuplicateValue`), `field` the field at fault where one is, `text` for
    people.
    """

    code: str
    text: str
    field: str | None = None


class InputRow(msgspec.Struct, frozen=True, gc=False):
    """One row as its source gives it.

    `position` counts the rows of the source from 1, broken ones included. `cells` are its values by column, as they
    are. `problem` is set where the row could not be read (a ragged line, bytes that are no text); `cells` then hold
    what could be. `line` is the line of a file on which it begins.
    """

    position: int
    cells: Mapping[str, JsonValue] = empty_dict()
    problem: Problem | None = None
    line: int | None = None


class RowReport(msgspec.Struct, frozen=True, gc=False):
    """What became of one row.

    `key` is what the row calls its record (external id, e-mail, id); `id` the record's id where it is known. `code`,
    `field` and `text` say why it was refused, or why nobody knows. `line` is its line in a file.
    """

    position: int
    key: str | None
    outcome: Outcome
    id: int | None = None
    code: str | None = None
    field: str | None = None
    text: str | None = None
    line: int | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """A row that is to be sent: what it writes, what it is known by, and what it came from.

    Thousands of them wait at a time, so what they write is kept as JSON alone.
    """

    position: int
    key: str | None
    name: int | str | None
    """By which its result can be told from others: its id, or else its external id."""
    encoded: bytes
    """What it writes, as JSON."""
    cells: Mapping[str, JsonValue]
    line: int | None = None
    absorbed: tuple[Item, ...] = ()
    """Earlier rows that are written with this one."""

    @classmethod
    def of(cls, row: InputRow, key: str | None, fields: Mapping[str, JsonValue]) -> Item:
        """The row, writing these fields. Raises `BadArgument` for what JSON can't say."""
        return cls(row.position, key, _name(fields), encode_plain(fields), row.cells, row.line)

    @property
    def fields(self) -> dict[str, JsonValue]:
        """What it writes, made anew each time."""
        fields: dict[str, JsonValue] = msgspec.json.decode(self.encoded)
        return fields

    def writing(self, fields: Mapping[str, JsonValue]) -> Item:
        """The same row, but with these fields. Raises `BadArgument` for what JSON can't say."""
        return msgspec.structs.replace(self, name=_name(fields), encoded=encode_plain(fields))


_NAMES: Final = (int, str)


def _name(fields: Mapping[str, JsonValue]) -> int | str | None:
    for field in ("id", "external_id"):
        value = fields.get(field)
        if isinstance(value, _NAMES) and value != "":
            return value
    return None
