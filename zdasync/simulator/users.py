"""Endpoints of one user: show, create, update, create-or-update, merge, delete, and what belongs to a profile.

Source: the Users page of the reference in its copies of 2023 to 2026, corrected by recorded replies: deleting answers
200 with the profile, creating 201 with a `Location`.
"""

from __future__ import annotations

import re
from typing import Final

from . import render
from .guards import Holder, agents, caller, may_edit, path_id, path_self_or_any, path_user, signed_in
from .http import Call, Endpoints, Json, Reply
from .parameters import envelope, integer, permit, strays, warning
from .records import END_USER, Photo, User
from .refusals import forbidden, invalid_attribute, not_found, problem, record_invalid
from .render import View
from .writes import Writer, create_user, permit_user, update_user, upsert_user

MAX_MERGED_TICKETS: Final = 10_000
_FORM_FIELD: Final = re.compile(r"user\[(\w+)\]\Z")
_PHOTO_FIELD: Final = "user[photo][uploaded_data]"
_MAGIC: Final = (
    (b"\x89PNG", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF8", "image/gif", "gif"),
)


def show(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}: soft-deleted profiles included where the settings say so."""
    user = account.state.users.get(path_id(call, "user_id"))
    if user is None or user.erased or not (user.active or account.settings.show_deleted_users):
        raise not_found()
    return _shown(account, call, user)


def show_end_user(account: Holder, call: Call) -> Reply:
    """GET /end_users/{user_id}: the reduced form, for that user and for agents."""
    view = View.of(account, call)
    return Reply(body={"user": render.end_user(view, path_self_or_any(account, call))})


def related(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/related: counts of tickets and subscriptions."""
    user, state = path_user(account, call), account.state
    tickets = state.tickets
    return Reply(
        body={
            "user_related": {
                "assigned_tickets": len(tickets.assigned.get(user.id, ())),
                "requested_tickets": len(tickets.requested.get(user.id, ())),
                "ccd_tickets": len(tickets.copied.get(user.id, ())),
                "organization_subscriptions": len(state.directory.subscriptions_of(user.id)),
            }
        }
    )


def create(account: Holder, call: Call) -> Reply:
    """POST /users: 201 with the profile and its `Location`."""
    action = "users/create"
    permitted = permit_user(account.settings, envelope(call.body, "user", action), action)
    user = create_user(Writer.of(account, call, caller(call)), permitted.fields)
    headers = warning(action, (*permitted.dropped, *strays(call.body, "user")))
    return _shown(account, call, user, 201, headers | _location(account, call, user))


def create_or_update(account: Holder, call: Call) -> Reply:
    """POST /users/create_or_update: 201 for a new profile, 200 for one that was there."""
    action = "users/create_or_update"
    permitted = permit_user(account.settings, envelope(call.body, "user", action), action)
    user, new = upsert_user(Writer.of(account, call, caller(call)), permitted.fields)
    headers = warning(action, (*permitted.dropped, *strays(call.body, "user")))
    if account.settings.location_header_on_upsert == "always" or (
        new and account.settings.location_header_on_upsert == "created"
    ):
        headers |= _location(account, call, user)
    return _shown(account, call, user, 201 if new else 200, headers)


def update(account: Holder, call: Call) -> Reply:
    """PUT /users/{user_id}: fields as JSON, or a form with a photo."""
    action = "users/update"
    user = path_user(account, call)
    record = _from_form(call) if call.form is not None else envelope(call.body, "user", action)
    permitted = permit_user(account.settings, record, action)
    uploaded = call.form.get(_PHOTO_FIELD) if call.form is not None else None
    picture = None if uploaded is None else _uploaded(account, call, uploaded)
    update_user(Writer.of(account, call, caller(call)), user, permitted.fields)
    if picture is not None:
        user.photo = picture
    dropped = permitted.dropped if call.form is not None else (*permitted.dropped, *strays(call.body, "user"))
    return _shown(account, call, user, 200, warning(action, dropped))


def request_create(account: Holder, call: Call) -> Reply:
    """POST /users/request_create: asks the owner for more seats; nothing to show."""
    envelope(call.body, "user", "users/request_create")
    del account
    return Reply(body=None)


def merge(account: Holder, call: Call) -> Reply:
    """PUT /users/{user_id}/merge: the user of the path goes into the one of the body, which is the reply."""
    action = "users/merge"
    loser = path_user(account, call)
    record = permit(envelope(call.body, "user", action), {"id": integer}, "user", action)
    winner = account.state.active(record.fields.get("id") or 0)
    if winner is None:
        raise not_found()
    _check_merge(account, call, loser, winner)
    _merge(account, call, loser, winner)
    return _shown(account, call, winner, 200, warning(action, record.dropped))


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /users/{user_id}: soft deletion; 200 with the profile, now inactive."""
    user = path_user(account, call)
    delete_user(account, caller(call), user, call.now)
    return _shown(account, call, user)


def delete_user(account: Holder, actor: User, user: User, now: float) -> None:
    """Soft-delete; raises 403 for the owner and for what the caller may not edit, 422 for open tickets."""
    if user.id == account.state.owner_id or not may_edit(actor, user):
        raise forbidden()
    waiting = account.state.tickets.open_of(user.id)
    if waiting and account.settings.delete_with_open_tickets == "refuse":
        text = f"User is requester on {waiting} ticket(s) that are not closed."
        raise record_invalid({"base": [problem(text)]})
    account.state.delete_user(user, now)


def _shown(
    account: Holder, call: Call, user: User, status: int = 200, headers: dict[str, str] | None = None
) -> Reply:
    view = View.of(account, call)
    body = {"user": render.user(view, user)} | render.user_sideloads(view, call.arg("include"), [user])
    return Reply(status, body, headers or {})


def _location(account: Holder, call: Call, user: User) -> dict[str, str]:
    return {"Location": View.of(account, call).url(f"users/{user.id}")}


# --- photos


def _from_form(call: Call) -> dict[str, Json]:
    """The profile's fields in a form (`user[name]`); files are not among them."""
    fields = {}
    for name, value in (call.form or {}).items():
        match = _FORM_FIELD.match(name)
        if match:
            fields[match[1]] = value
    return fields


def _uploaded(account: Holder, call: Call, content: Json) -> Photo:
    if not isinstance(content, bytes):
        raise invalid_attribute("user.photo.uploaded_data", "must be a file", "api/v2/users/update")
    kind, suffix = next(
        ((kind, suffix) for magic, kind, suffix in _MAGIC if content.startswith(magic)),
        ("application/octet-stream", "bin"),
    )
    if not content or (suffix == "bin" and account.settings.photo_must_be_image):
        raise record_invalid({"photo": [problem("Photo: is invalid", "InvalidValue")]})
    photo_id = account.state.next_id()
    return Photo(photo_id, f"profile_{photo_id}.{suffix}", kind, len(content), call.now, content)


# --- merging


def _check_merge(account: Holder, call: Call, loser: User, winner: User) -> None:
    actor = caller(call)
    if not (may_edit(actor, loser) and may_edit(actor, winner)):
        raise forbidden()
    if loser is winner:
        raise record_invalid({"base": [problem("A user cannot be merged into itself", "InvalidValue")]})
    if loser.role != END_USER or winner.role != END_USER or loser.shared or winner.shared:
        raise record_invalid({"base": [problem("Only end users of this account can be merged", "InvalidValue")]})
    if len(account.state.tickets.requested.get(loser.id, ())) > MAX_MERGED_TICKETS:
        text = f"User is requester on more than {MAX_MERGED_TICKETS} tickets"
        raise record_invalid({"base": [problem(text, "InvalidValue")]})


def _merge(account: Holder, call: Call, loser: User, winner: User) -> None:
    state = account.state
    identities, external_id, phone = list(loser.identities), loser.external_id, loser.phone
    organization_ids = list(loser.organization_ids)
    state.merged_emails.update(identity.value for identity in identities if identity.type == "email")
    state.move_identities(loser, winner)
    state.delete_user(loser, call.now)
    if winner.external_id is None and external_id is not None:
        loser.external_id = None
        state.set_external_id(winner, external_id)
    if winner.phone is None and phone is not None:
        state.set_phone(winner, phone, shared=loser.shared_phone_number)
    state.set_organizations(winner, (*winner.organization_ids, *organization_ids), call.now)
    winner.tags = tuple(dict.fromkeys((*winner.tags, *loser.tags)))
    winner.fields = {**loser.fields, **{key: value for key, value in winner.fields.items() if value is not None}}
    state.tickets.give_to(loser.id, winner.id)
    winner.updated_at = call.now


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/users/{user_id}"): agents(show),
    ("GET", "/api/v2/end_users/{user_id}"): signed_in(show_end_user),
    ("GET", "/api/v2/users/{user_id}/related"): agents(related),
    ("POST", "/api/v2/users"): agents(create),
    ("POST", "/api/v2/users/create_or_update"): agents(create_or_update),
    ("PUT", "/api/v2/users/{user_id}"): agents(update),
    ("POST", "/api/v2/users/request_create"): agents(request_create),
    ("PUT", "/api/v2/users/{user_id}/merge"): agents(merge),
    ("DELETE", "/api/v2/users/{user_id}"): agents(delete),
}
