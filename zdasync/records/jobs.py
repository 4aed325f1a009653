"""Background jobs and the rows of their results.

The states are "queued", "working", "completed" and "failed"; older accounts also say "killed". While a job runs,
`results` is null; afterwards it is a list with a row for each record, or a single object for a job on one record. The
rows differ from operation to operation: some have `index`, some `action` and `success`, a failed one may have neither
`success` nor `id`. A job may be "completed" although rows of it failed.
Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/ and about 180 replies
recorded between 2023 and 2025.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ._record import JsonValue, Record, empty_dict

__all__ = ["JobResult", "JobStatus"]

ENDED = frozenset({"completed", "failed", "killed"})


class JobResult(Record, frozen=True, kw_only=True):
    """What became of one row.

    `index` is the place of the row in the request, where the operation tells it; `id` the record's. `status` is
    "Created", "Updated", "Deleted" or something newer. `error` is a code such as "UserUpdateFailed", `details` the
    text to it, in the language of the caller. `raw` is the row as it came.
    """

    index: int | None = None
    id: int | str | None = None
    status: str | None = None
    action: str | None = None
    success: bool | None = None
    error: str | None = None
    details: str | None = None
    external_id: str | None = None
    raw: dict[str, JsonValue] = empty_dict()

    @property
    def ok(self) -> bool:
        """Did the row succeed? It did unless it says `success: false` or names an error."""
        return self.success is not False and not self.error

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> JobResult:
        """The result that a row of a job's reply describes; what is not of the expected type stays in `raw` only."""
        known: dict[str, Any] = {
            name: value for name, value in row.items() if value.__class__ in _ROW.get(name, ())
        }
        if "errors" in row and row["errors"] and not known.get("error"):
            known["error"] = str(row["errors"])
        if "details" in row and "details" not in known:
            known["details"] = _text(row["details"])
        return cls(**known, raw=row)


_ROW: Final[dict[str, tuple[type, ...]]] = {
    "index": (int,), "id": (int, str), "status": (str,), "action": (str,), "success": (bool,), "error": (str,),
    "details": (str,), "external_id": (str,),
}  # fmt: skip


def _text(details: object) -> str | None:
    return None if details is None else msgspec.json.encode(details).decode()


class JobStatus(Record, frozen=True, kw_only=True):
    """The state of a job at one moment.

    `progress` counts the rows done, `total` those to do; both are None at times. `results` is untouched: see `rows`.
    """

    id: str
    url: str | None = None
    job_type: str | None = None
    total: int | None = None
    progress: int | None = None
    status: str | None = None
    message: str | None = None
    results: JsonValue = None

    @property
    def ended(self) -> bool:
        """Will it change no more?"""
        return self.status in ENDED

    @property
    def rows(self) -> list[JobResult]:
        """The rows of the results in the order in which they came, which need not be that of the request."""
        rows = self.results if isinstance(self.results, list) else [self.results]
        return [JobResult.from_row(row) for row in rows if isinstance(row, dict)]
