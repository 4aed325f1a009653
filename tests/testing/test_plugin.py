"""The pytest plugin in a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = """
import asyncio

import aiohttp
import pytest

from zdasync.testing import VirtualTimeLoop


async def test_an_account_is_served(zendesk_account, zendesk_url):
    assert zendesk_url == zendesk_account.url
    async with aiohttp.ClientSession() as session, session.get(zendesk_url + "/api/v2/users/me") as reply:
        assert reply.status == 200
    assert zendesk_account.requests == 1


async def test_the_loop_is_nobody_elses(zendesk_account):
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    assert zendesk_account.requests == 0
"""


def python(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True, text=True, check=False,
    )


def test_the_fixtures_work_in_strict_mode_and_leave_the_loop_alone(tmp_path) -> None:
    marked = "import pytest\npytestmark = pytest.mark.asyncio\n" + PROJECT
    (tmp_path / "test_it.py").write_text(marked)
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "zdasync.testing.plugin")
    ran = python(
        "-m", "pytest", "-q", "--asyncio-mode=strict", *plugins, folder=tmp_path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"
    )
    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr


def test_the_plugin_needs_no_pytest_asyncio_and_imports_no_server(tmp_path) -> None:
    code = (
        "import sys; sys.modules['pytest_asyncio'] = None;\n"
        "import zdasync.testing.plugin as plugin\n"
        "assert plugin.zendesk_account and 'zdasync.simulator' not in sys.modules"
    )
    ran = python("-c", code, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
