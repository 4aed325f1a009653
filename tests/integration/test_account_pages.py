"""Brands, roles, languages, settings, logs, bookmarks, activities and agreements, against the simulated account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from zdasync import NotFound, PermissionDenied, ValidationError
from zdasync.events import ParametersIgnored
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID
from zdasync.simulator.account_collections import BRANDS

from .conftest import AGENT


async def test_brands_come_and_go(start) -> None:
    zd = (await start()).zd
    (first,) = await zd.brands.list()
    assert first.default
    made = await zd.brands.create(name="Beta", subdomain="beta", host_mapping="help.example.com")
    assert (await zd.brands.show(made.id)).subdomain == "beta"
    assert (await zd.brands.check_host_mapping(made.id)).is_valid
    wrong = await zd.brands.check_host_mapping(host_mapping="help.nowhere.test", subdomain="beta")
    assert (wrong.is_valid, wrong.expected_cnames) == (False, ("beta.zendesk.com",))
    assert (await zd.brands.update(made.id, default=True)).default
    assert not (await zd.brands.show(first.id)).default
    with pytest.raises(ValidationError):
        await zd.brands.delete(made.id)
    await zd.brands.delete(first.id)
    assert [brand.id async for brand in zd.brands.list()] == [made.id]
    with pytest.raises(ValidationError) as caught:
        await zd.brands.create(name="Again", subdomain="beta")
    assert caught.value.fields["subdomain"][0].code == "DuplicateValue"


async def test_agents_of_a_brand_are_found_by_brand_and_by_agent(start) -> None:
    zd = (await start()).zd
    (brand,) = await zd.brands.list()
    every = [one async for one in zd.brand_agents.list()]
    assert {one.user_id for one in every} == {ADMIN_ID, AGENT_ID}
    assert [one.id async for one in zd.brand_agents.list(brand_id=brand.id)] == [one.id for one in every]
    (mine,) = await zd.brand_agents.list(user_id=AGENT_ID)
    assert (await zd.brand_agents.list(user_id=AGENT_ID, brand_id=brand.id)).records == [mine]
    assert await zd.brand_agents.show(mine.id) == await zd.brand_agents.show(mine.id, user_id=AGENT_ID) == mine
    with pytest.raises(NotFound):
        await zd.brand_agents.show(mine.id, user_id=ADMIN_ID)
    await zd.brand_agents.delete(mine.id)
    assert not (await zd.brand_agents.list(user_id=AGENT_ID)).records


async def test_custom_roles_are_those_that_users_have(start) -> None:
    stage = await start()
    zd = stage.zd
    role = await zd.custom_roles.create(name="Auditor", configuration={"ticket_deletion": False, "view_access": "full"})
    changed = await zd.custom_roles.update(role.id, configuration={"ticket_deletion": True})
    assert changed.configuration == {"ticket_deletion": True, "view_access": "full"}
    agent = await zd.users.update(AGENT_ID, custom_role_id=role.id)
    assert agent.custom_role_id == role.id
    assert (await zd.custom_roles.show(role.id)).team_member_count == 1
    with pytest.raises(ValidationError):
        await zd.custom_roles.delete(role.id)
    await zd.users.update(AGENT_ID, custom_role_id=None)
    await zd.custom_roles.delete(role.id)
    assert role.id not in [one.id for one in await zd.custom_roles.list()]


async def test_languages(start) -> None:
    zd = (await start()).zd
    chosen = {locale.locale for locale in await zd.locales.list()}
    assert {locale.locale for locale in await zd.locales.agent()} == chosen
    assert chosen < {locale.locale for locale in await zd.locales.public()}
    german = await zd.locales.show("de")
    assert await zd.locales.show(german.id) == german
    assert (await zd.locales.current()).locale == "en-US"
    assert (await zd.locales.detect_best_locale(["fr", "de"])).locale == "fr"
    assert (await zd.locales.detect_best_locale()).locale == "en-US"
    with pytest.raises(NotFound):
        await zd.locales.show("tlh")


async def test_settings_are_changed_section_by_section_and_unknown_names_are_ignored(start) -> None:
    stage = await start()
    settings = await stage.zd.account_settings.update(tickets={"tagging": False, "levitation": True})
    assert settings.tickets["tagging"] is False
    assert "levitation" not in settings.tickets
    assert settings.tickets["collaboration"] is True
    assert (await stage.zd.account_settings.show()) == settings
    (brand,) = await stage.zd.brands.list()
    assert settings.brands["default_brand_id"] == brand.id
    with pytest.raises(PermissionDenied):
        await (await stage.client(AGENT)).account_settings.update(tickets={"tagging": True})


async def test_the_log_is_filtered_by_who_what_and_when(start) -> None:
    stage = await start()
    zd = stage.zd
    every = [entry async for entry in zd.audit_logs.list(page_size=1)]
    assert {entry.source_id for entry in every} == {ADMIN_ID, AGENT_ID}
    assert await zd.audit_logs.show(every[0].id) == every[0]
    assert [one.source_id async for one in zd.audit_logs.list(source_type="user", source_id=AGENT_ID)] == [AGENT_ID]
    assert not (await zd.audit_logs.list(action="destroy")).records
    made = every[0].created_at
    assert made is not None
    day = timedelta(days=1)
    assert len((await zd.audit_logs.list(created_at=(made - day, made + day))).records) == len(every)
    assert not (await zd.audit_logs.list(created_at=(made + day, made + 2 * day))).records
    await zd.audit_logs.export(source_type="user")
    with pytest.raises(PermissionDenied):
        await (await stage.client(AGENT)).audit_logs.list()


async def test_two_exports_of_the_log_wait_for_the_minute(start) -> None:
    stage = await start()
    for _ in range(2):
        await stage.zd.audit_logs.export()
    assert not stage.account.rejections
    assert stage.account.worst("audit-logs-export") == 1


async def test_bookmarks_are_the_callers_own(start) -> None:
    stage = await start()
    ticket = stage.account.state.add_ticket(CUSTOMER_ID)
    mine = await stage.zd.bookmarks.create(ticket.id)
    assert mine.ticket is not None
    assert mine.ticket.id == ticket.id
    assert (await stage.zd.bookmarks.create(ticket.id)).id == mine.id
    other = await stage.client(AGENT)
    assert not (await other.bookmarks.list()).records
    with pytest.raises(NotFound):
        await other.bookmarks.delete(mine.id)
    assert [one.id async for one in stage.zd.bookmarks.list()] == [mine.id]
    await stage.zd.bookmarks.delete(mine.id)
    assert not (await stage.zd.bookmarks.list()).records
    with pytest.raises(ValidationError):
        await stage.zd.bookmarks.create(999_999)


async def test_activities_are_the_assignments_of_the_caller(start) -> None:
    stage = await start()
    ticket = stage.account.state.add_ticket(CUSTOMER_ID, assignee_id=AGENT_ID, now=stage.account.now())
    agent = await stage.client(AGENT)
    (activity,) = await agent.activities.list()
    assert (activity.verb, activity.user_id) == ("tickets.assignment", AGENT_ID)
    assert activity.user is not None
    assert activity.user.id == AGENT_ID
    assert activity.target["ticket"] == {"id": ticket.id, "subject": ticket.subject}
    assert await agent.activities.show(activity.id) == activity
    assert (await agent.activities.count()).value == 1
    later = datetime.fromtimestamp(stage.account.now(), UTC) + timedelta(hours=1)
    assert not (await agent.activities.list(since=later)).records
    assert not (await stage.zd.activities.list()).records


async def test_agreements_are_offered_and_accepted(start) -> None:
    stage = await start()
    zd = stage.zd
    offered = await zd.sharing_agreements.create(remote_subdomain="beta", name="Beta")
    assert (offered.status, offered.type) == ("pending", "outbound")
    assert (await zd.sharing_agreements.update(offered.id, status="accepted")).status == "accepted"
    assert [one.id for one in await zd.sharing_agreements.list()] == [offered.id]
    assert (await zd.sharing_agreements.show(offered.id)).name == "Beta"
    await zd.sharing_agreements.delete(offered.id)
    with pytest.raises(NotFound):
        await zd.sharing_agreements.show(offered.id)


async def test_what_a_collection_does_not_know_is_dropped_and_named(start) -> None:
    stage = await start()
    await stage.zd.request("POST", "/api/v2/brands", json={"brand": {"name": "B", "subdomain": "b", "smell": "fresh"}})
    (ignored,) = [event for event in stage.events if isinstance(event, ParametersIgnored)]
    assert "smell" in ignored.text
    assert "smell" not in str(BRANDS.rows(stage.account))
