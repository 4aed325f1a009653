"""What listings give, as a type checker sees it."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any, assert_type

import attrs

from zdasync import Identity, JobStatus, Page, Pages, Sideloads, User, Zendesk
from zdasync.records import Ability, ComplianceDeletionStatus, DeletedUser, OAuthTokenRecord, Organization, Session


@attrs.frozen
class Customer:
    id: int


async def every_record(zd: Zendesk) -> None:
    async for user in zd.users.list(role=["agent", "admin"]):
        assert_type(user, User)
    async for identity in zd.users.identities.list(1, type="email"):
        assert_type(identity, Identity)
    async for gone in zd.users.deleted.list():
        assert_type(gone, DeletedUser)
    async for session in zd.sessions.list():
        assert_type(session, Session)
    async for status in zd.job_statuses.list():
        assert_type(status, JobStatus)
    async for token in zd.oauth.tokens.list(all=True):
        assert_type(token, OAuthTokenRecord)
    async for step in zd.users.compliance_deletion_statuses(1):
        assert_type(step, ComplianceDeletionStatus)
    assert_type([user async for user in zd.users.search("tags:vip")], list[User])


async def the_first_page(zd: Zendesk) -> None:
    listing = zd.users.list(page_size=10)
    _ = assert_type(listing, Pages[User])
    assert_type(listing.cursor, str | None)
    page = await listing
    assert_type(page, Page[User])
    assert_type(page[0], User)
    assert_type(page[1:3], list[User])
    assert_type(list(page), list[User])
    assert_type((page.has_more, page.after_cursor, page.count), tuple[bool, str | None, int | None])


async def pages_raw_and_ones_own_class(zd: Zendesk) -> None:
    async for page in zd.users.list().pages():
        assert_type(page, Page[User])
    async for raw in zd.users.list().raw():
        assert_type(raw, dict[str, Any])
    assert_type(await zd.users.list().raw(), dict[str, Any])
    async for customer in zd.users.list().into(Customer):
        assert_type(customer, Customer)
    assert_type(await zd.users.list().into(Customer), Page[Customer])


async def closed_early(zd: Zendesk) -> None:
    async with aclosing(aiter(zd.users.list())) as users:
        async for user in users:
            assert_type(user, User)
            break


async def sideloads(zd: Zendesk) -> None:
    page = await zd.users.list(include=["organizations", "abilities"])
    assert_type(page.sideloads, Sideloads)
    assert_type(page.sideloads.organizations, tuple[Organization, ...])
    assert_type(page.sideloads.organization(page[0].organization_id), Organization | None)
    assert_type(page.sideloads.abilities, tuple[Ability, ...])
    assert_type(page.sideloads.open_tickets_of(1), int | None)


async def what_a_listing_is_not(zd: Zendesk) -> None:
    for _ in zd.users.list():  # type: ignore[attr-defined]
        pass
    len(zd.users.list())  # type: ignore[arg-type]
    zd.users.list(include="organisations")  # type: ignore[arg-type, unused-awaitable]
    zd.users.list(rolle="agent")  # type: ignore[call-arg, unused-awaitable]
    zd.users.list("agent")  # type: ignore[call-arg, unused-awaitable]
    zd.users.list(priority="high")  # type: ignore[arg-type, unused-awaitable]
