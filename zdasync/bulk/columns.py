"""Which column goes into which field: the declaration that turns the cells of rows into what is written.

    operation = "users.create_or_update"
    [columns]
    external_id = "external_id"
    tier = "user_fields.tier"
    updated = ""
    tags = { to = "tags", type = "list", separator = ";" }
    org = { to = "organization_id", reference = "organizations.external_id" }
    [defaults]
    role = "end-user"
    [options]
    empty = "skip"
    trim = true

A column goes to the field, or the part of one, that its `to` names (a mere text is a `to`); to nowhere where it is
empty. A column that is not mentioned goes to the field of its own name. Its `type` is one of the table in `convert`,
else what the field takes. A `reference` is looked up by the run: the column names a record by something else than its
id. `defaults` fill fields that no cell gives. Cells lose the blanks around them (`trim`), and an empty one writes
nothing (`empty = "skip"`) or null (`"null"`), which clears the field.

A null within a table (Parquet), where every row has every column, is an empty cell (`nulls = "empty"`). In JSONL and in
rows of the program it was said on purpose, and null is written (`nulls = "write"`). Columns whose names begin with
`zdasync_` are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from difflib import get_close_matches
from hashlib import blake2b
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec

from ..errors import BadArgument, SourceError
from .cells import OWN, Unwritable, json_value
from .convert import TYPES, Convert, Misfit, converter, of_kind
from .rows import InputRow, Problem
from .targets import Target, find_target

if TYPE_CHECKING:
    from ..records._record import JsonValue
    from .operations import Operation

__all__ = ["REFERENCES", "Columns", "Declaration", "declaration_beside", "read_declaration"]

REFERENCES: Final = (
    "organizations.external_id", "organizations.name", "users.external_id", "users.email", "tickets.external_id",
    "groups.name",
)
"""What a column can name a record by, in place of its id."""

Declaration: TypeAlias = Mapping[str, Any] | str | PathLike[str]
"""A mapping of columns to targets, one with the sections of a file, or the path of a TOML file."""

_SECTIONS: Final = frozenset({"operation", "columns", "defaults", "options"})
_SPEC: Final = ("to", "type", "reference")
_OPTIONS: Final = ("empty", "nulls", "trim")
_LEARNED: Final = 10_000
"""So many names of columns that no declaration mentions are remembered, where rows have names of their own."""


_AS_TEXT: Final = of_kind("text")
"""By far the most frequent conversion; of a text it makes nothing else."""


class _Column(NamedTuple):
    """A column that is written: how, and where to."""

    convert: Convert | None
    field: str
    key: str | int | None
    target: str


def declaration_beside(path: Path) -> Path | None:
    """The declaration beside an input file: `customers.toml` for `customers.csv`, where there is one."""
    beside = path.with_suffix(".toml")
    return beside if beside != path and beside.is_file() else None


def read_declaration(path: Path) -> dict[str, Any]:
    """A declaration as its TOML file has it. Raises `SourceError` for a file that can't be read or is no TOML."""
    import tomllib  # noqa: PLC0415 - only where a declaration is a file

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise SourceError(f"{path} can't be read: {error.strerror or error}", path=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} is no TOML: {error}", path=str(path)) from None


class Columns:
    """A declaration for one operation, made ready for many rows; see `Columns.of`."""

    def __init__(
        self, operation: Operation, declared: Mapping[str, Mapping[str, Any]], defaults: Mapping[str, Any],
        options: Mapping[str, Any], header: tuple[str, ...] | None,
    ) -> None:
        self._operation = operation
        chosen = {
            "empty": _option(options, "empty", ("skip", "null")),
            "nulls": _option(options, "nulls", ("write", "empty") if header is None else ("empty", "write")),
            "trim": _option(options, "trim", (True, False)),
        }
        self._null = chosen["empty"] == "null"
        self._empty = ("", None) if chosen["nulls"] == "empty" else ("",)
        self._trim = chosen["trim"]
        self._taken: dict[str, str] = {}
        self._known: dict[str, _Column | Problem | None] = {}
        self.references: dict[str, str] = {}
        """Targets that name a record by something else than its id, and by what: `organizations.external_id`."""
        for name, spec in declared.items():
            self._known[name] = self._declared(name, spec, header)
        for name in header or ():
            if name not in self._known:
                self._known[name] = self._undeclared(name)
        self._defaults = [
            (find_target(operation, path), _json_default(path, value)) for path, value in _flat(defaults)
        ]
        self.declaration: dict[str, JsonValue] = {
            "operation": operation.name, "columns": {name: dict(spec) for name, spec in declared.items()},
            "defaults": {str(target): value for target, value in self._defaults},
            "options": chosen,
        }
        """The whole declaration, as JSON has it."""

    @classmethod
    def of(
        cls,
        declaration: Declaration | None,
        operation: Operation,
        *,
        columns: tuple[str, ...] | None = None,
    ) -> Columns:
        """Make a declaration ready: a mapping of columns to targets, one with the sections above, or its TOML file.

        `columns` are those of the source, None where rows have names of their own. Without a declaration every column
        goes to the field of its name. Raises `BadArgument` that names the column for what can't be right: a field that
        the operation doesn't write, a column that the source doesn't have, two columns for one field, a type that there
        is not; `SourceError` for a file that can't be read. The file is read at once, in the caller's thread.
        """
        where = ""
        if isinstance(declaration, str | PathLike):
            where, declaration = f"{declaration}: ", read_declaration(Path(declaration))
        try:
            return cls(operation, *_sections(declaration or {}, operation), columns)
        except BadArgument as error:
            raise BadArgument(where + error.message) from None

    def __repr__(self) -> str:
        return f"<Columns of {len(self._known)} for {self._operation.name}>"

    @property
    def fingerprint(self) -> str:
        """What tells this declaration from any other."""
        return blake2b(msgspec.json.encode(self.declaration, order="deterministic"), digest_size=16).hexdigest()

    def fields(  # noqa: C901 - all of it is done for every cell
        self, row: InputRow
    ) -> tuple[dict[str, JsonValue], Problem | None]:
        """What the row writes, and the first thing that is wrong with it; then what could be made of the rest.

        Fields in `references` hold what the column has. A row that could not be read has its own problem.
        """
        fields: dict[str, Any] = {}
        problem = row.problem
        if problem is not None:
            return fields, problem
        known, trim, empty = self._known, self._trim, self._empty
        for name, value in row.cells.items():
            column = known[name] if name in known else self._learn(name)
            if column is None:
                continue
            if isinstance(column, Problem):
                problem = problem or column
                continue
            cell = value.strip() if trim and isinstance(value, str) else value
            if cell in empty:
                cell = None
                if not self._null:
                    continue
            convert, field, key, target = column
            if convert is not None and cell is not None and not (convert is _AS_TEXT and cell.__class__ is str):
                try:
                    cell = convert(cell)
                except Misfit as error:
                    problem = problem or Problem("InvalidCell", str(error), target)
                    continue
            if key is None:
                fields[field] = cell
            else:
                _put(fields, field, key, cell)
        if not fields:
            return fields, problem or Problem("EmptyRow", "no cell of the row has anything that is written")
        if self._defaults:
            self._fill(fields)
        return fields, problem

    def _fill(self, fields: dict[str, Any]) -> None:
        for target, value in self._defaults:
            held = fields.get(target.field)
            if target.key is None:
                fields.setdefault(target.field, copy(value))
            elif target.field == "custom_fields":
                if not any(one["id"] == target.key for one in held or ()):
                    fields.setdefault(target.field, []).append({"id": target.key, "value": copy(value)})
            elif held is None and target.field in fields:
                continue  # null, said on purpose
            else:
                fields.setdefault(target.field, {}).setdefault(target.key, copy(value))

    # -- making columns -----------------------------------------------------------------------------------------------

    def _declared(self, name: str, spec: Mapping[str, Any], header: tuple[str, ...] | None) -> _Column | None:
        where = f"column {name!r}"
        if header is not None and name not in header and not name.startswith(OWN):
            close = get_close_matches(name, header, n=1)
            hint = f": did you mean {close[0]!r}?" if close else f"; it has {', '.join(header)}"
            raise BadArgument(f"{where} is declared, and the input has no such column{hint}")
        try:
            return self._column(name, spec)
        except BadArgument as error:
            raise BadArgument(f"{where}: {error.message}") from None

    def _column(self, name: str, spec: Mapping[str, Any]) -> _Column | None:
        kind = spec.get("type")
        if kind is not None and kind not in TYPES:
            raise BadArgument(f"there is no type {kind!r}{_close(kind, TYPES)}")
        allowed = {*_SPEC, *TYPES.get(kind or "", ())}
        for setting in spec:
            if setting not in allowed:
                of = "" if kind is None else f" of type {kind}"
                raise BadArgument(f"a column{of} has no setting {setting!r}{_close(setting, allowed)}")
        path = spec.get("to", name)
        if not isinstance(path, str):
            raise BadArgument(f"to must be the path of a field, not {path!r}")
        if not path:
            return None
        target = self._take(name, find_target(self._operation, path))
        if "reference" in spec:
            return self._reference(target, spec)
        convert = of_kind(target.kind) if kind is None else converter(kind, spec)
        return _Column(convert, target.field, target.key, str(target))

    def _reference(self, target: Target, spec: Mapping[str, Any]) -> _Column:
        reference = spec["reference"]
        if reference not in REFERENCES:
            raise BadArgument(f"there is no reference {reference!r}{_close(reference, REFERENCES)}")
        if target.kind != "int" or spec.get("type", "text") != "text":
            raise BadArgument(f"a reference is a text that stands for an id, and {target} takes none")
        self.references[str(target)] = reference
        return _Column(of_kind("text"), target.field, target.key, str(target))

    def _undeclared(self, name: str) -> _Column | None:
        """A column that goes to the field of its name."""
        if name.startswith(OWN):
            return None
        try:
            return self._column(name, {})
        except BadArgument as error:
            raise BadArgument(
                f"column {name!r}: {error.message}; declare where it goes, or name no target to pass it over"
            ) from None

    def _learn(self, name: str) -> _Column | Problem | None:
        """What becomes of a column that turns up in a row, where rows have names of their own."""
        found: _Column | Problem | None
        try:
            found = self._undeclared(name)
        except BadArgument as error:
            found = Problem("UnknownField", error.message, name)
        if len(self._known) < _LEARNED:
            self._known[name] = found
        return found

    def _take(self, name: str, target: Target) -> Target:
        """Refuses a second column for one target, and one for a part of what another column gives as a whole."""
        path = str(target)
        for other, owner in self._taken.items():
            if path == other or f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}."):
                if owner == name:
                    continue
                raise BadArgument(f"column {owner!r} goes to {other} already")
        self._taken[path] = name
        return target


def _put(fields: dict[str, Any], field: str, key: str | int, value: JsonValue) -> None:
    """Write a part of a field."""
    if field == "custom_fields":
        fields.setdefault(field, []).append({"id": key, "value": value})
    else:
        fields.setdefault(field, {})[key] = value


# -- reading declarations ---------------------------------------------------------------------------------------------


def _sections(
    declaration: Mapping[str, Any], operation: Operation
) -> tuple[dict[str, dict[str, Any]], Mapping[str, Any], Mapping[str, Any]]:
    """The columns with their settings, the defaults and the options."""
    whole = any(isinstance(declaration.get(name), Mapping) for name in ("columns", "defaults", "options"))
    if not whole:
        declaration = {"columns": dict(declaration)}
    for name in declaration:
        if name not in _SECTIONS:
            raise BadArgument(f"a declaration has no section {name!r}{_close(name, _SECTIONS)}")
    if (declared := declaration.get("operation", operation.name)) != operation.name:
        raise BadArgument(f"the declaration is for {declared}, and this is {operation.name}")
    columns, defaults, options = (declaration.get(name, {}) for name in ("columns", "defaults", "options"))
    for name, section in (("columns", columns), ("defaults", defaults), ("options", options)):
        if not isinstance(section, Mapping):
            raise BadArgument(f"{name} must be a mapping, not {section!r:.80}")
    for name in options:
        if name not in _OPTIONS:
            raise BadArgument(f"there is no option {name!r}{_close(name, _OPTIONS)}")
    return {name: _spec(name, to) for name, to in columns.items()}, defaults, options


def _spec(name: object, to: object) -> dict[str, Any]:
    if not isinstance(name, str):
        raise BadArgument(f"names of columns are texts, not {name!r}")
    if isinstance(to, str):
        return {"to": to}
    if isinstance(to, Mapping):
        return dict(to)
    raise BadArgument(f"column {name!r}: name its target, or a mapping with to= and type=, not {to!r:.80}")


def _option(options: Mapping[str, Any], name: str, allowed: tuple[JsonValue, ...]) -> Any:  # noqa: ANN401
    """One of the values that are allowed, the first of them where the declaration has none."""
    value = options.get(name, allowed[0])
    if value not in allowed or type(value) is not type(allowed[0]):
        raise BadArgument(f"option {name} must be {' or '.join(map(repr, allowed))}, not {value!r}")
    return value


def _flat(defaults: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Defaults by path: an object within one is a part of its field."""
    for name, value in defaults.items():
        if isinstance(value, Mapping) and "." not in name:
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _json_default(path: str, value: object) -> JsonValue:
    try:
        return json_value(value)
    except Unwritable as error:
        raise BadArgument(f"the default of {path}: {error}") from None


def _close(name: object, known: Mapping[str, Any] | tuple[str, ...] | frozenset[str] | set[str]) -> str:
    close = get_close_matches(str(name), known, n=1)
    return f": did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(known))}"
