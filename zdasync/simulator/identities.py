"""Endpoints of user identities, for agents under /users and for end users themselves under /end_users.

Source: the User identities page of the reference and its schema of 2026: replies are wrapped, a value may change,
`make_primary` answers with the whole collection, deleting with 204. End users see and make e-mails and phone numbers
only, and make only verified addresses primary.
"""

from __future__ import annotations

from typing import Final

from . import render
from .guards import Handler, Holder, agents, caller, may_edit, path_id, path_user, signed_in
from .http import Call, Endpoints, Json, Reply
from .matching import identity_value
from .pages import paginate
from .parameters import IDENTITY, Permitted, envelope, permit, strays, warning
from .records import Identity, User
from .refusals import forbidden, invalid_attribute, not_found, problem, record_invalid
from .render import View
from .validation import check_identity

_OWN_TYPES: Final = ("email", "phone_number")
_SETTABLE_METHODS: Final = ("none", "low")


def list_identities(account: Holder, call: Call) -> Reply:
    """GET …/identities, all or of some types (`type[]`)."""
    return Reply(body=_collection(account, call, _user(account, call)))


def show(account: Holder, call: Call) -> Reply:
    """GET …/identities/{user_identity_id}."""
    return _shown(account, call, _identity(account, call, _user(account, call)))


def create(account: Holder, call: Call) -> Reply:
    """POST …/identities: 201 with a `Location`."""
    user, permitted = _editable(account, call), _permitted(call, "user_identities/create")
    kind, value = str(permitted.fields.get("type") or ""), str(permitted.fields.get("value") or "")
    if _own(call) and kind not in _OWN_TYPES:
        raise forbidden()
    details = check_identity(account.state, account.settings, kind, value, None)
    if details:
        raise record_invalid(details)
    verified = _verification(permitted) is True and not _own(call)
    primary = kind == "email" and user.primary_email is None
    stored = identity_value(account.settings, kind, value)
    identity = account.state.add_identity(user, kind, stored, call.now, verified=verified, primary=primary)
    user.updated_at = call.now
    location = render.identity(View.of(account, call), identity, _root(call))["url"]
    headers = warning("user_identities/create", (*permitted.dropped, *strays(call.body, "identity")))
    return _shown(account, call, identity, 201, {"Location": location, **headers})


def update(account: Holder, call: Call) -> Reply:
    """PUT …/identities/{user_identity_id}: another value, or verified."""
    user, permitted = _editable(account, call), _permitted(call, "user_identities/update")
    identity = _identity(account, call, user)
    verified, value = _verification(permitted), permitted.fields.get("value")
    if verified and user.id == account.state.owner_id:
        raise forbidden()
    if value is not None:
        details = check_identity(account.state, account.settings, identity.type, value, user)
        stored = identity_value(account.settings, identity.type, value)
        twin = account.state.identity_values[identity.type].get(stored)
        if twin not in (None, identity):
            details = details or {"value": [problem(f"Value: {value} is already in use", "DuplicateValue")]}
        if details:
            raise record_invalid(details)
        account.state.rename_identity(identity, stored, call.now)
    if verified is not None:
        identity.set_verified(call.now, verified=verified)
    user.updated_at = call.now
    headers = warning("user_identities/update", (*permitted.dropped, *strays(call.body, "identity")))
    return _shown(account, call, identity, 200, headers)


def make_primary(account: Holder, call: Call) -> Reply:
    """PUT …/identities/{user_identity_id}/make_primary: 200 with the whole collection."""
    user = _editable(account, call)
    identity = _identity(account, call, user)
    if identity.type != "email":
        raise record_invalid({"base": [problem("Only an e-mail address can be primary", "InvalidValue")]})
    if _own(call) and not (identity.verified and user.verified):
        raise record_invalid({"base": [problem("Only a verified address can be primary", "InvalidValue")]})
    for other in user.identities:
        if other.type == identity.type:
            other.primary = other is identity
    identity.updated_at = user.updated_at = call.now
    return Reply(body=_collection(account, call, user))


def verify(account: Holder, call: Call) -> Reply:
    """PUT …/identities/{user_identity_id}/verify: the owner's can't be verified so."""
    user = _editable(account, call)
    identity = _identity(account, call, user)
    if user.id == account.state.owner_id and not identity.verified:
        raise forbidden()
    identity.set_verified(call.now, verified=True)
    if account.settings.verify_joins_organization:
        _join_organization(account, user, identity)
    user.updated_at = call.now
    return _shown(account, call, identity)


def request_verification(account: Holder, call: Call) -> Reply:
    """PUT …/identities/{user_identity_id}/request_verification: sends a mail; nothing to show."""
    _identity(account, call, _editable(account, call))
    return Reply(body=None)


def delete(account: Holder, call: Call) -> Reply:
    """DELETE …/identities/{user_identity_id}: 204."""
    user = _editable(account, call)
    identity = _identity(account, call, user)
    if identity.primary and not account.settings.promote_next_primary:
        raise record_invalid({"base": [problem("The primary address cannot be deleted", "InvalidValue")]})
    account.state.remove_identity(identity)
    if identity.primary:
        following = next((other for other in user.identities if other.type == "email"), None)
        if following is not None:
            following.primary = True
    user.updated_at = call.now
    return Reply(204, empty=True)


def _join_organization(account: Holder, user: User, identity: Identity) -> None:
    domain = identity.value.rpartition("@")[2]
    if identity.type != "email" or user.organization_ids:
        return
    for organization in account.state.organizations.values():
        if domain in organization.domain_names:
            account.state.set_organizations(user, (organization.id,), account.now())
            return


# --- what the path and the body name


def _own(call: Call) -> bool:
    """Is this the end users' variant?"""
    return call.path.startswith("/api/v2/end_users/")


def _root(call: Call) -> str:
    return "end_users" if _own(call) else "users"


def _user(account: Holder, call: Call) -> User:
    """The user of the path; end users may name only themselves, and agents an end user under /end_users."""
    user = path_user(account, call)
    if user is not caller(call) and not caller(call).staff:
        raise forbidden()
    return user


def _editable(account: Holder, call: Call) -> User:
    user = _user(account, call)
    if user.shared or not (user is caller(call) or may_edit(caller(call), user)):
        raise forbidden()
    return user


def _identity(account: Holder, call: Call, user: User) -> Identity:
    identity = account.state.identities.get(path_id(call, "user_identity_id"))
    if identity is None or identity.user_id != user.id or (_own(call) and identity.type not in _OWN_TYPES):
        raise not_found()
    return identity


def _permitted(call: Call, action: str) -> Permitted:
    return permit(envelope(call.body, "identity", action), IDENTITY, "identity", action)


def _verification(permitted: Permitted) -> bool | None:
    """The flag that a write asks for; of the methods only `none` and `low` can be set."""
    method = permitted.fields.get("verification_method")
    if method is not None and method not in _SETTABLE_METHODS:
        raise invalid_attribute("identity.verification_method", "is invalid", "api/v2/user_identities")
    verified: bool | None = permitted.fields.get("verified")
    return method == "low" if verified is None and method is not None else verified


def _collection(account: Holder, call: Call, user: User) -> dict[str, Json]:
    view, types = View.of(account, call), {*call.query.get("type[]", ()), *call.query.get("type", ())}
    rows = sorted(user.identities, key=lambda identity: identity.id)
    if types:
        rows = [identity for identity in rows if identity.type in types]
    if _own(call):
        rows = [identity for identity in rows if identity.type in _OWN_TYPES]
    return paginate(
        call,
        rows,
        "identities",
        settings=account.settings,
        id_of=lambda identity: identity.id,
        render=lambda identity: render.identity(view, identity, _root(call)),
    )


def _shown(
    account: Holder, call: Call, identity: Identity, status: int = 200, headers: dict[str, str] | None = None
) -> Reply:
    body = {"identity": render.identity(View.of(account, call), identity, _root(call))}
    return Reply(status, body, headers or {})


_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "", list_identities),
    ("POST", "", create),
    ("GET", "/{user_identity_id}", show),
    ("PUT", "/{user_identity_id}", update),
    ("DELETE", "/{user_identity_id}", delete),
    ("PUT", "/{user_identity_id}/make_primary", make_primary),
    ("PUT", "/{user_identity_id}/verify", verify),
    ("PUT", "/{user_identity_id}/request_verification", request_verification),
)

_FOR_AGENTS: Endpoints = {
    (method, f"/api/v2/users/{{user_id}}/identities{rest}"): agents(handler) for method, rest, handler in _ROUTES
}
_FOR_END_USERS: Endpoints = {
    (method, f"/api/v2/end_users/{{user_id}}/identities{rest}"): signed_in(handler)
    for method, rest, handler in _ROUTES
    if handler not in (update, verify)
}
ENDPOINTS: Endpoints = {**_FOR_AGENTS, **_FOR_END_USERS}
