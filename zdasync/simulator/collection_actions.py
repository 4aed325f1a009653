"""What the operations of collections do."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Final

import attrs

from .collection_model import Row, Write, mirror
from .collection_visit import Visit
from .collection_writes import Shape, problems, shape_of, taken
from .guards import MAX_IDS, listed
from .http import Json, Reply
from .listings import MAX_FOUND, counted
from .parameters import WrongType, envelope, integers, permit, strays, texts, warning
from .refusals import bad_request, invalid_attribute, not_found, record_invalid, too_many_values
from .render import iso

_NOT_CLONED: Final = ("id", "position", "default", "created_at", "updated_at")
_NO_SHAPE: Final = Shape({}, frozenset(), {})


# --- reading


def list_all(visit: Visit) -> Reply:
    """All, or those that the filters keep."""
    return visit.page(visit.rows(), keep=visit.kept)


def show(visit: Visit) -> Reply:
    """One record."""
    return visit.reply(visit.row())


def show_many(visit: Visit) -> Reply:
    """Those of up to 100 that exist, named by id or by one of the collection's keys, in the collection's order."""
    for field in ("id", *visit.collection.keys):
        names = listed(visit.call, f"{field}s")
        if names is not None:
            rows = [row for row in visit.rows() if str(row.get(field)) in names and visit.kept(row)]
            return visit.all(rows)
    raise bad_request("ids must be given")


def count(visit: Visit) -> Reply:
    """How many there are."""
    number, name = sum(map(visit.kept, visit.rows())), f"{visit.call.path}?{sorted(visit.call.query.items())}"
    return Reply(body={"count": counted(visit.account, name, number, visit.call.now)})


def search(visit: Visit) -> Reply:
    """Those with the text in one of the searched fields, whatever its case."""
    query = (visit.call.arg("query") or "").strip().casefold()
    if not query:
        raise bad_request("query must be given")
    return visit.page(visit.rows(), keep=lambda row: visit.kept(row) and any(query in t for t in _texts(visit, row)))


def autocomplete(visit: Visit) -> Reply:
    """The first 100 of those whose name begins with the text, whatever its case."""
    start = (visit.call.arg("name") or "").strip().casefold()
    if not start:
        raise bad_request("name must be given")
    found = [row for row in visit.rows() if any(t.startswith(start) for t in _texts(visit, row)) and visit.kept(row)]
    return visit.all(found[:MAX_FOUND])


def _texts(visit: Visit, row: Row) -> list[str]:
    return [str(row.get(name) or "").casefold() for name in visit.collection.searched]


def active(visit: Visit) -> Reply:
    """Those that are active."""
    return visit.page(visit.rows(), keep=lambda row: bool(row.get("active")) and visit.kept(row))


# --- writing


def create(visit: Visit) -> Reply:
    """A new record; where the collection says so, an id in the body names the record to change."""
    fields, headers = _written(visit, envelope(visit.call.body, visit.key, visit.action), visit.key)
    if visit.collection.upsert and fields.get("id") is not None:
        row = visit.named(str(fields["id"]))
        return visit.reply(_update(visit, row, fields), headers=headers)
    fields.pop("id", None)
    row = _create(visit, {**fields, **visit.scope}, fields)
    url = visit.shown(row).get("url")
    return visit.reply(row, visit.collection.created, headers if url is None else headers | {"Location": url})


def update(visit: Visit) -> Reply:
    """Changes what is written of a record and leaves the rest as it is."""
    row = visit.row()
    fields, headers = _written(visit, envelope(visit.call.body, visit.key, visit.action), visit.key)
    return visit.reply(_update(visit, row, fields), headers=headers)


def update_many(visit: Visit) -> Reply:
    """The same for up to 100 records, each with its id; those that don't exist are left out."""
    body, changed = visit.call.body, []
    headers: dict[str, str] = {}
    rows = body.get(visit.key) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise invalid_attribute(visit.key, "must be an array", f"api/v2/{visit.action}")
    if len(rows) > MAX_IDS:
        raise too_many_values()
    known = {row["id"]: row for row in visit.rows()}
    for given in rows:
        fields, headers = _written(visit, given, visit.key)
        row = known.get(fields.get("id"))
        if row is not None:
            changed.append(_update(visit, row, fields))
    return attrs.evolve(visit.all(changed), headers=headers)


def delete(visit: Visit) -> Reply:
    """Takes a record out."""
    visit.collection.remove(visit.account, visit.row())
    return Reply(204, empty=True)


def destroy_many(visit: Visit) -> Reply:
    """Takes up to 100 records out; those that don't exist are left out."""
    names = listed(visit.call, "ids")
    if names is None:
        raise bad_request("ids must be given")
    for row in [row for row in visit.rows() if str(row["id"]) in names]:
        visit.collection.remove(visit.account, row)
    return Reply(204, empty=True)


def reorder(visit: Visit) -> Reply:
    """Puts the records that the body names first, in its order; the others follow in theirs."""
    rows, ids = visit.rows(), _ids(visit)
    known = {row["id"]: row for row in rows}
    if not known.keys() >= set(ids):
        raise not_found()
    for position, one in enumerate(dict.fromkeys([*ids, *known]), 1):
        known[one]["position"] = position
    return Reply(200, empty=True) if visit.route.record is None else visit.page(visit.rows())


def _ids(visit: Visit) -> list[Json]:
    """The list that stands under a name like `ticket_form_ids` in the body."""
    body = visit.call.body if isinstance(visit.call.body, dict) else {}
    for name, value in body.items():
        if name.endswith("_ids"):
            try:
                ids: list[Json] = texts(value) if visit.collection.string_ids else integers(value)
            except WrongType as error:
                raise invalid_attribute(name, str(error), f"api/v2/{visit.action}") from None
            return ids
    raise invalid_attribute("ids", "is missing", f"api/v2/{visit.action}")


def clone(visit: Visit) -> Reply:
    """A new record like another one."""
    fields = {name: value for name, value in visit.row().items() if name not in _NOT_CLONED}
    return visit.reply(_create(visit, copy.deepcopy(fields), {}), visit.collection.cloned)


def _written(visit: Visit, given: Json, key: str) -> tuple[dict[str, Json], dict[str, str]]:
    """What the server takes of a written record, and the header that names the rest."""
    permitted = permit(given, _shape(visit).known, key, visit.action)
    return permitted.fields, warning(visit.action, (*permitted.dropped, *strays(visit.call.body, key)))


def _shape(visit: Visit) -> Shape:
    return _NO_SHAPE if visit.route.writes is None else shape_of(visit.route.writes)


def _create(visit: Visit, given: Mapping[str, Json], fields: Mapping[str, Json]) -> Row:
    row = {**visit.collection.defaults, **given}
    write = _checked(visit, Write(visit.account, visit.call, fields, row, None))
    added = visit.collection.add(visit.account, row, visit.call.now)
    visit.collection.wrote(attrs.evolve(write, row=added))
    return added


def _update(visit: Visit, row: Row, fields: Mapping[str, Json]) -> Row:
    changed = {name: value for name, value in fields.items() if name != "id"}
    old = dict(row)
    write = _checked(visit, Write(visit.account, visit.call, changed, {**row, **changed}, old))
    mirror(write.row, changed, visit.collection.record)
    row.update(write.row, updated_at=iso(visit.call.now))
    visit.collection.wrote(attrs.evolve(write, row=row))
    return row


def _checked(visit: Visit, write: Write) -> Write:
    """Everything that is wrong is found before anything is changed."""
    collection = visit.collection
    collection.prepare(write)
    found = problems(_shape(visit), write.fields, new=write.old is None) if visit.route.writes else {}
    siblings = [one for one in collection.siblings(visit.account, write.row) if one["id"] != write.row.get("id")]
    for name in collection.unique:
        value = write.row.get(name)
        if value is not None and any(one.get(name) == value for one in siblings):
            found.setdefault(name, []).append(taken(name, value))
    for name, wrong in collection.check(write).items():
        found.setdefault(name, []).extend(dict(one) for one in wrong)
    if found:
        raise record_invalid(found)
    return write
