"""Endpoints of groups. Memberships in them are in `memberships`.

The model, from the Groups page of the reference: a deleted group loses its members and is shown on, marked as deleted,
in lists that don't ask for `exclude_deleted`; how it is shown by its id is a setting. Only admins write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from . import render
from .directory import remove_group
from .guards import Holder, admins, agents, caller, path_id, path_user
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .pages import paginate
from .parameters import Coerce, Permitted, envelope, flag, permit, strays, text, warning
from .records import Group
from .refusals import not_found, problem, record_invalid
from .render import View

GROUP: Final[Mapping[str, Coerce]] = {"description": text, "is_public": flag, "name": text}
"""What a write of a group takes."""


def list_groups(account: Holder, call: Call) -> Reply:
    """GET /groups: deleted ones too, unless `exclude_deleted` is true."""
    groups = _known(account)
    if call.arg("exclude_deleted") == "true":
        groups = account.state.groups
    return _page(account, call, sorted(groups))


def list_assignable(account: Holder, call: Call) -> Reply:
    """GET /groups/assignable: those to which the caller may assign tickets, which may be the caller's own only."""
    actor = caller(call)
    return _page(account, call, sorted(actor.group_ids if actor.ticket_restriction else account.state.groups))


def list_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/groups."""
    return _page(account, call, sorted(path_user(account, call).group_ids))


def count(account: Holder, call: Call) -> Reply:
    """GET /groups/count: without the deleted ones."""
    return Reply(body={"count": counted(account, call.path, len(account.state.groups), call.now)})


def count_of_user(account: Holder, call: Call) -> Reply:
    """GET /users/{user_id}/groups/count."""
    return Reply(body={"count": counted(account, call.path, len(path_user(account, call).group_ids), call.now)})


def show(account: Holder, call: Call) -> Reply:
    """GET /groups/{group_id}."""
    group = _known(account).get(path_id(call, "group_id"))
    if group is None:
        raise not_found()
    return _shown(account, call, group)


def create(account: Holder, call: Call) -> Reply:
    """POST /groups: 201 with the group and its `Location`."""
    permitted, headers = _permitted(call, "groups/create")
    _check(account, permitted.fields, None)
    group = account.state.add_group(permitted.fields["name"].strip(), call.now)
    _apply(group, permitted.fields)
    location = View.of(account, call).url(f"groups/{group.id}")
    return _shown(account, call, group, 201, headers | {"Location": location})


def update(account: Holder, call: Call) -> Reply:
    """PUT /groups/{group_id}."""
    group = _path_group(account, call)
    permitted, headers = _permitted(call, "groups/update")
    _check(account, permitted.fields, group)
    _apply(group, permitted.fields)
    group.updated_at = call.now
    return _shown(account, call, group, 200, headers)


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /groups/{group_id}: 204; nobody belongs to it any more."""
    remove_group(account.state, _path_group(account, call), call.now)
    return Reply(204, empty=True)


def _known(account: Holder) -> Mapping[int, Group]:
    """The groups that can be shown."""
    state = account.state
    return state.groups | state.directory.deleted_groups if account.settings.deleted_groups_shown else state.groups


def _path_group(account: Holder, call: Call) -> Group:
    group = account.state.groups.get(path_id(call, "group_id"))
    if group is None:
        raise not_found()
    return group


def _permitted(call: Call, action: str) -> tuple[Permitted, dict[str, str]]:
    permitted = permit(envelope(call.body, "group", action), GROUP, "group", action)
    return permitted, warning(action, (*permitted.dropped, *strays(call.body, "group")))


def _check(account: Holder, fields: Mapping[str, Json], group: Group | None) -> None:
    if group is not None and "name" not in fields:
        return
    name = (fields.get("name") or "").strip()
    if not name:
        raise record_invalid({"name": [problem("Name: is too short (minimum is 1 characters)")]})
    others = (one for one in account.state.groups.values() if one is not group)
    if account.settings.group_names_unique and any(one.name.casefold() == name.casefold() for one in others):
        raise record_invalid({"name": [problem(f"Name: {name} has already been taken", "DuplicateValue")]})


def _apply(group: Group, fields: Mapping[str, Json]) -> None:
    if "name" in fields:
        group.name = fields["name"].strip()
    if "description" in fields:
        group.description = fields["description"] or ""
    if fields.get("is_public") is not None:
        group.is_public = fields["is_public"]


def _page(account: Holder, call: Call, ids: Sequence[int]) -> Reply:
    view = View.of(account, call)
    groups = account.state.groups | account.state.directory.deleted_groups
    body = paginate(
        call,
        ids,
        "groups",
        settings=account.settings,
        render=lambda key: render.group(view, groups[key]),
        sideload=lambda page: _sideloads(view, call.arg("include"), page),
    )
    return Reply(body=body)


def _shown(
    account: Holder, call: Call, group: Group, status: int = 200, headers: dict[str, str] | None = None
) -> Reply:
    view = View.of(account, call)
    body = {"group": render.group(view, group)} | _sideloads(view, call.arg("include"), [group.id])
    return Reply(status, body, headers or {})


def _sideloads(view: View, include: str | None, group_ids: Sequence[int]) -> dict[str, Json]:
    """`include=users`: the agents in these groups, each once."""
    if "users" not in (include or "").split(","):
        return {}
    state = view.state
    user_ids = dict.fromkeys(user_id for key in group_ids for user_id in state.group_users.get(key, ()))
    return {"users": [render.user(view, state.users[user_id]) for user_id in user_ids]}


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/groups"): agents(list_groups),
    ("POST", "/api/v2/groups"): admins(create),
    ("GET", "/api/v2/groups/assignable"): agents(list_assignable),
    ("GET", "/api/v2/groups/count"): agents(count),
    ("GET", "/api/v2/groups/{group_id}"): agents(show),
    ("PUT", "/api/v2/groups/{group_id}"): admins(update),
    ("DELETE", "/api/v2/groups/{group_id}"): admins(delete),
    ("GET", "/api/v2/users/{user_id}/groups"): agents(list_of_user),
    ("GET", "/api/v2/users/{user_id}/groups/count"): agents(count_of_user),
}
