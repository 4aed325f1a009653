"""Endpoints of browser sessions.

Source: the Sessions page of the reference. Lists know cursors only. Requests that are authenticated by a token have
no session of their own: `me/session` shows the user's latest one, and `me/logout` changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import render
from .guards import Holder, caller, path_id, path_self_or_any, signed_in
from .http import Call, Endpoints, Reply
from .pages import Paging, paginate
from .records import Session
from .refusals import forbidden, not_found
from .render import View


def list_sessions(account: Holder, call: Call) -> Reply:
    """GET /sessions: all of them for admins, one's own for the others."""
    actor = caller(call)
    return _page(account, call, [one for one in _all(account) if actor.admin or one.user_id == actor.id])


def list_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/sessions."""
    user_id = _user_id(account, call)
    return _page(account, call, [one for one in _all(account) if one.user_id == user_id])


def show(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/sessions/{session_id}."""
    return _shown(account, call, _session(account, call))


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /users/{user_id}/sessions/{session_id}: 204."""
    del account.state.sessions[_session(account, call).id]
    return Reply(204, empty=True)


def delete_all(account: Holder, call: Call) -> Reply:
    """DELETE /users/{user_id}/sessions: 204."""
    account.state.end_sessions(_user_id(account, call))
    return Reply(204, empty=True)


def current(account: Holder, call: Call) -> Reply:
    """GET /users/me/session."""
    own = [one for one in _all(account) if one.user_id == caller(call).id]
    if not own:
        raise not_found()
    own[-1].last_seen_at = call.now
    return _shown(account, call, own[-1])


def renew(account: Holder, call: Call) -> Reply:
    """GET /users/me/session/renew: a fresh authenticity token."""
    caller(call)
    return Reply(body={"authenticity_token": f"{account.state.random.getrandbits(256):064x}"})


def logout(account: Holder, call: Call) -> Reply:
    """DELETE /users/me/logout: 204; a token goes on working."""
    del account, call
    return Reply(204, empty=True)


def _all(account: Holder) -> Sequence[Session]:
    """Every session, by id."""
    return list(account.state.sessions.values())


def _user_id(account: Holder, call: Call) -> int:
    """The user of the path: admins name anybody, the others themselves."""
    user = path_self_or_any(account, call)
    if user is not caller(call) and not caller(call).admin:
        raise forbidden()
    return user.id


def _session(account: Holder, call: Call) -> Session:
    session = account.state.sessions.get(path_id(call, "session_id"))
    if session is None or session.user_id != _user_id(account, call):
        raise not_found()
    return session


def _page(account: Holder, call: Call, rows: Sequence[Session]) -> Reply:
    view = View.of(account, call)
    body = paginate(
        call,
        rows,
        "sessions",
        settings=account.settings,
        paging=Paging(styles=("cursor",)),
        id_of=lambda one: one.id,
        render=lambda one: render.session(view, one),
    )
    return Reply(body=body)


def _shown(account: Holder, call: Call, session: Session) -> Reply:
    shown = render.session(View.of(account, call), session)
    return Reply(body={"session": [shown] if account.settings.session_reply == "list" else shown})


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/sessions"): signed_in(list_sessions),
    ("GET", "/api/v2/users/{user_id}/sessions"): signed_in(list_of_user),
    ("GET", "/api/v2/users/{user_id}/sessions/{session_id}"): signed_in(show),
    ("DELETE", "/api/v2/users/{user_id}/sessions/{session_id}"): signed_in(delete),
    ("DELETE", "/api/v2/users/{user_id}/sessions"): signed_in(delete_all),
    ("GET", "/api/v2/users/me/session"): signed_in(current),
    ("GET", "/api/v2/users/me/session/renew"): signed_in(renew),
    ("DELETE", "/api/v2/users/me/logout"): signed_in(logout),
}
