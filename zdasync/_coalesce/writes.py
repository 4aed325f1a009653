"""One job for the writes of many calls, and one request for the records that it wrote.

A job's results say what became of each row, but give no records, and do not always say which row they are about: a user
who was made is an id and "Created". So the records are read, and tell it by their names. What neither tells stands in
the order of the rows, as in all replies that were recorded; where something shows that this one is in another order,
the callers concerned get `OutcomeUnknown` rather than somebody else's record.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import msgspec

from ..call import JobCall
from ..errors import JobFailed, JobLost, OutcomeUnknown, PartialFailure, ZendeskError
from .kinds import folded, names_in, title_of
from .outcomes import refused, unread, untold
from .reads import reply_of, rows_by_id

if TYPE_CHECKING:
    from .._core.message import Response
    from .._job import Job
    from ..records.jobs import JobResult
    from .kinds import Name
    from .rows import Batch, Row

__all__ = ["matched", "write"]


@attrs.frozen(eq=False)
class _Written:
    """What could be read of the records after the job."""

    records: Mapping[int | None, msgspec.Raw] = attrs.field(factory=dict)
    response: Response | None = None
    error: Exception | None = None

    def lacks(self, record_id: object) -> bool:
        """Is there certainly no such record?"""
        return self.response is not None and record_id not in self.records


async def write(batch: Batch) -> None:
    """Start the batch's job, wait for its end, and tell each of its rows."""
    job = await JobCall(batch.caller, batch.request(asyncio.get_running_loop().time()), None)
    job.rows = len(batch.sent)
    results = await _results(job)
    if not batch.rows:
        return
    written = await _read(batch, results)
    for row, result in zip(batch.sent, matched(results, batch.sent, written.records), strict=True):
        _tell(row, result, written, job)


async def _results(job: Job) -> Sequence[JobResult]:
    try:
        await job
    except PartialFailure:
        pass
    except (JobFailed, JobLost):
        raise
    except ZendeskError as error:
        raise OutcomeUnknown(
            f"job {job.id} was started, and what became of it could not be found out: {error.message}",
            operation=job.operation,
        ) from error
    return job.status.rows


async def _read(batch: Batch, results: Sequence[JobResult]) -> _Written:
    """The records that the job wrote, and those that it was to write by their ids and did not."""
    of_interest = [result.id for result in results if isinstance(result.id, int) and (result.ok or batch.kind.by_id)]
    if not of_interest:
        return _Written()
    ids = ",".join(map(str, dict.fromkeys(of_interest)))
    try:
        response = await batch.caller.send(batch.read_request(ids))
        return _Written(await rows_by_id(response, batch.kind.records.many), response)
    except Exception as error:  # noqa: BLE001 - they were written, whatever comes now
        return _Written(error=error)


def _tell(row: Row, result: JobResult | None, written: _Written, job: Job) -> None:
    kind = row.asked.kind
    if result is None:
        row.fail(untold(job))
    elif not result.ok:
        row.fail(refused(result, job, gone=kind.by_id and written.lacks(row.asked.id)))
    elif written.response is None or (record := written.records.get(_number(result))) is None:
        row.fail(unread(result, job, written.error))
    else:
        row.give(reply_of(written.response, kind.records, record))


def _number(result: JobResult) -> int | None:
    return result.id if isinstance(result.id, int) else None


# -- whose result is whose --------------------------------------------------------------------------------------------


def matched(
    results: Sequence[JobResult], rows: Sequence[Row], records: Mapping[int | None, msgspec.Raw]
) -> list[JobResult | None]:
    """The result of each row; None where it can't be told."""
    places = _told(results, rows, records)
    _by_title(places, results, rows, records)
    told = [place for place in places if place is not None]
    free = [place for place in range(len(rows)) if place not in set(told)]
    if len(results) == len(rows) and (told == sorted(told) or len(free) == 1):
        rest = iter(free)
        places = [place if place is not None else next(rest) for place in places]
    found = {place: result for place, result in zip(places, results, strict=True) if place is not None}
    return [found.get(place) for place in range(len(rows))]


def _told(
    results: Sequence[JobResult], rows: Sequence[Row], records: Mapping[int | None, msgspec.Raw]
) -> list[int | None]:
    """The place of each result by what it says, or by what its record is called; each place once."""
    called: dict[Name, list[int]] = {}
    for number, row in enumerate(rows):
        for name in row.asked.names:
            called.setdefault(name, []).append(number)
    free = set(range(len(rows)))
    places: list[int | None] = []
    for result in results:
        choice = [result.index] if result.index is not None else _candidates(result, rows, called, records)
        place = next((place for place in choice if place in free), None)
        if place is not None:
            free.remove(place)
        places.append(place)
    return places


def _candidates(
    result: JobResult,
    rows: Sequence[Row],
    called: Mapping[Name, Sequence[int]],
    records: Mapping[int | None, msgspec.Raw],
) -> list[int]:
    number = _number(result)
    names: list[Name] = [] if number is None else [("id", number)]
    if result.external_id is not None:
        names.append(("external_id", folded(result.external_id)))
    if (record := records.get(number)) is not None:
        names += names_in(record, rows[0].asked.kind.records)
    return [place for name in names for place in called.get(name, ())]


def _by_title(
    places: list[int | None],
    results: Sequence[JobResult],
    rows: Sequence[Row],
    records: Mapping[int | None, msgspec.Raw],
) -> None:
    """Place the results that are left by the `name` of their records, which need not be unique, where it is."""
    numbers = {i: _number(result) for i, result in enumerate(results) if places[i] is None}
    given = {i: records[number] for i, number in numbers.items() if number in records}
    if not given:
        return
    told = set(places)
    wanted: dict[int, bytes | msgspec.Raw] = {
        place: row.asked.fields for place, row in enumerate(rows) if place not in told
    }
    by_title = _alone_by_title(wanted)
    for title, i in _alone_by_title(given).items():
        places[i] = by_title.get(title)


def _alone_by_title(records: Mapping[int, bytes | msgspec.Raw]) -> dict[str, int]:
    """The keys of those records whose title no other one has."""
    titles = {key: title_of(record) for key, record in records.items()}
    count = Counter(titles.values())
    return {title: key for key, title in titles.items() if title is not None and count[title] == 1}
