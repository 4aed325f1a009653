"""Endpoints that merge organizations: started at once, carried out by the account's clock (see `directory`).

Source: the Organizations page of the reference: the users, tickets and domain names of the one in the path move to the
winner, and the loser is deleted. Only admins may. The ids are ULIDs.
"""

from __future__ import annotations

from typing import Final

from .directory import Merge
from .guards import Holder, admins, caller
from .http import Call, Endpoints, Json, Reply
from .organizations import path_organization
from .pages import paginate
from .parameters import envelope, integer, permit, strays, warning
from .refusals import not_found, problem, record_invalid
from .render import View
from .state import State

_BASE32: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def merge(account: Holder, call: Call) -> Reply:
    """POST /organizations/{organization_id}/merge: 200 with a merge that is new."""
    action, state = "organizations/merge", account.state
    loser = path_organization(account, call)
    given = permit(
        envelope(call.body, "organization_merge", action), {"winner_id": integer}, "organization_merge", action
    )
    winner = state.organizations.get(given.fields.get("winner_id") or 0)
    if winner is None:
        raise not_found()
    if winner is loser:
        text = "An organization cannot be merged into itself"
        raise record_invalid({"base": [problem(text, "InvalidValue")]})
    pause = account.settings.organization_merge_seconds
    started = Merge(
        _ulid(state, call.now), loser.id, winner.id, caller(call).id, call.now, call.now + pause, call.now + 2 * pause
    )
    state.directory.merges[started.id] = started
    dropped = (*given.dropped, *strays(call.body, "organization_merge"))
    return _shown(account, call, started, warning(action, dropped))


def show(account: Holder, call: Call) -> Reply:
    """GET /organization_merges/{organization_merge_id}."""
    found = account.state.directory.merges.get(call.values["organization_merge_id"])
    if found is None:
        raise not_found()
    return _shown(account, call, found)


def list_merges(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}/merges: those that this organization has won."""
    winner, view = path_organization(account, call), View.of(account, call)
    won = [one for one in account.state.directory.merges.values() if one.winner_id == winner.id]
    body = paginate(
        call,
        won,
        "organization_merges",
        settings=account.settings,
        render=lambda one: _merge(view, one),
        id_of=lambda one: (one.created_at, one.id),
    )
    return Reply(body=body)


def _shown(account: Holder, call: Call, shown: Merge, headers: dict[str, str] | None = None) -> Reply:
    return Reply(200, {"organization_merge": _merge(View.of(account, call), shown)}, headers or {})


def _merge(view: View, shown: Merge) -> dict[str, Json]:
    return {
        "id": shown.id,
        "url": view.url(f"organization_merges/{shown.id}"),
        "loser_id": shown.loser_id,
        "winner_id": shown.winner_id,
        "status": shown.status(view.now),
    }


def _ulid(state: State, now: float) -> str:
    """Milliseconds, then chance, in Crockford's base 32."""
    number = int(now * 1000) << 80 | state.random.getrandbits(80)
    return "".join(_BASE32[number >> 5 * place & 31] for place in range(25, -1, -1))


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/organizations/{organization_id}/merge"): admins(merge),
    ("GET", "/api/v2/organizations/{organization_id}/merges"): admins(list_merges),
    ("GET", "/api/v2/organization_merges/{organization_merge_id}"): admins(show),
}
