"""A server that costs next to nothing and takes jobs: raw HTTP/1.1 keep-alive on an asyncio protocol.

It runs in a process of its own, so that the CPU time of a client's process is the client's alone. A job is queued by
`POST /api/v2/users/create_or_update_many` and completed as soon as it is asked for by
`GET /api/v2/job_statuses/show_many`: every other row was created, the rest updated, each result with the row's external
id. `GET /api/v2/users/me` answers with an admin. The headers are those of a real reply, with limits that never
throttle, but for the 30 jobs that an account may have.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from time import time
from typing import Final
from urllib.parse import parse_qs, urlsplit

from .server import LIMIT, encode, user

CREATE: Final = "/api/v2/users/create_or_update_many"
SHOW: Final = "/api/v2/job_statuses/show_many"
ME: Final = "/api/v2/users/me"
CAP: Final = 30
KEPT: Final = 1_000
"""So many jobs are remembered."""

_EXTERNAL_ID: Final = re.compile(rb'"external_id":"([^"]*)"')
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Replies:
    """What the server answers, and the jobs that it was given: the external ids of each one's rows."""

    def __init__(self) -> None:
        self._me = encode({"user": user(1) | {"role": "admin"}})
        self._jobs: dict[str, list[bytes]] = {}
        self._number = 0
        self._rows = 0
        self._head = b""
        self.tick(0.0)

    def tick(self, now: float) -> None:
        """Write the headers that depend on the time, in unix seconds."""
        self._head = (
            f"Date: {formatdate(now, usegmt=True)}\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            f"X-Rate-Limit: {LIMIT}\r\nX-Rate-Limit-Remaining: {LIMIT - 1}\r\n"
            f"ratelimit-limit: {LIMIT}\r\nratelimit-remaining: {LIMIT - 1}\r\nratelimit-reset: {60 - int(now) % 60}\r\n"
            f"zendesk-ratelimit-inflight-jobs: total={CAP}; remaining={CAP - 1}; resets=60\r\n"
            "x-request-id: 8f0c5a3e1d2b4c6f-FRA\r\n"
            "Content-Length: "
        ).encode()

    def reply(self, method: str, target: str, body: bytes) -> bytes:
        """The whole reply to a request."""
        path, query = urlsplit(target)[2:4]
        status, text = b"200 OK", b"{}"
        if (method, path) == ("POST", CREATE):
            text = self._submitted(_EXTERNAL_ID.findall(body))
        elif (method, path) == ("GET", SHOW):
            text = self._shown(parse_qs(query)["ids"][0].split(","))
        elif (method, path) == ("GET", ME):
            text = self._me
        else:
            status = b"404 Not Found"
        return b"HTTP/1.1 %s\r\n%s%d\r\n\r\n%s" % (status, self._head, len(text), text)

    def _submitted(self, rows: list[bytes]) -> bytes:
        self._number += 1
        job = f"V3-{self._number:032x}"
        self._jobs[job] = rows
        if len(self._jobs) > KEPT:
            del self._jobs[next(iter(self._jobs))]
        return b'{"job_status":%s}' % self._status(job, b"queued", b"null", b"null", b"null")

    def _shown(self, jobs: list[str]) -> bytes:
        told = b",".join(self._completed(job) for job in jobs if job in self._jobs)
        return b'{"job_statuses":[%s],"next_page":null,"previous_page":null,"count":%d}' % (told, len(jobs))

    def _completed(self, job: str) -> bytes:
        results = b",".join(map(self._result, self._jobs[job]))
        return self._status(
            job, b"completed", b"%d" % len(self._jobs[job]), b'"Completed at 2026-10-11 16:05:01 +0000"',
            b"[%s]" % results,
        )

    def _result(self, external_id: bytes) -> bytes:
        self._rows += 1
        made = b'"status":"Created"' if self._rows % 2 else b'"action":"update","status":"Updated","success":true'
        return b'{"id":%d,%s,"external_id":"%s"}' % (1_500_000_000_000 + self._rows, made, external_id)

    def _status(self, job: str, status: bytes, progress: bytes, message: bytes, results: bytes) -> bytes:
        return (
            b'{"id":"%b","url":"https://acme.zendesk.com/api/v2/job_statuses/%b.json","job_type":"Bulk Update User",'
            b'"total":%d,"progress":%b,"status":"%b","message":%b,"results":%b}'
        ) % (job.encode(), job.encode(), len(self._jobs[job]), progress, status, message, results)


class Connection(asyncio.Protocol):
    """One client connection."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            begin = end + 4
            length = int(found[1]) if found else 0
            if len(self._buffer) < begin + length:
                return
            body, self._buffer = self._buffer[begin : begin + length], self._buffer[begin + length :]
            method, target = head.split(b" ", 2)[:2]
            self._transport.write(self._replies.reply(method.decode("ascii"), target.decode("ascii"), body))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    replies = Replies()
    server = await loop.create_server(lambda: Connection(replies), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while True:
        replies.tick(time())
        await asyncio.sleep(1 - time() % 1)


@contextmanager
def running() -> Iterator[str]:
    """The base URL of a server in a process that ends with the block."""
    command = [sys.executable, "-m", "benchmarks.job_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    asyncio.run(_serve())
