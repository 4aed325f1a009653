"""Uploads, attachments and content at the simulated account, asked by plain HTTP."""

from __future__ import annotations

import pytest

from zdasync.simulator import Settings
from zdasync.simulator.attachments import render_attachment, take_uploads
from zdasync.simulator.http import Refusal
from zdasync.simulator.render import View

CUSTOMER = "customer@example.com"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def upload(wire, content: bytes = PNG, name: str = "a.png", kind: str = "image/png", more: str = "", **options):
    return await wire(
        "POST", f"/api/v2/uploads?filename={name}{more}", data=content, headers={"Content-Type": kind}, **options
    )


@pytest.mark.parametrize("kind", ["image/png", "application/json", "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("suffix", ["", ".json"])
async def test_the_body_is_the_file_whatever_its_type(serve, kind, suffix) -> None:
    wire = await serve(strict=True)
    got = await wire(
        "POST", f"/api/v2/uploads{suffix}?filename=x%20%26.bin", data=PNG, headers={"Content-Type": kind}
    )
    assert got.status == 201
    shown = got.json["upload"]
    assert set(shown) == {"token", "expires_at", "attachment", "attachments"}
    assert (shown["attachment"]["file_name"], shown["attachment"]["size"]) == ("x &.bin", len(PNG))
    assert shown["attachment"]["content_type"] == kind.partition(";")[0]
    (kept,) = wire.account.state.attachments.by_id.values()
    assert kept.content == PNG
    assert list(wire.account.strict_violations) == []


async def test_what_is_refused(serve) -> None:
    wire = await serve(settings=Settings(max_upload_bytes=10))
    assert (await upload(wire, b"x", auth=None)).status == 401
    assert (await upload(wire, b"x", name="")).status == 400
    assert (await upload(wire, b"x" * 11)).status == 413
    assert (await upload(wire, b"x" * 10)).status == 201
    assert (await upload(wire, b"x", more="&token=none")).status == 422
    assert (await wire("DELETE", "/api/v2/uploads/none")).status == 404
    for method in ("GET", "PUT", "DELETE"):
        assert (await wire(method, "/api/v2/attachments/7", json={"attachment": {}})).status == 404
    assert (await wire("GET", "/attachments/token/none/")).status == 404


async def test_the_strict_mode_wants_a_body_and_its_type(serve) -> None:
    wire = await serve(strict=True)
    assert (await upload(wire, b"")).status == 500
    assert (await wire("GET", "/api/v2/users/me?token=x")).status == 500
    assert (await upload(wire, b"x", more="&tokens=a")).status == 500
    assert len(wire.account.strict_violations) == 3


async def test_comments_take_uploads_once(serve) -> None:
    wire = await serve()
    account = wire.account
    first = (await upload(wire)).json["upload"]["token"]
    await upload(wire, b"two", "b.txt", "text/plain", f"&token={first}")
    second = (await upload(wire, b"three", "c.txt")).json["upload"]["token"]
    taken = take_uploads(account, [second, first, second])
    assert [one.file_name for one in taken] == ["c.txt", "a.png", "b.txt"]
    assert all(one.taken for one in taken)
    with pytest.raises(Refusal) as caught:
        take_uploads(account, [first])
    assert caught.value.reply.status == 422
    third = (await upload(wire, b"four", "d.txt")).json["upload"]["token"]
    with pytest.raises(Refusal):
        take_uploads(account, [third, "none"])
    assert [one.file_name for one in take_uploads(account, [third])] == ["d.txt"]
    assert (await wire("DELETE", f"/api/v2/attachments/{taken[0].id}")).status == 403


async def test_unknown_uploads_may_be_passed_over(serve) -> None:
    wire = await serve(settings=Settings(unknown_upload="ignore"))
    token = (await upload(wire)).json["upload"]["token"]
    assert len(take_uploads(wire.account, ["none", token])) == 1


async def test_an_upload_lives_an_hour(serve) -> None:
    wire = await serve(clock=lambda: moment[0])
    moment[0] = 1_700_000_000.0
    token = (await upload(wire)).json["upload"]["token"]
    moment[0] += 3599
    assert (await upload(wire, more=f"&token={token}")).status == 201
    moment[0] += 1
    assert (await upload(wire, more=f"&token={token}")).status == 422
    assert wire.account.state.attachments.by_id == {}


moment = [1_700_000_000.0]
"""The account's time."""


async def test_content(serve, credentials) -> None:
    wire = await serve()
    shown = (await upload(wire)).json["upload"]["attachment"]
    for auth in ("basic", None, credentials("agent@example.com")):
        got = await wire("GET", shown["content_url"], auth=auth)
        assert (got.status, got.body) == (200, PNG)
        assert got.headers["Content-Type"] == "image/png"
    (thumbnail,) = shown["thumbnails"]
    assert (thumbnail["file_name"], thumbnail["width"]) == ("a_thumb.png", 80)


async def test_private_content(serve) -> None:
    wire = await serve(settings=Settings(attachments_private=True))
    shown = (await upload(wire)).json["upload"]["attachment"]
    assert (await wire("GET", shown["content_url"], auth=None)).status == 401
    assert (await wire("GET", shown["content_url"])).body == PNG


async def test_content_elsewhere(serve) -> None:
    wire = await serve(settings=Settings(attachment_redirects=True), strict=True)
    shown = (await upload(wire)).json["upload"]["attachment"]
    got = await wire("GET", shown["content_url"])
    there = got.headers["Location"]
    assert (got.status, got.body) == (302, b"")
    assert there.startswith("http://localhost:")
    assert (await wire("GET", there, auth=None)).body == PNG
    assert (await wire("GET", there)).status == 500
    assert "were sent to localhost" in wire.account.strict_violations[-1]
    assert wire.account.worst("attachments") == 1


async def test_malware_is_not_served(serve, credentials) -> None:
    wire = await serve()
    shown = (await upload(wire)).json["upload"]["attachment"]
    wire.account.state.attachments.by_id[shown["id"]].malware_scan_result = "malware_found"
    path = f"/api/v2/attachments/{shown['id']}"
    assert (await wire("GET", shown["content_url"])).status == 403
    override = {"attachment": {"malware_access_override": True, "file_name": "b.png"}}
    assert (await wire("PUT", path, json=override, auth=credentials("agent@example.com"))).status == 403
    got = await wire("PUT", path, json=override)
    assert got.json["attachment"]["malware_access_override"] is True
    assert got.json["attachment"]["file_name"] == "a.png"
    assert "attachment.file_name" in got.headers["X-Zendesk-API-Warn"]
    assert (await wire("GET", shown["content_url"])).body == PNG


async def test_an_attachment_is_rendered_with_the_fields_of_the_reference(serve) -> None:
    wire = await serve()
    account = wire.account
    kept = account.state.attachments.add("a.txt", b"x", account.now())
    shown = render_attachment(View(account.state, account.settings, account.url, account.now()), kept)
    assert set(shown) == {
        "url", "id", "file_name", "content_url", "mapped_content_url", "content_type", "size", "width", "height",
        "inline", "deleted", "malware_access_override", "malware_scan_result", "thumbnails",
    }
    assert (shown["content_type"], shown["thumbnails"]) == ("text/plain", [])
