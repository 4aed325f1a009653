"""Whatever is written in whatever order: the indexes agree with the records."""

import random

import pytest
from endpoint_caller import Api

from zdasync.simulator.http import Refusal


@pytest.mark.parametrize("seed", range(8))
def test_indexes_agree_with_records(seed):
    chance, api = random.Random(seed), Api(users=5, delete_with_open_tickets="allow")
    refused = set()
    for _ in range(400):
        try:
            chance.choice(WRITES)(api, chance)
        except Refusal as refusal:
            refused.add(refusal.reply.status)
        api.at += chance.choice((0, 0.1, 3))
    api.at += 60
    api.get("/users/me")
    check(api.state)
    assert refused <= {400, 403, 404, 422}
    assert len(api.state.users) > 30
    assert api.state.deleted_ids


def fields(chance):
    kind = chance.choice(("email", "twitter", "phone_number"))
    given = {
        "email": f"E{chance.randrange(30)}@x.example",
        "external_id": f"{chance.choice('Ee')}{chance.randrange(20)}",
        "phone": f"+4{chance.randrange(8)}",
        "organization": {"name": f"O{chance.randrange(4)}"},
        "verified": True,
        "identities": [{"type": kind, "value": f"e{chance.randrange(30)}@x.example"}],
    }
    return {"name": "N"} | {key: given[key] for key in chance.sample(sorted(given), 3)}


def anybody(api, chance):
    return chance.choice(api.state.user_ids)


def create(api, chance):
    api.post("/users", {"user": fields(chance)})


def upsert(api, chance):
    api.post("/users/create_or_update", {"user": fields(chance)})


def update(api, chance):
    api.update(anybody(api, chance), **fields(chance))


def clear(api, chance):
    api.update(anybody(api, chance), external_id=None, phone="", organization_id=None)


def bulk(api, chance):
    api.post("/users/create_or_update_many", {"users": [fields(chance) for _ in range(3)]})


def delete(api, chance):
    api.delete(f"/users/{anybody(api, chance)}")


def erase(api, chance):
    api.delete(f"/deleted_users/{chance.choice(api.state.deleted_ids or [1])}")


def merge(api, chance):
    api.put(f"/users/{anybody(api, chance)}/merge", {"user": {"id": anybody(api, chance)}})


def identity(api, chance):
    user_id = anybody(api, chance)
    path = f"/users/{user_id}/identities"
    rows = api.state.users[user_id].identities
    row_id = chance.choice(rows).id if rows else 1
    value = {"identity": {"type": "email", "value": f"e{chance.randrange(30)}@x.example"}}
    chance.choice((
        lambda: api.post(path, value),
        lambda: api.put(f"{path}/{row_id}", value),
        lambda: api.put(f"{path}/{row_id}/make_primary"),
        lambda: api.delete(f"{path}/{row_id}"),
    ))()


WRITES = (create, upsert, update, clear, bulk, delete, erase, merge, identity)


def check(state):
    active = [user for user in state.users.values() if user.active]
    assert state.user_ids == sorted(user.id for user in active)
    assert state.deleted_ids == sorted(user.id for user in state.users.values() if not user.active)
    assert state.external_ids == {user.external_id.casefold(): user.id for user in active if user.external_id}
    owned = {(one.type, one.value): one for user in active for one in user.identities}
    assert len(owned) == sum(len(user.identities) for user in active), "no identity has two owners"
    indexed = {(kind, value): one for kind, values in state.identity_values.items() for value, one in values.items()}
    assert indexed == owned
    for user in active:
        mails = [one for one in user.identities if one.type == "email"]
        assert all(one.user_id == user.id for one in user.identities)
        assert sum(one.primary for one in user.identities) == bool(mails)
    for members, of in ((state.organization_users, "organization_ids"), (state.group_users, "group_ids")):
        listed = {(key, user_id) for key, user_ids in members.items() for user_id in user_ids}
        assert listed == {(key, user.id) for user in active for key in getattr(user, of)}
    assert {user_id for ids in state.phones.values() for user_id in ids} == {user.id for user in active if user.phone}
