"""Audit logs: who changed what in the account. On Enterprise plans, for admins.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/audit_logs/
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.account import AuditLog
from ._base import Resource
from ._filters import moments, texts, within
from ._sorting import checked_choice
from ._validate import MAX_ROWS, Query, filters, optional_id

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, UserId

__all__ = ["AuditLogs"]

LogSort: TypeAlias = Literal["created_at", "-created_at"]

_ALL: Final = "/api/v2/audit_logs"

LIST: Final = Route("audit_logs.list", "GET", _ALL, "audit_logs", AuditLog, paging="cursor")
SHOW: Final = Route("audit_logs.show", "GET", _ALL + "/{audit_log_id}", "audit_log", AuditLog)
EXPORT: Final = Route("audit_logs.export", "POST", _ALL + "/export")


class AuditLogs(Resource):
    """The log of changes to the account, its users and its rules; tickets have `tickets.audits`."""

    def list(
        self,
        *,
        source_type: str | None = None,
        source_id: RecordId | None = None,
        actor_id: UserId | None = None,
        ip_address: str | None = None,
        created_at: tuple[datetime | str, datetime | str] | None = None,
        action: str | None = None,
        sort: LogSort | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[AuditLog]:
        """Changes, the latest first.

        `source_type` ("user", "rule", ...) and, beside it, `source_id` name what was changed, `actor_id` who did it,
        `created_at` is from when until when, both included: aware datetimes, or such in ISO 8601.
        """
        query = _filters(source_type, source_id, actor_id, ip_address, created_at, action)
        query += filters(sort=checked_choice("sort", sort, LogSort))
        return self._list(LIST, options, page_size, cursor, query=query)

    def show(self, audit_log_id: RecordId, **options: Unpack[CallOptions]) -> Call[AuditLog]:
        """One change."""
        return self._call(SHOW, options, audit_log_id=audit_log_id)

    def export(
        self,
        *,
        source_type: str | None = None,
        source_id: RecordId | None = None,
        actor_id: UserId | None = None,
        ip_address: str | None = None,
        created_at: tuple[datetime | str, datetime | str] | None = None,
        action: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[None]:
        """Asks for a CSV file of changes, which Zendesk mails to the caller. One a minute; filters as in `list`.

        A lost reply raises `OutcomeUnknown`: the mail may come.
        """
        query = _filters(source_type, source_id, actor_id, ip_address, created_at, action)
        return self._call(EXPORT, options, query=query)


def _filters(
    source_type: str | None,
    source_id: RecordId | None,
    actor_id: UserId | None,
    ip_address: str | None,
    created_at: tuple[datetime | str, datetime | str] | None,
    action: str | None,
) -> Query:
    """A span of time is one filter that is given twice: its start, then its end."""
    if source_id is not None and source_type is None:
        raise BadArgument("source_id says which one of a source_type it is: name that as well")
    wanted = texts(source_type=source_type)
    wanted += filters(source_id=optional_id("source_id", source_id), actor_id=optional_id("actor_id", actor_id))
    wanted += texts(ip_address=ip_address, action=action)
    for moment in () if created_at is None else _span(created_at):
        wanted += moments(created_at=moment)
    return within("filter", wanted)


def _span(created_at: object) -> Sequence[object]:
    if not isinstance(created_at, list | tuple) or len(created_at) != 2:  # noqa: PLR2004 - a start and an end
        raise BadArgument(f"created_at must be two moments, from when until when, not {created_at!r}")
    return created_at
