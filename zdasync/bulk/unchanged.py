"""Rows that say what is so already, found by looking first: they need no job.

The model: the records of a chunk are read by one request, and a row is left out when every field that it writes has the
value already. Where that can't be told (a comment, a password, an identity), the row is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadArgument
from .outcomes import reported
from .rows import Item

if TYPE_CHECKING:
    from ..client import View
    from .chunks import Told
    from .operations import Operation

__all__ = ["Unchanged"]

_UNORDERED: Final = frozenset({"tags", "domain_names", "collaborator_ids", "follower_ids", "email_cc_ids"})
_FOLDED: Final = frozenset({"email", "external_id"})


class Unchanged:
    """Leaves out what is so already. Raises `BadArgument` for an operation that makes or deletes records."""

    def __init__(self, view: View, operation: Operation) -> None:
        if operation.kind not in ("upsert", "update"):
            raise BadArgument(f"{operation.name} can't skip what is unchanged: it finds no records to compare with")
        self._view = view
        self._operation = operation

    async def __call__(self, items: Sequence[Item]) -> tuple[list[Item], list[Told]]:
        """The rows that change something, and reports of those that don't."""
        found = await self._records(items)
        changed: list[Item] = []
        told: list[Told] = []
        for item in items:
            name, key = _name(item)
            record = found.get((name, key))
            if record is not None and all(_same(record, field, value) for field, value in item.fields.items()):
                told.append((item, reported(item, "unchanged", record["id"])))
            else:
                changed.append(item)
        return changed, told

    async def _records(self, items: Sequence[Item]) -> dict[tuple[str, str], Mapping[str, Any]]:
        """The records as JSON, by how the rows name them."""
        resource = self._operation.resource
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for name, parameter in (("id", "ids"), ("external_id", "external_ids")):
            wanted = [key for one, key in map(_name, items) if one == name and "," not in key]
            if not wanted or (resource == "tickets" and name != "id"):
                continue
            async for page in getattr(self._view, resource).show_many(**{parameter: wanted}).raw():
                found |= {(name, str(record.get(name)).casefold()): record for record in page[resource]}
        return found


def _name(item: Item) -> tuple[str, str]:
    for name in ("id", "external_id"):
        if item.fields.get(name) not in (None, ""):
            return name, str(item.fields[name]).casefold()
    return "", ""


def _same(record: Mapping[str, Any], field: str, value: object) -> bool:
    """Does the record have the value already? False where that can't be told."""
    if field not in record:
        return False
    there = record[field]
    if field in _FOLDED:
        return str(there).casefold() == str(value).casefold()
    if field in _UNORDERED and isinstance(value, list) and isinstance(there, list):
        return {str(one) for one in there} == {str(one) for one in value}
    if field == "custom_fields" and isinstance(value, list) and isinstance(there, list):
        known = {one["id"]: one.get("value") for one in there}
        return all(known.get(one.get("id"), _same) == one.get("value") for one in value)
    if isinstance(value, Mapping):
        return isinstance(there, Mapping) and all(there.get(name, _same) == one for name, one in value.items())
    return bool(there == value)
