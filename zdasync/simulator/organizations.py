"""Endpoints of organizations: lists, counts, search, one organization and what belongs to it.

Source: the Organizations page of the reference. Jobs on many of them are in `organization_jobs`, merges in
`organization_merges`, memberships and subscriptions in modules of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from . import render
from .directory import externally_named, named_organization, remove_organization
from .guards import Holder, agents, as_id, caller, listed, path_id, path_user
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .organization_writes import ORGANIZATION, create_organization, update_organization, upsert_organization
from .pages import EITHER_WAY, Order, Paging, paginate
from .parameters import Permitted, envelope, integer, permit, strays, warning
from .records import Organization
from .refusals import bad_request, not_found
from .render import View

MAX_FOUND: Final = 100
"""Names that an autocompletion gives."""


def path_organization(account: Holder, call: Call) -> Organization:
    """The organization that the path names; 404 otherwise."""
    organization = account.state.organizations.get(path_id(call, "organization_id"))
    if organization is None:
        raise not_found()
    return organization


# --- finding


def list_organizations(account: Holder, call: Call) -> Reply:
    """GET /organizations."""
    return _page(account, call, sorted(account.state.organizations))


def list_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/organizations."""
    return _page(account, call, sorted(path_user(account, call).organization_ids))


def search(account: Holder, call: Call) -> Reply:
    """GET /organizations/search?name= or ?external_id=: the one with exactly this name or id; offset pages only."""
    name, external_id = call.arg("name"), call.arg("external_id")
    if (name is None) == (external_id is None):
        raise bad_request("Either name or external_id must be given")
    found = (
        named_organization(account.state, name.strip()) if name is not None
        else externally_named(account.state, external_id or "")
    )
    lag = account.settings.search_lag
    ids = [] if found is None or found.created_at > call.now - lag else [found.id]
    return _page(account, call, ids, offset_only=True)


def autocomplete(account: Holder, call: Call) -> Reply:
    """GET /organizations/autocomplete?name=: names that start so, whatever their case."""
    start = (call.arg("name") or "").strip().casefold()
    if not start:
        raise bad_request("name must be given")
    organizations = account.state.organizations
    ids = [key for key in sorted(organizations) if organizations[key].name.casefold().startswith(start)]
    return _page(account, call, ids[:MAX_FOUND], offset_only=True)


def show_many(account: Holder, call: Call) -> Reply:
    """GET /organizations/show_many: by ids or external ids; those that don't exist are left out."""
    ids, external_ids = listed(call, "ids"), listed(call, "external_ids")
    state = account.state
    if ids is not None:
        found = [state.organizations.get(as_id(part) or 0) for part in ids]
    elif external_ids is not None:
        found = [externally_named(state, part) for part in external_ids]
    else:
        raise bad_request("Either ids or external_ids must be given")
    return _page(account, call, sorted({one.id for one in found if one is not None}), offset_only=True)


def _page(account: Holder, call: Call, ids: Sequence[int], *, offset_only: bool = False) -> Reply:
    view, organizations = View.of(account, call), account.state.organizations
    body = paginate(
        call,
        ids,
        "organizations",
        settings=account.settings,
        paging=Paging(styles=("offset",)) if offset_only else EITHER_WAY,
        render=lambda key: render.organization(view, organizations[key]),
        order=Order(sorts={"name": lambda key: organizations[key].name}),
        sideload=lambda page: _sideloads(view, call.arg("include"), [organizations[key] for key in page]),
    )
    return Reply(body=body)


def _sideloads(view: View, include: str | None, shown: Sequence[Organization]) -> dict[str, Json]:
    """`include=abilities`: what the caller may do with each; nothing else can be sideloaded."""
    if "abilities" not in (include or "").split(","):
        return {}
    return {"abilities": [
        {"organization_id": one.id, "url": view.url(f"organizations/{one.id}"), "can_edit": True, "can_delete": True}
        for one in shown
    ]}


def count(account: Holder, call: Call) -> Reply:
    """GET /organizations/count."""
    return _count(account, call, len(account.state.organizations))


def count_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/organizations/count."""
    return _count(account, call, len(path_user(account, call).organization_ids))


def _count(account: Holder, call: Call, value: int) -> Reply:
    return Reply(body={"count": counted(account, call.path, value, call.now)})


# --- one organization


def show(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}."""
    return _shown(account, call, path_organization(account, call))


def related(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}/related: counts of tickets and users."""
    organization, state = path_organization(account, call), account.state
    return Reply(body={"organization_related": {
        "tickets_count": len(state.tickets.of_organization.get(organization.id, ())),
        "users_count": len(state.organization_users.get(organization.id, ())),
    }})


def create(account: Holder, call: Call) -> Reply:
    """POST /organizations: 201 with the organization and its `Location`."""
    permitted, headers = _permitted(call, "organizations/create")
    organization = create_organization(account.state, account.settings, permitted.fields, call.now)
    return _shown(account, call, organization, 201, headers | _location(account, call, organization))


def create_or_update(account: Holder, call: Call) -> Reply:
    """POST /organizations/create_or_update: 201 for a new organization, 200 for one that was there."""
    permitted, headers = _permitted(call, "organizations/create_or_update", with_id=True)
    organization, new = upsert_organization(account.state, account.settings, permitted.fields, call.now)
    return _shown(account, call, organization, 201 if new else 200, headers)


def update(account: Holder, call: Call) -> Reply:
    """PUT /organizations/{organization_id}."""
    organization = path_organization(account, call)
    permitted, headers = _permitted(call, "organizations/update")
    update_organization(account.state, account.settings, organization, permitted.fields, call.now)
    return _shown(account, call, organization, 200, headers)


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /organizations/{organization_id}: 204; nobody belongs to it any more."""
    remove_organization(account.state, path_organization(account, call), caller(call).id, call.now)
    return Reply(204, empty=True)


def _permitted(call: Call, action: str, *, with_id: bool = False) -> tuple[Permitted, dict[str, str]]:
    extra = {"id": integer} if with_id else None
    permitted = permit(envelope(call.body, "organization", action), ORGANIZATION, "organization", action, extra=extra)
    return permitted, warning(action, (*permitted.dropped, *strays(call.body, "organization")))


def _shown(
    account: Holder, call: Call, organization: Organization, status: int = 200, headers: dict[str, str] | None = None
) -> Reply:
    view = View.of(account, call)
    body = {"organization": render.organization(view, organization)}
    return Reply(status, body | _sideloads(view, call.arg("include"), [organization]), headers or {})


def _location(account: Holder, call: Call, organization: Organization) -> dict[str, str]:
    return {"Location": View.of(account, call).url(f"organizations/{organization.id}")}


_ALL: Final = "/api/v2/organizations"

ENDPOINTS: Endpoints = {
    ("GET", _ALL): agents(list_organizations),
    ("POST", _ALL): agents(create),
    ("GET", f"{_ALL}/search"): agents(search),
    ("GET", f"{_ALL}/autocomplete"): agents(autocomplete),
    ("GET", f"{_ALL}/show_many"): agents(show_many),
    ("GET", f"{_ALL}/count"): agents(count),
    ("POST", f"{_ALL}/create_or_update"): agents(create_or_update),
    ("GET", f"{_ALL}/{{organization_id}}"): agents(show),
    ("PUT", f"{_ALL}/{{organization_id}}"): agents(update),
    ("DELETE", f"{_ALL}/{{organization_id}}"): agents(delete),
    ("GET", f"{_ALL}/{{organization_id}}/related"): agents(related),
    ("GET", "/api/v2/users/{user_id}/organizations"): agents(list_of_user),
    ("GET", "/api/v2/users/{user_id}/organizations/count"): agents(count_of_user),
}
