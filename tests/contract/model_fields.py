"""Which model of Zendesk's reference describes which record, and the fields that it gives.

`records.txt` has a line for each pair: record, model, fields. A record may be described by several models: what a list
shows of it and what a call on one shows may differ. Under `-` stand fields that were seen in replies, whatever a model
says.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import attrs
import msgspec

from zdasync.records import Record

TABLE: Final = Path(__file__).with_name("records.txt")


@attrs.frozen
class Described:
    """A record's class by name, the model that describes it, and the model's fields."""

    record: str
    model: str
    fields: frozenset[str]


def described() -> list[Described]:
    """The table, in its order."""
    lines = (line.split() for line in TABLE.read_text("utf-8").splitlines() if line.strip())
    return [Described(record, model, frozenset(fields)) for record, model, *fields in lines]


def records_in(annotation: Any) -> list[type[Record]]:
    """The records that a type is made of: that of `tuple[User, ...]`, say."""
    if inspect.isclass(annotation) and issubclass(annotation, Record):
        return [annotation]
    if get_origin(annotation) in (Union, UnionType, tuple, list, dict):
        return [found for part in get_args(annotation) for found in records_in(part)]
    return []


def field_types(record: type[Record]) -> dict[str, Any]:
    """The types of a record's fields by their names."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(record)}
