"""Endpoints of the calling user, of passwords and of entitlements.

Source: the Users, User passwords and Sessions pages of the reference. `users/me` is open to everybody: without
credentials it answers 200 with the anonymous user, whose id is null, so a status of 200 proves nothing.
"""

from __future__ import annotations

from typing import Final

from . import render
from .guards import Holder, admins, agents, anyone, caller, path_user, signed_in
from .http import Call, Endpoints, Json, Reply
from .parameters import envelope, integers, mapping, permit, text
from .records import User
from .refusals import forbidden, invalid_attribute, problem, record_invalid
from .render import View

MIN_PASSWORD: Final = 6
_PRODUCTS: Final = ("chat", "explore", "guide", "talk")
_REQUIREMENTS: Final = [f"must be at least {MIN_PASSWORD} characters", "must be different from email address"]
_DEFAULTS: Final[dict[str, Json]] = {"lotus": {}, "admin_center": {}, "shared_views_order": []}


def show_me(account: Holder, call: Call) -> Reply:
    """GET /users/me, with an authenticity token."""
    view, user = View.of(account, call), call.actor.user
    token = {"authenticity_token": f"{account.state.random.getrandbits(256):064x}"}
    if user is None:
        return Reply(body={"user": render.anonymous(view) | token})
    sideloads = render.user_sideloads(view, call.arg("include"), [user]) if user.staff else {}
    return Reply(body={"user": render.for_caller(view, user, user) | token} | sideloads)


def show_settings(account: Holder, call: Call) -> Reply:
    """GET /users/me/settings."""
    del account
    return Reply(body={"settings": _DEFAULTS | caller(call).settings})


def update_settings(account: Holder, call: Call) -> Reply:
    """PUT /users/me/settings: merged section by section."""
    action, user = "users/settings/update", caller(call)
    known = {"lotus": mapping, "admin_center": mapping, "shared_views_order": integers}
    for key, value in permit(envelope(call.body, "settings", action), known, "settings", action).fields.items():
        merged = {**user.settings.get(key, {}), **value} if isinstance(value, dict) else value
        user.settings[key] = merged
    return show_settings(account, call)


def entitlements(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/entitlements/full: what the user may do in the other products."""
    user = path_user(account, call)
    seat = "admin" if user.admin else "agent" if user.staff else "none"
    rows = {product: {"name": seat, "is_active": user.staff} for product in _PRODUCTS}
    return Reply(body={"entitlements": rows})


def set_password(account: Holder, call: Call) -> Reply:
    """POST /users/{user_id}/password: by admins, where the owner has allowed it."""
    if not account.settings.password_api_enabled:
        raise forbidden()
    _write_password(path_user(account, call), call)
    return Reply(body=None)


def change_password(account: Holder, call: Call) -> Reply:
    """PUT /users/{user_id}/password: one's own, with the one before."""
    user = path_user(account, call)
    if user is not caller(call):
        raise forbidden()
    previous = call.body.get("previous_password") if isinstance(call.body, dict) else None
    if previous is None or (user.password is not None and previous != user.password):
        raise record_invalid({"previous_password": [problem("Previous password: is incorrect", "InvalidValue")]})
    _write_password(user, call)
    return Reply(body=None)


def password_requirements(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/password/requirements: sentences."""
    user = path_user(account, call)
    if user is not caller(call) and not caller(call).staff:
        raise forbidden()
    return Reply(body={"requirements": list(_REQUIREMENTS)})


def _write_password(user: User, call: Call) -> None:
    password: str | None = permit(call.body, {"password": text}, "password", "users/password").fields.get("password")
    if password is None:
        raise invalid_attribute("password", "is missing", "api/v2/users/password")
    if len(password) < MIN_PASSWORD:
        text_ = f"Password: is too short (minimum is {MIN_PASSWORD} characters)"
        raise record_invalid({"password": [problem(text_, "ValueTooShort")]})
    if password == user.email:
        raise record_invalid({"password": [problem("Password: must be different from email address", "InvalidValue")]})
    user.password = password


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/users/me"): anyone(show_me),
    ("GET", "/api/v2/users/me/settings"): signed_in(show_settings),
    ("PUT", "/api/v2/users/me/settings"): signed_in(update_settings),
    ("GET", "/api/v2/users/{user_id}/entitlements/full"): agents(entitlements),
    ("POST", "/api/v2/users/{user_id}/password"): admins(set_password),
    ("PUT", "/api/v2/users/{user_id}/password"): signed_in(change_password),
    ("GET", "/api/v2/users/{user_id}/password/requirements"): signed_in(password_requirements),
}
