"""The activity stream: what happened to the caller's tickets within the last 30 days.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/activity_stream/
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.activities import Activity
from ..records.users import Count
from ._base import Resource
from ._filters import moments
from ._validate import MAX_ROWS

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["Activities"]

_ALL: Final = "/api/v2/activities"

LIST: Final = Route("activities.list", "GET", _ALL, "activities", Activity, paging="cursor")
SHOW: Final = Route("activities.show", "GET", _ALL + "/{activity_id}", "activity", Activity)
COUNT: Final = Route("activities.count", "GET", _ALL + "/count", "count", Count)


class Activities(Resource):
    """Assignments, comments and raised priorities of the tickets that concern the caller, an agent."""

    def list(
        self,
        *,
        since: datetime | str | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[Activity]:
        """Activities, of the last 30 days or `since` a time within them: an aware datetime, or one in ISO 8601."""
        return self._list(LIST, options, page_size, cursor, query=moments(since=since))

    def show(self, activity_id: RecordId, **options: Unpack[CallOptions]) -> Call[Activity]:
        """One activity."""
        return self._call(SHOW, options, activity_id=activity_id)

    def count(self, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many there are."""
        return self._call(COUNT, options)
