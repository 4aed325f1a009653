"""Organizations and groups, as a type checker sees them."""

from __future__ import annotations

from typing import assert_type

import attrs

from zdasync import JobResult, Page, User, Zendesk
from zdasync.records.groups import Group
from zdasync.records.memberships import GroupMembership, OrganizationMembership, OrganizationSubscription
from zdasync.records.organizations import Organization, OrganizationMerge, OrganizationRelated
from zdasync.records.users import Count
from zdasync.resources.types.organizations import OrganizationRow, OrganizationWrite


@attrs.frozen
class Row:
    name: str


async def organizations(zd: Zendesk) -> None:
    async for organization in zd.organizations.list(user_id=1, include="abilities"):
        assert_type(organization, Organization)
    assert_type(await zd.organizations.create(name="A", tags=("vip",), domain_names=["a.example"]), Organization)
    assert_type(await zd.organizations.create_or_update(id=1, external_id="x", notes=None), Organization)
    assert_type(await zd.organizations.update("1", group_id=None, deadline=2.0), Organization)
    assert_type(await zd.organizations.delete(1), None)
    assert_type(await zd.organizations.count(), Count)
    assert_type(await zd.organizations.related(1), OrganizationRelated)
    assert_type(await zd.organizations.merge(1, into=2), OrganizationMerge)
    assert_type(await zd.organizations.show_merge("01HP"), OrganizationMerge)
    async for merge in zd.organizations.merges(1):
        assert_type(merge.id, str)


async def many(zd: Zendesk) -> None:
    written: list[OrganizationWrite] = [{"name": "A"}, {"name": "B", "notes": None}]
    assert_type(await (await zd.organizations.create_many(written)), list[JobResult])
    rows: list[OrganizationRow] = [{"id": 1, "notes": "n"}, {"external_id": "x", "tags": ["vip"]}]
    _ = await zd.organizations.update_many(rows)
    _ = await zd.organizations.create_many([Row("A")])
    _ = await zd.organizations.update_many(ids=[1, "2"], tags=["vip"])
    _ = await zd.organizations.destroy_many(external_ids=["a"])
    _ = await zd.organizations.update_many(ids=[1], id=2)  # type: ignore[call-arg]


async def memberships(zd: Zendesk) -> None:
    page = await zd.organization_memberships.list(organization_id=1, include=["users", "organizations"])
    assert_type(page, Page[OrganizationMembership])
    assert_type(page.sideloads.user(page[0].user_id), User | None)
    assert_type(await zd.organization_memberships.make_default(1, 2), Page[OrganizationMembership])
    assert_type(await zd.organization_memberships.create(user_id=1, organization_id=2), OrganizationMembership)
    assert_type(await zd.organization_memberships.unassign_organization(1, 2), None)
    assert_type(await zd.organization_subscriptions.create(user_id=1, organization_id=2), OrganizationSubscription)
    assert_type(await zd.group_memberships.create_for_user(1, group_id=2, default=True), GroupMembership)
    assert_type(await (await zd.group_memberships.destroy_many([1])), list[JobResult])


async def groups(zd: Zendesk) -> None:
    assert_type([group async for group in zd.groups.list(exclude_deleted=True)], list[Group])
    assert_type(await zd.groups.create(name="Sales", is_public=False), Group)
    assert_type(await zd.groups.delete("1"), None)


async def mistakes(zd: Zendesk) -> None:
    await zd.organizations.create(notes="nameless")  # type: ignore[call-arg]
    await zd.organizations.update(1, tags="vip")  # type: ignore[arg-type]
    await zd.organizations.update(1, name=None)  # type: ignore[arg-type]
    await zd.organizations.update(1, created_at="2024-01-01")  # type: ignore[call-arg]
    await zd.organizations.merge(1, 2)  # type: ignore[call-arg]
    await zd.organization_memberships.create(user_id=1)  # type: ignore[call-arg]
    await zd.organization_memberships.create(user_id="1", organization_id=2)  # type: ignore[arg-type]
    await zd.groups.create(description="nameless")  # type: ignore[call-arg]
    zd.groups.list(include="organizations")  # type: ignore[arg-type, unused-awaitable]
