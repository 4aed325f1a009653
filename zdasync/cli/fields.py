"""Fields of a record as a command line gives them: `--set name=value`, or JSON from an argument, stdin or a file.

A value is text where the field takes text, else what it says as JSON (`--set verified=true`), else a list of what
stands between its commas (`--set tags=vip,new`); `name:=value` is JSON whatever the field takes. A name with dots leads
into objects; `custom_fields.360001` is a ticket's field by its id.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints, is_typeddict

import msgspec

from ..errors import BadArgument

CUSTOM: Final = "custom_fields"


def fields(pairs: Iterable[str], document: str | None, shape: type[Any] | None) -> dict[str, Any]:
    """The fields that `--set` and `--json-fields` give; where both have one, that of `--set`.

    `shape` tells the types of the fields. Raises `BadArgument` for what can't be read.
    """
    found: dict[str, Any] = {}
    if document is not None:
        read = from_json("--json-fields", document)
        if not isinstance(read, dict):
            raise BadArgument("--json-fields must be a JSON object")
        found.update(read)
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.rstrip(":"):
            raise BadArgument(f"--set takes name=value, or name:=JSON: {pair!r}")
        path = name.rstrip(":").split(".")
        value = _json("--set", text) if name.endswith(":") else _typed(text, _hint(shape, path))
        _put(found, path, value)
    return found


def from_json(option: str, text: str) -> Any:  # noqa: ANN401 - JSON
    """A JSON document: the text itself, `-` for stdin, `@name` for a file. Raises `BadArgument`."""
    if text == "-":
        return _json(option, sys.stdin.read())
    if text.startswith("@"):
        try:
            return _json(option, Path(text[1:]).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadArgument(f"{option}: {text[1:]} can't be read: {error}") from None
    return _json(option, text)


def pairs(option: str, given: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The names and values of options like `--param name=value`. Raises `BadArgument`."""
    for one in given:
        name, equals, value = one.partition("=")
        if not name or not equals:
            raise BadArgument(f"{option} takes name=value: {one!r}")
        yield name, value


def _json(option: str, text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadArgument(f"{option} holds no JSON: {error}") from None


def _hint(shape: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - a type of any kind
    """The type of a field, None where it isn't known."""
    hint = shape
    for name in path:
        shapes = [part for part in (hint, *get_args(hint)) if is_typeddict(part)]
        hint = get_type_hints(shapes[0]).get(name) if shapes else None
    return hint


def _typed(text: str, hint: Any) -> object:  # noqa: ANN401 - a type of any kind
    """The text as the field takes it; as it is where no reading fits, so that the call says what is wrong."""
    if hint is None:
        return text
    for reading in _readings(text):
        try:
            msgspec.convert(reading, hint)
        except msgspec.ValidationError:
            continue
        return reading
    return text


def _readings(text: str) -> Iterator[object]:
    yield text
    with suppress(ValueError):
        yield json.loads(text)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    yield parts
    if all(part.isdecimal() for part in parts):
        yield list(map(int, parts))


def _put(found: dict[str, Any], path: Sequence[str], value: object) -> None:
    if len(path) == 2 and path[0] == CUSTOM and path[1].isdecimal():  # noqa: PLR2004 - the list and the id
        held = found.setdefault(CUSTOM, [])
        if not isinstance(held, list):
            raise BadArgument(f"{CUSTOM} is set twice, once as a whole")
        held[:] = [one for one in held if not (isinstance(one, Mapping) and str(one.get("id")) == path[1])]
        held.append({"id": int(path[1]), "value": value})
        return
    for name in path[:-1]:
        found = found.setdefault(name, {})
        if not isinstance(found, dict):
            raise BadArgument(f"{'.'.join(path)}: {name} is set already, and is no object")
    found[path[-1]] = value
