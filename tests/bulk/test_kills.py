"""Runs that are killed with SIGKILL at any instant and started again: no row is lost, and none carried out twice.

`ZDASYNC_KILLS=50` kills each operation fifty times; `--log-cli-level=info` tells where the kills hit.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Mapping

import pytest
from cases import CASES, Case
from killing import Killed, kill_often, runner

log = logging.getLogger(__name__)

KILLS = int(os.environ.get("ZDASYNC_KILLS", "3"))
SEED = int(os.environ.get("ZDASYNC_KILLS_SEED", "1"))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Killed | BaseException]:
    """All operations at the same time: they wait far more than they work."""
    folder = tmp_path_factory.mktemp("kills")

    async def kill_all() -> list[Killed | BaseException]:
        async with runner() as run:
            return await asyncio.gather(
                *(kill_often(run, case, folder, KILLS, SEED) for case in CASES), return_exceptions=True
            )

    return dict(zip(map(str, CASES), asyncio.run(kill_all()), strict=True))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_run_that_is_killed_goes_on(killed: Mapping[str, Killed | BaseException], case: Case) -> None:
    found = killed[case.name]
    if isinstance(found, BaseException):
        raise found
    assert found.stages.total() == KILLS
    log.info("%s: killed %s; ended %s", case, dict(found.stages), dict(found.outcomes))


def test_the_kills_hit_more_than_one_stage(killed: Mapping[str, Killed | BaseException]) -> None:
    stages: Counter[str] = sum((one.stages for one in killed.values() if isinstance(one, Killed)), Counter())
    log.info("killed %s", dict(stages))
    assert len(stages) > 1, stages
