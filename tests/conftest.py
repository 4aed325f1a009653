"""Every asynchronous test runs in virtual time; `serve` gives a simulated account with a plain client beside it."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import attrs
import pytest

from zdasync.simulator import Account
from zdasync.testing import VirtualTimeLoop

# Who starts the tests in the background may have them ignore Ctrl-C, which some of them are about.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


@attrs.frozen
class Got:
    """A reply, read to its end; `json` is None for a body that is none."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@attrs.frozen
class Wire:
    """A simulated account and plain aiohttp, no client of ours between them."""

    account: Account
    session: aiohttp.ClientSession

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        auth: str | None = "basic",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Got:
        """Send one request. `auth`: "basic" for the admin, None for nobody, else the header's value."""
        sent = {"Accept": "application/json", **(headers or {})}
        if auth is not None:
            sent["Authorization"] = basic() if auth == "basic" else auth
        url = path if path.startswith("http") else self.account.url + path
        async with self.session.request(method, url, headers=sent, allow_redirects=False, **more) as response:
            return Got(response.status, response.headers, await response.read())


def basic(email: str = "admin@example.com", secret: str = "token", kind: str = "/token") -> str:
    return "Basic " + base64.b64encode(f"{email}{kind}:{secret}".encode()).decode()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Wire]]]:
    """Makes accounts with the given options, served until the test ends."""
    async with AsyncExitStack() as stack:

        async def start(**options: Any) -> Wire:
            account = Account(**options)
            await stack.enter_async_context(account.serve())
            session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
            return Wire(account, session)

        yield start


@pytest.fixture
def credentials() -> Callable[..., str]:
    """Makes the value of a Basic `Authorization` header."""
    return basic
