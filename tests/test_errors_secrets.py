"""No secret shows anywhere, and what can't be right is refused before anything is sent."""

from __future__ import annotations

import base64
import gc
import logging
import traceback

import pytest
from support import puppet_client, refusing_url, rig
from watching import REPLIES, Watch

from zdasync import (
    ApiToken,
    BadArgument,
    ClientCredentials,
    OAuthToken,
    RefreshToken,
    Zendesk,
    ZendeskError,
)
from zdasync._core.message import Request, Response
from zdasync.errors import UnexpectedReply
from zdasync.events import Event
from zdasync.resources.oauth import OAuth
from zdasync.simulator import CUSTOMER_ID, Account, Fault

SECRET = "5ecre7Value5ecre7Value"
BASIC = base64.b64encode(f"admin@example.com/token:{SECRET}".encode()).decode()
SECRETS = (SECRET, BASIC)
ROWS = [{"email": f"u{number}@example.org", "name": "N"} for number in range(101)]


async def suffer(zd: Zendesk, watch: Watch) -> None:
    """Meet one error after the other."""
    for call in (
        lambda: zd.users.show(5),
        lambda: zd.users.update(5, notes="x"),
        lambda: zd.users.create(name="N"),
        lambda: zd.users.set_password(5, SECRET),
        lambda: zd.users.change_password(5, previous_password=SECRET, password=SECRET),
        lambda: zd.request("GET", "/api/v2/users"),
        lambda: zd.users.show(5, timeout=0.5, deadline=0.1),
    ):
        try:
            await call()
        except ZendeskError as error:
            watch.errors.append(error)


@pytest.mark.parametrize("what", REPLIES)
@pytest.mark.parametrize("auth", [ApiToken("admin@example.com", SECRET), OAuthToken(SECRET)])
async def test_no_error_shows_a_secret(what, auth, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    async with puppet_client(REPLIES[what], auth=auth, timeout=1, observer=watch.events.append) as (zd, server):
        await suffer(zd, watch)
        assert len(watch.errors) >= 4
        assert any(secret in request for request in server.requests for secret in SECRETS)
        seen = watch.seen(caplog.text + repr(zd) + repr(zd.limits) + str(zd.limits))
    assert not [secret for secret in SECRETS if secret in seen]


async def test_no_lost_connection_shows_a_secret(caplog) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    auth = ApiToken("admin@example.com", SECRET)
    async with Zendesk(base_url=refusing_url(), auth=auth, plan="team", observer=watch.events.append) as zd:
        await suffer(zd, watch)
    for kind in ("reset_before", "reset_after", "truncate", "stall"):
        account = Account(faults=[Fault(kind=kind)])
        account.api_tokens.add(SECRET)
        async with account.serve() as url, Zendesk(base_url=url, auth=auth, plan="team", timeout=2) as zd:
            await suffer(zd, watch)
    assert len(watch.errors) > 20
    assert not [secret for secret in SECRETS if secret in watch.seen(caplog.text)]


@pytest.mark.parametrize(
    "auth",
    [
        lambda: ClientCredentials("client", SECRET),
        lambda: RefreshToken(SECRET, "client", SECRET, on_rotate=lambda _: None),
    ],
)
@pytest.mark.parametrize("fault", ["", "error", "reset_before", "stall", "truncate", "empty", "redirect"])
async def test_no_failed_grant_shows_a_secret(auth, fault, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    faults = [Fault("POST /oauth/tokens", fault)] if fault else []
    options = {"timeout": 2, "observer": watch.events.append}
    async with rig(auth=auth(), client=options, faults=faults) as r:
        await suffer(r.zd, watch)
        gc.collect()
        seen = watch.seen(caplog.text + repr(r.zd))
    assert len(watch.errors) == 7
    assert not [secret for secret in SECRETS if secret in seen]


# -- refused before anything is sent ----------------------------------------------------------------------------------


REFUSED = {
    "101 rows to create": lambda zd: zd.users.create_many(ROWS),
    "101 rows to upsert": lambda zd: zd.users.create_or_update_many(ROWS),
    "101 rows to update": lambda zd: zd.users.update_many([{"id": n + 1, "notes": "x"} for n in range(101)]),
    "101 ids to update": lambda zd: zd.users.update_many(ids=list(range(101)), notes="x"),
    "101 ids to destroy": lambda zd: zd.users.destroy_many(ids=list(range(101))),
    "101 ids to show": lambda zd: zd.users.show_many(ids=list(range(101))),
    "101 external ids": lambda zd: zd.users.show_many(external_ids=[f"e{n}" for n in range(101)]),
    "101 ids to log out": lambda zd: zd.users.logout_many(list(range(101))),
    "101 jobs": lambda zd: zd.job_statuses.show_many([f"j{n}" for n in range(101)]),
    "no rows": lambda zd: zd.users.create_many([]),
    "rows that are one row": lambda zd: zd.users.create_many({"name": "N"}),
    "a row without a name": lambda zd: zd.users.create_many([{"email": "a@b.c"}]),
    "unknown key": lambda zd: zd.users.update(5, organisation_id=7),
    "unknown key in a row": lambda zd: zd.users.create_or_update_many([{"email": "a@b.c", "nmae": "N"}]),
    "unknown option": lambda zd: zd.users.show(5, retries=7),
    "read-only key": lambda zd: zd.users.update(5, created_at="x"),
    "broken e-mail": lambda zd: zd.users.create(name="N", email="customer at example.org"),
    "broken e-mail in a row": lambda zd: zd.users.create_or_update_many([{"email": "a@", "name": "N"}]),
    "neither key": lambda zd: zd.users.create_or_update(name="N"),
    "tags as a string": lambda zd: zd.users.update(5, tags="vip"),
    "id as a path": lambda zd: zd.users.show("1/../../tickets"),
    "id with a query": lambda zd: zd.users.show("5?include=x"),
    "id as a fraction": lambda zd: zd.users.show(5.5),
    "id as a truth": lambda zd: zd.users.show(user_id=True),
    "negative id": lambda zd: zd.users.show(-5),
    "no id": lambda zd: zd.users.show(None),
    "encoded id": lambda zd: zd.users.delete("%2e%2e"),
    "job id as a path": lambda zd: zd.job_statuses.show("../users/5"),
    "identity id as a path": lambda zd: zd.users.identities.delete(5, "../7"),
    "session id as a path": lambda zd: zd.users.sessions.delete(5, "x/y"),
    "line break in a header": lambda zd: zd.on_behalf_of("a@b.c\r\nX-Admin: 1").users.me(),
    "unknown sideload": lambda zd: zd.users.list(include="tickets"),
    "page size": lambda zd: zd.users.list(page_size=1000),
    "no password": lambda zd: zd.users.set_password(5, ""),
    "a photo of nothing": lambda zd: zd.users.upload_photo(5, b""),
    "a photo that is no file": lambda zd: zd.users.upload_photo(5, "/nowhere/at/all.png"),
    "number that JSON has not": lambda zd: zd.users.update(5, user_fields={"points": float("inf")}),
    "body on a read": lambda zd: zd.request("GET", "/api/v2/users", json={}),
    "no deadline": lambda zd: zd.users.show(5, deadline=0),
    "both filters": lambda zd: zd.users.list(group_id=1, organization_id=2),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_cannot_be_right_is_not_sent(what) -> None:
    async with rig() as r:
        with pytest.raises(BadArgument) as caught:
            await REFUSED[what](r.zd)
        assert len(str(caught.value)) > 15
        assert r.account.requests == 0
        assert r.events == []


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda zd: zd.users.update(5, organisation_id=7), "did you mean 'organization_id'"),
        (lambda zd: zd.users.create_or_update_many(ROWS), "101 rows in one call, and Zendesk takes 100"),
        (lambda zd: zd.users.show("1/../../tickets"), "whole number like 35436"),
        (lambda zd: zd.users.update(5, tags="vip"), "tags: expected array"),
    ],
)
async def test_the_message_says_what_to_do(call, hint) -> None:
    with pytest.raises(BadArgument, match=hint):
        await call(Zendesk("acme", auth=OAuthToken("x")))


async def test_a_password_is_in_no_message() -> None:
    async with rig() as r:
        for password in (SECRET.encode(), [SECRET], {"password": SECRET}):
            with pytest.raises(BadArgument) as caught:
                await r.zd.users.set_password(CUSTOMER_ID, password)
            assert SECRET not in repr(caught.value) + str(caught.value)


async def test_a_reply_with_a_secret_that_is_no_record_is_not_quoted() -> None:
    class Answers:
        """A caller whose server answers with something else than a token's record."""

        exchange = None

        async def send(self, request: Request) -> Response:
            return Response(201, {}, b'{"tokens": {"full_token": "s3cr3t-t0k3n"}}', 0.0, 0.0)

        def emit(self, event: Event) -> None:
            pass

    with pytest.raises(UnexpectedReply) as caught:
        await OAuth(Answers()).tokens.create(client_id=7, scopes=["read"])
    assert caught.value.operation == "oauth.tokens.create"
    assert "s3cr3t" not in repr(caught.value.__dict__) + "".join(traceback.format_exception(caught.value))
