"""References of rows to records by their external ids, turned into the ids that Zendesk wants.

The model: before a chunk is sent, what its rows name is looked up, external ids of users and organizations a hundred at
a time, and what was found is remembered, since many tickets have few requesters. A row that names a record which is not
there is refused: organizations come before users, and users before tickets. E-mail addresses and names of organizations
are found by a search, which knows a record some minutes after it was made.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .outcomes import refused
from .rows import Item, Problem

if TYPE_CHECKING:
    from ..call import Pages
    from ..client import View
    from .chunks import Told

__all__ = ["REFERENCES", "References"]

REFERENCES: Final = (
    "organizations.external_id", "organizations.name", "users.external_id", "users.email", "tickets.external_id",
    "groups.name",
)
"""What a row may refer to."""

MANY: Final = 100
_TOGETHER: Final = frozenset({"organizations.external_id", "users.external_id"})
"""What can be looked up a hundred at a time."""
REMEMBERED: Final = 50_000
"""References that are remembered for each kind."""


class References:
    """Fills in ids. `references` maps a field to what its values refer to, one of `REFERENCES`."""

    def __init__(self, view: View, references: Mapping[str, str]) -> None:
        self._view = view
        self._references = references
        self._known: dict[str, OrderedDict[str, int]] = {target: OrderedDict() for target in references.values()}

    async def __call__(self, items: Sequence[Item]) -> tuple[list[Item], list[Told]]:
        """The rows with ids in place of references, and reports of those that refer to nothing."""
        for target in dict.fromkeys(self._references.values()):
            await self._learn(target, {
                str(value) for field, wanted in self._references.items() if wanted == target
                for item in items if (value := _at(item.fields, field)) is not None
            })
        filled: list[Item] = []
        told: list[Told] = []
        for item in items:
            fields, missing = self._filled(item)
            if missing is None:
                filled.append(item.writing(fields))
            else:
                told.append((item, refused(item, missing)))
        return filled, told

    async def _learn(self, target: str, wanted: set[str]) -> None:
        known = self._known[target]
        asked = sorted(one for one in wanted if one.casefold() not in known and one.strip())
        if target in _TOGETHER:
            together = [one for one in asked if "," not in one]
            for start in range(0, len(together), MANY):
                page: Any = await getattr(self._view, target.partition(".")[0]).show_many(
                    external_ids=together[start : start + MANY]
                )
                known.update((one.external_id.casefold(), one.id) for one in page if one.external_id)
            asked = [one for one in asked if "," in one]
        for one in asked:
            async for record in _alone(self._view, target, one):
                known.setdefault(str(getattr(record, target.partition(".")[2])).casefold(), record.id)
        while len(known) > max(REMEMBERED, len(wanted)):
            known.popitem(last=False)

    def _filled(self, item: Item) -> tuple[dict[str, Any], Problem | None]:
        ids: dict[str, int] = {}
        for field, target in self._references.items():
            value = _at(item.fields, field)
            if value is None:
                continue
            found = self._known[target].get(str(value).casefold())
            if found is None:
                text = f"there is no record with {target} {str(value)!r:.100}"
                return item.fields, Problem("UnknownReference", text, field)
            ids[field] = found
        return filled(item.fields, ids), None


def filled(fields: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, Any]:
    """The fields with these ids in place of the references that stand there."""
    made = dict(fields)
    for field, value in ids.items():
        if _at(fields, field) is not None:
            _put(made, field, value)
    return made


def _alone(view: View, target: str, value: str) -> Pages[Any]:
    """The records that may be the one with this value: it is compared once more, as some of these are searches."""
    if target == "organizations.external_id":
        return view.organizations.search(external_id=value)
    if target == "organizations.name":
        return view.organizations.search(name=value)
    if target == "users.external_id":
        return view.users.list(external_id=value)
    if target == "users.email":
        return view.users.search(f'email:"{value}"')
    return view.tickets.list(external_id=value) if target == "tickets.external_id" else view.groups.list()


def _at(fields: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - a value of a row
    head, dot, rest = path.partition(".")
    value = fields.get(head)
    return _at(value, rest) if dot and isinstance(value, Mapping) else value if not dot else None


def _put(fields: dict[str, Any], path: str, value: int) -> None:
    head, dot, rest = path.partition(".")
    if not dot:
        fields[head] = value
        return
    fields[head] = dict(fields[head])
    _put(fields[head], rest, value)
