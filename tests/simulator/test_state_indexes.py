import pytest

from zdasync.simulator.records import User
from zdasync.simulator.state import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID, State

NOW = 1_800_000_000.0


@pytest.fixture
def state():
    return State.seeded(0, 1, NOW)


def add(state, **fields):
    return state.add_user(User(state.next_id(), "N", NOW, NOW, **fields))


def test_fixed_users(state):
    assert state.by_email("admin@example.com").id == ADMIN_ID == state.owner_id
    assert state.users[ADMIN_ID].role == "admin"
    assert state.by_email("agent@example.com").id == AGENT_ID
    assert state.users[AGENT_ID].role == "agent"
    assert state.by_email("customer@example.com").id == CUSTOMER_ID
    assert state.users[CUSTOMER_ID].verified
    assert not state.users[UNVERIFIED_ID].verified
    assert state.user_ids == [ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID]


def test_population_is_deterministic():
    one, two, other = State.seeded(300, 5, NOW), State.seeded(300, 5, NOW), State.seeded(300, 6, NOW)

    def names(state):
        return [(user.id, user.name, user.email, user.tags) for user in state.active_users()]

    assert names(one) == names(two) != names(other)
    assert len(one.user_ids) == 304
    assert {user.role for user in one.active_users()} == {"admin", "agent", "end-user"}
    assert any(not user.name.isascii() for user in one.active_users())


def test_ids_ascend_and_are_never_given_twice(state):
    ids = [state.next_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert max(state.user_ids) < ids[0]


def test_external_ids_are_found_whatever_their_case(state):
    user = add(state, external_id="Straße-1")
    assert state.by_external_id("STRASSE-1") is user
    state.set_external_id(user, "b")
    assert state.by_external_id("straße-1") is None
    assert state.by_external_id("B") is user
    state.set_external_id(user, None)
    assert state.by_external_id("b") is None


def test_secondary_identities_are_found(state):
    user = add(state)
    state.add_identity(user, "email", "one@x.example", NOW, primary=True)
    second = state.add_identity(user, "email", "two@x.example", NOW)
    assert state.by_email("two@x.example") is user
    state.rename_identity(second, "three@x.example", NOW)
    assert state.by_email("two@x.example") is None
    assert state.by_email("three@x.example") is user
    state.remove_identity(second)
    assert state.by_email("three@x.example") is None


def test_deleting_frees_the_names_and_keeps_the_record(state):
    user = add(state, external_id="x", phone="+49 30 1")
    state.add_identity(user, "email", "x@x.example", NOW, primary=True)
    group = state.add_group("G", NOW)
    organization = state.add_organization("O", NOW)
    state.set_groups(user, [group.id])
    state.set_organizations(user, [organization.id])
    state.delete_user(user, NOW + 1)
    assert state.active(user.id) is None
    assert user.id not in state.user_ids
    assert state.deleted_ids == [user.id]
    assert state.by_email("x@x.example") is state.by_external_id("x") is None
    assert state.group_users[group.id] == state.organization_users[organization.id] == []
    assert not state.phones["+49301"]
    assert state.users[user.id].email == "x@x.example"


def test_erasing_leaves_nothing_personal(state):
    user = add(state, external_id="x", notes="n", phone="+1")
    state.add_identity(user, "email", "x@x.example", NOW, primary=True)
    state.delete_user(user, NOW)
    state.erase_user(user, NOW)
    assert (user.name, user.email, user.phone, user.notes, user.external_id) == (
        "Permanently Deleted User", None, None, None, None,
    )


def test_default_organization_is_the_first(state):
    user = add(state)
    one, two = state.add_organization("One", NOW).id, state.add_organization("Two", NOW).id
    state.set_organizations(user, [two, one, two])
    assert user.organization_id == two
    assert user.organization_ids == [two, one]
    assert user.id in state.organization_users[one]
    state.set_organizations(user, [])
    assert user.organization_id is None
    assert state.organization_users[two] == []


def test_sessions_end_with_their_user(state):
    assert any(session.user_id == CUSTOMER_ID for session in state.sessions.values())
    state.delete_user(state.users[CUSTOMER_ID], NOW)
    assert all(session.user_id != CUSTOMER_ID for session in state.sessions.values())
