"""What methods of all resources take: the options of every call, ids, and values of fields."""

from __future__ import annotations

from collections.abc import AsyncIterable
from datetime import datetime
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias, TypedDict

from ..._core.message import Priority
from ...records import Json, JsonValue

__all__ = [
    "CallOptions", "FieldValue", "FileSource", "Ids", "Json", "JsonValue", "OptionsBesidePriority", "Photo",
    "RecordId", "SortOrder", "Strings", "UserId",
]

if TYPE_CHECKING:
    Strings: TypeAlias = list[str] | tuple[str, ...]
    """Several strings: a single one, which would be taken to pieces, is refused."""
    Ids: TypeAlias = list[int] | tuple[int, ...]
else:  # what msgspec checks against: any sequence that is no string
    Strings = list[str]
    Ids = list[int]

FieldValue: TypeAlias = JsonValue | datetime
FileSource: TypeAlias = str | PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]
"""A file: its path, its bytes, a stream opened for reading bytes, or chunks that arrive one by one."""
Photo: TypeAlias = FileSource
"""A picture, from wherever a file may come."""
RecordId: TypeAlias = int | str
"""A record's id: a whole number, or its digits."""
UserId: TypeAlias = RecordId
SortOrder: TypeAlias = Literal["asc", "desc"]


class OptionsBesidePriority(TypedDict, total=False):
    """What a call takes that writes a record with a `priority` of its own, such as a ticket.

    For such calls the priority among waiting calls is that of the view: `zd.with_options(priority=Priority.BULK)`.
    """

    group: str
    deadline: float
    timeout: float


class CallOptions(OptionsBesidePriority, total=False):
    """What any call takes: who goes first, and how long it may take.

    `group` names whose call it is, a tenant or a job: within one priority groups take turns, so that one with 10,000
    waiting calls delays one with a single call by no more than a few. `deadline`: seconds from now until the call must
    have been sent, else `DeadlineExceeded`. `timeout`: seconds for one attempt, from sending to the last byte.
    """

    priority: Priority
