"""One engine for all simple collections of the account, driven by the client's table of routes.

A collection is a row of data (`collection_model.Collection`): its path, the client's class of its records, who may
read and write, the records of a fresh account, what lists filter and sort by, and hooks for what makes it special.
Which operations it has, the table of routes says: every route at or below the collection's path whose method and rest
of the path the engine knows becomes an endpoint.

| route | action | reply |
|---|---|---|
| `GET` path | `list` | a page, by cursor or offset as the route pages; everything where it doesn't |
| `POST` path | `create` | 201, or as the collection says |
| `GET` path`/{id}` | `show` | 200 |
| `PUT`, `PATCH` path`/{id}` | `update` | 200; 204 where the route reads nothing |
| `DELETE` path`/{id}` | `delete` | 204 |
| `GET` path`/count` | `count` | `{"count": {"value", "refreshed_at"}}` |
| `GET` path`/show_many?ids=` | `show_many` | those that exist, by id |
| `GET` path`/search?query=`, `/autocomplete?name=` | `search`, `autocomplete` | texts that contain it, or begin so |
| `GET` path`/active` | `active` | the list of those that are active |
| `PUT` path`/reorder` | `reorder` | 200 with nothing, or with all, in their new order |
| `PUT` path`/update_many` | `update_many` | 200 with the rows that exist |
| `DELETE` path`/destroy_many?ids=` | `destroy_many` | 204 |
| `POST` path`/{id}/clone` | `clone` | 200, or as the collection says |

Other routes, and those that start a job, are left to endpoints of their own, as are the collection's `without`.
Writes take what the route's typed dictionary names (see `collection_writes`). To add a collection, put a row into a
module of its family and that module's rows into `collection_rows`. Other modules read and change records through
`Collection.rows`, `Collection.add` and `Collection.remove`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .._core.route import Route
from . import collection_actions as actions
from .collection_model import Collection, Key
from .collection_visit import Visit
from .guards import Holder, as_id
from .http import Call, Endpoint, Endpoints, Reply
from .refusals import not_found

__all__ = ["endpoints"]

Action = Callable[[Visit], Reply]

_PARAMETER: Final = re.compile(r"\{(\w+)\}")

_ACTIONS: Final[Mapping[tuple[str, str], tuple[str, Action]]] = {
    ("GET", ""): ("list", actions.list_all),
    ("POST", ""): ("create", actions.create),
    ("GET", "/{}"): ("show", actions.show),
    ("PUT", "/{}"): ("update", actions.update),
    ("PATCH", "/{}"): ("update", actions.update),
    ("DELETE", "/{}"): ("delete", actions.delete),
    ("GET", "/count"): ("count", actions.count),
    ("GET", "/show_many"): ("show_many", actions.show_many),
    ("GET", "/search"): ("search", actions.search),
    ("GET", "/autocomplete"): ("autocomplete", actions.autocomplete),
    ("GET", "/active"): ("active", actions.active),
    ("PUT", "/reorder"): ("reorder", actions.reorder),
    ("PUT", "/update_many"): ("update_many", actions.update_many),
    ("DELETE", "/destroy_many"): ("destroy_many", actions.destroy_many),
    ("POST", "/{}/clone"): ("clone", actions.clone),
}
"""Method and rest of the path to the action: its name, and what it does."""


def endpoints(collections: Iterable[Collection], routes: Iterable[Route[Any]]) -> Endpoints:
    """The endpoints of all collections that the table of routes has operations for."""
    table: Endpoints = {}
    rows = [(_PARAMETER.sub("{}", route.template), route) for route in routes if not route.job]
    for collection in collections:
        for path in (collection.path, *collection.also):
            shape = _PARAMETER.sub("{}", path)
            for below, route in rows:
                name, action = _ACTIONS.get((route.method, below.removeprefix(shape)), ("", None))
                if action is not None and name not in collection.without:
                    table.setdefault((route.method, route.template), _endpoint(collection, path, route, name, action))
    return table


def _endpoint(collection: Collection, path: str, route: Route[Any], name: str, action: Action) -> Endpoint:
    given = _PARAMETER.findall(route.template)
    parents = dict(zip(given, _PARAMETER.findall(path), strict=False))
    last = given[len(parents)] if len(given) > len(parents) else None
    usual = collection.reads if route.method == "GET" else collection.writes
    guard = collection.guards.get(name, usual)

    def handler(account: Holder, call: Call) -> Reply:
        scope = {field: _parent(collection, account, field, call.values[own]) for own, field in parents.items()}
        return action(Visit(account, call, collection, route, scope, None if last is None else call.values[last]))

    return guard(handler)


def _parent(collection: Collection, account: Holder, field: str, text: str) -> Key:
    find = collection.parents.get(field)
    if find is not None:
        return find(account, text)
    number = as_id(text)
    if number is None:
        raise not_found()
    return number
