"""Who a ticket is for, who works on it and who reads along, as a write names them: by id, by e-mail, by a new name.

The model, from the Tickets page of the reference: a requester that nobody knows yet is created from a name and an
e-mail; so is somebody in copy. `email_ccs` and `followers` say of each person whether to put or delete them, while
`collaborators` and `collaborator_ids` replace everybody who reads along: agents become followers, others are in copy.
People are made last of all, so that a refused write has made nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from .guards import Holder
from .http import Json, Refusal
from .matching import fold_email
from .records import User
from .refusals import problem
from .settings import Settings
from .state import State
from .ticket_records import Ticket
from .validation import Found, check_user
from .writes import Writer, create_user

MAX_CCS: Final = 48

_CCS: Final = "email_cc_ids"
_FOLLOWERS: Final = "follower_ids"


@attrs.frozen(slots=True)
class Newcomer:
    """Somebody who is to be made once all else is known to be right."""

    name: str
    email: str | None


Person = User | Newcomer
Readers = dict[str, list[Person]]
"""Those in copy and the followers, by the ticket's field; a field that stays as it is is absent."""


@attrs.frozen(slots=True, eq=False)
class TicketWriter:
    """What every write of a ticket needs: where to, on whose behalf, when."""

    account: Holder
    actor: User
    now: float

    @property
    def state(self) -> State:
        """The data."""
        return self.account.state

    @property
    def settings(self) -> Settings:
        """The named choices."""
        return self.account.settings

    def by_email(self, email: str) -> User | None:
        """The profile that owns an e-mail address."""
        return self.state.by_email(fold_email(self.settings, email))

    def settle(self, person: Person) -> User:
        """The profile of a person, made if need be; one who is named twice in a write is made once."""
        if isinstance(person, User):
            return person
        known = self.by_email(person.email) if person.email else None
        fields = {"name": person.name} | ({"email": person.email} if person.email else {})
        return known or create_user(Writer(self.state, self.settings, self.actor, self.now), fields)

    def settle_ids(self, people: Iterable[Person]) -> tuple[int, ...]:
        """The ids of people, each once."""
        return tuple(dict.fromkeys(self.settle(person).id for person in people))


def requester_of(writer: TicketWriter, fields: Mapping[str, Json], found: Found) -> Person | None:
    """The requester that `requester_id` or `requester` names; None when there is none, or when `found` says why."""
    named = fields.get("requester") or {}
    if fields.get("requester_id") is not None:
        person: Person | None = writer.state.active(fields["requester_id"])
    elif named:
        person = _named(writer, named.get("email"), named.get("name"), "requester", found)
    else:
        return None
    if person is None and "requester" not in found:
        found["requester"] = [problem("Requester: is invalid", "InvalidValue")]
    if isinstance(person, User) and person.suspended:
        found["requester"] = [problem(f"Requester: {person.name} is suspended.")]
    return person


def assignee_of(writer: TicketWriter, fields: Mapping[str, Json], found: Found) -> User | None:
    """The agent that `assignee_id` or `assignee_email` names."""
    if fields.get("assignee_id") is not None:
        agent = writer.state.active(fields["assignee_id"])
    elif fields.get("assignee_email"):
        agent = writer.by_email(fields["assignee_email"])
    else:
        return None
    if agent is None or not agent.staff or agent.suspended:
        found["assignee"] = [problem("Assignee: is invalid", "InvalidValue")]
        return None
    return agent


def readers_of(writer: TicketWriter, fields: Mapping[str, Json], ticket: Ticket | None, found: Found) -> Readers:
    """What becomes of those in copy and of the followers that a ticket has (None: it is new)."""
    readers: Readers = {}
    rows = [*(fields.get("collaborator_ids") or ()), *(fields.get("collaborators") or ())]
    if "collaborator_ids" in fields or "collaborators" in fields:
        readers = {_CCS: [], _FOLLOWERS: []}
    for row in (*rows, *(fields.get("additional_collaborators") or ())):
        person = _collaborator(writer, row, found)
        if person is not None:
            field = _FOLLOWERS if isinstance(person, User) and person.staff else _CCS
            _kept(writer, readers, field, ticket).append(person)
    for name, field in (("email_ccs", _CCS), ("followers", _FOLLOWERS)):
        for row in fields.get(name) or ():
            _put(writer, row, _kept(writer, readers, field, ticket), name, found)
    if len(readers.get(_CCS, ())) > MAX_CCS:
        found["email_ccs"] = [problem(f"Email CCs: cannot be more than {MAX_CCS}", "TooManyValues")]
    return readers


def _kept(writer: TicketWriter, readers: Readers, field: str, ticket: Ticket | None) -> list[Person]:
    """The people of a field: those of the write so far, at first those that the ticket has."""
    if field not in readers:
        ids = () if ticket is None else getattr(ticket, field)
        readers[field] = [writer.state.users[key] for key in ids]
    return readers[field]


def _put(writer: TicketWriter, row: Mapping[str, Json], people: list[Person], name: str, found: Found) -> None:
    """One row of `email_ccs` or `followers`: put somebody into the list, or delete them from it."""
    if row.get("user_id") not in (None, ""):
        person: Person | None = _by_id(writer, row["user_id"], name, found)
    else:
        person = _named(writer, row.get("user_email"), row.get("user_name"), name, found)
    if person in people and row.get("action") == "delete":
        people.remove(person)
    elif person is not None and person not in people and row.get("action") != "delete":
        people.append(person)


def _collaborator(writer: TicketWriter, row: Json, found: Found) -> Person | None:
    """A collaborator: an id, an e-mail, or an object with a name and an e-mail."""
    if isinstance(row, dict):
        return _named(writer, row.get("email"), row.get("name"), "collaborators", found)
    if isinstance(row, int) or str(row).isdigit():
        return _by_id(writer, row, "collaborators", found)
    return _named(writer, row, None, "collaborators", found)


def _by_id(writer: TicketWriter, user_id: Json, field: str, found: Found) -> User | None:
    user = writer.state.active(int(user_id)) if str(user_id).isdigit() else None
    if user is None:
        found[field] = [problem(f"{_label(field)}: {user_id} is invalid", "InvalidValue")]
    return user


def _named(writer: TicketWriter, email: Json, name: Json, field: str, found: Found) -> Person | None:
    """Somebody by e-mail; a newcomer, checked, when nobody has it."""
    address = str(email) if email else None
    known = writer.by_email(address) if address else None
    if known is not None:
        return known
    person = Newcomer(str(name or (address or "").partition("@")[0]), address)
    try:
        check_user(writer.state, writer.settings, attrs.asdict(person), None)
    except Refusal as refusal:
        rows = (row for rows in refusal.reply.body["details"].values() for row in rows)
        found[field] = [{**row, "description": f"{_label(field)}: {row['description']}"} for row in rows]
        return None
    return person


def _label(field: str) -> str:
    return field.replace("_", " ").capitalize()
