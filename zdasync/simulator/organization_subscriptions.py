"""Endpoints of subscriptions: users who are told of every ticket of an organization.

Source: the Organization Subscriptions page of the reference. Creating answers 200, unlike most of the API. End users
see and make subscriptions of their own only, to organizations that they belong to and that share their tickets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from . import render
from .directory import Subscription
from .guards import Holder, agents, caller, path_id, path_self_or_any, signed_in
from .http import Call, Endpoints, Json, Reply
from .organizations import path_organization
from .pages import paginate
from .parameters import Coerce, envelope, integer, permit, strays, warning
from .records import Organization, User
from .refusals import forbidden, not_found, problem, record_invalid

_KEY: Final = "organization_subscription"
_KNOWN: Final[dict[str, Coerce]] = {"user_id": integer, "organization_id": integer}


def list_subscriptions(account: Holder, call: Call) -> Reply:
    """GET /organization_subscriptions: all of them; an end user sees their own."""
    directory, actor = account.state.directory, caller(call)
    return _page(account, call, list(directory.subscriptions) if actor.staff else directory.subscriptions_of(actor.id))


def list_of_organization(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}/subscriptions."""
    organization = path_organization(account, call)
    rows = account.state.directory.subscriptions.values()
    return _page(account, call, [row.id for row in rows if row.organization_id == organization.id])


def list_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/organization_subscriptions."""
    return _page(account, call, account.state.directory.subscriptions_of(path_self_or_any(account, call).id))


def show(account: Holder, call: Call) -> Reply:
    """GET /organization_subscriptions/{organization_subscription_id}."""
    return Reply(body={_KEY: _shown(_named(account, call))})


def create(account: Holder, call: Call) -> Reply:
    """POST /organization_subscriptions: 200."""
    state, action = account.state, "organization_subscriptions/create"
    given = permit(envelope(call.body, _KEY, action), _KNOWN, _KEY, action)
    user = state.active(given.fields.get("user_id") or 0)
    organization = state.organizations.get(given.fields.get("organization_id") or 0)
    found = {}
    if user is None:
        found["user_id"] = [problem("User: is invalid", "InvalidValue")]
    if organization is None:
        found["organization_id"] = [problem("Organization: is invalid", "InvalidValue")]
    if user is None or organization is None:
        raise record_invalid(found)
    _check(account, caller(call), user, organization)
    made = state.directory.subscribe(state.next_id(), user.id, organization.id, call.now)
    return Reply(200, {_KEY: _shown(made)}, warning(action, (*given.dropped, *strays(call.body, _KEY))))


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /organization_subscriptions/{organization_subscription_id}: 204."""
    del account.state.directory.subscriptions[_named(account, call).id]
    return Reply(204, empty=True)


def _check(account: Holder, actor: User, user: User, organization: Organization) -> None:
    shared = organization.shared_tickets and organization.id in user.organization_ids
    if not actor.staff and not (actor is user and shared):
        raise forbidden()
    rows = account.state.directory.subscriptions.values()
    if any((row.user_id, row.organization_id) == (user.id, organization.id) for row in rows):
        raise record_invalid({"user_id": [problem("User has already been taken", "DuplicateValue")]})


def _named(account: Holder, call: Call) -> Subscription:
    row = account.state.directory.subscriptions.get(path_id(call, "organization_subscription_id"))
    actor = caller(call)
    if row is None or not (actor.staff or row.user_id == actor.id):
        raise not_found()
    return row


def _page(account: Holder, call: Call, ids: Sequence[int]) -> Reply:
    rows = account.state.directory.subscriptions
    render_row = lambda key: _shown(rows[key])  # noqa: E731
    return Reply(body=paginate(call, ids, f"{_KEY}s", settings=account.settings, render=render_row))


def _shown(row: Subscription) -> dict[str, Json]:
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "user_id": row.user_id,
        "created_at": render.iso(row.created_at),
    }


_ALL: Final = "/api/v2/organization_subscriptions"

ENDPOINTS: Endpoints = {
    ("GET", _ALL): signed_in(list_subscriptions),
    ("POST", _ALL): signed_in(create),
    ("GET", f"{_ALL}/{{organization_subscription_id}}"): signed_in(show),
    ("DELETE", f"{_ALL}/{{organization_subscription_id}}"): signed_in(delete),
    ("GET", "/api/v2/organizations/{organization_id}/subscriptions"): agents(list_of_organization),
    ("GET", "/api/v2/users/{user_id}/organization_subscriptions"): signed_in(list_of_user),
}
