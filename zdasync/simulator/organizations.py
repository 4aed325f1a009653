"""Endpoints that show organizations and groups, as far as sideloaded users refer to them."""

from __future__ import annotations

from . import render
from .guards import Holder, agents, path_id
from .http import Call, Endpoints, Reply
from .pages import paginate
from .refusals import not_found
from .render import View


def list_organizations(account: Holder, call: Call) -> Reply:
    """GET /organizations."""
    view, organizations = View.of(account, call), account.state.organizations
    body = paginate(
        call,
        sorted(organizations),
        "organizations",
        settings=account.settings,
        render=lambda key: render.organization(view, organizations[key]),
    )
    return Reply(body=body)


def show_organization(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}."""
    organization = account.state.organizations.get(path_id(call, "organization_id"))
    if organization is None:
        raise not_found()
    return Reply(body={"organization": render.organization(View.of(account, call), organization)})


def list_groups(account: Holder, call: Call) -> Reply:
    """GET /groups."""
    view, groups = View.of(account, call), account.state.groups
    body = paginate(
        call,
        sorted(groups),
        "groups",
        settings=account.settings,
        render=lambda key: render.group(view, groups[key]),
    )
    return Reply(body=body)


def show_group(account: Holder, call: Call) -> Reply:
    """GET /groups/{group_id}."""
    group = account.state.groups.get(path_id(call, "group_id"))
    if group is None:
        raise not_found()
    return Reply(body={"group": render.group(View.of(account, call), group)})


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/organizations"): agents(list_organizations),
    ("GET", "/api/v2/organizations/{organization_id}"): agents(show_organization),
    ("GET", "/api/v2/groups"): agents(list_groups),
    ("GET", "/api/v2/groups/{group_id}"): agents(show_group),
}
