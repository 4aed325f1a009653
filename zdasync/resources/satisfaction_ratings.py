"""Satisfaction ratings: what requesters said about their tickets, and saying it.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_ratings/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.satisfaction import SatisfactionRating
from ..records.users import Count
from ._base import Resource
from ._sorting import checked_choice, unix_time
from ._validate import MAX_ROWS, filters
from .types.satisfaction import RatingScore, SatisfactionRatingWrite

if TYPE_CHECKING:
    from datetime import datetime

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.satisfaction import SatisfactionRatingFields

__all__ = ["SatisfactionRatings"]

_ALL: Final = "/api/v2/satisfaction_ratings"
LIST: Final = Route("satisfaction_ratings.list", "GET", _ALL, "satisfaction_ratings", SatisfactionRating,
                    paging="cursor")
SHOW: Final = Route("satisfaction_ratings.show", "GET", _ALL + "/{satisfaction_rating_id}", "satisfaction_rating",
                    SatisfactionRating)
COUNT: Final = Route("satisfaction_ratings.count", "GET", _ALL + "/count", "count", Count)
CREATE: Final = Route("satisfaction_ratings.create", "POST", "/api/v2/tickets/{ticket_id}/satisfaction_rating",
                      "satisfaction_rating", SatisfactionRating, writes=SatisfactionRatingWrite)


class SatisfactionRatings(Resource):
    """The ratings of all tickets, for admins; `create` is for the requester of a ticket alone."""

    def list(
        self,
        *,
        score: RatingScore | None = None,
        start_time: datetime | int | None = None,
        end_time: datetime | int | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[SatisfactionRating]:
        """Ratings; a ticket that was rated twice may have two.

        `score` is one of the scores, with or without a comment ("bad_with_comment"), or "received" for any that is
        good or bad. `start_time` and `end_time` are aware datetimes, or unix seconds.
        """
        start, end = unix_time("start_time", start_time), unix_time("end_time", end_time)
        if start is not None and end is not None and int(start) > int(end):
            raise BadArgument(f"start_time {start_time!r} is after end_time {end_time!r}")
        query = filters(score=checked_choice("score", score, RatingScore), start_time=start, end_time=end)
        return self._list(LIST, options, page_size, cursor, query=query)

    def show(self, satisfaction_rating_id: RecordId, **options: Unpack[CallOptions]) -> Call[SatisfactionRating]:
        """One rating."""
        return self._call(SHOW, options, satisfaction_rating_id=satisfaction_rating_id)

    def count(self, **options: Unpack[CallOptions]) -> Call[Count]:
        """How many ratings there are; above 100,000 Zendesk counts once a day."""
        return self._call(COUNT, options)

    def create(
        self, ticket_id: RecordId, **fields: Unpack[SatisfactionRatingFields]
    ) -> Call[SatisfactionRating]:
        """Rates a ticket as its requester: `zd.on_behalf_of(requester).satisfaction_ratings.create(...)`.

        The ticket is solved, or was reopened after it had been; for one that is closed or archived it is too late.
        Agents and admins get `PermissionDenied`, whatever their role: an admin impersonates the requester.
        """
        return self._write(CREATE, fields, ticket_id=ticket_id)
