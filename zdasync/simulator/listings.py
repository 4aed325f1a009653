"""Endpoints that find users: lists with their filters, counts, search, autocomplete, many by id.

Source: the Users page of the reference; which of them know cursors is as probed in 2026. Counts above 100,000 are
refreshed once a day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from . import queries, render
from .guards import Holder, agents, as_id, listed, path_id
from .http import Call, Endpoints, Json, Reply
from .pages import EITHER_WAY, Order, Paging, paginate
from .phones import number_key
from .records import User
from .refusals import bad_request, not_found
from .render import View
from .state import State

Keep = Callable[[int], bool]
COUNT_CAP: Final = 100_000
MAX_FOUND: Final = 100
"""Names that an autocompletion gives."""


def list_users(account: Holder, call: Call) -> Reply:
    """GET /users."""
    return _page(account, call, account.state.user_ids)


def list_group(account: Holder, call: Call) -> Reply:
    """GET /groups/{group_id}/users."""
    return _page(account, call, _group_ids(account, call))


def list_organization(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}/users."""
    return _page(account, call, _organization_ids(account, call))


def count(account: Holder, call: Call) -> Reply:
    """GET /users/count."""
    return _count(account, call, account.state.user_ids)


def count_group(account: Holder, call: Call) -> Reply:
    """GET /groups/{group_id}/users/count."""
    return _count(account, call, _group_ids(account, call))


def count_organization(account: Holder, call: Call) -> Reply:
    """GET /organizations/{organization_id}/users/count."""
    return _count(account, call, _organization_ids(account, call))


def show_many(account: Holder, call: Call) -> Reply:
    """GET /users/show_many: by ids or external ids; those that don't exist are left out, the rest comes by id."""
    ids, external_ids = listed(call, "ids"), listed(call, "external_ids")
    state = account.state
    if ids is not None:
        found = [state.active(as_id(part) or 0) for part in ids]
    elif external_ids is not None:
        found = [state.by_external_id(part) for part in external_ids]
    else:
        raise bad_request("Either ids or external_ids must be given")
    users = {user.id: user for user in found if user is not None}
    return _whole(account, call, [users[user_id] for user_id in sorted(users)])


def autocomplete(account: Holder, call: Call) -> Reply:
    """GET /users/autocomplete?name=: names that start so, of users without foreign identities."""
    return _autocomplete(account, call, call.arg("name"))


def autocomplete_by_body(account: Holder, call: Call) -> Reply:
    """POST /users/autocomplete: the same with the name in the body, or with a phone number that begins so."""
    body = call.body if isinstance(call.body, dict) else {}
    return _autocomplete(account, call, body.get("name"), body.get("phone"))


def search(account: Holder, call: Call) -> Reply:
    """GET /users/search: by `query` or by `external_id`; offset pages only."""
    state, external_id, query = account.state, call.arg("external_id"), call.arg("query")
    if external_id is not None:
        user = state.by_external_id(external_id)
        ids: Sequence[int] = [] if user is None else [user.id]
    else:
        types, words = queries.split_types(queries.terms(query or ""))
        everybody = () if types - {"user"} else state.active_users()
        ids = [user.id for user in queries.matching(account, queries.USERS, words, everybody, call.now)]
    return _page(account, call, ids, searching=True)


# --- pages and counts


def _page(account: Holder, call: Call, ids: Sequence[int], *, searching: bool = False) -> Reply:
    view, users = View.of(account, call), account.state.users
    include = call.arg("include")
    body = paginate(
        call,
        ids,
        "users",
        settings=account.settings,
        paging=Paging(styles=("offset",)) if searching else EITHER_WAY,
        keep=None if searching else _filter(account.state, call),
        render=lambda user_id: render.user(view, users[user_id]),
        order=_orders(account.state),
        sideload=lambda page: render.user_sideloads(view, include, [users[user_id] for user_id in page]),
    )
    return Reply(body=body)


def _orders(state: State) -> Order[int]:
    """By what users can be sorted; cursors know the date of the last change only."""
    users = state.users
    return Order(
        sorts={"updated_at": lambda user_id: users[user_id].updated_at},
        offset_sorts={
            "name": lambda user_id: users[user_id].name,
            "created_at": lambda user_id: users[user_id].created_at,
        },
    )


def _whole(account: Holder, call: Call, users: Sequence[User]) -> Reply:
    view = View.of(account, call)
    frame: dict[str, Json] = {"next_page": None, "previous_page": None, "count": len(users)}
    body = {"users": [render.user(view, user) for user in users]}
    return Reply(body=body | render.user_sideloads(view, call.arg("include"), users) | frame)


def _filter(state: State, call: Call) -> Keep | None:
    """What the query's filters keep; None when there are none."""
    users = state.users
    roles = {*call.query.get("role", ()), *call.query.get("role[]", ())}
    named = {role.id for role in state.custom_roles.values() if role.name in roles}
    permission_set, external_id = call.arg("permission_set"), call.arg("external_id")
    tests: list[Keep] = []
    if roles:
        tests.append(lambda user_id: users[user_id].role in roles or users[user_id].custom_role_id in named)
    if permission_set is not None:
        tests.append(lambda user_id: str(users[user_id].custom_role_id) == permission_set)
    if external_id is not None:
        owner = state.by_external_id(external_id)
        tests.append(lambda user_id: owner is not None and user_id == owner.id)
    return (lambda user_id: all(test(user_id) for test in tests)) if tests else None


def _group_ids(account: Holder, call: Call) -> Sequence[int]:
    group_id = path_id(call, "group_id")
    if group_id not in account.state.groups:
        raise not_found()
    return account.state.group_users.get(group_id, [])


def _organization_ids(account: Holder, call: Call) -> Sequence[int]:
    organization_id = path_id(call, "organization_id")
    if organization_id not in account.state.organizations:
        raise not_found()
    return account.state.organization_users.get(organization_id, [])


def _count(account: Holder, call: Call, ids: Sequence[int]) -> Reply:
    keep = _filter(account.state, call)
    value = len(ids) if keep is None else sum(map(keep, ids))
    name = f"{call.path}?{sorted((key, tuple(values)) for key, values in call.query.items())}"
    return Reply(body={"count": counted(account, name, value, call.now)})


def counted(account: Holder, name: str, value: int, now: float) -> dict[str, Json]:
    """A count as the API shows it: exact up to 100,000, above that as of its last refresh."""
    if value <= COUNT_CAP:
        account.state.counts.pop(name, None)
        return {"value": value, "refreshed_at": render.iso(now)}
    known = account.state.counts.get(name)
    if known is None or now >= known[1] + account.settings.count_refresh_seconds:
        known = account.state.counts[name] = (value, now + account.settings.count_refresh_takes)
    if now < known[1]:
        return {"value": COUNT_CAP, "refreshed_at": None}
    return {"value": known[0], "refreshed_at": render.iso(known[1])}


# --- finding by text


def _autocomplete(account: Holder, call: Call, name: Json, phone: Json = None) -> Reply:
    given = [text for text in (name, phone) if isinstance(text, str) and text.strip()]
    if not given:
        raise bad_request("Invalid query syntax", "Query Error")
    start, number = str(name or "").strip().casefold(), number_key(str(phone or ""))
    found = []
    for user in account.state.active_users():
        named = user.name.casefold().startswith(start) and number_key(user.phone or "").startswith(number)
        if named and all(one.type != "foreign" for one in user.identities):
            found.append(user)
            if len(found) == MAX_FOUND:
                break
    return _whole(account, call, found)


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/users"): agents(list_users),
    ("GET", "/api/v2/groups/{group_id}/users"): agents(list_group),
    ("GET", "/api/v2/organizations/{organization_id}/users"): agents(list_organization),
    ("GET", "/api/v2/users/count"): agents(count),
    ("GET", "/api/v2/groups/{group_id}/users/count"): agents(count_group),
    ("GET", "/api/v2/organizations/{organization_id}/users/count"): agents(count_organization),
    ("GET", "/api/v2/users/show_many"): agents(show_many),
    ("GET", "/api/v2/users/search"): agents(search),
    ("GET", "/api/v2/users/autocomplete"): agents(autocomplete),
    ("POST", "/api/v2/users/autocomplete"): agents(autocomplete_by_body),
}
