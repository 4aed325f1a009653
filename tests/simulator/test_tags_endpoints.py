"""Tags of the account and of its tickets, users and organizations."""

from __future__ import annotations

import asyncio

import pytest
from desk import ADMIN_ID, AGENT, CUSTOMER_ID, Desk


@pytest.fixture
async def desk(serve):
    return Desk(await serve(strict=True))


@pytest.fixture
def place(desk):
    """Paths to the tags of a ticket, a user and an organization."""
    desk.account.state.add_ticket(CUSTOMER_ID)
    organization_id = next(iter(desk.account.state.organizations))
    return {
        "ticket": "tickets/1/tags", "user": f"users/{CUSTOMER_ID}/tags",
        "organization": f"organizations/{organization_id}/tags",
    }


@pytest.mark.parametrize("kind", ["ticket", "user", "organization"])
async def test_tags_of_a_record(desk, place, kind) -> None:
    path = place[kind]
    replaced = await desk.post(path, {"tags": ["Big One", "b", "b"]})
    assert (replaced.status, replaced.json) == (201, {"tags": ["big_one", "b"]})
    added = await desk.put(path, {"tags": ["c", "B"]})
    assert (added.status, added.json) == (200, {"tags": ["big_one", "b", "c"]})
    removed = await desk.delete(path, {"tags": ["b", "nothing"]})
    assert (removed.status, removed.body) == (204, b"")
    assert (await desk.get(path)).json == {"tags": ["big_one", "c"]}
    shown = (await desk.get(path.removesuffix("/tags"))).json[kind]
    assert shown["tags"] == ["big_one", "c"]


@pytest.mark.parametrize("kind", ["ticket", "user", "organization"])
async def test_what_is_refused(desk, place, kind) -> None:
    wrong = await desk.put(place[kind], {"tags": "one"})
    assert (wrong.status, wrong.json["error"]["title"]) == (400, "Invalid attribute")
    assert (await desk.put(place[kind], {})).status == 400
    assert (await desk.put(f"{kind}s/99/tags", {"tags": ["a"]})).status == 404
    assert (await desk.get(place[kind])).json == {"tags": []}


async def test_agents_tag_end_users_only(desk) -> None:
    assert (await desk.put(f"users/{ADMIN_ID}/tags", {"tags": ["a"]}, auth=AGENT)).status == 403
    assert (await desk.put(f"users/{CUSTOMER_ID}/tags", {"tags": ["a"]}, auth=AGENT)).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_safe_updates_of_a_tickets_tags(desk, method) -> None:
    made = await desk.create(tags=["a"])
    await asyncio.sleep(5)
    fresh = await desk.put(
        f"tickets/{made['id']}/tags", {"tags": ["b"], "safe_update": "true", "updated_stamp": made["updated_at"]}
    )
    assert fresh.json == {"tags": ["a", "b"]}
    stale = await desk.send(method, f"tickets/{made['id']}/tags", {
        "tags": ["b"], "safe_update": "true", "updated_stamp": made["updated_at"],
    })
    assert (stale.status, stale.json["error"]) == (409, "UpdateConflict")
    assert (await desk.show(made["id"]))["tags"] == ["a", "b"]


async def test_a_tag_write_is_told_in_an_audit(desk) -> None:
    made = await desk.create(tags=["a"])
    await desk.put(f"tickets/{made['id']}/tags", {"tags": ["b"]})
    last = (await desk.get(f"tickets/{made['id']}/audits")).json["audits"][-1]
    event = last["events"][0]
    assert (event["field_name"], event["value"], event["previous_value"]) == ("tags", ["a", "b"], ["a"])


async def test_the_accounts_tags_by_popularity(desk) -> None:
    for tags in (["shoe", "blue"], ["shoe"], ["shoes", "blue"], ["shoe", "snowshoe"]):
        doomed = await desk.create(tags=tags)
    got = (await desk.get("tags")).json
    assert [(tag["name"], tag["count"]) for tag in got["tags"]] == [
        ("shoe", 3), ("blue", 2), ("shoes", 1), ("snowshoe", 1),
    ]
    assert got["count"] == 4
    page = (await desk.get("tags?page%5Bsize%5D=2")).json
    assert page["meta"]["has_more"] is True
    assert (await desk.get(page["links"]["next"])).json["tags"] == got["tags"][2:]
    assert (await desk.get("tags/count")).json["count"]["value"] == 4
    for found in (
        await desk.get("autocomplete/tags?name=SHO"),
        await desk.post("autocomplete/tags?per_page=100", {"name": "sho"}),
    ):
        assert (found.json["tags"], found.json["count"]) == (["shoe", "shoes"], 2)
    assert (await desk.get("autocomplete/tags?name=s")).status == 400
    await desk.update(doomed["id"], tags=[])
    await desk.delete("tickets/3")
    assert (await desk.get("tags")).json["tags"] == [{"name": "shoe", "count": 2}, {"name": "blue", "count": 1}]
