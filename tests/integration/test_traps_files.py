"""Names and types of files, ours and the server's: none gets out of its place, into a header or onto the disk."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from support import puppet_client, reply, rig

from zdasync import BadArgument
from zdasync.simulator import CUSTOMER_ID
from zdasync.simulator.http import Reply

HOSTILE = [
    "../../etc/passwd", "..", "/etc/passwd", "C:\\Windows\\x", "a\r\nX-Admin: 1", "a\nb", "a\r", "a\x00b", "a\tb",
    'a"; filename="b', "a\\", "a;b=c", "a&token=t", "a#b", "a?b", "%0d%0aX-Admin: 1", "é ü 漢", "a\N{LINE SEPARATOR}b",
    "a\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe", "\udcff", "x" * 3000, "--boundary", "a b", "+", " a ",
]
TYPES = [
    "text/plain\r\nX-Admin: 1", "text/plain\nX-Admin: 1", "text/plain\r", "text/\x00plain", "text/pläin", "\udcff", "",
]
TARGETS = {
    "upload": lambda zd, **how: zd.attachments.upload(b"content", **how),
    "macro": lambda zd, **how: zd.macros.attachments.create(b"content", **how),
    "photo": lambda zd, **how: zd.users.upload_photo(CUSTOMER_ID, b"content", **how),
}
ANSWER = reply(200, '{"upload": {"token": "t"}, "macro_attachment": {"id": 1}, "user": {"id": 1}}')


def headers(lines: str) -> list[str]:
    """The names of headers, in order."""
    return [line.partition(":")[0].lower() for line in lines.split("\r\n") if line]


@pytest.mark.parametrize("target", TARGETS)
async def test_no_name_gets_into_a_header(target) -> None:
    async with puppet_client(ANSWER) as (zd, server):
        await TARGETS[target](zd, filename="a.txt")
        head, _, body = server.requests[0].partition("\r\n\r\n")
        sent = 1
        for name in HOSTILE:
            try:
                await TARGETS[target](zd, filename=name)
            except BadArgument:
                continue
            sent += 1
            found, _, content = server.requests[-1].partition("\r\n\r\n")
            assert len(found.split("\r\n")) == len(head.split("\r\n"))
            assert headers(found)[1:] == headers(head)[1:]
            if target == "upload":
                assert dict(parse_qsl(urlsplit(found.split(" ")[1]).query)) == {"filename": name}
                assert content == body == "content"
            else:
                parts, expected = content.split("\r\n\r\n"), body.split("\r\n\r\n")
                assert len(parts) == len(expected) == 2
                assert headers(parts[0])[1:] == headers(expected[0])[1:] == ["content-type", "content-disposition"]
        assert sent == len(server.requests) > len(HOSTILE) / 3


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", TYPES, ids=repr)
async def test_no_type_gets_into_a_header(target, kind) -> None:
    async with puppet_client(ANSWER) as (zd, server):
        with pytest.raises(BadArgument):
            await TARGETS[target](zd, filename="a.txt", content_type=kind)
        assert server.requests == []


@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped", "..", "a/b", "a\x00b", "~/.ssh/authorized_keys"])
async def test_the_server_names_no_file(name, tmp_path) -> None:
    place = tmp_path / "one" / "two"
    place.mkdir(parents=True)
    async with rig() as r:
        kept = r.account.state.attachments.add(name, b"content", r.account.now())
        named = {"Content-Type": "x/y", "Content-Disposition": 'attachment; filename="../../escaped"'}
        r.account.answer("GET /attachments/token/{token}/", lambda _: Reply(200, b"content", named))
        shown = await r.zd.attachments.show(kept.id)
        with pytest.raises(BadArgument, match="is not to be trusted"):
            await r.zd.attachments.download(shown, place)
        await r.zd.attachments.download(shown, place / "mine.bin")
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == [
        "one", "one/two", "one/two/mine.bin",
    ]
