"""Custom ticket statuses: one default status for each of Zendesk's five categories, and those that an account adds.

Source: the page on custom ticket statuses of the reference. That a default status can be neither deactivated nor
deleted is as the product has it; the texts of the refusals are made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ..records.custom_statuses import CustomStatus
from .collection_model import Collection, Row, Write, equal, one_of
from .guards import Holder, admins, signed_in
from .http import Call, Endpoints, Json, Reply
from .parameters import envelope
from .refusals import Details, invalid_attribute, not_found, problem, record_invalid

__all__ = ["COLLECTIONS", "CUSTOM_STATUSES", "ENDPOINTS"]

MAX_LABEL: Final = 48
"""Characters of a label."""

_LABELS: Final = ("agent_label", "end_user_label")
_DEFAULTS: Final = (
    ("new", "New", "Open"), ("open", "Open", "Open"), ("pending", "Pending", "Awaiting your reply"),
    ("hold", "On-hold", "Open"), ("solved", "Solved", "Solved"),
)  # fmt: skip
"""Categories with the labels of their default statuses, for agents and for end users."""


def _seed(account: Holder) -> Iterator[Mapping[str, Json]]:
    for category, label, shown in _DEFAULTS:
        status_id = account.state.next_id()
        account.state.tickets.custom_statuses[category] = status_id
        yield {
            "id": status_id, "status_category": category, "agent_label": label, "end_user_label": shown,
            "description": "", "end_user_description": "", "default": True,
        }  # fmt: skip


def _prepare(write: Write) -> None:
    if write.old is None and not write.row.get("end_user_label"):
        write.row["end_user_label"] = write.row.get("agent_label")


def _check(write: Write) -> Details:
    found: dict[str, list[dict[str, str]]] = {}
    for name in _LABELS:
        if len(write.row.get(name) or "") > MAX_LABEL:
            label = name.replace("_", " ").capitalize()
            found[name] = [problem(f"{label}: is too long (maximum is {MAX_LABEL} characters)", "ValueTooLong")]
    if write.row.get("default") and write.fields.get("active") is False:
        found["active"] = [problem("Active: a default status can't be deactivated", "InvalidValue")]
    return found


def _removing(account: Holder, row: Row) -> None:
    del account
    if row["default"]:
        raise record_invalid({"base": [problem("Base: a default status can't be deleted", "InvalidValue")]})


def _removed(account: Holder, row: Row) -> None:
    ties = account.state.collections.get("ticket_form_statuses", {})
    for tie in [tie for tie in ties.values() if tie["custom_status_id"] == row["id"]]:
        del ties[tie["id"]]


def set_defaults(account: Holder, call: Call) -> Reply:
    """PUT /custom_status/default: each of the statuses becomes the default of its category."""
    given, rows = envelope(call.body, "ids", "custom_statuses/default"), CUSTOM_STATUSES.rows(account)
    if not isinstance(given, str):
        raise invalid_attribute("ids", "must be a string", "api/v2/custom_statuses/default")
    chosen = [rows.get(int(part)) if part.strip().isdecimal() else None for part in given.split(",")]
    for row in chosen:
        if row is None:
            raise not_found()
        for one in rows.values():
            if one["status_category"] == row["status_category"]:
                one["default"] = one is row
        account.state.tickets.custom_statuses[row["status_category"]] = row["id"]
    return Reply(body={})


CUSTOM_STATUSES: Final = Collection(
    name="custom_statuses",
    path="/api/v2/custom_statuses",
    record=CustomStatus,
    seed=_seed,
    reads=signed_in,
    defaults={"active": True, "default": False, "description": "", "end_user_description": ""},
    filters={**equal("active", "default"), "status_categories": one_of("status_category")},
    prepare=_prepare,
    check=_check,
    removing=_removing,
    removed=_removed,
)

COLLECTIONS: Final = (CUSTOM_STATUSES,)

ENDPOINTS: Endpoints = {("PUT", "/api/v2/custom_status/default"): admins(set_defaults)}
