"""Whatever is written in whatever order: organizations, memberships and profiles agree."""

import random

import pytest
from endpoint_caller import Api

from zdasync.simulator.http import Refusal


@pytest.mark.parametrize("seed", range(6))
def test_indexes_agree_with_records(seed):
    chance, api = random.Random(seed), Api(users=12, delete_with_open_tickets="allow")
    done, refused = 0, []
    for _ in range(400):
        try:
            chance.choice(WRITES)(api, chance)
            done += 1
        except Refusal as refusal:
            refused.append(refusal.reply.status)
        api.at += chance.choice((0, 0.1, 3))
    api.at += 60
    api.get("/users/me")
    assert set(refused) <= {403, 404, 422}
    assert min(done, len(refused)) > 20
    check(api.state)


def fields(chance):
    given = {
        "external_id": chance.choice((None, f"{chance.choice('Ee')}{chance.randrange(6)}")),
        "domain_names": [f"d{chance.randrange(4)}.example"],
        "notes": "n",
    }
    return {"name": f"{chance.choice('Nn')}{chance.randrange(8)}"} | {
        key: given[key] for key in chance.sample(sorted(given), 2)
    }


def organization(api, chance):
    return chance.choice([*api.state.organizations, 1])


def user(api, chance):
    return chance.choice(api.state.user_ids)


def create(api, chance):
    api.post("/organizations", {"organization": fields(chance)})


def upsert(api, chance):
    api.post("/organizations/create_or_update", {"organization": fields(chance)})


def update(api, chance):
    api.put(f"/organizations/{organization(api, chance)}", {"organization": fields(chance)})


def bulk(api, chance):
    rows = [fields(chance) | {"id": organization(api, chance)} for _ in range(3)]
    api.put("/organizations/update_many", {"organizations": rows})


def delete(api, chance):
    if chance.random() < 0.3:
        api.delete(f"/organizations/{organization(api, chance)}")


def merge(api, chance):
    if chance.random() < 0.3:
        body = {"organization_merge": {"winner_id": organization(api, chance)}}
        api.post(f"/organizations/{organization(api, chance)}/merge", body)


def join(api, chance):
    row = {"user_id": user(api, chance), "organization_id": organization(api, chance), "default": chance.random() < 0.5}
    api.post("/organization_memberships", {"organization_membership": row})


def leave(api, chance):
    rows = list(api.state.directory.organization_memberships.rows) or [1]
    api.delete(f"/organization_memberships/{chance.choice(rows)}")


def prefer(api, chance):
    api.put(f"/users/{user(api, chance)}/organizations/{organization(api, chance)}/make_default")


def move(api, chance):
    api.update(user(api, chance), organization_id=chance.choice((None, organization(api, chance))))


def enlist(api, chance):
    group_id = chance.choice([*api.state.groups, 1])
    api.post("/group_memberships", {"group_membership": {"user_id": user(api, chance), "group_id": group_id}})


def subscribe(api, chance):
    row = {"user_id": user(api, chance), "organization_id": organization(api, chance)}
    api.post("/organization_subscriptions", {"organization_subscription": row})


def lose(api, chance):
    if chance.random() < 0.2:
        api.delete(f"/users/{user(api, chance)}")


def become(api, chance):
    if chance.random() < 0.2:
        api.put(f"/users/{user(api, chance)}/merge", {"user": {"id": user(api, chance)}})


def ask(api, chance):
    api.state.add_ticket(user(api, chance), now=api.at)


WRITES = (create, create, upsert, update, bulk, delete, merge, join, join, leave, prefer, move, enlist, subscribe, lose,
          become, ask)


def check(state):
    organizations, directory = state.organizations, state.directory
    assert state.organization_names == {one.name.casefold(): key for key, one in organizations.items()}
    assert directory.external_ids == {
        one.external_id.casefold(): key for key, one in organizations.items() if one.external_id is not None
    }
    active = list(state.active_users())
    for store, of, records in (
        (directory.organization_memberships, "organization_ids", organizations),
        (directory.group_memberships, "group_ids", state.groups),
    ):
        pairs = {(row.user_id, row.place_id) for row in store.rows.values()}
        assert len(pairs) == len(store.rows)
        assert pairs == {(user.id, key) for user in active for key in getattr(user, of)}
        assert {key for _, key in pairs} <= set(records)
        assert all(store.find(row.user_id, row.place_id) is row for row in store.rows.values())
    assert all(row.organization_id in organizations for row in directory.subscriptions.values())
    assert {row.user_id for row in directory.subscriptions.values()} <= {user.id for user in active}
    assert all(one.default_group_id in (*one.group_ids, None) for one in active)
    assert {ticket.organization_id for ticket in state.tickets.all_active()} <= {*organizations, None}
    assert all(merge.done for merge in directory.merges.values())
