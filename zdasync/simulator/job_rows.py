"""The rows of a job: how each finds its record, and what its result looks like.

The model, from recorded results: created rows have an id and "Created", updated and deleted ones an action, an id, a
status and `success`; a row that fails has `error`, `details` and what named it, and the job is completed all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import attrs

from .guards import as_id, listed
from .http import Call, Json, Refusal
from .job_queue import Step
from .refusals import not_found

T = TypeVar("T")

RowWrite = Callable[[float], dict[str, Json]]
"""Writes one row at its time and gives its result; refuses by raising."""
Find = Callable[[], T | None]
Named = Mapping[str, Json]
"""How the request named a row's record: what its failed result carries as `id` or `external_id`."""


def step(index: int, error: str, write: RowWrite, named: Named | None = None) -> Step:
    """A row's work, with its refusal as a result."""

    def run(now: float) -> Json:
        try:
            return write(now)
        except Refusal as refusal:
            row: dict[str, Json] = {"index": index, "error": error, "details": in_words(refusal)}
            return row | {key: named[key] for key in ("id", "external_id") if named and named.get(key) is not None}

    return run


def in_words(refusal: Refusal) -> str:
    """A refusal as one line of text."""
    body = refusal.reply.body
    details = body.get("details") if isinstance(body, dict) else None
    if details:
        return ", ".join(problem["description"] for problems in details.values() for problem in problems)
    error = body.get("error") if isinstance(body, dict) else None
    return str(error["message"] if isinstance(error, dict) else body.get("description", error))


def created(record_id: int) -> dict[str, Json]:
    """The result of a row that made a record."""
    return {"id": record_id, "status": "Created"}


def updated(record_id: int) -> dict[str, Json]:
    """The result of a row that changed a record."""
    return {"action": "update", "id": record_id, "status": "Updated", "success": True}


def deleted(record_id: int) -> dict[str, Json]:
    """The result of a row that deleted a record."""
    return {"action": "delete", "id": record_id, "status": "Deleted", "success": True}


def found(find: Find[T]) -> T:
    """The record; 404 when there is none."""
    record = find()
    if record is None:
        raise not_found()
    return record


@attrs.frozen(eq=False)
class Finder(Generic[T]):
    """How records are found when a row's time comes: by id and by external id."""

    by_id: Callable[[int], T | None]
    by_external_id: Callable[[str], T | None]

    def of_query(self, call: Call) -> list[tuple[Find[T], Named]] | None:
        """For the records of a query's `ids` or `external_ids`; None without either."""
        ids, external_ids = listed(call, "ids"), listed(call, "external_ids")
        if ids is not None:
            return [self._with_id(as_id(part) or 0) for part in ids]
        if external_ids is not None:
            return [self._with_external_id(part) for part in external_ids]
        return None

    def of_row(self, row: Mapping[str, Json]) -> tuple[Find[T], Named]:
        """For the record of a row: by its id, else by its external id."""
        if row.get("id") is None and row.get("external_id"):
            return self._with_external_id(row["external_id"])
        return self._with_id(row.get("id") or 0)

    def _with_id(self, record_id: int) -> tuple[Find[T], Named]:
        return lambda: self.by_id(record_id), {"id": record_id}

    def _with_external_id(self, external_id: str) -> tuple[Find[T], Named]:
        return lambda: self.by_external_id(external_id), {"external_id": external_id}


def without_keys(row: Mapping[str, Json]) -> Mapping[str, Json]:
    """A row's changes: its id is none, and neither is the external id where that is what names the record."""
    skipped = {"id"} if row.get("id") is not None else {"id", "external_id"}
    return {key: value for key, value in row.items() if key not in skipped}
