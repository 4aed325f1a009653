"""Accounts in which every operation on people, on organizations and on what governs the account finds what it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import attrs
from served import Row, client_of, serve

from zdasync import Zendesk
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID, Account
from zdasync.simulator.collection_fields import ORGANIZATION_FIELDS, USER_FIELDS
from zdasync.simulator.collection_model import Collection, Key
from zdasync.simulator.http import Json
from zdasync.simulator.records import Identity, Session, User
from zdasync.simulator.state import State
from zdasync.simulator.ticket_records import Ticket
from zdasync.simulator.webhooks import invoke

P = TypeVar("P")

OPEN = [{"field": "status", "operator": "less_than", "value": "solved"}]
NEW = {"all": [{"field": "status", "operator": "is", "value": "new"}], "any": []}
RAISE = [{"field": "priority", "value": "high"}]
OLD = {"all": [{"field": "SOLVED", "operator": "greater_than", "value": "24"}], "any": []}
CLOSE = [{"field": "status", "value": "closed"}]
HOOK = {
    "name": "Orders", "endpoint": "https://shop.example.com/hook", "http_method": "POST", "request_format": "json",
    "status": "active",
}
CHOICES = [{"name": "Gold", "value": "gold"}, {"name": "Silver", "value": "silver"}]


async def serve_all(
    rows: Iterable[Row], account: Account, prepare: Callable[[Account, Zendesk], Awaitable[P]]
) -> None:
    """Call what the rows say, in order, on an account that was prepared once."""
    async with client_of(account) as (zd, events):
        prepared = await prepare(account, zd)
        for row in rows:
            try:
                await serve(row, account, zd, events, prepared)
            except Exception as error:
                error.add_note(f"in {row}")
                raise


@attrs.frozen
class People:
    """The customer with all that hangs on people: the customer belongs to two organizations, the agent to two groups.

    What is named in pairs comes as (default, other).
    """

    account: Account
    twin: User
    """Another end user, with an external id."""
    deleted: User
    erased: User
    address: Identity
    """The customer's second e-mail address, verified."""
    first: Identity
    """The first one, which is the primary one."""
    session: Session
    """The customer's."""
    organizations: tuple[int, int]
    free: int
    """An organization to which nobody belongs."""
    groups: tuple[int, int]
    idle: int
    """A group to which only the admin belongs."""
    subscription: int
    merge: str
    """Of an organization into the customer's."""
    client: int
    token: int
    job: str
    level: int
    """A field of users with choices."""
    choice: int
    valley: int
    """A field of organizations."""

    @property
    def state(self) -> State:
        return self.account.state

    @property
    def customer(self) -> User:
        return self.state.users[CUSTOMER_ID]

    @property
    def user_fields(self) -> list[Key]:
        """The ids of the fields of users, in their order."""
        return _in_order(USER_FIELDS, self.account)

    @property
    def organization_fields(self) -> list[Key]:
        """The ids of the fields of organizations, in their order."""
        return _in_order(ORGANIZATION_FIELDS, self.account)

    @property
    def choices(self) -> list[Key]:
        """The ids of the choices of all fields of users."""
        return list(self.state.collections["user_field_options"])

    def membership(self, organization_id: int, user_id: int = CUSTOMER_ID) -> int:
        """The id of a user's membership in an organization."""
        (found,) = self.state.directory.organization_memberships.of_user(user_id, [organization_id])
        return found

    def group_membership(self, group_id: int, user_id: int = AGENT_ID) -> int:
        """The id of an agent's membership in a group."""
        (found,) = self.state.directory.group_memberships.of_user(user_id, [group_id])
        return found


async def people(account: Account, zd: Zendesk) -> People:
    """Users, organizations and groups, with what joins them."""
    state, now = account.state, account.now()
    twin, deleted, erased = (_end_user(state, name, now) for name in ("twin", "deleted", "erased"))
    twin.notes = "Likes tea."
    for gone in (deleted, erased):
        state.delete_user(gone, now)
    await zd.users.deleted.delete(erased.id)
    state.users[CUSTOMER_ID].password = state.users[ADMIN_ID].password = "so-far-1"
    state.add_ticket(CUSTOMER_ID, assignee_id=AGENT_ID)
    first, other, free = state.organizations
    groups = list(state.groups)
    old = await zd.organizations.create(name="Vega of old")
    merge = await zd.organizations.merge(old.id, into=first)
    await zd.organization_memberships.create(user_id=CUSTOMER_ID, organization_id=other)
    await zd.group_memberships.create(user_id=AGENT_ID, group_id=groups[1])
    subscription = await zd.organization_subscriptions.create(user_id=CUSTOMER_ID, organization_id=first)
    job = await zd.users.update_many([{"id": UNVERIFIED_ID, "notes": "Write again."}])
    level = await zd.user_fields.create(key="level", type="dropdown", title="Level", custom_field_options=CHOICES)
    valley = await zd.organization_fields.create(key="valley", type="text", title="Valley")
    (mine,) = await zd.oauth.tokens.list()
    return People(
        account, twin, deleted, erased,
        address=state.add_identity(state.users[CUSTOMER_ID], "email", "carla@home.example", now, verified=True),
        first=state.users[CUSTOMER_ID].identities[0],
        session=next(one for one in state.sessions.values() if one.user_id == CUSTOMER_ID),
        organizations=(first, other),
        free=free,
        groups=(groups[0], groups[1]),
        idle=groups[2],
        subscription=subscription.id,
        merge=merge.id,
        client=mine.client_id or 0,
        token=(await zd.oauth.tokens.create(mine.client_id or 0, ["read"])).id,
        job=job.id,
        level=level.id,
        choice=level.custom_field_options[0].id or 0,
        valley=valley.id,
    )


def _in_order(fields: Collection, account: Account) -> list[Key]:
    rows = fields.rows(account)
    return sorted(rows, key=lambda key: rows[key]["position"])


def _end_user(state: State, name: str, now: float) -> User:
    user = state.add_user(User(state.next_id(), name.capitalize(), now, now, external_id=f"CRM-{name}"))
    state.add_identity(user, "email", f"{name}@mail.example", now, verified=True, primary=True)
    return user


@attrs.frozen
class Rules:
    """What an admin has set up. What is named in pairs comes as two of a kind."""

    account: Account
    ticket: Ticket
    """The customer's, assigned to the admin."""
    views: tuple[int, int]
    macros: tuple[int, int]
    file: int
    """Of the first macro."""
    triggers: tuple[int, int]
    revision: int
    """Of the first trigger, which has been changed once."""
    categories: tuple[str, str]
    """Of triggers: the first one has all of them, the second none."""
    automations: tuple[int, int]
    hook: str
    invocation: str
    brand: int
    """Beside the default one, with a host mapping."""
    place: str
    """The agent's membership in the default brand."""
    role: int
    agreement: int
    entry: int
    """Of the audit log."""
    bookmark: int
    activity: int

    @property
    def state(self) -> State:
        return self.account.state

    def rows(self, collection: str) -> dict[Key, dict[str, Json]]:
        """What is in a collection by id."""
        rows: dict[Key, dict[str, Json]] = self.state.collections[collection]
        return rows

    def position(self, trigger_id: int) -> int:
        """Where a trigger stands in its category."""
        position: int = self.rows("triggers")[trigger_id]["position"]
        return position

    @property
    def first_brand(self) -> Key:
        return next(iter(self.rows("brands")))


async def rules(account: Account, zd: Zendesk) -> Rules:
    """Business rules, webhooks, and the pages around the account."""
    ticket = account.state.add_ticket(CUSTOMER_ID, assignee_id=ADMIN_ID, now=account.now())
    views = [await zd.views.create(title=title, all=OPEN) for title in ("Odd", "Even")]
    macros = [await zd.macros.create(title=title, actions=RAISE) for title in ("Odd::Raise", "Odd::Lift")]
    file = await zd.macros.attachments.create(b"words", filename="a.txt", macro_id=macros[0].id)
    triggers = [await zd.triggers.create(title=title, conditions=NEW, actions=RAISE) for title in ("Odd", "Even")]
    await zd.triggers.update(triggers[0].id, title="Odd one")
    first = await zd.trigger_categories.list()
    second = await zd.trigger_categories.create(name="Later")
    automations = [await zd.automations.create(title=title, conditions=OLD, actions=CLOSE) for title in ("Odd", "Even")]
    hook = await zd.webhooks.create(**HOOK)
    brand = await zd.brands.create(name="Beta", subdomain="beta", host_mapping="help.example.com")
    return Rules(
        account, ticket,
        views=(views[0].id, views[1].id),
        macros=(macros[0].id, macros[1].id),
        file=file.id,
        triggers=(triggers[0].id, triggers[1].id),
        revision=(await zd.triggers.revisions.list(triggers[0].id)).records[0].id,
        categories=(first.records[0].id, second.id),
        automations=(automations[0].id, automations[1].id),
        hook=hook.id,
        invocation=invoke(account, hook.id, {"event": "odd"}).invocation_id,
        brand=brand.id,
        place=(await zd.brand_agents.list(user_id=AGENT_ID)).records[0].id,
        role=(await zd.custom_roles.create(name="Auditor", configuration={"ticket_deletion": False})).id,
        agreement=(await zd.sharing_agreements.create(remote_subdomain="other", name="Other")).id,
        entry=(await zd.audit_logs.list()).records[0].id,
        bookmark=(await zd.bookmarks.create(ticket.id)).id,
        activity=(await zd.activities.list()).records[0].id,
    )
