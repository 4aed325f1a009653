"""One request for the records of many calls.

Each caller gets a reply of its own, made of its row of the reply to all, which nobody has read but for its id. Ids that
are left out have no record, and their callers get the error that a call of their own would end with. Users are the
exception: a deleted one is shown by itself, with `active` False, and left out among many. So for those the single call
is made after all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from .._ahead import in_steps
from ..call import reading
from ..errors import NotFound
from ..records.rows import split

if TYPE_CHECKING:
    from .._core.message import Response
    from .._core.route import Route
    from .kinds import Records
    from .rows import Batch, Row

__all__ = ["read", "reply_of", "rows_by_id"]


class _Id(msgspec.Struct):
    id: Any = None


_id: Final = msgspec.json.Decoder(_Id)


async def read(batch: Batch) -> None:
    """Ask for the batch's records, and tell each of its rows."""
    request = batch.request(asyncio.get_running_loop().time())
    response = await batch.caller.send(request)
    records = batch.kind.records
    found = await rows_by_id(response, records.many)
    missing = []
    for row in batch.sent:
        if (record := found.get(row.asked.id)) is not None:
            row.give(reply_of(response, records, record))
        elif records.hidden:
            missing.append(row)
        else:
            row.fail(not_found())
    if missing:
        async with asyncio.TaskGroup() as group:
            for row in missing:
                if row.parts:
                    group.create_task(_alone(batch, row))


def not_found() -> NotFound:
    """What Zendesk answers about a record that there is not."""
    return NotFound("Not found", status=404, code="RecordNotFound")


async def rows_by_id(response: Response, route: Route[Any]) -> Mapping[int | None, msgspec.Raw]:
    """The rows of a reply to a request for many, unread, by id."""
    with reading(route):
        rows = (await in_steps(split(response.body, str(route.key)))).rows
        return {_id.decode(row).id: row for row in rows}


def reply_of(response: Response, records: Records, record: msgspec.Raw) -> Response:
    """The reply to a call for one, with a record out of the reply to a request for many."""
    return attrs.evolve(response, body=b'{"%s":%s}' % (str(records.one.key).encode(), bytes(record)))


async def _alone(batch: Batch, row: Row) -> None:
    """Make the call by itself."""
    expires = row.expires
    left = None if expires == inf else expires - asyncio.get_running_loop().time()
    try:
        row.give(await batch.caller.send(attrs.evolve(row.asked.request, deadline=left)))
    except asyncio.CancelledError:
        row.cancel()
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is news for those who wait
        row.fail(error)
