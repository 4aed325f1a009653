"""Endpoints that write many users: each starts a job, at most 100 rows, one result for each row.

The model: the request is checked as a whole (types, the number of rows, whether imports are enabled), the rows one by
one when their time comes. A row that fails is a result with `error` and `details`, and the job is completed all the
same. For the shapes of results see `job_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from .guards import MAX_IDS, Holder, admins, agents, as_id, caller, listed
from .http import Call, Endpoints, Json, Reply
from .job_rows import Find, Finder, Named, created, deleted, found, step, updated, without_keys
from .jobs import submit
from .parameters import envelope, integer, permit_many, strays, warning
from .records import User
from .refusals import bad_request, imports_disabled, too_many_values
from .users import delete_user
from .writes import Writer, create_user, permit_user, update_user, upsert_user, user_parameters

Fields = Mapping[str, Json]
_CREATE: Final = "Bulk Create User"
_UPDATE: Final = "Bulk Update User"
_CREATE_CLASS: Final = "UserBulkCreateJob"
_UPDATE_CLASS: Final = "UserBulkUpdateJobV2"


def create_many(account: Holder, call: Call) -> Reply:
    """POST /users/create_many."""
    rows, headers = _import_rows(account, call, "users/create_many")
    steps = [step(index, "UserCreateFailed", partial(_create, account, call, row)) for index, row in enumerate(rows)]
    return submit(
        account, call, steps, job_type=_CREATE, job_class=_CREATE_CLASS, verb="Creating User", headers=headers
    )


def create_or_update_many(account: Holder, call: Call) -> Reply:
    """POST /users/create_or_update_many."""
    rows, headers = _import_rows(account, call, "users/create_or_update_many")
    steps = [
        step(index, "UserCreateOrUpdateFailed", partial(_upsert, account, call, row), row)
        for index, row in enumerate(rows)
    ]
    return submit(
        account, call, steps, job_type=_CREATE, job_class=_CREATE_CLASS, verb="Creating User", headers=headers
    )


def update_many(account: Holder, call: Call) -> Reply:
    """PUT /users/update_many: one change to many (`?ids=` and `user`), or a change each (`users`)."""
    action = "users/update_many"
    finders = _users(account).of_query(call)
    if finders is not None:
        permitted = permit_user(account.settings, envelope(call.body, "user", action), action)
        changes: list[tuple[Find[User], Named, Fields]] = [(find, named, permitted.fields) for find, named in finders]
        dropped = (*permitted.dropped, *strays(call.body, "user"))
    else:
        known = user_parameters(account.settings)
        rows, dropped = permit_many(call.body, "users", known, action, extra={"id": integer})
        _check_count(rows, "users may be updated")
        changes = [(*_users(account).of_row(row), without_keys(row)) for row in rows]
    steps = [
        step(index, "UserUpdateFailed", partial(_update, account, call, find, fields), named)
        for index, (find, named, fields) in enumerate(changes)
    ]
    headers = warning(action, dropped)
    return submit(
        account, call, steps, job_type=_UPDATE, job_class=_UPDATE_CLASS, verb="Updating user", headers=headers
    )


def destroy_many(account: Holder, call: Call) -> Reply:
    """DELETE /users/destroy_many?ids= or ?external_ids=."""
    finders = _users(account).of_query(call)
    if finders is None:
        raise bad_request("Either ids or external_ids must be given")
    steps = [
        step(index, "UserDestroyFailed", partial(_destroy, account, call, find), named)
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


def _writer(account: Holder, call: Call, now: float) -> Writer:
    return Writer(account.state, account.settings, caller(call), now)


def _create(account: Holder, call: Call, fields: Fields, now: float) -> dict[str, Json]:
    return created(create_user(_writer(account, call, now), fields).id)


def _upsert(account: Holder, call: Call, fields: Fields, now: float) -> dict[str, Json]:
    user, new = upsert_user(_writer(account, call, now), fields)
    row = created(user.id) if new else updated(user.id)
    if account.settings.job_rows_echo_external_id and fields.get("external_id"):
        row["external_id"] = fields["external_id"]
    return row


def _update(account: Holder, call: Call, find: Find[User], fields: Fields, now: float) -> dict[str, Json]:
    return updated(update_user(_writer(account, call, now), found(find), fields).id)


def _destroy(account: Holder, call: Call, find: Find[User], now: float) -> dict[str, Json]:
    user = found(find)
    delete_user(account, caller(call), user, now)
    return deleted(user.id)


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


def _users(account: Holder) -> Finder[User]:
    return Finder(account.state.active, account.state.by_external_id)


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/users/create_many"): agents(create_many),
    ("POST", "/api/v2/users/create_or_update_many"): agents(create_or_update_many),
    ("PUT", "/api/v2/users/update_many"): agents(update_many),
    ("DELETE", "/api/v2/users/destroy_many"): admins(destroy_many),
    ("POST", "/api/v2/users/logout_many"): admins(logout_many),
}
