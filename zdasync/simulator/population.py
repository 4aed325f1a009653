"""A plausible population: the same for the same number of users, seed and time.

Four users are always there, under fixed ids: the owner, an agent, a verified and an unverified end user. The others
are what a shop in Europe would have: names with umlauts, most with an e-mail and an id from a CRM, some with phones,
tags and an organization, one in 200 an agent.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from .records import (
    ADMIN,
    ADMIN_ID,
    AGENT,
    AGENT_ID,
    CUSTOMER_ID,
    END_USER,
    UNVERIFIED_ID,
    Identity,
    User,
)
from .ticket_records import CLOSED, HOLD, NEW, OPEN, PENDING, PRIORITIES, SOLVED, Ticket, Times

if TYPE_CHECKING:
    from .state import State

T = TypeVar("T")

_FIRST: Final = (
    "Anna", "Jürgen", "Zoë", "Søren", "Łukasz", "Inés", "Björn", "Çağla", "François", "Mária", "Jack", "Olivia",
    "Noah", "Émilie", "Håkon", "Jiří", "Priya", "Chinedu", "Yuki", "Liam", "Sofía", "Günther", "Aoife", "Tomás",
)
_LAST: Final = (
    "Müller", "Nuñez", "Ó Briain", "Størmer", "Kowalski", "Dvořák", "Schröder", "Lefèvre", "Åberg", "Smith",
    "García", "Tanaka", "Okafor", "Sharma", "Weiß", "Jönsson", "Rossi", "Horváth", "van Dijk", "Costa", "Byrne",
)
_COMPANIES: Final = (
    "Nordlicht", "Blue Harbour", "Quercus", "Vega", "Pont Neuf", "Tessera", "Halcyon", "Mosaïque", "Öresund", "Delta",
)
_FORMS: Final = ("GmbH", "Ltd", "SA", "AB", "Inc", "Oy", "BV")
_TAGS: Final = ("vip", "newsletter", "trial", "wholesale", "churn_risk", "beta", "press", "partner")
_ZONES: Final = ("Berlin", "London", "Eastern Time (US & Canada)", "Madrid", "Copenhagen", "Tokyo")
_LOCALES: Final = ("en-US", "de", "es", "fr", "en-GB")
_TIERS: Final = ("gold", "silver", "bronze")
_TOPICS: Final = ("Refund for order", "Where is parcel", "Invoice is wrong", "Can't sign in", "Change of address",
                  "Défaut de l'article", "Kündigung zu Vertrag", "Duplicate charge")
_TICKET_TAGS: Final = ((), ("refund",), ("shipping",), ("invoice", "escalated"), ("login", "web_form"), ("web_form",))
_PRIORITIES: Final = (None, *PRIORITIES)
_TYPES: Final = (None, "question", "task")
_STATUSES: Final = (NEW, OPEN, OPEN, PENDING, HOLD, SOLVED, SOLVED, CLOSED, CLOSED, CLOSED)
_YEAR: Final = 365 * 86_400.0
_LIFE: Final = 14 * 86_400.0
"""Seconds in which a made-up ticket has changed last."""
_SETTLED: Final = 3600.0
"""Seconds since which nothing made up has changed."""
_SHARE: Final = {
    "email": 0.97, "verified": 0.6, "external_id": 0.8, "phone": 0.3, "organization": 0.7, "tags": 0.3, "tier": 0.4,
    "notes": 0.1,
}
"""How many of the users have each of these."""
_ASCII: Final = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", " ": ""})


def populate(state: State, users: int, now: float) -> None:
    """Fill an empty state: organizations, groups, roles, the fixed four and `users` more."""
    chance = random.Random(state.seed)  # noqa: S311  # repeatable, not secret
    born = now - 2 * _YEAR
    organizations = [
        _organization(state, index, born) for index in range(max(3, min(500, users // 50)))
    ]
    support = state.add_group("Support", born, default=True).id
    groups = [support, state.add_group("Sales", born).id, state.add_group("Operations", born).id]
    roles = [state.add_custom_role("Team lead", 0, born).id, state.add_custom_role("Light agent", 1, born).id]
    _fixed(state, support, organizations[0], born)
    for index in range(users):
        _user(state, index, chance, born, organizations)
    _staff(state, users, chance, groups, roles)
    _tickets(state, users, chance)


def _organization(state: State, index: int, born: float) -> int:
    company = _COMPANIES[index % len(_COMPANIES)]
    suffix = f" {index // len(_COMPANIES) + 1}" if index >= len(_COMPANIES) else ""
    name = f"{company}{suffix} {_FORMS[index % len(_FORMS)]}"
    return state.add_organization(name, born, domain_names=(f"{_plain(company)}{index}.example",)).id


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_ASCII))
    return "".join(char for char in decomposed if char.isascii() and char.isalnum()).lower()


def _fixed(state: State, group_id: int, organization_id: int, born: float) -> None:
    rows = (
        (ADMIN_ID, "Ada Admin", "admin@example.com", ADMIN, True),
        (AGENT_ID, "Aga Agent", "agent@example.com", AGENT, True),
        (CUSTOMER_ID, "Carla Customer", "customer@example.com", END_USER, True),
        (UNVERIFIED_ID, "Uwe Unverified", "unverified@example.com", END_USER, False),
    )
    for user_id, name, email, role, verified in rows:
        user = User(user_id, name, born, born, role=role)
        if role != END_USER:
            user.ticket_restriction, user.group_ids, user.default_group_id = None, [group_id], group_id
        state.add_user(user)
        state.add_identity(user, "email", email, born, verified=verified, primary=True)
        if verified:
            state.add_session(user_id, born)
    state.set_organizations(state.users[CUSTOMER_ID], [organization_id])
    state.owner_id = ADMIN_ID


def _user(state: State, index: int, chance: random.Random, born: float, organizations: list[int]) -> None:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    created = float(int(born + chance.random() * _YEAR))
    user = User(state.next_id(), f"{first} {last}", created, created + chance.randrange(int(_YEAR)))
    user.time_zone, user.locale = chance.choice(_ZONES), chance.choice(_LOCALES)
    if chance.random() < _SHARE["email"]:
        address = f"{_plain(first)}.{_plain(last)}.{index}@mail.example"
        user.identities.append(_email(state, user, address, verified=chance.random() < _SHARE["verified"]))
    if chance.random() < _SHARE["external_id"]:
        user.external_id = f"CRM-{index:06d}"
    if chance.random() < _SHARE["phone"]:
        user.phone, user.shared_phone_number = f"+4930{index:07d}", False
        user.identities.append(Identity(state.next_id(), user.id, "phone_number", user.phone, created, created))
    if chance.random() < _SHARE["organization"]:
        user.organization_ids.append(organizations[index % len(organizations)])
    if chance.random() < _SHARE["tags"]:
        user.tags = tuple(chance.sample(_TAGS, chance.randint(1, 3)))
    if chance.random() < _SHARE["tier"]:
        user.fields["tier"] = chance.choice(_TIERS)
    if chance.random() < _SHARE["notes"]:
        user.notes = f"Called about order {chance.randrange(10_000, 99_999)}."
    state.add_user(user)


def _email(state: State, user: User, address: str, *, verified: bool) -> Identity:
    identity = Identity(
        state.next_id(), user.id, "email", address, user.created_at, user.created_at, primary=True
    )
    identity.set_verified(user.created_at, verified=verified)
    return identity


def _staff(state: State, users: int, chance: random.Random, groups: list[int], roles: list[int]) -> None:
    """One user in 200 becomes an agent, one agent in three has a custom role."""
    for number, user_id in enumerate(state.user_ids[4 : 4 + min(50, users // 200)]):
        user = state.users[user_id]
        user.role, user.ticket_restriction = AGENT, None
        if number % 3 == 0:
            user.custom_role_id = roles[number // 3 % len(roles)]
        state.set_organizations(user, ())
        state.set_groups(user, chance.sample(groups, chance.randint(1, len(groups))))
        user.default_group_id = user.group_ids[0]
        state.add_session(user_id, user.updated_at)


def _tickets(state: State, users: int, chance: random.Random) -> None:
    """One end user in 10 has asked something; every second of them still waits for the answer."""
    askers = state.user_ids[4 + min(50, users // 200) :: 10]
    for number, user_id in enumerate(askers[:2_000]):
        for _ in range(chance.randint(1, 3)):
            state.add_ticket(user_id, assignee_id=AGENT_ID, status="closed")
        if number % 2:
            state.add_ticket(user_id, assignee_id=AGENT_ID, collaborator_ids=(CUSTOMER_ID,))
        organization_id = state.users[user_id].organization_id
        if number % 2 and organization_id is not None:
            state.directory.subscribe(state.next_id(), user_id, organization_id, state.users[user_id].updated_at)


def populate_tickets(state: State, count: int, now: float) -> None:
    """`count` made-up tickets of the last year, asked by the end users there are, for the agents there are."""
    chance = random.Random(state.seed + 2)  # noqa: S311  # repeatable, not secret
    askers = [user_id for user_id in state.user_ids if not state.users[user_id].staff]
    agents = [user_id for user_id in state.user_ids if state.users[user_id].staff and user_id != ADMIN_ID]
    # The last change of the last ticket is old enough to be exported.
    first, pause = state.tickets.last_id + 1, (_YEAR - _LIFE - _SETTLED) / max(1, count)
    state.tickets.load(
        _ticket(state, first + number, int(now - _YEAR + number * pause), chance, askers, agents)
        for number in range(count)
    )


def _ticket(
    state: State, ticket_id: int, at: int, chance: random.Random, askers: list[int], agents: list[int]
) -> Ticket:
    asker = state.users[_pick(chance, askers)]
    status = _pick(chance, _STATUSES)
    agent_id = None if status == NEW else _pick(chance, agents)
    born, changed = float(at), float(at + int(chance.random() * _LIFE))
    topic, number = _pick(chance, _TOPICS), 10_000 + int(chance.random() * 90_000)
    return Ticket(
        ticket_id, asker.id, asker.id, born, changed, changed, Times(changed), state.next_id(),
        subject=f"{topic} {number}",
        description=f"Hello, I need help: {topic.lower()} {number}. Thank you, {asker.name}",
        status=status,
        priority=_pick(chance, _PRIORITIES),
        type=_pick(chance, _TYPES),
        assignee_id=agent_id,
        group_id=None if agent_id is None else state.users[agent_id].default_group_id,
        organization_id=asker.organization_id,
        external_id=f"SHOP-{ticket_id}" if chance.random() < _SHARE["external_id"] else None,
        tags=_pick(chance, _TICKET_TAGS),
    )


def _pick(chance: random.Random, among: Sequence[T]) -> T:
    """One of them; several times as fast as `choice`."""
    return among[int(chance.random() * len(among))]
