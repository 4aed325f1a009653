"""What opens a webhook or a file shows nowhere: credentials and signing secrets, tokens of uploads, addresses of files.

Each call fails in every way in which a server can fail it; then all that an observer, a log and whoever catches the
error could see is searched.
"""

from __future__ import annotations

import json
import logging

import pytest
from support import puppet, puppet_client, refusing_url, reply, rig
from watching import REPLIES, Watch

from zdasync import ApiToken, Zendesk, ZendeskError
from zdasync.records.attachments import Upload
from zdasync.records.webhooks import Webhook
from zdasync.simulator import Fault

SECRET = "5ecre7Value5ecre7Value"
AUTH = ApiToken("admin@example.com", "token")
BASIC = {"type": "basic_auth", "data": {"username": "u", "password": SECRET}, "add_position": "header"}
WEBHOOK = {
    "name": "N", "endpoint": "https://example.org/", "http_method": "POST", "request_format": "json",
    "status": "active", "authentication": BASIC, "signing_secret": {"algorithm": "SHA256", "secret": SECRET},
    "custom_headers": {"X-Key": SECRET},
}
COMMENT = {"body": "see the file", "uploads": [SECRET]}


async def no_sink(_: bytes) -> None:
    raise OSError("no room")


CALLS = {
    "create": lambda zd: zd.webhooks.create(**WEBHOOK),
    "update": lambda zd: zd.webhooks.update("w1", **WEBHOOK),
    "patch": lambda zd: zd.webhooks.patch("w1", authentication={"type": "bearer_token", "data": {"token": SECRET}}),
    "test": lambda zd: zd.webhooks.test(endpoint="https://example.org/", custom_headers={"X-Key": SECRET}),
    "upload": lambda zd: zd.attachments.upload(b"content", filename="a.txt", token=SECRET),
    "delete upload": lambda zd: zd.attachments.delete_upload(SECRET),
    "download": lambda zd: zd.attachments.download(f"{zd.base_url}/attachments/token/{SECRET}/?name=a.txt"),
    "download to a sink": lambda zd: zd.attachments.download(f"{zd.base_url}/attachments/token/{SECRET}/", no_sink),
    "new ticket": lambda zd: zd.tickets.create(comment=COMMENT),
    "comment": lambda zd: zd.tickets.update(5, comment=COMMENT),
    "request": lambda zd: zd.requests.create(subject="S", comment=COMMENT),
    "many tickets": lambda zd: zd.tickets.create_many([{"comment": COMMENT}]),
}

OPENED = {"id": "w1", "authentication": BASIC, "signing_secret": {"secret": SECRET}, "custom_headers": {"a": SECRET}}
BROKEN = {
    "of the wrong type": {"webhook": {**OPENED, "id": 5, "authentication": SECRET, "status": [SECRET]}},
    "not a record": {"webhook": [SECRET]},
    "under another key": {"hook": OPENED},
    "a secret of the wrong type": {"signing_secret": {"secret": [SECRET]}},
    "a secret that is no record": {"signing_secret": SECRET},
    "a page that is none": {"webhooks": SECRET, "meta": {"has_more": False}},
    "a page of what is none": {"webhooks": [SECRET, {"id": 1, "signing_secret": SECRET}], "meta": {"has_more": False}},
}
SHOWING = {
    "show": lambda zd: zd.webhooks.show("w1"),
    "list": lambda zd: zd.webhooks.list(),
    "clone": lambda zd: zd.webhooks.clone("w1"),
    "create": lambda zd: zd.webhooks.create(**WEBHOOK),
    "signing secret": lambda zd: zd.webhooks.signing_secret("w1"),
    "reset": lambda zd: zd.webhooks.reset_signing_secret("w1"),
}


async def fail(zd: Zendesk, watch: Watch, calls=CALLS) -> str:
    """Meet one error after the other; gives what calls and their requests show of themselves."""
    shown = ""
    for call in calls.values():
        made = call(zd)
        shown += repr(made) + repr(getattr(made, "request", ""))
        try:
            await made
        except (ZendeskError, OSError) as error:
            watch.errors.append(error)
    return shown


@pytest.mark.parametrize("what", REPLIES)
async def test_no_failing_call_shows_what_it_carries(what, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    async with puppet_client(REPLIES[what], timeout=1, observer=watch.events.append) as (zd, server):
        shown = await fail(zd, watch)
        shown += watch.seen(caplog.text + repr(zd) + repr(zd.limits) + str(zd.limits))
    assert len(watch.errors) >= 8
    assert sum(SECRET in request for request in server.requests) >= len(CALLS)
    assert SECRET not in shown


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate", "stall", "empty", "redirect"])
async def test_no_lost_line_shows_what_a_call_carries(kind, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    options = {"timeout": 2, "observer": watch.events.append}
    async with rig(client=options, faults=[Fault(kind=kind)]) as r:
        shown = await fail(r.zd, watch)
    async with Zendesk(base_url=refusing_url(), auth=AUTH, plan="team", observer=watch.events.append) as zd:
        shown += await fail(zd, watch)
    assert len(watch.errors) >= 1.5 * len(CALLS)
    assert SECRET not in shown + watch.seen(caplog.text)


@pytest.mark.parametrize("what", REPLIES)
async def test_the_address_of_a_file_elsewhere_is_not_shown(what, caplog) -> None:
    """It is signed: who has it has the file."""
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    async with puppet(REPLIES[what]) as other:
        away = reply(302, b"", Location=f"{other.url}/{SECRET}/a?signature={SECRET}")
        async with puppet_client(away, timeout=1, observer=watch.events.append) as (zd, _):
            await fail(zd, watch, {"download": CALLS["download"], "sink": CALLS["download to a sink"]})
        assert SECRET in other.requests[0]
    assert watch.errors
    assert SECRET not in watch.seen(caplog.text)


@pytest.mark.parametrize("where", [
    "https://elsewhere.invalid/{}", "http://elsewhere.invalid/{}", "https://{}@elsewhere.invalid/", "https://a..b/{}",
    "https://1.2.3/{}", "https://[::1/{}", "https://[::1]x/{}", "/api/v2/users/{}", "ftp://elsewhere.invalid/{}",
])
async def test_an_address_that_is_not_asked_is_not_shown(where, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    away = reply(302, b"", Location=where.format(SECRET))
    async with puppet_client(away, observer=watch.events.append) as (zd, _):
        await fail(zd, watch, {"download": lambda zd: zd.attachments.download(f"{zd.base_url}/attachments/token/x/")})
    assert len(watch.errors) == 1
    assert SECRET not in watch.seen(caplog.text)


@pytest.mark.parametrize("what", BROKEN)
async def test_a_reply_that_does_not_fit_is_not_quoted(what, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    async with puppet_client(reply(200, json.dumps(BROKEN[what])), observer=watch.events.append) as (zd, _):
        await fail(zd, watch, SHOWING)
        await fail(zd, watch, {"page": lambda zd: anext(aiter(zd.webhooks.list()))})
    assert len(watch.errors) + len(watch.events) > 7
    assert SECRET not in watch.seen(caplog.text)


REFUSED = {
    "a password that is none": {"authentication": {**BASIC, "data": {"username": "u", "password": [SECRET]}}},
    "a header that is none": {"custom_headers": {"X-Key": [SECRET]}},
    "credentials that are none": {"authentication": {**BASIC, "data": SECRET}},
    "a secret that is none": {"signing_secret": SECRET},
    "an unknown name": {"authentication": {**BASIC, "data": {"usrname": SECRET, "password": SECRET}}},
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_refused_is_not_quoted(what) -> None:
    watch = Watch()
    async with rig() as r:
        with pytest.raises(ZendeskError) as caught:
            r.zd.webhooks.create(**{**WEBHOOK, **REFUSED[what]})
        watch.errors.append(caught.value)
        assert r.account.requests == 0
    assert SECRET not in watch.seen("")


async def test_records_do_not_show_what_they_hold() -> None:
    async with puppet_client(reply(200, json.dumps({"webhook": OPENED, "upload": {"token": SECRET}}))) as (zd, _):
        webhook = await zd.webhooks.show("w1")
        upload = await zd.attachments.upload(b"content", filename="a.txt")
    assert (type(webhook), type(upload)) == (Webhook, Upload)
    assert (webhook.signing_secret.secret, upload.token) == (SECRET, SECRET)
    assert SECRET not in repr([webhook, upload]) + f"{webhook} {upload}" + repr(dict(upload.__rich_repr__()))
