"""JSON lines and Parquet: what is in the files, what counts of them, and when a directory can't be used."""

from __future__ import annotations

import asyncio
import builtins
import json
import stat
import sys
import threading
from datetime import UTC, datetime

import attrs
import pyarrow.parquet as pq
import pytest
from copies import BEGIN, FORMATS, filled, names, newest, place, sink_of, states, versions
from support import under_way

from zdasync.errors import BadArgument, LedgerError
from zdasync.sync import Batch, JsonLines, Parquet
from zdasync.sync._storage import Worker

USERS = {"tables": ("users",), "since": BEGIN}
ACCOUNT = "https://acme.zendesk.com"
FORMS = ("jsonl", "parquet")
EACH = pytest.mark.parametrize("form", FORMS)


def batch(*rows, deleted=(), cursor="c", last=True, table="users"):
    return Batch(table=table, rows=[*rows], deleted=[*deleted], cursor=cursor, last=last)


async def written(sink, *batches):
    await sink.open(ACCOUNT)
    for one in batches:
        await sink.write(one)
    await sink.aclose()


class TestJsonLines:
    async def test_a_line_for_each_version_and_each_deletion(self, tmp_path):
        await written(JsonLines(tmp_path / "copy"), batch({"id": 1, "name": "Zoë"}, {"id": 2}), batch(deleted=[2]))
        text = (tmp_path / "copy" / "users.jsonl").read_text()
        assert text == '{"id":1,"name":"Zoë"}\n{"id":2}\n{"id":2,"_deleted":true}\n'
        state = states(tmp_path / "copy", "jsonl")["users"]
        assert (state["bytes"], state["rows"], state["cursor"]) == (len(text.encode()), 3, "c")

    async def test_what_does_not_count_is_cut_off(self, tmp_path):
        account, path = filled(5), tmp_path / "copy"
        await account.sync.run(path, **USERS, format="jsonl")
        for name in ("users.jsonl", "tickets.jsonl"):
            with (path / name).open("ab") as file:
                file.write(b'{"id": 99, "na')
        await account.sync.run(path, **USERS, format="jsonl")
        assert names(path, "jsonl") == account.truth()
        assert (path / "tickets.jsonl").read_bytes() == b""

    async def test_what_a_failure_left_is_cut_off_before_the_next_batch(self, tmp_path, monkeypatch):
        sink = JsonLines(tmp_path)
        await sink.open(ACCOUNT)
        await sink.write(batch({"id": 1}))
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space")))
            with pytest.raises(LedgerError):
                await sink.write(batch({"id": 2}))
        await sink.write(batch({"id": 3}))
        await sink.aclose()
        assert (tmp_path / "users.jsonl").read_text() == '{"id":1}\n{"id":3}\n'

    async def test_a_file_that_lost_something(self, tmp_path):
        account, path = filled(5), tmp_path / "copy"
        await account.sync.run(path, **USERS, format="jsonl")
        (path / "users.jsonl").write_text("{}")
        with pytest.raises(LedgerError, match=r"users\.jsonl") as caught:
            await account.sync.run(path, **USERS, format="jsonl")
        assert caught.value.reason == "damaged"
        await account.sync.run(path, **USERS, format="jsonl", restart=True)
        assert names(path, "jsonl") == account.truth()


class TestParquet:
    async def test_parts_of_a_sensible_size(self, tmp_path):
        account, path = filled(25), tmp_path / "copy"
        await account.sync.run(Parquet(path, rows=10), **USERS, per_page=4)
        assert [pq.read_metadata(part).num_rows for part in sorted(path.glob("*.parquet"))] == [12, 12, 1]
        assert states(path, "parquet")["users"]["parts"] == 3

    async def test_what_is_gathered_counts_when_it_is_in_a_part(self, tmp_path):
        sink = Parquet(tmp_path, rows=3)
        await sink.open(ACCOUNT)
        await sink.write(batch({"id": 1}, cursor="a", last=False))
        assert states(tmp_path, "parquet") == {}
        await sink.write(batch({"id": 2}, {"id": 3}, cursor="b", last=False))
        assert states(tmp_path, "parquet")["users"]["cursor"] == "b"
        await sink.write(batch({"id": 4}, cursor="d", last=False))
        assert states(tmp_path, "parquet")["users"]["cursor"] == "b"
        await sink.aclose()
        assert states(tmp_path, "parquet")["users"]["cursor"] == "d"
        assert sorted(newest(tmp_path, "parquet")) == [1, 2, 3, 4]

    async def test_nothing_new_is_no_part(self, tmp_path):
        await written(Parquet(tmp_path), batch(cursor="a"))
        assert (states(tmp_path, "parquet")["users"]["cursor"], list(tmp_path.glob("*.parquet"))) == ("a", [])

    async def test_types_and_columns_of_parts_agree(self, tmp_path):
        rows = [
            {"id": 1, "ok": True, "name": "a", "n": 1, "x": 1.5, "tags": ["t"], "none": None, "user_fields": {"a": 1}},
            {"id": 2, "n": "one", "x": 2, "ok": 7, "none": None, "user_fields": {"a": 2.5, "A": "z"}},
            {"id": 3, "n": 2**70, "x": 2**60, "user_fields": {"B": "new"}},
            {"id": 4, "user_fields": {"b": "newer"}},
        ]
        for row in rows:
            await written(Parquet(tmp_path), batch(row))
        both = [{"id": 7, "n": 4}, {"id": 5, "n": "five"}, {"id": 6, "n": None}]
        await written(Parquet(tmp_path), batch(*both, deleted=[2]))
        rows = versions(tmp_path, "parquet")
        found = {row["id"]: {key: value for key, value in row.items() if value is not None} for row in rows[:4]}
        assert found[1] == {"id": 1, "ok": True, "name": "a", "n": 1, "x": 1.5, "tags": '["t"]', "user_fields.a": 1,
                            "_deleted": False}
        odd = next(name for name in found[2] if name.startswith("user_fields.A~"))
        assert found[2] == {"id": 2, "n~string": "one", "x": 2.0, "ok~int64": 7, "user_fields.a~double": 2.5, odd: "z",
                            "_deleted": False}
        assert found[3] == {"id": 3, "n~string": str(2**70), "x~int64": 2**60, "user_fields.B": "new",
                            "_deleted": False}
        assert [key.rpartition("~")[0] for key in found[4]][2:] == ["user_fields.b"]
        later = {row["id"]: row for row in rows[4:]}
        held = [(later[one]["n"], later[one]["n~string"]) for one in (7, 5, 6)]
        assert held == [(4, None), (None, "five"), (None, None)]
        assert (later[2]["_deleted"], sorted(newest(tmp_path, "parquet"))) == (True, [1, 3, 4, 5, 6, 7])

    async def test_left_overs_are_removed_and_a_part_that_counts_gets_its_name(self, tmp_path):
        await written(Parquet(tmp_path, rows=1), batch({"id": 1}, last=False), batch({"id": 2}))
        one = tmp_path / "users-000002.parquet"
        content = one.read_bytes()
        one.rename(f"{one}.tmp")
        others = ["users-000003.parquet", "users-000003.parquet.tmp", "tickets-000001.parquet"]
        for name in others:
            (tmp_path / name).write_bytes(content)
        (tmp_path / "other-000009.parquet").write_bytes(content)
        await written(Parquet(tmp_path))
        assert sorted(path.name for path in tmp_path.glob("*.parquet*")) == [
            "other-000009.parquet", "users-000001.parquet", "users-000002.parquet"
        ]

    async def test_after_a_failure_nothing_is_taken_any_more(self, tmp_path):
        sink = Parquet(tmp_path)
        await sink.open(ACCOUNT)
        with pytest.raises(KeyError):
            await sink.write(batch({"id": 1}, table="things"))
        with pytest.raises(BadArgument, match="open the copy again"):
            await sink.write(batch({"id": 1}))
        await sink.aclose()
        assert states(tmp_path, "parquet") == {}

    async def test_without_pyarrow_the_error_names_the_extra(self, tmp_path, monkeypatch):
        for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
            monkeypatch.delitem(sys.modules, name)
        real = builtins.__import__

        def missing(name, *args):
            if name.partition(".")[0] == "pyarrow":
                raise ImportError(name)
            return real(name, *args)

        monkeypatch.setattr(builtins, "__import__", missing)
        with pytest.raises(BadArgument, match=r"zdasync\[parquet\]"):
            await filled(1).sync.run(tmp_path / "copy", **USERS, format="parquet")

    @pytest.mark.parametrize("rows", [0, 1.5, True])
    def test_a_part_has_at_least_a_row(self, rows):
        with pytest.raises(BadArgument, match="rows"):
            Parquet("copy", rows=rows)


class TestAllFormats:
    @pytest.mark.parametrize("form", FORMATS)
    async def test_a_batch_that_does_not_tell_how_far_it_is_leaves_what_was_known(self, form, tmp_path):
        path, until = place(tmp_path, form), datetime(2024, 1, 1, tzinfo=UTC)
        await written(sink_of(path, form), attrs.evolve(batch({"id": 1}), until=until), batch({"id": 2}))
        assert states(path, form)["users"]["until"] == until.isoformat()

    @pytest.mark.parametrize("form", FORMATS)
    async def test_a_restart_counts_before_anything_is_written(self, form, tmp_path):
        path = place(tmp_path, form)
        await written(sink_of(path, form), batch({"id": 1}), batch({"id": 2}, table="tickets"))
        for restart, left in ((["users"], {"tickets": "c"}), ([], {"tickets": "c"}), (["tickets", "users"], {})):
            sink = sink_of(path, form)
            assert await sink.open(ACCOUNT, restart) == left
            await sink.aclose()
            assert versions(path, form) == []

    async def test_work_that_was_ordered_is_done_though_nobody_waits_for_it_any_more(self, tmp_path):
        worker, busy, done = Worker(tmp_path), threading.Event(), []
        first = under_way(worker.begin(busy.wait))
        await asyncio.sleep(0)
        second = under_way(worker.do(done.append, 1))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        busy.set()
        await first
        await worker.end(lambda: None)
        assert (second.cancelled(), done) == (True, [1])


class TestDirectories:
    @EACH
    async def test_they_are_made_and_their_files_are_private(self, form, tmp_path):
        path = place(tmp_path, form)
        await filled(3).sync.run(path, **USERS, format=form)
        files = [file for file in path.iterdir() if file.is_file()]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert not [file for file in files if file.name.endswith(".tmp")]

    @EACH
    async def test_refusals(self, form, tmp_path):
        account, path = filled(3), place(tmp_path, form)
        await account.sync.run(path, **USERS, format=form)
        requests, state = len(account.sent), path / "_zdasync_sync.json"

        async def refused(reason, **options):
            with pytest.raises(LedgerError) as caught:
                await account.sync.run(path, **{**USERS, "format": form, **options})
            assert (caught.value.reason, caught.value.path, len(account.sent)) == (reason, str(path), requests)

        account.base_url = "https://other.zendesk.com"
        await refused("mismatch")
        account.base_url = ACCOUNT
        await refused("mismatch", format=next(other for other in FORMS if other != form))
        sink = sink_of(path, form)
        await sink.open(ACCOUNT)
        await refused("locked")
        await sink.aclose()
        good = state.read_text()
        newer = json.dumps({**json.loads(good), "version": 2}).encode()
        for broken in (b"", b"[]", b"\xff", good[:-30].encode(), newer):
            state.write_bytes(broken)
            await refused("damaged")
        state.unlink()
        await refused("mismatch")  # files that nobody knows anything about are not written over
        assert len(versions(path, form)) == 3

    @EACH
    async def test_a_directory_that_cannot_be_made(self, form, tmp_path):
        with pytest.raises(LedgerError) as caught:
            await filled(3).sync.run(tmp_path / "a" / "b", **USERS, format=form)
        assert caught.value.reason == "full"

    @EACH
    async def test_a_sink_says_where_it_writes(self, form, tmp_path):
        assert str(tmp_path) in repr(sink_of(tmp_path, form))
