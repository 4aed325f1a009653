"""What a simple collection of the account is: a row of data, with hooks for what makes it special.

Records of a collection are plain dictionaries with the names that the API uses. Only what was written is kept, the
engine (see `collections`) adds nulls and URLs when it shows them. An account makes the records of a collection when
they are first asked for, so that collections nobody looks at cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Literal

import attrs

from ..records import Record
from .guards import Handler, Holder, admins, agents, as_id
from .http import Call, Json
from .refusals import Details, not_found
from .render import iso

__all__ = ["Collection", "Filter", "Guard", "Key", "Row", "Write", "equal", "mirror", "one_of"]

Key = int | str
Row = dict[str, Json]
Filter = Callable[[Row, str], bool]
"""Is a record kept by a query parameter with this value?"""
Guard = Callable[[Handler], Handler]
"""Who may call an endpoint; see `guards`."""

_ID_LENGTH: Final = 26
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@attrs.frozen(eq=False, slots=True)
class Write:
    """A record on its way into a collection.

    `row` is the record as it will be, `fields` what the caller wrote of it, `old` the record as it was (None: it is
    new).
    """

    account: Holder
    call: Call
    fields: Mapping[str, Json]
    row: Row
    old: Mapping[str, Json] | None


def _no_rows(account: Holder) -> Iterable[Mapping[str, Json]]:
    del account
    return ()


def _nothing(write: Write) -> None:
    del write


def _no_problem(write: Write) -> Details:
    del write
    return {}


def _removed(account: Holder, row: Row) -> None:
    del account, row


def _shown(account: Holder, call: Call, row: Row) -> Mapping[str, Json]:
    del account, call, row
    return {}


def _alone(account: Holder, call: Call, rows: Sequence[Row]) -> Mapping[str, Json]:
    del account, call, rows
    return {}


def _found(call: Call, rows: list[Row], kept: list[Row]) -> list[Row]:
    del call, rows
    return kept


@attrs.frozen(eq=False, kw_only=True)
class Collection:
    """One collection. Which operations it has, the client's table of routes says.

    `path` is where it lives. Parameters of the path are fields of its records, and a path that holds one leads to the
    records with that value only; `parents` turns such a parameter's text into the value, or refuses it. `also` are
    further paths to the same records (`/api/v2/users/{user_id}/brand_agents`).
    """

    name: str
    path: str
    also: tuple[str, ...] = ()
    parents: Mapping[str, Callable[[Holder, str], Key]] = attrs.field(factory=dict)
    record: type[Record]
    """The client's class for one: which fields it shows."""
    seed: Callable[[Holder], Iterable[Mapping[str, Json]]] = _no_rows
    """The records of a fresh account."""
    string_ids: bool = False
    keys: tuple[str, ...] = ()
    """Fields by which a path, and `show_many`, may name a record as well."""
    unique: tuple[str, ...] = ()
    """Fields whose values no two records share (among those of one parent)."""
    defaults: Mapping[str, Json] = attrs.field(factory=dict)
    """What a new record has that says nothing else."""

    reads: Guard = agents
    writes: Guard = admins
    guards: Mapping[str, Guard] = attrs.field(factory=dict)
    """Who may do what, by action, where it is not as for the others: `{"list": anyone}`."""
    visible: Callable[[Call, Row], bool] = lambda _call, _row: True
    """Does the caller see this record?"""
    without: frozenset[str] = frozenset()
    """Actions that the engine leaves to an endpoint of its own."""

    filters: Mapping[str, Filter] = attrs.field(factory=dict)
    """Query parameters of lists, searches and counts."""
    sorts: Mapping[str, str] = attrs.field(factory=dict)
    """Values of `sort` and `sort_by`, with the field that each orders by."""
    order: Literal["id", "position"] = "id"
    searched: tuple[str, ...] = ("title", "name")
    """Fields that a search looks into, and an autocompletion."""
    unpaged: Literal["offset", "whole"] = "offset"
    """What a list with cursors answers to a caller who asks for none: offset pages, or everything."""

    created: int = 201
    cloned: int = 200
    upsert: bool = False
    """A creation with an id in its body updates that record."""

    prepare: Callable[[Write], None] = _nothing
    """Completes `row` before it is checked."""
    check: Callable[[Write], Details] = _no_problem
    """What is wrong with a write, by field."""
    wrote: Callable[[Write], None] = _nothing
    """What follows from a write."""
    removing: Callable[[Holder, Row], None] = _removed
    """Raises the refusal of a deletion."""
    removed: Callable[[Holder, Row], None] = _removed
    """What follows from a deletion."""
    show: Callable[[Holder, Call, Row], Mapping[str, Json]] = _shown
    """What is worked out when a record is shown."""
    found: Callable[[Call, list[Row], list[Row]], list[Row]] = _found
    """What a list gives that has these records, and keeps those."""
    sideloads: Callable[[Holder, Call, Sequence[Row]], Mapping[str, Json]] = _alone
    """What comes beside these records, for callers who `include` it."""

    def rows(self, account: Holder) -> dict[Key, Row]:
        """An account's records by id."""
        known: dict[Key, Row] | None = account.state.collections.get(self.name)
        if known is None:
            known = account.state.collections[self.name] = {}
            born = _born(account)
            for fields in self.seed(account):
                self.add(account, fields, born)
        return known

    def add(self, account: Holder, fields: Mapping[str, Json], at: float | None = None) -> Row:
        """Put a record in, with an id and the times of its making unless `fields` have them."""
        rows = self.rows(account)
        made = iso(account.now() if at is None else at)
        row: Row = {**self.defaults, "created_at": made, "updated_at": made, **fields}
        row["id"] = row.get("id") or self.next_id(account)
        if "position" in self.record.__struct_fields__ and row.get("position") is None:
            row["position"] = 1 + max((one["position"] for one in self.siblings(account, row)), default=0)
        mirror(row, fields, self.record)
        rows[row["id"]] = row
        return row

    def next_id(self, account: Holder) -> Key:
        """An id that no other record has."""
        number = account.state.next_id()
        return _ulid(number) if self.string_ids else number

    def remove(self, account: Holder, row: Row) -> None:
        """Take a record out."""
        self.removing(account, row)
        del self.rows(account)[row["id"]]
        self.removed(account, row)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of its path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    def siblings(self, account: Holder, row: Mapping[str, Json]) -> list[Row]:
        """The records with the same parents."""
        names = self.parameters
        return [one for one in self.rows(account).values() if all(one.get(name) == row.get(name) for name in names)]

    def named(self, account: Holder, name: str) -> Row:
        """The record with this id, or with this value of one of its `keys`; 404 when there is none."""
        rows = self.rows(account)
        key = name if self.string_ids else as_id(name)
        row = rows.get(key) if key is not None else None
        if row is None and self.keys:
            row = next((one for one in rows.values() if name in [one.get(field) for field in self.keys]), None)
        if row is None:
            raise not_found()
        return row

    def key_of(self, account: Holder, name: str) -> Key:
        """The id of the record that a path names; for `parents` of other collections."""
        found: Key = self.named(account, name)["id"]
        return found


def mirror(row: Row, fields: Mapping[str, Json], record: type[Record]) -> None:
    """A text and its raw form, which may hold a placeholder, are one as long as there is no dynamic content."""
    for raw in record.__struct_fields__:
        plain = raw.removeprefix("raw_")
        if plain == raw or plain not in record.__struct_fields__:
            continue
        if plain in fields:
            row[raw] = fields[plain]
        elif raw in fields:
            row[plain] = fields[raw]


def equal(*names: str) -> dict[str, Filter]:
    """Filters that keep records whose field has the value given."""
    return {name: _same(name) for name in names}


def _same(name: str) -> Filter:
    def keep(row: Row, value: str) -> bool:
        has = row.get(name)
        if isinstance(has, bool):
            return has == (value in ("true", "1"))
        return ("" if has is None else str(has)) == value

    return keep


def one_of(name: str) -> Filter:
    """A filter that keeps records whose field has one of several values, separated by commas."""
    return lambda row, value: str(row.get(name)) in [part.strip() for part in value.split(",")]


def _born(account: Holder) -> float:
    """When the account was made: when its owner was."""
    owner = account.state.users.get(account.state.owner_id or 0)
    return account.now() if owner is None else owner.created_at


def _ulid(number: int) -> str:
    """A string id that ascends with the number, in the alphabet of Zendesk's string ids."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return "01" + digits.rjust(_ID_LENGTH - 2, "0")
