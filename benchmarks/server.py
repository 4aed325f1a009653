"""A server that costs next to nothing: raw HTTP/1.1 keep-alive on an asyncio protocol, every reply built beforehand.

It runs in a process of its own, so that the CPU time of the benchmark's process is the client's alone. It answers
`GET /api/v2/users/{id}` with one user, `GET /api/v2/users` with pages of 100 under cursor paging and
`GET /api/v2/incremental/tickets/cursor` with pages of 1,000 tickets, with the headers of a real reply: `Date` and the
rate-limit family, with numbers that never throttle. `GET /api/v2/incremental/users/cursor` has no user twice, so its
pages of 1,000 are built when they are asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from time import time
from typing import Final
from urllib.parse import parse_qs, urlsplit

PAGE_SIZE: Final = 100
EXPORT_SIZE: Final = 1_000
LIMIT: Final = 1_000_000_000
"""Requests a minute that the server claims to allow."""


def user(number: int) -> dict[str, object]:
    """A user record with every key of a real one, in the order in which the service writes them."""
    return {
        "id": 1_500_000_000_000 + number,
        "url": f"https://acme.zendesk.com/api/v2/users/{1_500_000_000_000 + number}.json",
        "name": f"Zoë Müller {number}",
        "email": f"customer{number}@example.com",
        "created_at": "2025-03-04T09:14:57Z",
        "updated_at": "2026-10-11T16:05:01Z",
        "time_zone": "Berlin",
        "iana_time_zone": "Europe/Berlin",
        "phone": f"+1555{number:07d}",
        "shared_phone_number": False,
        "photo": None,
        "locale_id": 8,
        "locale": "de",
        "organization_id": 360_000_000_000 + number % 500,
        "role": "end-user",
        "verified": True,
        "external_id": f"CRM-{number:06d}",
        "tags": ["vip", "newsletter"],
        "alias": None,
        "active": True,
        "shared": False,
        "shared_agent": False,
        "last_login_at": "2026-10-11T16:05:01Z",
        "two_factor_auth_enabled": None,
        "signature": None,
        "details": "",
        "notes": "Prefers e-mail.",
        "role_type": None,
        "custom_role_id": None,
        "moderator": False,
        "ticket_restriction": "requested",
        "only_private_comments": False,
        "restricted_agent": True,
        "suspended": False,
        "default_group_id": None,
        "report_csv": False,
        "user_fields": {"tier": "gold", "company": "Acme Ltd", "since": "2019-05-01T00:00:00+00:00"},
    }


def ticket(number: int) -> dict[str, object]:
    """A ticket record with every key that the incremental export gives, and the fields of a well-used account."""
    values = [{"id": 360_000_100_000 + field, "value": None if field % 3 else f"value_{number}"} for field in range(24)]
    return {
        "url": f"https://acme.zendesk.com/api/v2/tickets/{number}.json",
        "id": number,
        "external_id": None,
        "via": {"channel": "email", "source": {
            "from": {"address": f"customer{number}@example.com", "name": f"Zoë Müller {number}"},
            "to": {"name": "Acme", "address": "support@acme.zendesk.com"}, "rel": None,
        }},
        "created_at": "2025-03-04T09:14:57Z",
        "updated_at": "2026-10-11T16:05:01Z",
        "type": "incident",
        "subject": f"The printer is on fire again ({number})",
        "raw_subject": f"The printer is on fire again ({number})",
        "description": "Hello,\n\nthe printer on the third floor is on fire again. " * 8,
        "priority": "high",
        "status": "open",
        "recipient": "support@acme.zendesk.com",
        "requester_id": 1_500_000_000_000 + number,
        "submitter_id": 1_500_000_000_000 + number,
        "assignee_id": 360_000_000_101,
        "organization_id": 360_000_000_000 + number % 500,
        "group_id": 360_000_000_007,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [1_500_000_000_001],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": ["printer", "fire", "third_floor"],
        "custom_fields": values,
        "satisfaction_rating": {"score": "offered"},
        "sharing_agreement_ids": [],
        "custom_status_id": 4_019_623,
        "encoded_id": f"ABCD-{number:06d}",
        "fields": values,
        "followup_ids": [],
        "ticket_form_id": 360_000_000_021,
        "brand_id": 360_000_000_003,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
        "generated_timestamp": 1_760_198_701 + number,
    }


def encode(body: object) -> bytes:
    """Compact JSON in UTF-8, as the service sends it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


class Replies:
    """All replies as bytes, but for the few headers that change from second to second."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self._show = encode({"user": user(1)})
        self._rows = [
            b",".join(encode(user(page * PAGE_SIZE + row)) for row in range(PAGE_SIZE))
            for page in range(min(pages, 10))
        ]
        self._tickets = [
            b",".join(encode(ticket(page * EXPORT_SIZE + row)) for row in range(EXPORT_SIZE))
            for page in range(min(pages, 3))
        ]
        self._head = b""
        self.tick(0.0)

    def tick(self, now: float) -> None:
        """Write the headers that depend on the time, in unix seconds."""
        self._head = (
            "HTTP/1.1 200 OK\r\n"
            f"Date: {formatdate(now, usegmt=True)}\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            f"X-Rate-Limit: {LIMIT}\r\nX-Rate-Limit-Remaining: {LIMIT - 1}\r\n"
            f"ratelimit-limit: {LIMIT}\r\nratelimit-remaining: {LIMIT - 1}\r\nratelimit-reset: {60 - int(now) % 60}\r\n"
            "x-request-id: 8f0c5a3e1d2b4c6f-FRA\r\n"
            "Content-Length: "
        ).encode()

    def reply(self, target: str) -> bytes:
        """The whole reply to a GET of `target`."""
        path, query = urlsplit(target)[2:4]
        if path.startswith("/api/v2/incremental/"):
            body = self._export(path.split("/")[4], parse_qs(query))
        else:
            body = self._show if path.startswith("/api/v2/users/") else self._page(parse_qs(query))
        return b"%s%d\r\n\r\n%s" % (self._head, len(body), body)

    def _page(self, query: dict[str, list[str]]) -> bytes:
        page = int(query.get("page[after]", ["0"])[0])
        more = b"true" if page + 1 < self.pages else b"false"
        return b'{"users":[%s],"meta":{"has_more":%s,"after_cursor":"%d","before_cursor":"%d"}}' % (
            self._rows[page % len(self._rows)], more, page + 1, page,
        )


    def _export(self, name: str, query: dict[str, list[str]]) -> bytes:
        page = int(query.get("cursor", ["0"])[0])
        ended = b"false" if page + 1 < self.pages else b"true"
        if name == "users":
            rows = b",".join(encode(user(page * EXPORT_SIZE + row)) for row in range(EXPORT_SIZE))
        else:
            rows = self._tickets[page % len(self._tickets)]
        return b'{"%s":[%s],"after_cursor":"%d","before_cursor":null,"end_of_stream":%s}' % (
            name.encode(), rows, page + 1, ended,
        )


class Connection(asyncio.Protocol):
    """One client connection; requests have no body."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        *requests, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._replies.reply(request.split(b" ", 2)[1].decode("ascii")))


async def _serve(pages: int) -> None:
    loop = asyncio.get_running_loop()
    replies = Replies(pages)
    server = await loop.create_server(lambda: Connection(replies), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while True:
        replies.tick(time())
        await asyncio.sleep(1 - time() % 1)


@contextmanager
def running(pages: int) -> Iterator[str]:
    """The base URL of a server with `pages` pages of users, in a process that ends with the block."""
    command = [sys.executable, "-m", "benchmarks.server", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=int)
    asyncio.run(_serve(parser.parse_args().pages))
