"""Uploads over real sockets: whole whatever happens to them, and shown, changed, deleted and redacted afterwards."""

from __future__ import annotations

import asyncio
import io

import pytest

from zdasync import BadArgument, NotFound, OutcomeUnknown, PermissionDenied, ValidationError
from zdasync.simulator import CUSTOMER_ID
from zdasync.simulator.faults import Fault
from zdasync.types import Photo

from .files import BIG, HUGE, Unseekable, awaited, chunks, keep, stored

UPLOADS = "POST /api/v2/uploads"


@pytest.fixture
def sources(tmp_path):
    """Makes a source of bytes of each kind."""

    def make(kind: str, content: bytes = BIG) -> Photo:
        path = tmp_path / "file.bin"
        path.write_bytes(content)
        if kind == "path":
            return path
        if kind == "stream":
            stream = io.BytesIO(b"skipped" + content)
            stream.seek(7)
            return stream
        if kind == "pipe":
            return Unseekable(content)
        return content if kind == "bytes" else chunks(content)

    return make


KINDS = ["path", "bytes", "stream", "pipe", "chunks"]


@pytest.mark.parametrize("kind", KINDS)
async def test_upload_from_anywhere(start, sources, kind) -> None:
    stage = await start()
    made = await stage.zd.attachments.upload(sources(kind), filename="report ü&?.bin", content_type="text/x-a")
    assert stored(stage) == [BIG]
    assert made.attachment is not None
    assert (made.attachment.file_name, made.attachment.content_type) == ("report ü&?.bin", "text/x-a")
    assert made.attachment.size == len(BIG)
    assert made.attachments == (made.attachment,)
    assert made.expires_at is not None
    assert made.expires_at.timestamp() == pytest.approx(stage.account.now() + 3600, abs=1)
    assert stage.drifts == []


@pytest.mark.parametrize("fault", [
    {"kind": "rate_limited", "retry_after": 3}, {"kind": "reset_before"}, {"kind": "reset_after"},
    {"kind": "error", "status": 503}, {"kind": "error_after", "status": 504}, {"kind": "truncate"},
])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_upload_survives_a_retry_whole(start, sources, kind, fault) -> None:
    """100,000 bytes were stored as 0 after a 429 by a client that did not rewind."""
    stage = await start(faults=[Fault(route=UPLOADS, calls=[1, 2], **fault)])
    made = await stage.zd.attachments.upload(sources(kind), filename="a.bin")
    assert stage.sent.count(UPLOADS) == 3
    assert set(stored(stage)) == {BIG}
    assert made.attachment is not None
    assert stage.account.state.attachments.by_id[made.attachment.id].content == BIG


@pytest.mark.parametrize("kind", KINDS)
async def test_more_than_fits_into_memory(start, sources, kind) -> None:
    stage = await start(faults=[Fault(route=UPLOADS, calls=[1], kind="rate_limited", retry_after=1)])
    await stage.zd.attachments.upload(sources(kind, HUGE), filename="a.bin")
    assert stored(stage) == [HUGE]


async def test_the_length_is_announced(start) -> None:
    stage = await start()
    seen = []
    stage.account.answer(UPLOADS, lambda call: seen.append(dict(call.headers)) or {"upload": {"token": "t"}})
    await stage.zd.attachments.upload(chunks(), filename="a.png")
    assert seen[0]["Content-Length"] == str(len(BIG))
    assert "Transfer-Encoding" not in seen[0]
    assert seen[0]["Content-Type"] == "image/png"


async def test_files_of_one_upload(start) -> None:
    stage = await start()
    first = await stage.zd.attachments.upload(b"one", filename="1.txt")
    second = await stage.zd.attachments.upload(b"two", filename="2.txt", token=first.token)
    assert second.token == first.token
    assert [one.file_name for one in second.attachments] == ["1.txt", "2.txt"]
    assert second.attachment == second.attachments[-1]
    with pytest.raises(ValidationError):
        await stage.zd.attachments.upload(b"three", filename="3.txt", token="gone")


async def test_a_lost_reply_would_put_a_file_twice_into_an_upload(start) -> None:
    stage = await start()
    first = await stage.zd.attachments.upload(b"one", filename="1.txt")
    stage.account.faults.add(Fault(route=UPLOADS, kind="reset_after"))
    with pytest.raises(OutcomeUnknown):
        await stage.zd.attachments.upload(b"two", filename="2.txt", token=first.token)
    assert stage.sent.count(UPLOADS) == 2


async def test_an_upload_expires(start) -> None:
    stage = await start()
    made = await stage.zd.attachments.upload(b"one", filename="1.txt")
    await asyncio.sleep(3601)
    with pytest.raises(ValidationError):
        await stage.zd.attachments.upload(b"two", filename="2.txt", token=made.token)
    with pytest.raises(NotFound):
        await stage.zd.attachments.delete_upload(made.token)


async def test_delete_upload(start) -> None:
    stage = await start()
    made = await stage.zd.attachments.upload(b"one", filename="1.txt")
    await stage.zd.attachments.delete_upload(made.token)
    assert stored(stage) == []
    assert stage.sent[-1] == f"DELETE /api/v2/uploads/{made.token}"


async def test_nothing_is_sent_of_what_is_no_file(start, tmp_path) -> None:
    stage = await start()
    upload = stage.zd.attachments.upload
    for source, message in [
        (b"", "empty"), (io.BytesIO(b""), "rewound"), (io.StringIO("text"), "binary"), (chunks(b""), "empty"),
        (tmp_path / "none", "can't be read"), (tmp_path, "can't be read"), (7, "must be a path"),
    ]:
        with pytest.raises(BadArgument, match=message):
            await upload(source, filename="a.txt")
    for options, message in [
        ({}, "filename"), ({"filename": " "}, "filename"), ({"filename": "a", "token": ""}, "token"),
        ({"filename": "a", "content_type": "text/plain\r\nX: y"}, "content_type"),
    ]:
        with pytest.raises(BadArgument, match=message):
            upload(b"content", **options)
    with pytest.raises(BadArgument, match="attachment_id"):
        stage.zd.attachments.show("1/../2")
    assert stage.sent == []


async def test_a_file_that_changes_between_two_attempts_is_not_sent_by_halves(start, tmp_path) -> None:
    stage = await start(faults=[Fault(route=UPLOADS, calls=[1], kind="rate_limited", retry_after=5)])
    path = tmp_path / "log.txt"
    path.write_bytes(BIG)
    call = asyncio.ensure_future(awaited(stage.zd.attachments.upload(path)))
    await asyncio.sleep(2)
    path.write_bytes(BIG + b"more")
    with pytest.raises(BadArgument, match="changed while it was being sent"):
        await call
    assert stored(stage) == []


async def test_the_server_decides_what_is_too_large(start) -> None:
    stage = await start(settings={"max_upload_bytes": 10})
    with pytest.raises(Exception, match="exceeds the maximum") as caught:
        await stage.zd.attachments.upload(b"x" * 11, filename="a.txt")
    assert caught.value.status == 413


async def test_show_update_delete(start) -> None:
    stage = await start()
    kept = keep(stage, b"\x89PNG rest", "a.png")
    attachments = stage.zd.attachments
    shown = await attachments.show(str(kept.id))
    assert (shown.id, shown.size, shown.malware_scan_result) == (kept.id, 9, "malware_not_found")
    assert [one.file_name for one in shown.thumbnails] == ["a_thumb.png"]
    assert (await attachments.update(kept.id, malware_access_override=True)).malware_access_override is True
    assert kept.malware_access_override
    await attachments.delete(kept.id)
    with pytest.raises(NotFound):
        await attachments.show(kept.id)
    with pytest.raises(BadArgument, match="malware_access_override: expected bool"):
        attachments.update(kept.id, malware_access_override="yes")
    with pytest.raises(BadArgument, match="malware_access_override must be True or False, not 'no'"):
        attachments.download(kept.id, malware_access_override="no")
    assert stage.drifts == []


async def test_redact(start) -> None:
    stage = await start()
    zd = stage.zd
    made = await zd.attachments.upload(b"secret", filename="a.txt")
    ticket = await zd.tickets.create(subject="s", comment={"body": "see the file", "uploads": [made.token]})
    (comment,) = [one async for one in zd.tickets.comments.list(ticket.id)]
    (attached,) = comment.attachments
    assert (attached.file_name, attached.size) == ("a.txt", 6)
    with pytest.raises(NotFound):
        await zd.attachments.delete_upload(made.token)
    with pytest.raises(NotFound):
        await zd.attachments.redact(ticket.id, comment.id + 1, attached.id)
    redacted = await zd.attachments.redact(ticket.id, comment.id, attached.id)
    assert (redacted.id, redacted.file_name, redacted.size) == (attached.id, "redacted.txt", 0)
    assert stored(stage) == [b""]
    assert await zd.attachments.download(redacted) == b""
    with pytest.raises(PermissionDenied):
        await zd.attachments.delete(redacted.id)
    assert zd.limits["tickets-update"].used == stage.account.worst("tickets-update") == 2


async def test_a_large_photo_is_a_form_upload_as_before(start) -> None:
    """A form with more than a megabyte in one piece draws a warning of the HTTP library."""
    stage = await start(faults=[Fault(route="PUT /api/v2/users/{id}", calls=[1], kind="rate_limited", retry_after=1)])
    user = await stage.zd.users.upload_photo(CUSTOMER_ID, chunks(HUGE), filename="me.png")
    assert user.photo is not None
    assert user.photo.size == len(HUGE)
