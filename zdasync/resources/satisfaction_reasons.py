"""Satisfaction reasons: what requesters may choose from to explain a bad rating.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/satisfaction_reasons/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.satisfaction import SatisfactionReason
from ._base import Resource

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId

__all__ = ["SatisfactionReasons"]

_ALL: Final = "/api/v2/satisfaction_reasons"
LIST: Final = Route("satisfaction_reasons.list", "GET", _ALL, "reasons", SatisfactionReason)
SHOW: Final = Route("satisfaction_reasons.show", "GET", _ALL + "/{satisfaction_reason_id}", "reason",
                    SatisfactionReason)


class SatisfactionReasons(Resource):
    """The account's reasons for bad ratings. For admins; written in the Admin Center only."""

    def list(self, **options: Unpack[CallOptions]) -> Pages[SatisfactionReason]:
        """All reasons, deleted ones included (see `deleted_at`), in one page."""
        return self._pages(LIST, options)

    def show(self, satisfaction_reason_id: RecordId, **options: Unpack[CallOptions]) -> Call[SatisfactionReason]:
        """One reason by its id, which is not its `reason_code`."""
        return self._call(SHOW, options, satisfaction_reason_id=satisfaction_reason_id)
