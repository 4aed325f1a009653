"""Endpoints of deleted users, and of what became of a permanent deletion.

Source: the Users page of the reference. A profile is deleted twice: softly, then permanently; the list shows both
kinds, showing one only the first. A permanent deletion goes through each product step by step.
"""

from __future__ import annotations

from typing import Final

from . import render
from .guards import Holder, agents, caller, may_edit, path_id
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .pages import paginate
from .records import ComplianceStep, User
from .refusals import forbidden, not_found
from .render import View

_PRODUCTS: Final = ("support", "chat", "explore")


def list_deleted(account: Holder, call: Call) -> Reply:
    """GET /deleted_users."""
    view, users = View.of(account, call), account.state.users
    body = paginate(
        call,
        account.state.deleted_ids,
        "deleted_users",
        settings=account.settings,
        render=lambda user_id: render.deleted_user(view, users[user_id]),
    )
    return Reply(body=body)


def count_deleted(account: Holder, call: Call) -> Reply:
    """GET /deleted_users/count."""
    value = len(account.state.deleted_ids)
    return Reply(body={"count": counted(account, "deleted_users", value, call.now)})


def show_deleted(account: Holder, call: Call) -> Reply:
    """GET /deleted_users/{deleted_user_id}: those that are not permanently deleted yet."""
    return _shown(account, call, _deleted(account, call))


def erase(account: Holder, call: Call) -> Reply:
    """DELETE /deleted_users/{deleted_user_id}: permanently; 200 with the profile as it was."""
    user = _deleted(account, call)
    if not may_edit(caller(call), user):
        raise forbidden()
    reply = _shown(account, call, user)
    account.state.erase_user(user, call.now)
    account.state.compliance[user.id] = _steps(account, call, user)
    return reply


def compliance(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/compliance_deletion_statuses: what has happened so far, of one product or all."""
    user_id, application = path_id(call, "user_id"), call.arg("application")
    if user_id not in account.state.users:
        raise not_found()
    rows = [
        (number, step)
        for number, step in enumerate(account.state.compliance.get(user_id, ()))
        if step.created_at <= call.now and application in (None, step.application)
    ]
    body = paginate(
        call,
        rows,
        "compliance_deletion_statuses",
        settings=account.settings,
        id_of=lambda row: row[0],
        render=lambda row: _status(account, row[1]),
    )
    return Reply(body=body)


def _deleted(account: Holder, call: Call) -> User:
    user = account.state.users.get(path_id(call, "deleted_user_id"))
    if user is None or user.active or user.erased:
        raise not_found()
    return user


def _shown(account: Holder, call: Call, user: User) -> Reply:
    return Reply(body={"deleted_user": render.deleted_user(View.of(account, call), user)})


def _steps(account: Holder, call: Call, user: User) -> list[ComplianceStep]:
    now, pause = call.now, account.settings.compliance_seconds
    steps = [ComplianceStep(user.id, "request_deletion", "all", now, caller(call).id)]
    steps += [ComplianceStep(user.id, "started", product, now + pause) for product in _PRODUCTS]
    steps += [ComplianceStep(user.id, "complete", product, now + 2 * pause) for product in _PRODUCTS]
    return steps


def _status(account: Holder, step: ComplianceStep) -> dict[str, Json]:
    return {
        "action": step.action,
        "application": step.application,
        "account_subdomain": account.state.subdomain,
        "created_at": render.iso(step.created_at),
        "executer_id": step.executer_id,
        "user_id": step.user_id,
    }


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/deleted_users"): agents(list_deleted),
    ("GET", "/api/v2/deleted_users/count"): agents(count_deleted),
    ("GET", "/api/v2/deleted_users/{deleted_user_id}"): agents(show_deleted),
    ("DELETE", "/api/v2/deleted_users/{deleted_user_id}"): agents(erase),
    ("GET", "/api/v2/users/{user_id}/compliance_deletion_statuses"): agents(compliance),
}
