"""Tickets of a served account, through its sockets: one line a request."""

from __future__ import annotations

import asyncio
import base64

from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID

__all__ = ["ADMIN_ID", "AGENT", "AGENT_ID", "CUSTOMER_ID", "Desk"]

AGENT = "Basic " + base64.b64encode(b"agent@example.com/token:token").decode()
"""The header of the agent, where the admin is not meant."""


class Desk:
    """A wire with the words of tickets. `tickets` is the account's store."""

    def __init__(self, wire):
        self.wire = wire
        self.account = wire.account
        self.tickets = wire.account.state.tickets

    async def get(self, path, **more):
        return await self.send("GET", path, **more)

    async def post(self, path, body=None, **more):
        return await self.send("POST", path, body, **more)

    async def put(self, path, body=None, **more):
        return await self.send("PUT", path, body, **more)

    async def delete(self, path, body=None, **more):
        return await self.send("DELETE", path, body, **more)

    async def send(self, method, path, body=None, *, headers=None, auth="basic"):
        path = path.removeprefix(self.account.url)
        path = path if path.startswith("/api/") else f"/api/v2/{path}"
        return await self.wire(method, path, headers=headers, auth=auth, **({} if body is None else {"json": body}))

    async def create(self, *, body="Help me.", **fields):
        """A new ticket; its status must be 201."""
        got = await self.post("tickets", {"ticket": {"comment": {"body": body}, **fields}})
        assert got.status == 201, got.text
        return got.json["ticket"]

    async def update(self, ticket_id, **fields):
        """Change a ticket; the reply, whatever its status is."""
        return await self.put(f"tickets/{ticket_id}", {"ticket": fields})

    async def show(self, ticket_id):
        return (await self.get(f"tickets/{ticket_id}")).json["ticket"]

    async def comments(self, ticket_id):
        return (await self.get(f"tickets/{ticket_id}/comments")).json["comments"]

    async def finish(self, got):
        """The status of a job that was started, once it has ended."""
        assert got.status in (200, 202), got.text
        assert got.json["job_status"]["status"] == "queued"
        await asyncio.sleep(10)
        status = (await self.get(f"job_statuses/{got.json['job_status']['id']}")).json["job_status"]
        assert status["status"] == "completed"
        return status

    async def results(self, got):
        return (await self.finish(got))["results"]


def ids(got, key="tickets"):
    return [row["id"] for row in got.json[key]]


def problems(got):
    """The fields that a 422 finds fault with."""
    assert got.status == 422, got.text
    assert got.json["error"] == "RecordInvalid"
    return set(got.json["details"])
