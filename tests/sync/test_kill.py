"""Killed with SIGKILL at random instants, a copy is completed by the next run: no row lost, none written twice.

`ZDASYNC_KILLS` in the environment says how many kills for each sink.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager

import attrs
import killed
import pytest
from copies import FORMATS, newest, place, states, versions

from zdasync.limits.table import LIMITS
from zdasync.simulator import Account

KILLS = int(os.environ.get("ZDASYNC_KILLS", "3"))


class Served:
    """An account whose clock moves when it is told to, served by a thread, since its clients are other processes."""

    def __init__(self):
        self.now = 1_700_000_000.0
        self.chance = random.Random(3)
        rows = [attrs.evolve(row, count=killed.MOST) for row in LIMITS if row.name in killed.WIDE]
        self.account = Account(users=250, tickets=40, clock=lambda: self.now, limits=rows)
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._done = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    async def _serve(self):
        async with self.account.serve() as self.url:
            self._ready.set()
            await self._done.wait()

    def start(self):
        self._thread.start()
        self._ready.wait()

    def end(self):
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()
        self._loop.close()

    def change(self):
        """Many users change, a few are deleted; all of it a while ago."""
        done = threading.Event()

        def carried_out():
            self.now += 100
            state = self.account.state
            for one in self.chance.sample(state.user_ids[10:], 100):
                user = state.users[one]
                user.name, user.updated_at = f"{user.name.split(' #')[0]} #{self.now:.0f}", self.now
            for one in self.chance.sample(state.user_ids[10:], 2):
                state.delete_user(state.users[one], self.now)
            self.now += 100
            done.set()

        self._loop.call_soon_threadsafe(carried_out)
        done.wait()


@contextmanager
def served():
    one = Served()
    one.start()
    try:
        yield one
    finally:
        one.end()


def kill_one(url, path, form, chance):
    """Start a run, kill it after a few pages and moments; was it killed before it was done?"""
    command = [sys.executable, killed.__file__, url, str(path), form]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        for _ in range(chance.randrange(8)):
            process.stdout.readline()
        try:
            process.wait(chance.random() * 0.03)
        except subprocess.TimeoutExpired:
            process.kill()
        errors = process.stderr.read()
    assert errors == b""
    return process.returncode < 0


def check(account, path, form):
    """The copy is the account."""
    state = account.state
    users = newest(path, form)
    assert {one: row["name"] for one, row in users.items()} == {one: state.users[one].name for one in state.user_ids}
    assert sorted(newest(path, form, "organizations")) == sorted(state.organizations)
    events = [row["id"] for row in versions(path, form, "ticket_events")]
    assert sorted(events) == sorted(audit.id for audit in state.tickets.history.log())
    seen = Counter((row["id"], row.get("updated_at")) for row in versions(path, form))
    assert max(seen.values()) == 1
    assert set(states(path, form)) == set(killed.TABLES)


@pytest.mark.parametrize("form", FORMATS)
def test_killed_at_random_instants(form, tmp_path):
    chance, struck = random.Random(f"{form} 1"), 0
    with served() as server:
        for number in range(KILLS):
            path = place(tmp_path / str(number // 5), form)
            path.parent.mkdir(exist_ok=True)
            struck += kill_one(server.url, path, form, chance)
            if number == KILLS - 1 or chance.random() < 0.5:
                asyncio.run(killed.copied(server.url, path, form))
                check(server.account, path, form)
            server.change()
        asyncio.run(killed.copied(server.url, path, form))
        check(server.account, path, form)
    assert struck * 3 >= KILLS
