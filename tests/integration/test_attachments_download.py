"""Downloads over real sockets: whole or nothing, and with credentials for one host only."""

from __future__ import annotations

import asyncio
import gzip
import os

import pytest

from zdasync import BadArgument, PermissionDenied, RateLimited, ServerError
from zdasync.errors import DownloadError, UnexpectedReply
from zdasync.simulator.faults import Fault
from zdasync.simulator.http import Reply

from .files import BIG, HUGE, awaited, keep, names

# --- downloads


async def test_download_by_record_by_id_and_by_address(start, tmp_path) -> None:
    stage = await start()
    kept = keep(stage)
    attachments = stage.zd.attachments
    shown = await attachments.show(kept.id)
    stage.forget()
    assert await attachments.download(shown) == BIG
    assert await attachments.download(kept.id) == BIG
    assert await attachments.download(shown.content_url) == BIG
    content = f"GET /attachments/token/{kept.content_token}/"
    assert stage.sent == [content, f"GET /api/v2/attachments/{kept.id}", content, content]
    assert stage.queries[0] == [("name", "a.bin")]
    path = tmp_path / "copy.bin"
    path.write_bytes(b"what was there")
    assert await attachments.download(shown, path) == len(BIG)
    assert path.read_bytes() == BIG
    pieces = []

    async def sink(piece: bytes) -> None:
        pieces.append(piece)

    assert await attachments.download(shown, sink) == len(BIG)
    assert b"".join(pieces) == BIG
    assert names(tmp_path) == ["copy.bin"]


async def test_a_download_counts_under_its_own_limit(start) -> None:
    stage = await start()
    shown = await stage.zd.attachments.show(keep(stage).id)
    used = stage.zd.limits["account"].used
    for _ in range(3):
        await stage.zd.attachments.download(shown)
    assert stage.zd.limits["attachments"].used == stage.account.worst("attachments") == 3
    assert stage.zd.limits["account"].used == used


@pytest.mark.parametrize("fault", [
    {"kind": "truncate"}, {"kind": "reset_before"}, {"kind": "reset_after"},
    {"kind": "rate_limited", "retry_after": 2}, {"kind": "error", "status": 502},
])
async def test_a_download_begins_again(start, tmp_path, fault) -> None:
    stage = await start(faults=[Fault(route="GET /attachments/token/{token}/", calls=[1, 2], **fault)])
    shown = await stage.zd.attachments.show(keep(stage, HUGE).id)
    assert await stage.zd.attachments.download(shown) == HUGE
    stage.account.faults.add(Fault(route="GET /attachments/token/{token}/", calls=[1, 2], **fault))
    assert await stage.zd.attachments.download(shown, tmp_path / "a") == len(HUGE)
    assert (tmp_path / "a").read_bytes() == HUGE
    assert len(stage.sent) == 1 + 3 + 3


async def test_what_was_handed_over_is_not_handed_over_twice(start) -> None:
    stage = await start(faults=[Fault(route="GET /attachments/token/{token}/", kind="truncate")])
    pieces = []

    async def sink(piece: bytes) -> None:
        pieces.append(piece)

    with pytest.raises(DownloadError, match="had been handed over") as caught:
        await stage.zd.attachments.download(keep(stage, HUGE).id, sink)
    assert (caught.value.reason, caught.value.operation) == ("interrupted", "attachments.download")
    assert HUGE.startswith(b"".join(pieces))
    assert pieces


@pytest.mark.parametrize("length", [len(BIG) - 1, len(BIG) + 1, 0])
async def test_another_size_than_the_attachment_has(start, tmp_path, length) -> None:
    stage = await start()
    kept = keep(stage)
    shown = await stage.zd.attachments.show(kept.id)
    kept.content = os.urandom(length)
    with pytest.raises(DownloadError) as caught:
        await stage.zd.attachments.download(shown, tmp_path / "a")
    assert caught.value.reason == "size"
    assert names(tmp_path) == []


async def test_a_size_that_no_header_tells(start, tmp_path) -> None:
    """Compressed content: its length on the wire says nothing of its size."""
    stage = await start()
    kept = keep(stage, b"a" * 5_000)
    shown = await stage.zd.attachments.show(kept.id)
    packed = gzip.compress(b"a" * 4_000)
    stage.account.answer(
        "GET /attachments/token/{token}/",
        lambda _: Reply(200, packed, {"Content-Encoding": "gzip", "Content-Type": "x/y"}),
    )
    with pytest.raises(DownloadError, match="gives 4000 bytes"):
        await stage.zd.attachments.download(shown, tmp_path / "a")
    with pytest.raises(DownloadError, match="max_size"):
        await stage.zd.attachments.download(shown.content_url, tmp_path / "a", max_size=3_999)
    assert await stage.zd.attachments.download(shown.content_url, max_size=4_000) == b"a" * 4_000
    assert names(tmp_path) == []


async def test_max_size(start, tmp_path) -> None:
    stage = await start()
    shown = await stage.zd.attachments.show(keep(stage).id)
    stage.forget()
    with pytest.raises(DownloadError) as caught:
        await stage.zd.attachments.download(shown, tmp_path / "a", max_size=len(BIG) - 1)
    assert caught.value.reason == "too_large"
    assert stage.sent == []
    with pytest.raises(DownloadError) as caught:
        await stage.zd.attachments.download(shown.content_url, tmp_path / "a", max_size=len(BIG) - 1)
    assert caught.value.reason == "too_large"
    assert names(tmp_path) == []
    assert await stage.zd.attachments.download(shown, max_size=len(BIG)) == BIG


async def test_malware_is_not_downloaded_unless_told(start) -> None:
    stage = await start()
    kept = keep(stage, malware_scan_result="malware_found")
    attachments = stage.zd.attachments
    stage.forget()
    with pytest.raises(DownloadError) as caught:
        await attachments.download(kept.id)
    assert caught.value.reason == "malware"
    assert stage.sent == [f"GET /api/v2/attachments/{kept.id}"]
    with pytest.raises(PermissionDenied):
        await attachments.download(kept.id, malware_access_override=True)
    await attachments.update(kept.id, malware_access_override=True)
    assert await attachments.download(kept.id) == BIG


async def test_places_where_no_file_can_be(start, tmp_path) -> None:
    stage = await start()
    kept = keep(stage)
    stage.forget()
    for place, message in [(tmp_path, "is a directory"), (tmp_path / "none" / "a", "no directory")]:
        with pytest.raises(BadArgument, match=message):
            await stage.zd.attachments.download(kept.id, place)
    for wanted, options, message in [
        (kept.id, {"to": 7}, "to must be"), (kept.id, {"max_size": -1}, "max_size"),
        (kept.id, {"max_size": True}, "max_size"), (-1, {}, "attachment"), (kept.id, {"timeout": 0}, "timeout"),
        ("http://example.org/a", {}, "https"), ("https:///a", {}, "no host"), ("ftp://x.org/a", {}, "no host"),
        ("https://x.org:99999/a", {}, "broken"), ("https://me:secret@x.org/a", {}, "user name"),
        (stage.account.url + "/api/v2/users", {}, "no file"), (stage.account.url + "/x/../%61pi/v2/u", {}, "no file"),
    ]:
        with pytest.raises(BadArgument, match=message):
            stage.zd.attachments.download(wanted, **options)
    assert stage.sent == []


# --- another host


async def test_credentials_do_not_follow_a_redirect(start, tmp_path) -> None:
    stage = await start(settings={"attachment_redirects": True})
    seen = []
    kept = keep(stage)

    def there(call):
        seen.append(dict(call.headers))
        return Reply(200, kept.content, {"Content-Type": "application/octet-stream"})

    stage.account.answer("GET /usercontent/{token}", there, anonymous=True)
    assert await stage.zd.attachments.download(kept.id) == BIG
    assert await stage.zd.attachments.download(kept.id, tmp_path / "a") == len(BIG)
    assert list(stage.account.strict_violations) == []
    for headers in seen:
        assert headers["Host"].startswith("localhost:")
        assert not {"Authorization", "Cookie", "Referer", "X-On-Behalf-Of"} & headers.keys()
    assert len(seen) == 2
    token = kept.content_token
    assert stage.sent[1:3] == [f"GET /attachments/token/{token}/", f"GET /usercontent/{token}"]


async def test_the_account_s_host_asks_for_credentials_and_gets_them(start) -> None:
    stage = await start(settings={"attachments_private": True, "attachment_redirects": True})
    assert await stage.zd.attachments.download(keep(stage).id) == BIG


async def test_a_failing_host_elsewhere_is_asked_again_from_the_start(start, tmp_path) -> None:
    stage = await start(
        settings={"attachment_redirects": True},
        faults=[Fault(route="GET /usercontent/{token}", calls=[1], kind="truncate"),
                Fault(route="GET /usercontent/{token}", calls=[2], kind="error", status=502),
                Fault(route="GET /usercontent/{token}", calls=[3], kind="rate_limited", retry_after=4)],
    )
    kept = keep(stage, HUGE)
    assert await stage.zd.attachments.download(kept.id, tmp_path / "a") == len(HUGE)
    assert (tmp_path / "a").read_bytes() == HUGE
    assert stage.sent.count(f"GET /usercontent/{kept.content_token}") == 4
    assert stage.account.rejections == {}
    stage.account.faults.add(Fault(route="GET /usercontent/{token}", kind="error", status=500, calls=range(1, 99)))
    stage.forget()
    with pytest.raises(ServerError):
        await stage.zd.attachments.download(kept.id, tmp_path / "b")
    assert stage.sent.count(f"GET /usercontent/{kept.content_token}") == 5
    assert names(tmp_path) == ["a"]


async def test_another_host_that_is_asked_too_often(start) -> None:
    """It says nothing about the account's limits, and is not asked again at once."""
    stage = await start(
        settings={"attachment_redirects": True},
        faults=[Fault(route="GET /usercontent/{token}", calls=range(1, 99), kind="rate_limited", retry_after=7)],
    )
    kept, began = keep(stage), stage.account.now()
    with pytest.raises(RateLimited):
        await stage.zd.attachments.download(kept.id)
    assert stage.sent.count(f"GET /usercontent/{kept.content_token}") == 5
    assert 4 * 7 <= stage.account.now() - began < 4 * 7 + 5


async def test_files_are_asked_for_as_they_are(start) -> None:
    stage = await start()
    seen = []
    stage.account.answer(
        "GET /attachments/token/{token}/",
        lambda call: seen.append(dict(call.headers)) or Reply(200, BIG, {"Content-Type": "x/y"}),
    )
    await stage.zd.attachments.download(keep(stage).id)
    assert (seen[0]["Accept"], seen[0]["Accept-Encoding"]) == ("*/*", "identity")
    assert "Authorization" in seen[0]


@pytest.mark.parametrize(("location", "message"), [
    ("http://example.org/a", "https"), ("/api/v2/users", "no file"), ("/access/unauthenticated?return_to=x", "no file"),
    (None, "did not say"), ("https://u:p@example.org/", "user name"), ("file:///etc/passwd", "no host"),
    ("https://a..b/x", "no host"), ("https://[::1/x", "broken"), ("https://[::1]x/x", "no host"),
])
async def test_redirects_that_are_not_followed(start, location, message) -> None:
    stage = await start()
    stage.account.answer(
        "GET /attachments/token/{token}/",
        lambda _: Reply(302, "", {"Content-Type": "text/html"} | ({} if location is None else {"Location": location})),
    )
    kept = keep(stage)
    stage.forget()
    with pytest.raises(UnexpectedReply, match=message):
        await stage.zd.attachments.download(kept.id)
    assert len(stage.sent) == 2


async def test_redirects_end(start) -> None:
    stage = await start()
    stage.account.answer(
        "GET /attachments/token/{token}/",
        lambda call: Reply(307, "", {"Content-Type": "text/html", "Location": f"../{call.values['token']}x/"}),
    )
    with pytest.raises(UnexpectedReply, match="after 4 redirects"):
        await stage.zd.attachments.download(keep(stage).id)
    assert len(stage.sent) == 1 + 5


async def test_a_host_that_leads_back_gets_no_credentials_out_of_us(start) -> None:
    stage = await start(settings={"attachment_redirects": True})
    back = f"{stage.account.url}/attachments/token/back/"
    seen = []
    stage.account.answer("GET /usercontent/{token}", lambda _: Reply(302, "", {"Location": back}), anonymous=True)
    stage.account.answer(
        "GET /attachments/token/back/",
        lambda call: seen.append(dict(call.headers)) or Reply(200, BIG, {"Content-Type": "x/y"}),
        anonymous=True,
    )
    assert await stage.zd.attachments.download(keep(stage).id) == BIG
    assert [("Authorization" in headers) for headers in seen] == [False]


# --- failure and cancellation


async def test_a_sink_that_fails_is_not_a_lost_line(start) -> None:
    stage = await start()
    kept = keep(stage)
    stage.forget()

    async def sink(piece: bytes) -> None:
        raise OSError(28, "no space left")

    with pytest.raises(OSError, match="no space left"):
        await stage.zd.attachments.download(kept.id, sink)
    assert len(stage.sent) == 2


async def test_a_cancelled_download_leaves_nothing(start, tmp_path) -> None:
    stage = await start(faults=[Fault(route="GET /attachments/token/{token}/", kind="stall", seconds=50)])
    task = asyncio.ensure_future(awaited(stage.zd.attachments.download(keep(stage, HUGE).id, tmp_path / "a")))
    await asyncio.sleep(10)
    assert len(names(tmp_path)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert names(tmp_path) == []


async def test_the_timeout_is_on_silence(start) -> None:
    stage = await start(
        faults=[Fault(route="GET /attachments/token/{token}/", calls=range(1, 8), kind="stall", seconds=50)]
    )
    kept = keep(stage, HUGE)
    assert await stage.zd.attachments.download(kept.id, timeout=51) == HUGE
    with pytest.raises(TimeoutError, match=r"nothing came for 49 s"):
        await stage.zd.attachments.download(kept.id, timeout=49, deadline=1e9)
