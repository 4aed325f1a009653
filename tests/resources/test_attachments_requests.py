"""What attachments send, and where a file may be asked for."""

from __future__ import annotations

import asyncio
import io

import pytest
from fake_caller import FakeCaller
from hypothesis import given
from hypothesis import strategies as st

from zdasync.errors import BadArgument, NotFound
from zdasync.records.attachments import Upload
from zdasync.records.users import Attachment
from zdasync.resources import _sources
from zdasync.resources._download import place_of
from zdasync.resources.attachments import UPLOAD, UPLOAD_MORE, Attachments

HOME = "https://acme.zendesk.com"


class Watched(FakeCaller):
    """Notes whether the content is open when the request is sent."""

    async def send(self, request):
        self.read = await request.content.read(0, 3)
        return await super().send(request)


async def test_the_request_of_an_upload() -> None:
    caller = Watched({"upload": {"token": "abc"}})
    call = Attachments(caller).upload(io.BytesIO(b"content"), filename="ü.txt", token="t1", timeout=9)
    assert caller.sent == []
    assert await call == Upload(token="abc")
    sent = caller.last
    assert (sent.path, sent.query) == ("/api/v2/uploads", (("filename", "ü.txt"), ("token", "t1")))
    assert (sent.headers, sent.body, sent.timeout) == ({"Content-Type": "text/plain"}, None, 9.0)
    assert (sent.content.size, caller.read) == (7, b"con")


@pytest.mark.parametrize("reply", [{"upload": {"token": "abc"}}, NotFound("x", status=404), asyncio.CancelledError()])
async def test_the_content_is_closed_however_the_call_ends(reply, monkeypatch) -> None:
    monkeypatch.setattr(_sources, "IN_MEMORY", 4)

    async def source():
        yield b"con"
        yield b"tent"

    caller = Watched(reply) if isinstance(reply, dict) else FakeCaller()
    if not isinstance(reply, dict):
        async def send(request):
            caller.sent.append(request)
            raise reply
        caller.send = send
    try:
        await Attachments(caller).upload(source(), filename="a")
    except type(reply):
        assert not isinstance(reply, dict)
    with pytest.raises(BadArgument, match="its call has ended"):
        await caller.last.content.read(0, 3)


def test_only_a_fresh_upload_may_be_sent_twice() -> None:
    caller = FakeCaller()
    assert (UPLOAD.repeatable, UPLOAD_MORE.repeatable) == (True, False)
    assert Attachments(caller).upload(b"x", filename="a").request.route is UPLOAD
    assert Attachments(caller).upload(b"x", filename="a", token="t").request.route is UPLOAD_MORE


@pytest.mark.parametrize(("url", "own"), [
    ("https://acme.zendesk.com/attachments/token/x/?name=a.png", True),
    ("https://ACME.zendesk.com:443/system/photos/1/a.png#top", True),
    ("https://acme.zendesk.com.evil.org/a", False), ("https://evil.org/acme.zendesk.com", False),
    ("https://acme.zendesk.com:444/a", False), ("https://acme.zendesk.org/a", False),
    ("https://cme.zendesk.com/a", False), ("https://p1.zdusercontent.com/attachment/1?token=x", False),
    ("https://[::1]/a", False), ("https://evil.org./a", False),
])
def test_whose_host_an_address_is(url, own) -> None:
    assert place_of(url, HOME).own is own


@pytest.mark.parametrize("url", [
    "http://acme.zendesk.com/a", "http://127.0.0.1/a", "http://localhost/a", "//evil.org/a", "/a", "", "https://",
    "https://acme.zendesk.com\\.evil.org/a", "https://evil.org\\.acme.zendesk.com/a", "https://a..b/x", "https://./x",
    f"https://{'a' * 64}.org/x", "https://exa mple/x", "https://exa%6Dple.org/x", "https://[fe80::1%25eth0]/x", "https://[::1]x/a",
    "https://[::1/a", "data:text/plain,x", "https://user@acme.zendesk.com/a", "https://acme.zendesk.com\\@evil.org/a", "https://:p@acme.zendesk.com/a",
    "https://acme.zendesk.com:x/a", "https://acme.zendesk.com/api/v2/users", "https://acme.zendesk.com//api/v2/users",
    "https://acme.zendesk.com/%2561/../api/v2", "https://acme.zendesk.com/oauth/tokens", "https://acme.zendesk.com/access",
])
def test_addresses_that_are_not_asked(url) -> None:
    with pytest.raises(BadArgument):
        place_of(url, HOME)


@given(st.text())
def test_no_text_is_taken_for_the_account_s_host_by_mistake(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/a", f"https://acme.zendesk.com{text}"):
        try:
            place = place_of(url, HOME)
        except BadArgument:
            continue
        parts = place.parts
        assert place.url.isascii()
        assert place.own == ((parts.hostname, parts.port or 443) == ("acme.zendesk.com", 443))
        assert parts.scheme == "https"


def test_an_attachment_without_content_is_refused() -> None:
    attachments = Attachments(FakeCaller())
    for wanted in (Attachment(id=1), Attachment(id=1, content_url=""), "not-a-url", 1.5, None, True):
        with pytest.raises(BadArgument):
            attachments.download(wanted)
    assert repr(attachments.download(1)) == "<Download>"
