"""The account that most tests of jobs need; none of them may leave a task behind."""

from __future__ import annotations

import asyncio

import pytest
from job_server import Account


@pytest.fixture
async def account():
    made = Account()
    yield made
    await made.jobs.aclose()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
