"""SQLite: how a copy grows, what else may be in the file, and when it can't be used."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing

import pytest
from copies import BEGIN, filled, names, newest, states, versions

from zdasync.errors import BadArgument, LedgerError
from zdasync.sync import Batch, SQLite, sqlite

USERS = {"tables": ("users",), "since": BEGIN}
ACCOUNT = "https://acme.zendesk.com"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "copy.db"


def execute(path, *statements):
    with closing(sqlite3.connect(path)) as db, db:
        found = [db.execute(statement).fetchall() for statement in statements]
    return found[-1]


async def refused(path, reason, account=None, **options):
    """The run is refused for this reason, before anything is sent."""
    account = account or filled(3)
    with pytest.raises(LedgerError) as caught:
        await account.sync.run(path, **{**USERS, **options})
    assert (caught.value.reason, caught.value.path, account.sent) == (reason, str(path), [])
    return str(caught.value)


class TestColumns:
    async def test_the_kinds_of_values(self, path):
        account = filled(1)
        account.fields[1] = {
            "verified": True, "points": 1.5, "count": 7, "huge": 2**64, "tags": ["a"], "user_fields": {"tier": "gold"},
            "alias": None, "digits": "007",
        }
        await account.sync.run(path, **USERS)
        types = execute(path, "SELECT typeof(verified), typeof(points), typeof(count), typeof(huge), typeof(digits) "
                              "FROM users")
        assert types == [("integer", "real", "integer", "text", "text")]
        assert newest(path, "sqlite")[1] == {
            "id": 1, "updated_at": "2023-11-14T19:26:40Z", "name": "1", "verified": 1, "points": 1.5, "count": 7,
            "huge": str(2**64), "tags": '["a"]', "user_fields.tier": "gold", "alias": None, "digits": "007",
        }

    async def test_a_new_field_is_a_new_column_and_a_field_that_is_gone_is_null(self, path):
        account = filled(4)
        account.fields = {1: {"user_fields": {"a": 1}}, 2: {"user_fields": {"a": 2}}}
        await account.sync.run(path, **USERS, per_page=2)
        account.fields = {2: {"user_fields": {"b": 3}}, 3: {"user_fields": {"B": 4, 'x"y': 5}}}
        account.write(2, 3)
        account.now += 100
        await account.sync.run(path, **USERS)
        rows = newest(path, "sqlite")
        assert [rows[one]["user_fields.a"] for one in (1, 2, 3, 4)] == [1, None, None, None]
        assert (rows[2]["user_fields.b"], rows[3]['user_fields.x"y']) == (3, 5)
        assert [value for key, value in rows[3].items() if key.startswith("user_fields.B~")] == [4]

    async def test_more_custom_fields_than_a_table_has_room_for(self, path, monkeypatch):
        monkeypatch.setattr(sqlite, "OTHER_COLUMNS", 1_990)
        account = filled(2)
        account.fields = {one: {"user_fields": {f"f{index}": index for index in range(30)}} for one in (1, 2)}
        await account.sync.run(path, **USERS)
        row = newest(path, "sqlite")[2]
        columns = [key for key in row if key.startswith("user_fields.")]
        assert len(columns) == 7
        assert row["user_fields"][:8] + row["user_fields"][-9:] == '{"f7":7,"f29":29}'

    async def test_two_thousand_custom_fields(self, path):
        account = filled(1)
        account.fields = {1: {"user_fields": {f"f{index}": index for index in range(2_500)}}}
        await account.sync.run(path, **USERS)
        row = newest(path, "sqlite")[1]
        assert row["user_fields.f1700"] == 1700
        assert '"f2499":2499' in row["user_fields"]

    async def test_a_batch_that_fails_leaves_no_columns_behind(self, path):
        sink = SQLite(path)
        await sink.open(ACCOUNT)
        good = Batch(table="users", rows=[{"id": 1, "name": "a"}], deleted=[], cursor="c1")
        await sink.write(good)
        with pytest.raises(LedgerError, match="mismatch"):  # an id that is none fails after its new column was added
            await sink.write(Batch(table="users", rows=[{"id": "x", "new": 1}], deleted=[], cursor="c2"))
        await sink.write(Batch(table="users", rows=[{"id": 2, "other": 1}], deleted=[1], cursor="c3"))
        await sink.aclose()
        assert versions(path, "sqlite") == [{"id": 2, "name": None, "other": 1}]
        assert states(path, "sqlite")["users"]["cursor"] == "c3"


class TestTheFile:
    async def test_its_state_says_how_far_it_is(self, path):
        await filled(12).sync.run(path, **USERS)
        state = states(path, "sqlite")["users"]
        assert (state["account"], state["rows"], state["version"]) == (ACCOUNT, 11, 1)
        assert (state["until"], state["updated_at"][:2]) == ("2023-11-14T22:12:20+00:00", "20")

    async def test_nobody_else_may_read_it(self, path):
        await filled(1).sync.run(path, **USERS)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    async def test_it_can_be_read_while_it_is_written(self, path):
        sink = SQLite(path)
        await sink.open(ACCOUNT)
        await sink.write(Batch(table="users", rows=[{"id": 1}], deleted=[], cursor="c"))
        with closing(sqlite3.connect(path)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT count(*) FROM users").fetchone() == (1,)
            await sink.write(Batch(table="users", rows=[{"id": 2}], deleted=[], cursor="d"))
            assert reader.execute("SELECT count(*) FROM users").fetchone() == (1,)
        await sink.aclose()

    async def test_other_tables_stay_as_they_are(self, path):
        execute(path, "CREATE TABLE mine (a)", "INSERT INTO mine VALUES (1)")
        account = filled(3)
        await account.sync.run(path, **USERS)
        await account.sync.run(path, **USERS, restart=True)
        assert execute(path, "SELECT a FROM mine") == [(1,)]
        assert names(path, "sqlite") == account.truth()

    async def test_one_sink_for_several_runs(self, path):
        sink, account = SQLite(path), filled(3)
        await account.sync.run(sink, **USERS)
        await account.sync.run(sink, **USERS)
        await sink.aclose()
        with pytest.raises(BadArgument, match="not open"):
            await sink.write(Batch(table="users", rows=[], deleted=[], cursor="c"))
        assert repr(sink) == f"SQLite({str(path)!r})"


class TestRefusals:
    @pytest.mark.parametrize("statement", [
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name)", "CREATE TABLE USERS (id)", "CREATE VIEW users AS SELECT 1",
    ])
    async def test_a_table_that_is_no_copy(self, statement, path):
        execute(path, statement)
        assert "users" in await refused(path, "mismatch")

    async def test_another_account(self, path):
        await filled(3).sync.run(path, **USERS)
        other = filled(3)
        other.base_url = "https://other.zendesk.com"
        assert "acme" in await refused(path, "mismatch", other)
        assert len(versions(path, "sqlite")) == 3

    async def test_a_newer_version(self, path):
        await filled(3).sync.run(path, **USERS)
        execute(path, "UPDATE _zdasync_sync SET version = 2")
        await refused(path, "damaged")

    async def test_a_state_that_is_another_table(self, path):
        execute(path, "CREATE TABLE _zdasync_sync (x)")
        await refused(path, "damaged")

    async def test_a_table_that_is_gone(self, path):
        account = filled(3)
        await account.sync.run(path, **USERS)
        execute(path, "DROP TABLE users")
        assert "restart" in await refused(path, "damaged")
        await account.sync.run(path, **USERS, restart=True)
        assert names(path, "sqlite") == account.truth()

    async def test_a_file_that_is_no_database(self, path):
        path.write_bytes(b"something else entirely, and long enough to be looked at" * 20)
        await refused(path, "damaged")

    async def test_a_directory_that_is_not_there(self, path):
        await refused(path.parent / "no" / "copy.db", "full")

    async def test_a_second_run(self, path):
        sink = SQLite(path)
        await sink.open(ACCOUNT)
        await refused(path, "locked")
        with pytest.raises(LedgerError, match="in use"):
            await sink.open(ACCOUNT)
        await sink.aclose()
        await filled(3).sync.run(path, **USERS)

    async def test_another_program_that_writes_and_does_not_end(self, path, monkeypatch):
        monkeypatch.setattr(sqlite, "PATIENCE", 0.01)
        account = filled(3)
        await account.sync.run(path, **USERS)
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN IMMEDIATE")
            await refused(path, "locked")

    async def test_a_full_disk(self, path, monkeypatch):
        connect = sqlite3.connect

        def small(*args, **options):
            db = connect(*args, **options)
            db.execute("PRAGMA max_page_count = 12")
            return db

        account = filled(30)
        account.fields = {one: {"notes": "x" * 2_000} for one in range(1, 31)}
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", small)
            with pytest.raises(LedgerError) as caught:
                await account.sync.run(path, **USERS, per_page=2)
        assert (caught.value.reason, isinstance(caught.value.__cause__, sqlite3.Error)) == ("full", True)
        assert 0 < len(versions(path, "sqlite")) < 30
        await account.sync.run(path, **USERS, per_page=2)
        assert names(path, "sqlite") == account.truth()

    async def test_a_lock_that_cannot_be_made(self, path):
        os.mkdir(f"{path}-lock")  # noqa: PTH102 - a name, not a path
        await refused(path, "full")
