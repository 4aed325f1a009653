"""The query language of the searches: words, quoted phrases, `field:value`, dates, and what must not be.

    vip role:end-user created>=2024-01-01 -tags:churn_risk

All terms must hold, but of several values of one field (`status:open status:new`) any may, unless a setting says
otherwise. A word is looked for in the texts of a record, whatever its case; a `*` at its end changes nothing, since
words are found anywhere in a text. A date without a time is that whole day. Source: the Search page of the reference,
as far as users, organizations and groups have the fields.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import attrs

from .guards import Holder
from .matching import fold_email
from .records import Group, Organization, User
from .refusals import bad_request
from .ticket_records import Ticket

Record = User | Organization | Group | Ticket
R = TypeVar("R", User, Organization, Group, Ticket)
Test = Callable[[Any], bool]

_DAY: Final = 86_400.0
DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:Z|\+00:00))?")
"""A day, or a moment in UTC."""
_FIELD: Final = re.compile(r"[a-z_]\w*")
_DATED: Final = re.compile(rf"(created|updated)(?:_at)?(<=|>=|<|>|:)({DATE.pattern})")


@attrs.frozen(eq=False)
class Kind:
    """One type of record and its fields.

    `owners` find the one record that a value names, `values` give what a field's value must be one of (in lower case),
    `texts` what words are looked for in; `special` gives the test of a term that is like none of these, for a caller.
    """

    name: str
    owners: Mapping[str, Callable[[Holder, str], object]] = attrs.field(factory=dict)
    values: Mapping[str, Callable[[Any], Collection[str]]] = attrs.field(factory=dict)
    texts: Mapping[str, Callable[[Any], str]] = attrs.field(factory=dict)
    special: Callable[[Holder, User | None, str], Test | None] = lambda *_: None


def _emails(user: User) -> str:
    return " ".join(identity.value for identity in user.identities if identity.type == "email")


def _flag(value: bool) -> tuple[str]:  # noqa: FBT001  # a value to show, not a switch
    return ("true" if value else "false",)


USERS: Final = Kind(
    "user",
    owners={
        "email": lambda account, value: account.state.by_email(fold_email(account.settings, value)),
        "external_id": lambda account, value: account.state.by_external_id(value),
    },
    values={
        "role": lambda user: (user.role,),
        "tags": lambda user: user.tags,
        "is_suspended": lambda user: _flag(user.suspended),
        "is_verified": lambda user: _flag(user.verified),
    },
    texts={
        "name": lambda user: user.name,
        "email": _emails,
        "notes": lambda user: user.notes or "",
        "details": lambda user: user.details or "",
        "phone": lambda user: user.phone or "",
    },
)
ORGANIZATIONS: Final = Kind(
    "organization",
    values={
        "tags": lambda organization: organization.tags,
        "external_id": lambda organization: ((organization.external_id or "").casefold(),),
    },
    texts={"name": lambda organization: organization.name},
)
GROUPS: Final = Kind("group", texts={"name": lambda group: group.name})


def terms(query: str) -> list[str]:
    """A query's words and quoted phrases, without those that match everything; 400 for a quote that never ends."""
    lexer = shlex.shlex(query, posix=True)
    # An apostrophe is a letter.
    lexer.whitespace_split, lexer.quotes, lexer.escape, lexer.commenters = True, '"', "", ""
    try:
        return [term for term in lexer if term != "*"]
    except ValueError:
        raise bad_request("Invalid query syntax", "Query Error") from None


def split_types(found: list[str]) -> tuple[set[str], list[str]]:
    """The types that a query's `type:` terms name, and the other terms."""
    types = {term.removeprefix("type:") for term in found if term.startswith("type:")}
    return types, [term for term in found if not term.startswith("type:")]


def matching(
    account: Holder, kind: Kind, found: list[str], records: Iterable[R], now: float, caller: User | None = None
) -> Iterator[R]:
    """The records that the index knows by now and for which all terms hold; `caller` is who `me` means."""
    wanted = [_any_of(account, kind, same, caller) for same in _alternatives(found)]
    born = now - account.settings.search_lag
    return (one for one in records if one.created_at <= born and all(test(one) for test in wanted))


def _alternatives(found: list[str]) -> Iterable[list[str]]:
    """Terms by what one of them must hold of: those that give values of one field, and every other one by itself."""
    groups: dict[str | int, list[str]] = {}
    for number, term in enumerate(found):
        field, colon, _ = term.partition(":")
        groups.setdefault(field if colon and _FIELD.fullmatch(field) else number, []).append(term)
    return groups.values()


def _any_of(account: Holder, kind: Kind, same: list[str], caller: User | None) -> Test:
    tests = [_test(account, kind, term, caller) for term in same]
    enough = any if account.settings.search_repeated_field == "any" else all
    return tests[0] if len(tests) == 1 else lambda record: enough(test(record) for test in tests)


def updated_at(record: Record) -> float:
    """When a record changed last."""
    return record.updated_at


def _test(account: Holder, kind: Kind, term: str, caller: User | None) -> Test:
    if term.startswith("-") and len(term) > 1:
        unwanted = _test(account, kind, term[1:], caller)
        return lambda record: not unwanted(record)
    dated = _DATED.fullmatch(term)
    if dated is not None:
        return date_test(_born if dated[1] == "created" else updated_at, dated[2], dated[3])
    special = kind.special(account, caller, term)
    if special is not None:
        return special
    return _plain(account, kind, term)


def _plain(account: Holder, kind: Kind, term: str) -> Test:
    field, colon, value = term.partition(":")
    if colon and field in kind.owners and not value.endswith("*"):
        owner = kind.owners[field](account, value)
        return lambda record: record is owner
    if colon and field in kind.values:
        read, exact = kind.values[field], value.casefold()
        return lambda record: exact in read(record)
    if colon and field in kind.texts:
        text, wanted = kind.texts[field], value.rstrip("*").casefold()
        return lambda record: wanted in text(record).casefold()
    word, texts = term.rstrip("*").casefold(), kind.texts.values()
    return lambda record: any(word in text(record).casefold() for text in texts)


def _born(record: Record) -> float:
    return record.created_at


def date_test(read: Callable[[Any], float | None], sign: str, date: str) -> Test:
    """Does a time of a record stand so to a date? `sign` is `:`, `<` and the like; `date` matches `DATE`."""
    parts = DATE.fullmatch(date)
    day, time = (parts[1], parts[2]) if parts is not None else (date, None)
    try:
        start = datetime.fromisoformat(f"{day}T{time or '00:00:00'}").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise bad_request("Invalid query syntax", "Query Error") from None
    end = start + (1 if time else _DAY)
    first = {">": end, ">=": start, ":": start}.get(sign, float("-inf"))
    last = {"<": start, "<=": end, ":": end}.get(sign, float("inf"))
    return lambda record: first <= (read(record) or 0.0) < last
