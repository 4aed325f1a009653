"""One call of one operation of a collection: which records it is about, and how they are shown."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import attrs
import msgspec

from .._core.route import Route
from ..records import Record
from .collection_model import Collection, Key, Row
from .guards import Holder
from .http import Call, Json, Reply
from .pages import EITHER_WAY, Order, Paging, paginate
from .refusals import not_found
from .render import View

__all__ = ["Visit", "shown"]

_FRAME: Final[Mapping[str, Json]] = {"next_page": None, "previous_page": None}


@attrs.frozen(eq=False, slots=True)
class Visit:
    """One call of one operation of a collection. `scope` are the values of the path's parents, `name` its own id."""

    account: Holder
    call: Call
    collection: Collection
    route: Route[Any]
    scope: Mapping[str, Key]
    name: str | None

    def rows(self) -> list[Row]:
        """What the caller may see below the path, in the collection's order."""
        found = [row for row in self.collection.rows(self.account).values() if self._here(row)]
        return sorted(found, key=_place(self.collection))

    def row(self) -> Row:
        """The record that the path names; 404 when there is none."""
        return self.named(self.name or "")

    def named(self, name: str) -> Row:
        """The record below the path with this id or key; 404 when there is none."""
        row = self.collection.named(self.account, name)
        if not self._here(row):
            raise not_found()
        return row

    def _here(self, row: Row) -> bool:
        inside = all(row.get(field) == value for field, value in self.scope.items())
        return inside and self.collection.visible(self.call, row)

    @property
    def action(self) -> str:
        """The operation as warnings name it: `macros/update`."""
        return f"{self.collection.name}/{self.route.operation.rpartition('.')[2]}"

    @property
    def key(self) -> str:
        """The key of what is written in the request's body."""
        return self.route.wrap or self.route.key or "body"

    def shown(self, row: Row) -> dict[str, Json]:
        """A record as the API shows it."""
        return shown(self.account, self.call, self.collection, row)

    def reply(self, row: Row, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        """One record under the route's key; nothing where the route reads nothing."""
        if self.route.record is None:
            return Reply(204, headers=headers or {}, empty=True)
        shown = self.shown(row)
        body = shown if self.route.key is None else {self.route.key: shown, **self._beside([row])}
        return Reply(status, body, headers or {})

    def page(self, rows: Sequence[Row], *, keep: Callable[[Row], bool] | None = None) -> Reply:
        """The page of records that the caller asks for, as the route pages."""
        key = str(self.route.key)
        kept = self.collection.found(self.call, list(rows), [row for row in rows if keep is None or keep(row)])
        whole = self.collection.unpaged == "whole" and not any(name.startswith("page[") for name in self.call.query)
        if self.route.paging == "none" or (self.route.paging == "cursor" and whole):
            return Reply(body={key: [self.shown(row) for row in kept], **self._beside(kept)})
        order = Order(
            _place(self.collection),
            {name: _field(field) for name, field in self.collection.sorts.items()},
        )
        paging = EITHER_WAY if self.route.paging == "cursor" else Paging(styles=("offset",))
        return Reply(body=paginate(
            self.call, kept, key, settings=self.account.settings, paging=paging, order=order, render=self.shown,
            sideload=self._beside,
        ))

    def all(self, rows: Sequence[Row]) -> Reply:
        """Records in one reply, framed as the last of the offset pages."""
        return Reply(body={str(self.route.key): [self.shown(row) for row in rows], **_FRAME, "count": len(rows)})

    def _beside(self, rows: Sequence[Row]) -> Mapping[str, Json]:
        """What comes along with these records."""
        return self.collection.sideloads(self.account, self.call, rows)

    def kept(self, row: Row) -> bool:
        """Do the filters of the query keep a record?"""
        filters = self.collection.filters
        return all(
            keep(row, value) for name, keep in filters.items() if (value := self.call.arg(name)) is not None
        )


def shown(account: Holder, call: Call, collection: Collection, row: Row) -> dict[str, Json]:
    """A record as the API shows it: every field of the client's class, absent ones as nulls."""
    given = {**row, **collection.show(account, call, row)}
    if "url" not in given:
        path = collection.path.removeprefix("/api/v2/").format_map(row)
        given["url"] = View.of(account, call).url(f"{path}/{row['id']}")
    return {name: given.get(name, copy.copy(empty)) for name, empty in _empty(collection.record).items()}


@lru_cache(maxsize=256)
def _empty(record: type[Record]) -> dict[str, Json]:
    """Every field of a class, with what it holds that nobody has set: null, or an empty container."""
    return {field.encode_name: _unset(field) for field in msgspec.structs.fields(record)}


def _unset(field: msgspec.structs.FieldInfo) -> Json:
    if field.default == ():
        return []
    return {} if field.default_factory is dict else None


def _place(collection: Collection) -> Callable[[Row], Any]:
    """Where a record stands in the order of its collection."""
    if collection.order == "id":
        return lambda row: row["id"]
    return lambda row: (row["position"], row["id"])


def _field(name: str) -> Callable[[Row], Any]:
    return lambda row: "" if row.get(name) is None else row[name]
