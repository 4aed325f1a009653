"""Ledgers that can't be written or read, and sources that are broken, or not what they were."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncGenerator, Awaitable
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import pytest
from cases import CASES, assert_right, write_csv
from crashing import small_and_quick
from support import Rig, rig, under_way

from zdasync import LedgerError
from zdasync.bulk import plan, sources
from zdasync.bulk.ledger import Ledger
from zdasync.bulk.report import BulkReport
from zdasync.simulator.faults import Fault
from zdasync.simulator.settings import Settings

QUICK = Settings(job_start_delay=0.1, job_seconds_per_row=0.1)
BY_NAME = {case.name: case for case in CASES}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    small_and_quick(monkeypatch, 2)


def users(count: int) -> list[dict[str, Any]]:
    return [{"external_id": f"e-{number}", "name": f"User {number}"} for number in range(count)]


def names(made: Rig) -> set[str]:
    """Of the users that have an external id."""
    return {one.name for one in made.account.state.active_users() if one.external_id}


async def upsert(made: Rig, source: Any, ledger: Path, **options: Any) -> BulkReport:
    return await made.zd.bulk.users.create_or_update(source, ledger=ledger, **options)


# -- ledgers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["upserts", "users", "nameless imports", "comments", "deleted users"])
async def test_a_full_disk_stops_the_run_and_room_lets_it_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It fills up at any point: with each page that the ledger needs more than an empty one."""
    case, real, full, room = BY_NAME[name], Ledger._open, True, -1
    while full:
        room += 1
        async with rig(settings=QUICK) as made:
            rows = case.rows(made.account, 30)
            source, ledger = case.source(rows, tmp_path), tmp_path / f"{room}.ledger"
            small_pages(ledger)

            def opened(one: Ledger, *args: Any, room: int = room) -> None:
                real(one, *args)
                (pages,) = one._connection.execute("PRAGMA page_count").fetchone()
                one._connection.execute(f"PRAGMA max_page_count = {pages + room}")

            with monkeypatch.context() as patched:
                patched.setattr(Ledger, "_open", opened)
                full = await is_full(made.zd.bulk.run(case.operation, source, ledger=ledger))
            assert_right(made.account, await made.zd.bulk.run(case.operation, source, ledger=ledger), rows, case)
    assert room > 2


def small_pages(path: Path) -> None:
    """Make an empty database of small pages, so that little fills them."""
    with closing(sqlite3.connect(path)) as ledger:
        ledger.executescript("PRAGMA page_size = 512; CREATE TABLE any (thing); DROP TABLE any; VACUUM")


async def is_full(run: Awaitable[object]) -> bool:
    try:
        await run
    except LedgerError as error:
        assert error.reason == "full"  # noqa: PT017 - it need not fail
        return True
    return False


async def test_a_ledger_that_can_not_be_made_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        (tmp_path / "folder").mkdir()
        for ledger in (tmp_path / "nowhere" / "x.ledger", tmp_path / "folder", Path("/proc/x.ledger")):
            with pytest.raises(LedgerError) as caught:
                await upsert(made, users(4), ledger)
            assert caught.value.reason == "full"
            assert str(ledger) in str(caught.value)
        assert made.served("POST") == 0


async def test_a_ledger_that_is_damaged_is_left_as_it_is_and_nothing_is_sent(tmp_path: Path) -> None:
    async with rig(settings=QUICK) as made:
        good = tmp_path / "good.ledger"
        await upsert(made, users(20), good)
        sent = made.served("POST")
        content = good.read_bytes()
        damages = {
            "no database": b"name,email\n" * 1_000, "cut off": content[: len(content) // 2], "cut short": content[:100],
            "overwritten": content[:4_096] + bytes(len(content) - 4_096),
            "without its start": bytes(200) + content[200:],
        }
        for what, left in damages.items():
            bad = tmp_path / f"{what}.ledger"
            bad.write_bytes(left)
            with pytest.raises(LedgerError) as caught:
                await upsert(made, users(20), bad)
            assert caught.value.reason == "damaged", what
            assert len(bad.read_bytes()) == len(left), what
        assert made.served("POST") == sent


async def test_a_second_run_does_the_first_no_harm(tmp_path: Path) -> None:
    async with rig(settings=Settings(job_start_delay=1.0, job_seconds_per_row=1.0)) as made:
        rows = BY_NAME["nameless imports"].rows(made.account, 12)
        first = under_way(made.zd.bulk.tickets.import_(rows, ledger=tmp_path / "x.ledger", slots=2))
        for _ in range(8):
            await asyncio.sleep(1)
            with pytest.raises(LedgerError) as caught:
                await made.zd.bulk.tickets.import_(rows, ledger=tmp_path / "x.ledger")
            assert caught.value.reason == "locked"
        assert not first.done()
        certain = attrs.evolve(BY_NAME["nameless imports"], unsure=False)
        assert_right(made.account, await first, rows, certain)


# -- sources that are not what they were -------------------------------------------------------------------------------


async def interrupted(made: Rig, source: Any, ledger: Path, seconds: float) -> BulkReport:
    """A run that is stopped after so many seconds."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    return await upsert(made, source, ledger, stop=stop, slots=2)


@pytest.mark.parametrize("seconds", [0.5, 4.0, 1_000.0])
async def test_rows_that_are_not_what_they_were_stop_the_run_before_anything_is_sent(
    tmp_path: Path, seconds: float
) -> None:
    """Whichever row it is; and also when there are fewer rows, or more."""
    async with rig(settings=Settings(job_start_delay=1.0, job_seconds_per_row=0.5)) as made:
        rows, ledger = users(16), tmp_path / "x.ledger"
        report = await interrupted(made, rows, ledger, seconds)
        sent, known = made.served("POST"), report.done
        changes = [[*rows[:place], {**rows[place], "name": "Changed"}, *rows[place + 1 :]] for place in range(known)]
        changes += [rows[1:], rows[: known - 1], rows[: known - 2], list(reversed(rows)), [rows[0], *rows]]
        changes += [[*rows, *users(18)[16:]]] if report.total else []
        for changed in changes:
            with pytest.raises(LedgerError) as caught:
                await upsert(made, changed, ledger)
            assert caught.value.reason == "mismatch"
        assert made.served("POST") == sent
        assert "Changed" not in names(made)
        assert (await upsert(made, rows, ledger)).counts["created"] == 16


async def test_rows_before_the_changed_one_are_not_sent_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ones are in doubt, later ones are done: nobody knows before those have been read again."""
    monkeypatch.setattr(plan, "WIDTH", 2)
    monkeypatch.setattr(sources, "_AT_ONCE", 1)

    async def slowly(rows: list[dict[str, Any]]) -> AsyncGenerator[dict[str, Any], None]:
        for row in rows:
            yield row
            await asyncio.sleep(5)

    faults = [Fault("POST /api/v2/users/create_or_update_many", "reset_before", calls=(1,))]
    async with rig(settings=QUICK, faults=faults) as made:
        rows, ledger = users(8), tmp_path / "x.ledger"
        await interrupted(made, rows, ledger, 30.0)
        await asyncio.sleep(100)
        sent = made.served("POST")
        assert len(names(made)) == 6
        with pytest.raises(LedgerError) as caught:
            await upsert(made, slowly([*rows[:7], {**rows[7], "name": "Changed"}]), ledger)
        assert caught.value.reason == "mismatch"
        assert made.served("POST") == sent
        assert (await upsert(made, slowly(rows), ledger)).counts["created"] == 8


async def test_a_file_that_is_not_what_it_was_stops_the_run_before_anything_is_sent(tmp_path: Path) -> None:
    async with rig(settings=Settings(job_start_delay=1.0, job_seconds_per_row=0.5)) as made:
        path, ledger = write_csv(tmp_path / "users.csv", users(16)), tmp_path / "x.ledger"
        await interrupted(made, path, ledger, 4.0)
        sent, content = made.served("POST"), path.read_bytes()
        other = content.replace(b"User 15", b"User 99")
        for changed in (content + b"e-16,User 16\n", other, content[:-1], content[:20]):
            path.write_bytes(changed)
            with pytest.raises(LedgerError) as caught:
                await upsert(made, path, ledger)
            assert caught.value.reason == "mismatch"
        assert made.served("POST") == sent
        path.write_bytes(content)
        assert (await upsert(made, path, ledger)).counts["created"] == 16


# -- broken rows -------------------------------------------------------------------------------------------------------

BROKEN = {
    "bad bytes": b"e-x,\xff\xfe\n", "ragged": b"e-x,Name,too,many\n", "short": b"e-x\n", "nul": b"e-x,a\x00b\n",
    "huge": b"e-x," + b"x" * 10_000_000 + b"\n",
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("what", BROKEN)
async def test_broken_rows_of_a_file_are_refused_with_their_lines_and_all_others_go(
    tmp_path: Path, what: str, seed: int
) -> None:
    lines = [f"e-{number},User {number}\n".encode() for number in range(12)]
    broken = sorted(random.Random(f"{seed}{what}").sample(range(1, 15), 3))
    for position in broken:
        lines.insert(position - 1, BROKEN[what])
    path = tmp_path / "users.csv"
    path.write_bytes(b"external_id,name\n" + b"".join(lines))
    async with rig(settings=QUICK) as made:
        for _ in range(2):
            report = await upsert(made, path, tmp_path / "x.ledger")
            assert [(row.position, row.line) for row in report.rows("refused")] == [(one, one + 1) for one in broken]
            assert report.counts["created"] == 12
            assert report.pending == 0
        assert names(made) == {f"User {number}" for number in range(12)}
