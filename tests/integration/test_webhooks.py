"""Webhooks over real sockets: the calls, their own limits, and deliveries that a receiver can verify."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from zdasync import ApiToken, BadArgument, BadRequest, NotFound, OutcomeUnknown, PermissionDenied
from zdasync.errors import InvalidSignature
from zdasync.simulator.faults import Fault
from zdasync.simulator.webhooks import invoke
from zdasync.webhooks import verify_headers

NEW = {
    "name": "Orders", "endpoint": "https://shop.example.com/hook", "http_method": "POST", "request_format": "json",
    "status": "active",
}
BASIC = {"type": "basic_auth", "data": {"username": "me", "password": "pass-word"}, "add_position": "header"}


async def test_create_show_list(start) -> None:
    stage = await start()
    webhooks = stage.zd.webhooks
    made = await webhooks.create(
        **NEW, subscriptions=["conditional_ticket_events"], authentication=BASIC,
        custom_headers={"X-Key": "open-sesame"}, description="New orders",
        external_source={"name": "shop", "version": "2"},
    )
    assert stage.statuses == [201]
    assert len(made.id) == 26
    assert (made.name, made.status, made.subscriptions) == ("Orders", "active", ("conditional_ticket_events",))
    assert made.authentication is not None
    assert (made.authentication.type, made.authentication.data) == ("basic_auth", None)
    assert made.external_source is not None
    assert made.external_source.version == "2"
    assert made.custom_headers == {"X-Key": "open-sesame"}
    assert "open-sesame" not in repr(made)
    assert await webhooks.show(made.id) == made
    assert [one async for one in webhooks.list()] == [made]
    assert stage.drifts == []
    stored = stage.account.state.webhooks.by_id[made.id]
    assert stored.fields["authentication"] == BASIC


async def test_list_filters_sorts_and_pages(start) -> None:
    stage = await start()
    for number in range(5):
        fields = {"name": f"hook {4 - number}", "status": ["active", "inactive"][number % 2]}
        await stage.zd.webhooks.create(**NEW | fields)
    listing = stage.zd.webhooks.list
    stage.forget()
    assert [one.name async for one in listing(page_size=2, sort="name")] == [f"hook {number}" for number in range(5)]
    assert len(stage.sent) == 3
    assert [one.name async for one in listing(status="inactive")] == ["hook 3", "hook 1"]
    assert [one.name async for one in listing(name_contains="OK 2")] == ["hook 2"]
    assert stage.queries[-1] == [("filter[name_contains]", "OK 2"), ("page[size]", "100")]
    first = await listing(page_size=3)
    assert [one.name async for one in listing(cursor=first.after_cursor)] == ["hook 1", "hook 0"]


async def test_update_replaces_and_patch_changes(start) -> None:
    stage = await start()
    webhooks = stage.zd.webhooks
    made = await webhooks.create(**NEW, description="old")
    await webhooks.patch(made.id, status="inactive")
    shown = await webhooks.show(made.id)
    assert (shown.status, shown.description) == ("inactive", "old")
    await webhooks.update(made.id, **NEW | {"name": "Renamed"})
    shown = await webhooks.show(made.id)
    assert (shown.name, shown.status, shown.description) == ("Renamed", "active", None)
    await webhooks.delete(made.id)
    with pytest.raises(NotFound):
        await webhooks.show(made.id)
    assert stage.statuses == [201, 204, 200, 204, 200, 204, 404]


async def test_clone(start) -> None:
    stage = await start()
    made = await stage.zd.webhooks.create(**NEW, description="like this")
    clone = await stage.zd.webhooks.clone(made.id)
    assert clone.id != made.id
    assert (clone.name, clone.description) == ("Orders", "like this")
    secrets = [await stage.zd.webhooks.signing_secret(one.id) for one in (made, clone)]
    assert secrets[0] != secrets[1]
    with pytest.raises(NotFound):
        await stage.zd.webhooks.clone("01EJFTSCC78X5V07NPY2MHR00M")


async def test_a_secret_is_not_shown_and_can_be_replaced(start) -> None:
    stage = await start()
    made = await stage.zd.webhooks.create(**NEW, signing_secret={"algorithm": "SHA256", "secret": "of my own"})
    secret = await stage.zd.webhooks.signing_secret(made.id)
    assert (secret.secret, secret.algorithm) == ("of my own", "SHA256")
    assert "of my own" not in repr(secret)
    other = await stage.zd.webhooks.reset_signing_secret(made.id)
    assert other.secret not in (None, "of my own")
    assert await stage.zd.webhooks.signing_secret(made.id) == other


async def test_test(start) -> None:
    stage = await start()
    made = await stage.zd.webhooks.create(**NEW)
    result = await stage.zd.webhooks.test(endpoint="https://shop.example.com/hook", http_method="GET")
    assert (result.status, result.response_code) == ("success", 200)
    await stage.zd.webhooks.test(made.id, endpoint="https://shop.example.com/hook", custom_headers={"X": "y"})
    assert stage.queries[-1] == [("webhook_id", made.id)]
    with pytest.raises(NotFound):
        await stage.zd.webhooks.test("none", endpoint="https://shop.example.com/hook")


async def test_what_is_refused_before_it_is_sent(start) -> None:
    stage = await start()
    webhooks = stage.zd.webhooks
    for call, message in [
        (lambda: webhooks.create(**{key: value for key, value in NEW.items() if key != "endpoint"}), "endpoint"),
        (lambda: webhooks.create(**NEW | {"http_method": "HEAD"}), "http_method"),
        (lambda: webhooks.create(**NEW, subscription=[]), "subscriptions"),
        (lambda: webhooks.create(**NEW, subscriptions="all"), "subscriptions"),
        (lambda: webhooks.create(**NEW, authentication={"data": {}}), "type"),
        (lambda: webhooks.update("01A", name="alone"), "required"),
        (lambda: webhooks.patch("01A"), "no fields"),
        (webhooks.test, "no fields"),
        (lambda: webhooks.test(http_method="GET"), "endpoint"),
        (lambda: webhooks.show("a/../b"), "webhook_id"),
        (lambda: webhooks.clone("a&b=c"), "webhook_id"),
        (lambda: webhooks.test("a b", endpoint="https://x.org"), "webhook_id"),
        (lambda: webhooks.list(status="off"), "status must be"),
        (lambda: webhooks.list(sort="created_at"), "sort must be"),
        (lambda: webhooks.invocations("01A", status="lost"), "status must be"),
        (lambda: webhooks.invocations("01A", from_ts=datetime(2026, 1, 1)), "time zone"),  # noqa: DTZ001
    ]:
        with pytest.raises(BadArgument, match=message):
            call()
    assert stage.sent == []
    with pytest.raises(BadRequest):
        await webhooks.create(**NEW | {"endpoint": "nowhere"})


async def test_only_for_admins(start) -> None:
    stage = await start()
    agent = await stage.client(ApiToken("agent@example.com", "token"))
    with pytest.raises(PermissionDenied):
        await agent.webhooks.list()


async def test_a_patch_is_repeated_and_a_creation_is_not(start) -> None:
    stage = await start()
    made = await stage.zd.webhooks.create(**NEW)
    stage.account.faults.add(Fault(route="PATCH /api/v2/webhooks/{id}", calls=[1], kind="reset_after"))
    stage.account.faults.add(Fault(route="POST /api/v2/webhooks", kind="reset_after"))
    await stage.zd.webhooks.patch(made.id, status="inactive")
    with pytest.raises(OutcomeUnknown):
        await stage.zd.webhooks.create(**NEW)
    assert [line.split()[0] for line in stage.sent] == ["POST", "PATCH", "PATCH", "POST"]


# --- limits


async def test_webhooks_have_a_minute_of_their_own(start) -> None:
    """100 a minute and 20 tests; neither takes from the account's, and more of them wait instead of being rejected."""
    stage = await start()
    made = await stage.zd.webhooks.create(**NEW)
    await stage.zd.webhooks.test(endpoint="https://shop.example.com/hook")
    used, began = stage.zd.limits["account"].used, stage.account.now()
    for _ in range(120):
        await stage.zd.webhooks.show(made.id)
    assert stage.account.now() - began > 30
    for _ in range(25):
        await stage.zd.webhooks.test(endpoint="https://shop.example.com/hook")
    assert stage.account.rejections == {}
    assert stage.account.worst("webhooks") == 100
    assert stage.account.worst("webhooks-test") == 20
    assert stage.zd.limits["webhooks"].total == 100
    assert stage.zd.limits["webhooks-test"].total == 20
    assert stage.zd.limits["account"].used == used == stage.account.worst("account") == 0


# --- deliveries


async def test_a_delivery_can_be_verified(start) -> None:
    stage = await start()
    webhooks = stage.zd.webhooks
    made = await webhooks.create(**NEW, authentication=BASIC, custom_headers={"X-Key": "k"})
    sent = invoke(stage.account, made.id, {"ticket": 35436, "note": "ü"})
    secret = (await webhooks.signing_secret(made.id)).secret
    assert (sent.method, sent.url) == ("POST", NEW["endpoint"])
    assert json.loads(sent.body) == {"ticket": 35436, "note": "ü"}
    assert sent.headers["X-Zendesk-Webhook-Id"] == made.id
    assert (sent.headers["X-Key"], sent.headers["Authorization"]) == ("k", "Basic bWU6cGFzcy13b3Jk")
    now = stage.account.now()
    at = verify_headers(sent.body, sent.headers, secret=secret, now=now)
    assert at == datetime.fromtimestamp(int(now), UTC)
    with pytest.raises(InvalidSignature):
        verify_headers(sent.body.replace(b"35436", b"35437"), sent.headers, secret=secret, now=now)
    other = (await webhooks.reset_signing_secret(made.id)).secret
    with pytest.raises(InvalidSignature):
        verify_headers(sent.body, sent.headers, secret=other, now=now)
    assert verify_headers(sent.body, sent.headers, secret=[other, secret], now=now) == at


async def test_invocations_and_attempts(start) -> None:
    stage = await start()
    webhooks = stage.zd.webhooks
    made = await webhooks.create(**NEW)
    sent = [invoke(stage.account, made.id, b"{}", event_type="zen:event-type:user.created", answered=code)
            for code in (200, 404, 500)]
    found = [one async for one in webhooks.invocations(made.id, page_size=2)]
    assert sorted(one.id for one in found) == sorted(one.invocation_id for one in sent)
    by_id = {one.id: one.status for one in found}
    assert [by_id[one.invocation_id] for one in sent] == ["success", "client error", "server error"]
    failed = await webhooks.invocations(made.id, status="server error", sort="-latest_completed_at")
    assert [(one.id, one.attempts_count, one.webhook_id) for one in failed] == [(sent[2].invocation_id, 1, made.id)]
    later = datetime.fromtimestamp(stage.account.now() + 60, UTC)
    assert len(await webhooks.invocations(made.id, to_ts=later)) == 3
    assert len(await webhooks.invocations(made.id, from_ts=later)) == 0
    (attempt,) = await webhooks.attempts(made.id, sent[1].invocation_id)
    assert attempt.invocation_id == sent[1].invocation_id
    assert (attempt.status, attempt.response_code) == ("client error", 404)
    with pytest.raises(NotFound):
        await webhooks.attempts(made.id, "01NONE")
    assert stage.drifts == []
