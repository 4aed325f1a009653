"""An account in which every operation on people, on organizations and on what governs the account finds what it needs."""

from __future__ import annotations

import attrs

from zdasync import Zendesk
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID, Account
from zdasync.simulator.records import Identity, Session, User
from zdasync.simulator.state import State
from zdasync.simulator.ticket_records import Ticket
from zdasync.simulator.webhooks import invoke

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


@attrs.frozen
class People:
    """The customer with all that hangs on people: the customer belongs to two organizations, the agent to two groups.

    What is named in pairs comes as (default, other).
    """

    state: State
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
    memberships: tuple[int, int]
    groups: tuple[int, int]
    idle: int
    """A group to which only the admin belongs."""
    group_memberships: tuple[int, int]
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
    def customer(self) -> User:
        return self.state.users[CUSTOMER_ID]


async def people(account: Account, zd: Zendesk) -> People:
    """Users, organizations and groups, with what joins them."""
    state, now = account.state, account.now()
    twin, deleted, erased = (_end_user(state, name, now) for name in ("twin", "deleted", "erased"))
    twin.notes = "Likes tea."
    for gone in (deleted, erased):
        state.delete_user(gone, now)
    state.erase_user(erased, now)
    state.users[CUSTOMER_ID].password = state.users[ADMIN_ID].password = "so-far-1"
    state.add_ticket(CUSTOMER_ID, assignee_id=AGENT_ID)
    first, other, free = state.organizations
    groups = list(state.groups)
    old = await zd.organizations.create(name="Vega of old")
    merge = await zd.organizations.merge(old.id, into=first)
    second = await zd.organization_memberships.create(user_id=CUSTOMER_ID, organization_id=other)
    desk = await zd.group_memberships.create(user_id=AGENT_ID, group_id=groups[1])
    subscription = await zd.organization_subscriptions.create(user_id=CUSTOMER_ID, organization_id=first)
    job = await zd.users.update_many([{"id": UNVERIFIED_ID, "notes": "Write again."}])
    level = await zd.user_fields.create(key="level", type="dropdown", title="Level", custom_field_options=CHOICES)
    valley = await zd.organization_fields.create(key="valley", type="text", title="Valley")
    (mine,) = await zd.oauth.tokens.list()
    return People(
        state, twin, deleted, erased,
        address=state.add_identity(state.users[CUSTOMER_ID], "email", "carla@home.example", now, verified=True),
        first=state.users[CUSTOMER_ID].identities[0],
        session=next(one for one in state.sessions.values() if one.user_id == CUSTOMER_ID),
        organizations=(first, other),
        free=free,
        memberships=(next(iter(await zd.organization_memberships.list(user_id=CUSTOMER_ID))).id, second.id),
        groups=(groups[0], groups[1]),
        idle=groups[2],
        group_memberships=(next(iter(await zd.group_memberships.list(user_id=AGENT_ID))).id, desk.id),
        subscription=subscription.id,
        merge=merge.id,
        client=mine.client_id or 0,
        token=(await zd.oauth.tokens.create(mine.client_id or 0, ["read"])).id,
        job=job.id,
        level=level.id,
        choice=level.custom_field_options[0].id or 0,
        valley=valley.id,
    )


def _end_user(state: State, name: str, now: float) -> User:
    user = state.add_user(User(state.next_id(), name.capitalize(), now, now, external_id=f"CRM-{name}"))
    state.add_identity(user, "email", f"{name}@mail.example", now, verified=True, primary=True)
    return user


@attrs.frozen
class Rules:
    """What an admin has set up. What is named in pairs comes as two of a kind."""

    state: State
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
        account.state, ticket,
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
