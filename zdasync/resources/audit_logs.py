"""Audit logs: who changed what in the account. On Enterprise plans, for admins.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/audit_logs/
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.account import AuditLog
from ._base import Resource
from ._validate import MAX_ROWS, Query, filters

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, UserId

__all__ = ["AuditLogs"]

_ALL: Final = "/api/v2/audit_logs"

LIST: Final = Route("audit_logs.list", "GET", _ALL, "audit_logs", AuditLog, paging="cursor")
SHOW: Final = Route("audit_logs.show", "GET", _ALL + "/{audit_log_id}", "audit_log", AuditLog)
EXPORT: Final = Route("audit_logs.export", "POST", _ALL + "/export", idempotent=True)


class AuditLogs(Resource):
    """The log of changes to the account, its users and its rules; tickets have `tickets.audits`."""

    def list(
        self,
        *,
        source_type: str | None = None,
        source_id: int | None = None,
        actor_id: UserId | None = None,
        ip_address: str | None = None,
        created_at: tuple[datetime, datetime] | None = None,
        action: str | None = None,
        sort: str | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[AuditLog]:
        """Changes, the latest first.

        `source_type` ("user", "rule", ...) and `source_id` name what was changed, `actor_id` who did it, `created_at`
        is from when until when, both included. `sort` is "created_at" or "-created_at".
        """
        query = _filters(source_type, source_id, actor_id, ip_address, created_at, action) + filters(sort=sort)
        return self._list(LIST, options, page_size, cursor, query=query)

    def show(self, audit_log_id: RecordId, **options: Unpack[CallOptions]) -> Call[AuditLog]:
        """One change."""
        return self._call(SHOW, options, audit_log_id=audit_log_id)

    def export(
        self,
        *,
        source_type: str | None = None,
        source_id: int | None = None,
        actor_id: UserId | None = None,
        ip_address: str | None = None,
        created_at: tuple[datetime, datetime] | None = None,
        action: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[None]:
        """Asks for a CSV file of changes, which Zendesk mails to the caller. One a minute; filters as in `list`."""
        query = _filters(source_type, source_id, actor_id, ip_address, created_at, action)
        return self._call(EXPORT, options, query=query)


def _filters(
    source_type: str | None,
    source_id: int | None,
    actor_id: UserId | None,
    ip_address: str | None,
    created_at: tuple[datetime, datetime] | None,
    action: str | None,
) -> Query:
    """A span of time is one filter that is given twice: its start, then its end."""
    span = () if created_at is None else created_at
    return (
        *filters(
            filter__source_type=source_type, filter__source_id=source_id, filter__actor_id=actor_id,
            filter__ip_address=ip_address, filter__action=action,
        ),
        *(pair for moment in span for pair in filters(filter__created_at=moment)),
    )
