"""Fields, forms and custom values, as a type checker sees them."""

from __future__ import annotations

import datetime as dt
from typing import assert_type

from zdasync import Page, Pages, User, Zendesk
from zdasync.custom_fields import OrganizationCustomFields, TicketCustomFields, UserCustomFields
from zdasync.records import Organization
from zdasync.records.custom_statuses import CustomStatus
from zdasync.records.fields import FieldOption, OrganizationField, TicketField, UserField
from zdasync.records.ticket_forms import TicketForm, TicketFormStatus
from zdasync.records.tickets import Ticket
from zdasync.records.users import Count


async def definitions(zd: Zendesk) -> None:
    _ = assert_type(zd.ticket_fields.list(creator=True), Pages[TicketField])
    assert_type(await zd.ticket_fields.show(1), TicketField)
    assert_type(await zd.ticket_fields.count(), Count)
    assert_type(await zd.ticket_fields.create(type="integer", title="Order number"), TicketField)
    assert_type(await zd.ticket_fields.options.create_or_update(1, name="Red", value="red"), FieldOption)
    await zd.ticket_fields.create(type="wheel", title="x")  # type: ignore[arg-type]
    await zd.ticket_fields.create(type="text")  # type: ignore[call-arg]
    await zd.ticket_fields.update(1, type="text")  # type: ignore[call-arg]
    async for field in zd.user_fields.list():
        assert_type(field, UserField)
    assert_type(await zd.user_fields.show("tier"), UserField)
    assert_type(await zd.user_fields.update("tier", title="Tier"), UserField)
    assert_type(await zd.organization_fields.show("region"), OrganizationField)
    await zd.user_fields.create(type="tagger", key="k", title="x")  # type: ignore[arg-type]


async def forms(zd: Zendesk) -> None:
    assert_type(await zd.ticket_forms.list(active=True), Page[TicketForm])
    assert_type(await zd.ticket_forms.clone(1), TicketForm)
    assert_type(await zd.ticket_form_statuses.create(1, [2]), Page[TicketFormStatus])
    _ = assert_type(zd.custom_statuses.list(status_categories=["open"]), Pages[CustomStatus])
    _ = zd.custom_statuses.list(status_categories="closed")  # type: ignore[arg-type]


async def values(zd: Zendesk, ticket: Ticket, user: User, organization: Organization) -> None:
    fields = assert_type(await zd.ticket_fields.accessor(), TicketCustomFields)
    assert_type(fields.text(ticket, "Serial number"), str | None)
    assert_type(fields.number(ticket, 360000000620), int | float | None)
    assert_type(fields.date(ticket, "Shipped"), dt.date | None)
    assert_type(fields.flag(ticket, "Paid"), bool | None)
    assert_type(fields.choices(ticket, "Colours"), list[str])
    await zd.tickets.update(1, custom_fields=fields.written({"Shipped": dt.date(2026, 5, 1), "Paid": True}))
    fields.text(user, "Serial number")  # type: ignore[arg-type]

    of_users = assert_type(await zd.user_fields.accessor(), UserCustomFields)
    assert_type(of_users.choice(user, "Tier"), str | None)
    await zd.users.update(1, user_fields=of_users.written({"Tier": None}))
    of_users.choice(organization, "Tier")  # type: ignore[arg-type]

    of_organizations = assert_type(await zd.organization_fields.accessor(), OrganizationCustomFields)
    assert_type(of_organizations.choice(organization, "Region"), str | None)
