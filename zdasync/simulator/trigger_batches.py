"""Batches on trigger categories: places of categories and triggers, changed together or not at all.

Source: the Trigger categories page of the reference, which calls such a batch a job and answers with its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .collection_model import Collection, Key, Row
from .guards import MAX_IDS, Holder, admins, as_id
from .http import Call, Endpoints, Json, Reply
from .parameters import envelope
from .refusals import bad_request, too_many_values
from .render import iso
from .triggers import CATEGORIES, TRIGGERS, move_category

_KINDS: Final[tuple[tuple[str, Collection, Callable[[str], Key | None]], ...]] = (
    ("trigger_categories", CATEGORIES, str),
    ("triggers", TRIGGERS, as_id),
)
_WRITABLE: Final = ("position", "active", "category_id")


def batch(account: Holder, call: Call) -> Reply:
    """POST /trigger_categories/jobs: 200 with the status "complete", or "failed" and nothing done."""
    job = envelope(call.body, "job", "trigger_categories/jobs")
    items = job.get("items") if isinstance(job, dict) else None
    if not isinstance(items, dict) or job.get("action") != "patch":
        raise bad_request("job needs an action and items")
    found = {kind: _found(account, items, kind, collection, key) for kind, collection, key in _KINDS}
    errors = [
        _error(kind, item, problem)
        for kind, rows in found.items()
        for item, row in rows
        if (problem := _problem(account, kind, item, row)) is not None
    ]
    if errors:
        status = 400 if account.settings.trigger_batch_failure == "400" else 200
        return Reply(status, {"status": "failed", "results": _results({}), "errors": errors})
    for kind, rows in found.items():
        for item, row in rows:
            _change(account, kind, item, row or {}, call.now)
    return Reply(body={"status": "complete", "results": _results(found), "errors": []})


Found = list[tuple[Mapping[str, Json], Row | None]]


def _found(
    account: Holder, items: Mapping[str, Json], kind: str, collection: Collection, key: Callable[[str], Key | None]
) -> Found:
    given = items.get(kind) or []
    if len(given) > MAX_IDS:
        raise too_many_values()
    rows = collection.rows(account)
    return [(item, rows.get(key(str(item.get("id"))) or "")) for item in given]


def _problem(account: Holder, kind: str, item: Mapping[str, Json], row: Row | None) -> str | None:
    if row is None:
        return "is not there"
    if kind == "triggers" and item.get("category_id", row["category_id"]) not in CATEGORIES.rows(account):
        return "names no category"
    return None


def _error(kind: str, item: Mapping[str, Json], problem: str) -> dict[str, Json]:
    one = "trigger" if kind == "triggers" else "trigger category"
    shown = {"code": "InvalidItem", "title": "Invalid item", "detail": f"The {one} {item.get('id')} {problem}",
             "id": str(item.get("id")), "status": "400"}
    return shown | ({"trigger_id": str(item.get("id"))} if kind == "triggers" else {})


def _change(account: Holder, kind: str, item: Mapping[str, Json], row: Row, now: float) -> None:
    row.update({name: item[name] for name in _WRITABLE if name in item and name in row}, updated_at=iso(now))
    if kind == "trigger_categories":
        move_category(account, row, item["position"])


def _results(found: Mapping[str, Found]) -> dict[str, list[Json]]:
    return {kind: [row for _, row in found.get(kind, ())] for kind, _, _ in _KINDS}


ENDPOINTS: Endpoints = {("POST", "/api/v2/trigger_categories/jobs"): admins(batch)}
