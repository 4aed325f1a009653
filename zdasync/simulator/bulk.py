"""Endpoints that write many users: each starts a job, at most 100 rows, one result for each row.

The model: the request is checked as a whole (types, the number of rows, whether imports are enabled), the rows one by
one when their time comes. A row that fails is a result with `error` and `details`, and the job is completed all the
same. Shapes of results by operation, as recorded: created rows have an id and "Created", updated and deleted ones an
action, an id, a status and `success`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from .guards import MAX_IDS, Holder, admins, agents, as_id, caller, listed
from .http import Call, Endpoints, Json, Refusal, Reply
from .job_queue import Step
from .jobs import submit
from .parameters import envelope, integer, permit_many, strays, warning
from .records import User
from .refusals import bad_request, imports_disabled, not_found, too_many_values
from .users import delete_user
from .writes import Writer, create_user, permit_user, update_user, upsert_user, user_parameters

Fields = Mapping[str, Json]
RowWrite = Callable[[float], dict[str, Json]]
Find = Callable[[], User | None]
Named = Mapping[str, Json]
"""How the request named a row's user: what its failed result carries as `id` or `external_id`."""
_CREATE: Final = "Bulk Create User"
_UPDATE: Final = "Bulk Update User"
_CREATE_CLASS: Final = "UserBulkCreateJob"
_UPDATE_CLASS: Final = "UserBulkUpdateJobV2"


def create_many(account: Holder, call: Call) -> Reply:
    """POST /users/create_many."""
    rows, headers = _import_rows(account, call, "users/create_many")
    steps = [_step(index, "UserCreateFailed", partial(_create, account, call, row)) for index, row in enumerate(rows)]
    return submit(
        account, call, steps, job_type=_CREATE, job_class=_CREATE_CLASS, verb="Creating User", headers=headers
    )


def create_or_update_many(account: Holder, call: Call) -> Reply:
    """POST /users/create_or_update_many."""
    rows, headers = _import_rows(account, call, "users/create_or_update_many")
    steps = [
        _step(index, "UserCreateOrUpdateFailed", partial(_upsert, account, call, row), row)
        for index, row in enumerate(rows)
    ]
    return submit(
        account, call, steps, job_type=_CREATE, job_class=_CREATE_CLASS, verb="Creating User", headers=headers
    )


def update_many(account: Holder, call: Call) -> Reply:
    """PUT /users/update_many: one change to many (`?ids=` and `user`), or a change each (`users`)."""
    action = "users/update_many"
    finders = _finders(account, call)
    if finders is not None:
        permitted = permit_user(account.settings, envelope(call.body, "user", action), action)
        changes: list[tuple[Find, Named, Fields]] = [(find, named, permitted.fields) for find, named in finders]
        dropped = (*permitted.dropped, *strays(call.body, "user"))
    else:
        known = user_parameters(account.settings)
        rows, dropped = permit_many(call.body, "users", known, action, extra={"id": integer})
        _check_count(rows, "users may be updated")
        changes = [(*_finder_of(account, row), _without_keys(row)) for row in rows]
    steps = [
        _step(index, "UserUpdateFailed", partial(_update, account, call, find, fields), named)
        for index, (find, named, fields) in enumerate(changes)
    ]
    headers = warning(action, dropped)
    return submit(
        account, call, steps, job_type=_UPDATE, job_class=_UPDATE_CLASS, verb="Updating user", headers=headers
    )


def destroy_many(account: Holder, call: Call) -> Reply:
    """DELETE /users/destroy_many?ids= or ?external_ids=."""
    finders = _finders(account, call)
    if finders is None:
        raise bad_request("Either ids or external_ids must be given")
    steps = [
        _step(index, "UserDestroyFailed", partial(_destroy, account, call, find), named)
        for index, (find, named) in enumerate(finders)
    ]
    return submit(account, call, steps, job_type=_UPDATE, job_class=_UPDATE_CLASS, verb="Deleting user")


def logout_many(account: Holder, call: Call) -> Reply:
    """POST /users/logout_many?ids=: ends their sessions; 202 with null."""
    ids = listed(call, "ids")
    if ids is None:
        raise bad_request("ids must be given")
    for part in ids:
        account.state.end_sessions(as_id(part) or 0)
    return Reply(202, None)


# --- rows


def _step(index: int, error: str, write: RowWrite, named: Named | None = None) -> Step:
    """A row's work, with its refusal as a result."""

    def run(now: float) -> Json:
        try:
            return write(now)
        except Refusal as refusal:
            row: dict[str, Json] = {"index": index, "error": error, "details": _details(refusal)}
            return row | {key: named[key] for key in ("id", "external_id") if named and named.get(key) is not None}

    return run


def _details(refusal: Refusal) -> str:
    """A refusal as one line of text."""
    body = refusal.reply.body
    details = body.get("details") if isinstance(body, dict) else None
    if details:
        return ", ".join(problem["description"] for problems in details.values() for problem in problems)
    error = body.get("error") if isinstance(body, dict) else None
    return str(error["message"] if isinstance(error, dict) else body.get("description", error))


def _writer(account: Holder, call: Call, now: float) -> Writer:
    return Writer(account.state, account.settings, caller(call), now)


def _create(account: Holder, call: Call, fields: Fields, now: float) -> dict[str, Json]:
    return {"id": create_user(_writer(account, call, now), fields).id, "status": "Created"}


def _upsert(account: Holder, call: Call, fields: Fields, now: float) -> dict[str, Json]:
    user, new = upsert_user(_writer(account, call, now), fields)
    row = {"id": user.id, "status": "Created"} if new else _success("update", user, "Updated")
    if account.settings.job_rows_echo_external_id and fields.get("external_id"):
        row["external_id"] = fields["external_id"]
    return row


def _update(account: Holder, call: Call, find: Find, fields: Fields, now: float) -> dict[str, Json]:
    return _success("update", update_user(_writer(account, call, now), _found(find), fields), "Updated")


def _destroy(account: Holder, call: Call, find: Find, now: float) -> dict[str, Json]:
    user = _found(find)
    delete_user(account, caller(call), user, now)
    return _success("delete", user, "Deleted")


def _success(action: str, user: User, status: str) -> dict[str, Json]:
    return {"action": action, "id": user.id, "status": status, "success": True}


def _found(find: Find) -> User:
    user = find()
    if user is None:
        raise not_found()
    return user


# --- what a request is about


def _import_rows(account: Holder, call: Call, action: str) -> tuple[list[dict[str, Json]], dict[str, str]]:
    if not account.settings.bulk_imports_enabled:
        raise imports_disabled()
    rows, dropped = permit_many(call.body, "users", user_parameters(account.settings), action)
    _check_count(rows, "users may be created")
    return rows, warning(action, dropped)


def _check_count(rows: Sequence[Fields], what: str) -> None:
    if len(rows) > MAX_IDS:
        raise too_many_values(what)


def _finders(account: Holder, call: Call) -> list[tuple[Find, Named]] | None:
    """How to find the users of a query's `ids` or `external_ids`; None without either."""
    ids, external_ids = listed(call, "ids"), listed(call, "external_ids")
    if ids is not None:
        return [_by_id(account, as_id(part) or 0) for part in ids]
    if external_ids is not None:
        return [_by_external_id(account, part) for part in external_ids]
    return None


def _finder_of(account: Holder, row: Fields) -> tuple[Find, Named]:
    """How to find the user of a row: by its id, else by its external id."""
    if row.get("id") is None and row.get("external_id"):
        return _by_external_id(account, row["external_id"])
    return _by_id(account, row.get("id") or 0)


def _by_id(account: Holder, user_id: int) -> tuple[Find, Named]:
    return lambda: account.state.active(user_id), {"id": user_id}


def _by_external_id(account: Holder, external_id: str) -> tuple[Find, Named]:
    return lambda: account.state.by_external_id(external_id), {"external_id": external_id}


def _without_keys(row: Fields) -> Fields:
    """A row's changes: its id is none, and neither is the external id where that is what names the user."""
    skipped = {"id"} if row.get("id") is not None else {"id", "external_id"}
    return {key: value for key, value in row.items() if key not in skipped}


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/users/create_many"): agents(create_many),
    ("POST", "/api/v2/users/create_or_update_many"): agents(create_or_update_many),
    ("PUT", "/api/v2/users/update_many"): agents(update_many),
    ("DELETE", "/api/v2/users/destroy_many"): admins(destroy_many),
    ("POST", "/api/v2/users/logout_many"): admins(logout_many),
}
