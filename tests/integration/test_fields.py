"""Fields of tickets, users and organizations, forms and custom statuses, through real sockets."""

from __future__ import annotations

import datetime as dt

import pytest

from zdasync import BadArgument, NotFound, PermissionDenied, ValidationError
from zdasync.custom_fields import TicketCustomFields
from zdasync.records.fields import FieldOption, OrganizationField, TicketField, UserField
from zdasync.records.ticket_forms import TicketForm, TicketFormStatus
from zdasync.simulator import ADMIN_ID

from .conftest import AGENT

OPTIONS = [{"name": "Red", "value": "red"}, {"name": "Blue", "value": "blue"}]


async def every(listing):
    return [record async for record in listing]


async def test_ticket_fields_from_first_to_last(start) -> None:
    stage = await start()
    fields = stage.zd.ticket_fields
    number = await fields.create(type="integer", title="Order number")
    colour = await fields.create(type="tagger", title="Colour", custom_field_options=OPTIONS)
    assert type(colour) is TicketField
    assert [(option.name, option.value) for option in colour.custom_field_options] == [("Red", "red"), ("Blue", "blue")]
    assert type(colour.custom_field_options[0]) is FieldOption
    assert await fields.show(colour.id) == colour
    listed = await every(fields.list(page_size=4))
    assert listed[-2:] == [number, colour]
    assert [field.type for field in listed[:3]] == ["subject", "description", "status"]
    assert listed[7].custom_statuses[0].status_category == "new"
    assert (await fields.count()).value == len(listed) == 10
    assert (await fields.show_many([colour.id, 7])).records == [colour]
    assert (await fields.show(colour.id, creator=True)).creator_user_id is not None
    assert (await fields.update(number.id, title="Order")).raw_title == "Order"
    await fields.reorder([colour.id, number.id])
    assert [field.id for field in await fields.list(page_size=2)] == [colour.id, number.id]
    await fields.delete(colour.id)
    with pytest.raises(NotFound):
        await fields.show(colour.id)
    assert stage.drifts == []


async def test_who_made_a_field_comes_along(start) -> None:
    stage = await start()
    fields = stage.zd.ticket_fields
    own = await fields.create(type="text", title="Notes")
    page = await fields.list(include="users")
    assert [user.id for user in page.sideloads.users] == [ADMIN_ID]
    field, beside = await fields.show(own.id, creator=True, include="users").with_sideloads()
    assert [user.id for user in beside.users] == [field.creator_user_id] == [ADMIN_ID]
    assert (await fields.update(own.id, creator=True, title="Note")).creator_user_id == ADMIN_ID
    assert (await fields.list()).sideloads.users == ()


async def test_options_of_a_field(start) -> None:
    stage = await start()
    field = await stage.zd.ticket_fields.create(type="multiselect", title="Colours", custom_field_options=OPTIONS)
    options = stage.zd.ticket_fields.options
    green = await options.create_or_update(field.id, name="Green", value="green")
    lime = await options.create_or_update(field.id, id=green.id, name="Lime", value="lime")
    assert (lime.id, lime.position) == (green.id, 3)
    assert [option.value for option in await every(options.list(field.id, page_size=2))] == ["red", "blue", "lime"]
    assert await options.show(field.id, lime.id) == lime
    with pytest.raises(ValidationError) as caught:
        await options.create_or_update(field.id, name="Other", value="lime")
    assert caught.value.fields["value"][0].code == "DuplicateValue"
    await options.delete(field.id, lime.id)
    assert len(await every(options.list(field.id))) == 2
    tier = stage.zd.user_fields.options
    assert (await tier.create_or_update("tier", name="Platinum", value="platinum")).position == 4
    assert [option.value for option in await every(tier.list("tier"))] == ["gold", "silver", "bronze", "platinum"]


async def test_fields_of_users_and_organizations(start) -> None:
    stage = await start()
    users, organizations = stage.zd.user_fields, stage.zd.organization_fields
    size = await users.create(key="shoe_size", type="integer", title="Shoe size")
    assert type(size) is UserField
    assert await users.show("shoe_size") == await users.show(size.id) == size
    assert [field.key for field in await users.show_many(["shoe_size", "none", "tier"])] == ["tier", "shoe_size"]
    assert (await users.update("shoe_size", active=False)).active is False
    await users.reorder([size.id])
    assert (await users.list(page_size=2))[0].key == "shoe_size"
    await users.delete("shoe_size")
    with pytest.raises(NotFound):
        await users.show("shoe_size")
    vat = await organizations.create(key="vat", type="text", title="VAT number")
    assert type(vat) is OrganizationField
    assert [field async for field in organizations.list()][-1] == vat
    await organizations.delete(vat.id)
    assert stage.drifts == []


async def test_only_admins_write_fields(start) -> None:
    stage = await start(auth=AGENT)
    assert len(await every(stage.zd.user_fields.list())) == len(stage.account.state.user_field_keys)
    with pytest.raises(PermissionDenied):
        await stage.zd.user_fields.create(key="k", type="text", title="T")


async def test_users_values_by_title(start) -> None:
    stage = await start()
    fields = await stage.zd.user_fields.accessor()
    values = {"Tier": "gold", "Points": 12, "Newsletter": True, "Membership expires": dt.date(2027, 1, 31)}
    user = await stage.zd.users.create(name="Carla", user_fields=fields.written(values))
    assert fields.choice(user, "Tier") == "gold"
    assert fields.number(user, "points") == 12
    assert fields.flag(user, "Newsletter") is True
    assert fields.date(user, "Membership expires") == dt.date(2027, 1, 31)
    assert fields.text(user, "Crm url") is None
    user = await stage.zd.users.update(user.id, user_fields=fields.written({"Tier": None}))
    assert fields.choice(user, "Tier") is None
    with pytest.raises(BadArgument, match="no option 'gould': did you mean 'gold'"):
        fields.written({"Tier": "gould"})


async def test_tickets_values_by_title(start) -> None:
    stage = await start()
    make = stage.zd.ticket_fields.create
    await make(type="date", title="Shipped")
    await make(type="decimal", title="Weight")
    await make(type="multiselect", title="Colours", custom_field_options=OPTIONS)
    stage.forget()
    fields = await stage.zd.ticket_fields.accessor()
    assert stage.sent == ["GET /api/v2/ticket_fields"]
    assert type(fields) is TicketCustomFields
    ticket = await stage.zd.tickets.create(
        subject="Where is it?",
        comment={"body": "Not here."},
        custom_fields=fields.written({"Shipped": dt.date(2026, 5, 1), "Colours": ["red", "blue"]}),
    )
    assert fields.date(ticket, "Shipped") == dt.date(2026, 5, 1)
    assert fields.choices(ticket, "Colours") == ["red", "blue"]
    assert fields.number(ticket, "Weight") is None
    await stage.zd.tickets.update(ticket.id, custom_fields=fields.written({"Shipped": None, "Weight": 2.5}))
    ticket = await stage.zd.tickets.show(ticket.id)
    assert (fields.date(ticket, "Shipped"), fields.number(ticket, "Weight")) == (None, 2.5)
    assert fields.choices(ticket, "Colours") == ["red", "blue"]
    with pytest.raises(BadArgument, match="attribute subject"):
        fields.text(ticket, "Subject")


async def test_organizations_values_by_title(start) -> None:
    stage = await start()
    fields = await stage.zd.organization_fields.accessor()
    values = {"Region": "EMEA", "Seats": 25, "Contract ends": dt.date(2027, 1, 31)}
    organization = await stage.zd.organizations.create(name="Acme", organization_fields=fields.written(values))
    assert fields.text(organization, "region") == "EMEA"
    assert fields.number(organization, "Seats") == 25
    assert fields.date(organization, "Contract ends") == dt.date(2027, 1, 31)


async def test_forms(start) -> None:
    stage = await start()
    forms = stage.zd.ticket_forms
    (first,) = await every(forms.list())
    field = await stage.zd.ticket_fields.create(type="text", title="Serial number")
    form = await forms.create(name="Returns", ticket_field_ids=[*first.ticket_field_ids, field.id])
    assert type(form) is TicketForm
    assert form.ticket_field_ids == (*first.ticket_field_ids, field.id)
    assert await forms.show(form.id) == form
    assert (await forms.show_many([form.id], active=True)).records == [form]
    assert (await forms.update(form.id, end_user_visible=True)).end_user_visible is True
    copy = await forms.clone(form.id)
    assert (copy.name, copy.ticket_field_ids) == ("Returns", form.ticket_field_ids)
    assert [one.id for one in await forms.reorder([copy.id, form.id, first.id])] == [copy.id, form.id, first.id]
    await forms.delete(copy.id)
    assert [one.id for one in await forms.list(end_user_visible=True)] == [form.id, first.id]
    with pytest.raises(ValidationError):
        await forms.delete(first.id)
    assert stage.drifts == []


async def test_custom_statuses_and_their_forms(start) -> None:
    stage = await start()
    statuses, ties = stage.zd.custom_statuses, stage.zd.ticket_form_statuses
    waiting = await statuses.create(status_category="pending", agent_label="Waiting for parts")
    assert await statuses.show(waiting.id) == waiting
    assert [one.agent_label for one in await statuses.list(status_categories="pending")] == [
        "Pending", "Waiting for parts"
    ]
    await statuses.set_default([waiting.id])
    assert [one.id for one in await statuses.list(status_categories=["pending"], default=True)] == [waiting.id]
    other = await statuses.create(status_category="open", agent_label="In the workshop")
    form = await stage.zd.ticket_forms.create(name="Repairs")
    (tie,) = await ties.create(form.id, [waiting.id])
    assert type(tie) is TicketFormStatus
    assert (tie.ticket_form_id, tie.custom_status_id) == (form.id, waiting.id)
    (second,) = await statuses.create_ticket_form_statuses(other.id, [form.id])
    assert (await ties.list(ticket_form_id=form.id)).records == [tie, second]
    assert (await ties.show_many([second.id])).records == [second]
    kept = await ties.update(form.id, [{"id": tie.id, "_destroy": "true"}])
    assert kept.records == (await ties.list()).records == [second]
    await ties.update_by_id(form.id, second.id, [{"custom_status_id": waiting.id}])
    await ties.delete_by_id(form.id, second.id)
    assert [one.custom_status_id for one in await ties.list()] == [waiting.id]
    await ties.delete(form.id)
    assert (await ties.list()).records == []
    assert (await statuses.update(other.id, active=False)).active is False
    await statuses.delete(other.id)
    assert stage.drifts == []
