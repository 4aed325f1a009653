"""What a job's results say of the rows that it was given.

The model: a result says "Created", or `action` and "Updated" or "Deleted", or names an error; a job may be completed
although rows of it failed. Source: about 180 replies recorded between 2023 and 2025, and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from .rows import FAILED, Item, Outcome, Problem, RowReport

if TYPE_CHECKING:
    from ..records.jobs import JobResult
    from .operations import Operation

__all__ = ["problem_of", "refused", "reported", "result_report"]

_BY_KIND: Final[dict[str, Outcome]] = {
    "create": "created", "update": "updated", "upsert": "updated", "delete": "deleted",
}
_GONE: Final = ("RecordNotFound", "NotFound")


def result_report(operation: Operation, item: Item, result: JobResult, *, again: bool) -> RowReport:
    """What became of a row by its result; `again`: an earlier attempt may have carried it out already."""
    record = result.id if type(result.id) is int else None
    if result.ok:
        made = result.status == "Created" or result.action == "create"
        return reported(item, "created" if made else _BY_KIND[operation.kind], record)
    problem = problem_of(result, operation)
    if again and operation.kind == "delete" and _is_gone(result):
        return reported(item, "deleted", record or _own_id(item))
    if again and operation.kind == "create":
        text = f"{problem.text} (an earlier attempt at this row, whose reply was lost, may have made the record)"
        return reported(item, "unknown", problem=Problem(problem.code, text, problem.field))
    return refused(item, problem, record)


def reported(
    item: Item, outcome: Outcome, record: int | None = None, problem: Problem | None = None
) -> RowReport:
    """A row's report."""
    if problem is None:
        return RowReport(item.position, item.key, outcome, record, line=item.line)
    return RowReport(
        item.position, item.key, outcome, record, problem.code, problem.field, problem.text, item.line
    )


def refused(item: Item, problem: Problem, record: int | None = None) -> RowReport:
    """The report of a row that Zendesk refused."""
    return reported(item, "refused", record, problem)


def with_absorbed(item: Item, report: RowReport) -> Iterator[tuple[Item, RowReport]]:
    """A row's report, and those of the rows that were written with it: merged, or failed as it did."""
    for other in item.absorbed:
        text = f"into row {item.position:,}" + (f": {report.text}" if report.outcome in FAILED else "")
        outcome: Outcome = report.outcome if report.outcome in FAILED else "merged"
        yield other, RowReport(
            other.position, other.key, outcome, id=report.id, code=report.code, field=report.field, text=text,
            line=other.line,
        )
    yield item, report


def problem_of(result: JobResult, operation: Operation) -> Problem:
    """Why a row failed; the field is told where the text begins with one: `Name:  Acme has already been taken`."""
    text = result.details or result.status or "no reason was given"
    return Problem(result.error or "Failed", text, _field(text, operation))


def _field(text: str, operation: Operation) -> str | None:
    head, colon, _ = text.partition(":")
    name = head.strip().lower().replace(" ", "_")
    known: Collection[str] = getattr(operation.route.writes, "__optional_keys__", ())
    return name if colon and (name in known or name in operation.names) else None


def _is_gone(result: JobResult) -> bool:
    return result.error in _GONE or "RecordNotFound" in (result.details or "")


def _own_id(item: Item) -> int | None:
    own = item.fields.get("id")
    return own if type(own) is int else None
