"""Organizations, who belongs to them and who follows them, through the client."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from zdasync import BadArgument, NotFound, PermissionDenied, ValidationError
from zdasync.events import ParametersIgnored, Throttled
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID

from .conftest import AGENT


async def ids(listing) -> list[int]:
    return [record.id async for record in listing]


# --- writing


async def test_create_with_everything(start) -> None:
    stage = await start()
    group = next(iter(stage.account.state.groups))
    made = await stage.zd.organizations.create(
        name="Åberg & Söhne", external_id="CRM-7", domain_names=["aberg.example"], tags=["vip"], details="d",
        notes="n", group_id=group, shared_tickets=True, shared_comments=True,
        organization_fields={"region": "north", "seats": 12},
    )
    assert (made.name, made.external_id, made.domain_names, made.tags, made.group_id) == (
        "Åberg & Söhne", "CRM-7", ("aberg.example",), ("vip",), group,
    )
    assert (made.shared_tickets, made.shared_comments, made.details, made.notes) == (True, True, "d", "n")
    assert made.organization_fields == {"region": "north", "seats": 12, "contract_ends": None}
    assert made.created_at.utcoffset().total_seconds() == 0
    assert await stage.zd.organizations.show(made.id) == made
    assert stage.drifts == []


async def test_what_is_not_given_stays_and_none_clears(start) -> None:
    stage = await start()
    made = await stage.zd.organizations.create(name="Acme", notes="n", details="d", tags=["a", "b"])
    changed = await stage.zd.organizations.update(made.id, notes=None, tags=["c"])
    assert (changed.name, changed.notes, changed.details, changed.tags) == ("Acme", None, "d", ("c",))


async def test_a_name_that_is_taken_is_told_by_its_code(start) -> None:
    stage = await start()
    await stage.zd.organizations.create(name="Acme")
    with pytest.raises(ValidationError) as caught:
        await stage.zd.organizations.create(name="ACME")
    assert [problem.code for problem in caught.value.fields["name"]] == ["DuplicateValue"]


async def test_create_or_update_by_either_key(start) -> None:
    stage = await start()
    organizations = stage.zd.organizations
    made = await organizations.create_or_update(external_id="crm-1", name="Acme")
    again = await organizations.create_or_update(external_id="CRM-1", notes="n")
    named = await organizations.create_or_update(id=made.id, name="Acme Ltd")
    assert (again.id, again.notes, named.id, named.name) == (made.id, "n", made.id, "Acme Ltd")
    assert stage.statuses == [201, 200, 200]
    with pytest.raises(BadArgument, match="use create"):
        organizations.create_or_update(name="Acme Ltd")


async def test_what_the_server_drops_is_an_event(start) -> None:
    stage = await start()
    await stage.zd.request("POST", "/api/v2/organizations", json={"organization": {"name": "A", "colour": "red"}})
    (ignored,) = [event for event in stage.events if isinstance(event, ParametersIgnored)]
    assert "organization.colour" in str(ignored)


async def test_delete_leaves_users_without_it(start) -> None:
    stage = await start()
    organization_id = stage.user(CUSTOMER_ID).organization_id
    assert await stage.zd.organizations.delete(organization_id) is None
    assert (await stage.zd.users.show(CUSTOMER_ID)).organization_id is None
    with pytest.raises(NotFound):
        await stage.zd.organizations.show(organization_id)


# --- the limit of 5 updates a minute


async def test_updates_of_one_organization_wait_and_are_never_rejected(start) -> None:
    stage = await start()
    made = await stage.zd.organizations.create(name="Busy")
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(stage.zd.organizations.update(made.id, notes=str(number)) for number in range(23)))
    # 23 updates at 5 a minute touch 5 minutes of the clock.
    assert 180 < loop.time() - began < 300
    assert stage.account.rejections == {}
    assert stage.account.worst("organization-update") == 5
    assert not any(isinstance(event, Throttled) for event in stage.events)


async def test_updates_of_many_organizations_hold_each_other_up_by_no_more_than_the_account(start) -> None:
    stage = await start(users=3000)
    chosen = list(stage.account.state.organizations)[:60]
    loop = asyncio.get_running_loop()
    began = loop.time()
    busy = [stage.zd.organizations.update(chosen[0], notes="busy") for _ in range(10)]
    waiting = asyncio.gather(*busy)
    await asyncio.gather(*(stage.zd.organizations.update(one, notes="n") for one in chosen[1:] for _ in range(5)))
    # A hot organization in front of the queue costs the others nothing.
    assert loop.time() - began < 60
    await waiting
    assert stage.account.rejections == {}
    assert Counter(stage.statuses) == {200: 10 + 59 * 5}


async def test_the_limit_bites_whoever_does_not_know_it(start) -> None:
    stage = await start()
    organization_id = next(iter(stage.account.state.organizations))
    for _ in range(5):
        stage.account.consume("organization-update", key=str(organization_id))
    await stage.zd.organizations.update(organization_id, notes="n")
    assert stage.account.rejections == {"organization-update": 1}
    assert stage.statuses == [429, 200]


async def test_jobs_are_not_under_that_limit(start) -> None:
    stage = await start()
    organization_id = next(iter(stage.account.state.organizations))
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(8):
        await (await stage.zd.organizations.update_many([{"id": organization_id, "notes": str(number)}]))
    assert loop.time() - began < 40
    assert stage.account.rejections == {}


# --- finding


async def test_all_of_them_page_by_page(start) -> None:
    stage = await start(users=11_000)
    assert await ids(stage.zd.organizations.list()) == sorted(stage.account.state.organizations)
    assert stage.sent == ["GET /api/v2/organizations"] * 3
    listing = stage.zd.organizations.list(page_size=50)
    first = await listing
    later = await ids(stage.zd.organizations.list(page_size=50, cursor=first.after_cursor))
    assert [one.id for one in first] + later == sorted(stage.account.state.organizations)


async def test_those_of_a_user(start) -> None:
    stage = await start()
    mine = stage.user(CUSTOMER_ID).organization_ids
    assert await ids(stage.zd.organizations.list(user_id=CUSTOMER_ID)) == mine
    assert (await stage.zd.organizations.count(user_id=CUSTOMER_ID)).value == 1
    assert (await stage.zd.organizations.count()).value == 3


async def test_search_autocomplete_and_show_many(start) -> None:
    stage = await start()
    organizations = stage.zd.organizations
    made = [await organizations.create(name=name, external_id=name[-1]) for name in ("Acme A", "Acme B")]
    wanted = [one.id for one in made]
    assert await ids(organizations.search(name="acme a")) == wanted[:1]
    assert await ids(organizations.search(external_id="b")) == wanted[1:]
    assert await ids(organizations.autocomplete("acm", per_page=1)) == wanted
    assert await ids(organizations.show_many(ids=[*wanted, 12])) == wanted
    assert await ids(organizations.show_many(external_ids=["A", "nobody"])) == wanted[:1]


async def test_abilities_come_along(start) -> None:
    stage = await start()
    page = await stage.zd.organizations.list(include="abilities")
    assert [one.organization_id for one in page.sideloads.abilities] == [one.id for one in page]
    _, loaded = await stage.zd.organizations.show(page[0].id, include=["abilities"]).with_sideloads()
    assert (loaded.abilities[0].user_id, loaded.abilities[0].allowed["can_edit"]) == (None, True)


async def test_related_counts(start) -> None:
    stage = await start()
    stage.account.state.add_ticket(CUSTOMER_ID)
    related = await stage.zd.organizations.related(stage.user(CUSTOMER_ID).organization_id)
    assert (related.tickets_count, related.users_count) == (1, 1)


# --- merging


async def test_a_merge_is_watched_until_it_is_complete(start) -> None:
    stage = await start()
    loser_id = stage.user(CUSTOMER_ID).organization_id
    winner = await stage.zd.organizations.create(name="Winner")
    merge = await stage.zd.organizations.merge(loser_id, into=winner.id)
    seen = [merge.status]
    while not merge.ended:
        await asyncio.sleep(1)
        merge = await stage.zd.organizations.show_merge(merge.id)
        seen.append(merge.status)
    assert list(dict.fromkeys(seen)) == ["new", "in_progress", "complete"]
    assert (await stage.zd.users.show(CUSTOMER_ID)).organization_id == winner.id
    assert [one.id async for one in stage.zd.organizations.merges(winner.id)] == [merge.id]
    assert stage.drifts == []


async def test_merging_is_for_admins(start) -> None:
    stage = await start(auth=AGENT)
    one, two, *_ = stage.account.state.organizations
    with pytest.raises(PermissionDenied):
        await stage.zd.organizations.merge(one, into=two)


# --- memberships


async def test_a_membership_from_its_beginning_to_its_end(start) -> None:
    stage = await start()
    first = stage.user(CUSTOMER_ID).organization_id
    memberships = stage.zd.organization_memberships
    acme = await stage.zd.organizations.create(name="Acme")
    made = await memberships.create(user_id=CUSTOMER_ID, organization_id=acme.id)
    assert (made.organization_name, made.default, made.user_id) == ("Acme", False, CUSTOMER_ID)
    assert await memberships.show(made.id, user_id=CUSTOMER_ID) == await memberships.show(made.id) == made
    rows = await memberships.make_default(CUSTOMER_ID, made.id)
    assert [(row.organization_id, row.default) for row in rows] == [(first, False), (acme.id, True)]
    assert (await stage.zd.users.show(CUSTOMER_ID)).organization_id == acme.id
    assert (await memberships.set_organization_as_default(CUSTOMER_ID, first)).default is True
    assert await memberships.unassign_organization(CUSTOMER_ID, acme.id) is None
    with pytest.raises(NotFound):
        await memberships.show(made.id)
    again = await memberships.create_for_user(CUSTOMER_ID, organization_id=acme.id, default=True)
    assert again.default is True
    await memberships.delete(again.id, user_id=CUSTOMER_ID)
    assert await ids(stage.zd.organizations.list(user_id=CUSTOMER_ID)) == [first]
    assert stage.drifts == []


async def test_lists_of_memberships(start) -> None:
    stage = await start()
    memberships = stage.zd.organization_memberships
    organization_id = stage.user(CUSTOMER_ID).organization_id
    await memberships.create(user_id=UNVERIFIED_ID, organization_id=organization_id)
    page = await memberships.list(organization_id=organization_id, include=["users", "organizations"])
    assert [row.user_id for row in page] == [CUSTOMER_ID, UNVERIFIED_ID]
    assert page.sideloads.user(UNVERIFIED_ID).name == "Uwe Unverified"
    assert page.sideloads.organization(organization_id).id == organization_id
    assert page.sideloads.user(ADMIN_ID) is None
    assert len([row async for row in memberships.list()]) == 2
    assert [row.user_id async for row in memberships.list(user_id=UNVERIFIED_ID)] == [UNVERIFIED_ID]


async def test_writing_organization_id_of_a_user_ends_the_others(start) -> None:
    stage = await start()
    acme = await stage.zd.organizations.create(name="Acme")
    other = await stage.zd.organizations.create(name="Other")
    await stage.zd.organization_memberships.create(user_id=CUSTOMER_ID, organization_id=acme.id)
    await stage.zd.users.update(CUSTOMER_ID, organization_id=other.id)
    rows = [row async for row in stage.zd.organization_memberships.list(user_id=CUSTOMER_ID)]
    assert [(row.organization_id, row.default) for row in rows] == [(other.id, True)]


async def test_memberships_twice_are_refused(start) -> None:
    stage = await start()
    with pytest.raises(ValidationError) as caught:
        await stage.zd.organization_memberships.create(
            user_id=CUSTOMER_ID, organization_id=stage.user(CUSTOMER_ID).organization_id
        )
    assert [problem.code for problem in caught.value.fields["user_id"]] == ["DuplicateValue"]


async def test_an_end_user_sees_their_own_memberships(start) -> None:
    stage = await start()
    admin = await stage.bearer("read", "write", "impersonate")
    customer = admin.on_behalf_of("customer@example.com")
    assert [row.user_id async for row in customer.organization_memberships.list()] == [CUSTOMER_ID]
    with pytest.raises(PermissionDenied):
        await customer.organizations.list()


# --- subscriptions


async def test_subscriptions(start) -> None:
    stage = await start()
    subscriptions = stage.zd.organization_subscriptions
    organization_id = stage.user(CUSTOMER_ID).organization_id
    made = await subscriptions.create(user_id=AGENT_ID, organization_id=organization_id)
    assert (made.user_id, made.organization_id) == (AGENT_ID, organization_id)
    assert await subscriptions.show(made.id) == made
    for listing in (subscriptions.list(), subscriptions.list(user_id=AGENT_ID),
                    subscriptions.list(organization_id=organization_id)):
        assert await ids(listing) == [made.id]
    assert (await stage.zd.users.related(AGENT_ID)).organization_subscriptions == 1
    assert await subscriptions.delete(made.id) is None
    assert await ids(subscriptions.list()) == []


# --- exports


async def test_an_export_sees_what_was_changed_and_not_what_was_deleted(start) -> None:
    stage = await start()
    acme = await stage.zd.organizations.create(name="Acme")
    gone = await stage.zd.organizations.create(name="Gone")
    await asyncio.sleep(3600)
    since = int(stage.account.now()) - 60
    await stage.zd.organizations.update(acme.id, notes="n")
    await stage.zd.organizations.delete(gone.id)
    await asyncio.sleep(180)
    page = await stage.zd.request("GET", "/api/v2/incremental/organizations", params={"start_time": since})
    assert [row["id"] for row in page["organizations"]] == [acme.id]
