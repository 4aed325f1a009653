"""A token endpoint in memory, and credentials that use it."""

from __future__ import annotations

import asyncio
import functools

from zdasync.auth import ApiToken, ClientCredentials, OAuthToken, RefreshToken, TokenCallable

SECRET = "5ecre7Value"


class Server:
    """A token endpoint: grants a1, a2, ... after `delay` seconds; `failures` are raised first, one a call."""

    def __init__(self, *failures, delay=1.0, expires_in=3600, rotates=True):
        self.failures = list(failures)
        self.delay = delay
        self.expires_in = expires_in
        self.rotates = rotates
        self.payloads = []
        self.paths = []

    async def __call__(self, path, payload):
        self.paths.append(path)
        self.payloads.append(dict(payload))
        number = len(self.payloads)
        await asyncio.sleep(self.delay)
        if self.failures:
            raise self.failures.pop(0)
        reply = {"access_token": f"a{number}", "token_type": "bearer", "scope": "read write"}
        if self.rotates:
            reply["refresh_token"] = f"r{number}"
        if self.expires_in is not None:
            reply["expires_in"] = self.expires_in
        return reply


async def never(path, payload):
    raise AssertionError(f"nothing may be exchanged, but {path} was")


def now():
    return asyncio.get_running_loop().time()


async def header(credentials, server):
    return await credentials.authorization(server, now())


def client_credentials(**options):
    return ClientCredentials("crm", SECRET, **options)


def refresh_token(stored=None, **options):
    options.setdefault("on_rotate", [].append if stored is None else stored.append)
    return RefreshToken("r0", "crm", SECRET, **options)


def all_kinds():
    return [
        ApiToken("agent@acme.com", SECRET),
        OAuthToken(SECRET),
        ClientCredentials("crm", SECRET),
        RefreshToken(SECRET, "crm", SECRET, SECRET, 60, on_rotate=functools.partial(print, SECRET)),
        TokenCallable(functools.partial(print, SECRET)),
    ]
