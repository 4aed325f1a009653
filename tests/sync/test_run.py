"""Runs against a whole simulated account: what is copied, how a copy keeps up, what is refused."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from copies import BEGIN, FORMATS, FakeAccount, filled, names, newest, nobody_left, place, states, versions, wide_limits
from fake_exports import NOW
from support import add_user, rig, under_way

from zdasync import ApiToken
from zdasync.errors import BadArgument, LedgerError, PermissionDenied, ServerError, StartTooRecent
from zdasync.events import Retrying
from zdasync.simulator import Fault
from zdasync.sync import TABLES, Batch, Sink, SyncProgress

EACH = pytest.mark.parametrize("form", FORMATS)
USERS = {"tables": ("users",), "since": BEGIN}


def format_of(form):
    return {} if form == "sqlite" else {"format": form}


@attrs.define(eq=False)
class Memory:
    """A sink of a caller's own: everything in dictionaries. `failing` is raised by the next write."""

    rows: dict[str, dict[int, dict]] = attrs.field(factory=dict)
    cursors: dict[str, str] = attrs.field(factory=dict)
    batches: list[Batch] = attrs.field(factory=list)
    log: list[str] = attrs.field(factory=list)
    failing: Exception | None = None
    slow: float = 0.0
    busy: bool = False

    async def open(self, account, restart=()):
        self.log.append(f"open {account}")
        for table in restart:
            self.rows.pop(table, None)
            self.cursors.pop(table, None)
        return dict(self.cursors)

    async def write(self, batch):
        assert not self.busy
        self.busy = True
        await asyncio.sleep(self.slow)
        if self.failing is not None:
            raise self.failing
        self.batches.append(batch)
        table = self.rows.setdefault(batch.table, {})
        table.update({row["id"]: row for row in batch.rows})
        for one in batch.deleted:
            table.pop(one, None)
        self.cursors[batch.table] = batch.cursor
        self.busy = False

    async def aclose(self):
        self.log.append("close")


class TestTheCopy:
    @EACH
    async def test_it_is_the_account_and_keeps_up(self, form, tmp_path):
        async with rig(users=60, tickets=20) as r:
            zd, state, path = r.zd, r.account.state, place(tmp_path, form)
            report = await zd.sync.run(path, **format_of(form))
            assert names(path, form) == {one: state.users[one].name for one in state.user_ids}
            tickets = newest(path, form, "tickets")
            shown = [await zd.tickets.show(one).raw() for one in sorted(tickets)[:3]]
            assert [tickets[one["ticket"]["id"]]["subject"] for one in shown] == [
                one["ticket"]["subject"] for one in shown
            ]
            assert names(path, form, "organizations") == {one.id: one.name for one in state.organizations.values()}
            events = [audit.id for audit in state.tickets.history.log()]
            assert sorted(row["id"] for row in versions(path, form, "ticket_events")) == sorted(events)
            assert list(report.tables) == list(TABLES)[:4]
            assert report.rows == sum(len(versions(path, form, table)) for table in report.tables)

            gone, changed = state.user_ids[10], state.user_ids[11]
            await zd.users.delete(gone)
            await zd.users.update(changed, name="Changed", user_fields={"tier": "gold"})
            ticket = min(tickets)
            await zd.tickets.delete(ticket)
            await asyncio.sleep(130)
            again = await zd.sync.run(path, **format_of(form))
            assert names(path, form) == {one: state.users[one].name for one in state.user_ids}
            assert gone not in newest(path, form)
            assert ticket not in newest(path, form, "tickets")
            found = newest(path, form)[changed]
            fields = found["user_fields"]["tier"] if form == "jsonl" else found["user_fields.tier"]
            assert (found["name"], fields) == ("Changed", "gold")
            users = again.tables["users"]
            assert (users.rows, users.deleted, users.pages) == (1, 1, 1)
            assert again.tables["tickets"].deleted == 1

    @EACH
    async def test_deletions_can_be_marked(self, form, tmp_path):
        account, path = filled(20), place(tmp_path, form)
        report = await account.sync.run(path, **USERS, **format_of(form), deletions="mark")
        assert (report.rows, report.deleted) == (20, 0)
        assert {one: row.get("active") for one, row in newest(path, form).items() if one in (9, 10)} == {
            9: None, 10: False
        }

    async def test_rows_are_as_zendesk_gave_them(self):
        sink, account = Memory(), filled(3)
        account.fields[2] = {"odd": {"a": [1, None]}}
        await account.sync.run(sink, **USERS)
        assert sink.rows["users"][2] == {
            "id": 2, "updated_at": "2023-11-14T19:26:41Z", "name": "2", "odd": {"a": [1, None]}
        }

    async def test_what_has_no_times_that_can_be_read_is_copied_all_the_same(self):
        sink, account = Memory(), filled(3)
        account.fields[2] = {"updated_at": "soon"}
        await account.sync.run(sink, **USERS)
        assert sorted(sink.rows["users"]) == [1, 2, 3]
        assert sink.rows["users"][2]["updated_at"] == "soon"

    @pytest.mark.parametrize(
        ("table", "row"),
        [("tickets", {"status": "deleted"}), ("organizations", {"deleted_at": "2023-11-14T19:26:41Z"}),
         ("ticket_metric_events", {"deleted": True, "type": "breach"})],
    )
    async def test_how_other_deletions_show(self, table, row):
        sink, account = Memory(), filled(3)
        await account.sync.run(sink, tables=(table,), since=BEGIN)
        account.fields[2] = row
        account.write(2)
        account.now += 100
        report = await account.sync.run(sink, tables=(table,))
        assert sorted(sink.rows[table]) == [1, 3]
        assert (report.tables[table].rows, report.tables[table].deleted) == (0, 1)

    async def test_comments_come_when_they_are_asked_for(self):
        async with rig(tickets=3) as r:
            for comments in (False, True):
                sink = Memory()
                await r.zd.sync.run(sink, tables=("ticket_events",), comments=comments)
                assert ("body" in str(sink.rows)) is comments

    async def test_a_restored_record_comes_back(self):
        sink, account = Memory(), filled(3)
        account.fields[2] = {"active": False}
        await account.sync.run(sink, **USERS)
        assert sorted(sink.rows["users"]) == [1, 3]
        account.fields[2] = {"active": True}
        account.write(2)
        account.now += 100
        await account.sync.run(sink, **USERS)
        assert sorted(sink.rows["users"]) == [1, 2, 3]


class TestWhereItBegins:
    async def test_since_counts_for_a_table_that_is_not_there_yet(self):
        sink, account = Memory(), filled(20)
        since = datetime.fromtimestamp(BEGIN + 15, UTC)
        await account.sync.run(sink, tables=("users",), since=since)
        assert sorted(sink.rows["users"]) == [16, 17, 18, 19]
        await account.sync.run(sink, tables=("users",), since=BEGIN)
        assert sorted(sink.rows["users"]) == [16, 17, 18, 19]

    async def test_a_start_that_is_too_recent_is_told(self):
        with pytest.raises(StartTooRecent):
            await filled(3).sync.run(Memory(), tables=("users",), since=NOW)

    async def test_from_the_cursor_of_an_earlier_report(self):
        sink, account = Memory(), filled(8)
        first = await account.sync.run(sink, **USERS)
        account.write(9, 1)
        account.now += 100
        await account.sync.run(sink, **USERS)
        del sink.rows["users"][9]
        await account.sync.run(sink, **USERS, cursors={"users": first.tables["users"].cursor})
        assert sorted(sink.rows["users"]) == list(range(1, 10))
        assert sorted(row["id"] for row in sink.batches[-1].rows) == [1, 9]

    @EACH
    async def test_restart_throws_away_what_was_there(self, form, tmp_path):
        account, path = filled(30), place(tmp_path, form)
        await account.sync.run(path, tables=("users", "tickets"), since=BEGIN, **format_of(form))
        for gone in range(20, 31):
            del account.rows[gone]
        await account.sync.run(path, **USERS, restart=True, per_page=7, **format_of(form))
        assert names(path, form) == account.truth()
        assert len(newest(path, form, "tickets")) == 30  # nobody asked for these
        assert len(versions(path, form)) == (19 if form != "sqlite" else 18)


class TestFollowing:
    @EACH
    async def test_an_hour_of_changes(self, form, tmp_path):
        async with rig(users=20) as r:
            zd, account, path = r.zd, r.account, place(tmp_path, form)
            stop = asyncio.Event()
            tables = ("users", "organizations")
            run = under_way(zd.sync.run(path, **format_of(form), tables=tables, follow=True, every=60, stop=stop))
            for minute in range(60):
                if minute % 7 == 3:
                    add_user(account, f"new{minute}@example.com")
                if minute % 10 == 5:
                    await zd.users.update(account.state.user_ids[minute // 10], name=f"In minute {minute}")
                if minute % 20 == 11:
                    await zd.users.delete(account.state.user_ids[-1])
                await asyncio.sleep(60)
            await asyncio.sleep(200)
            assert names(path, form) == {one: account.state.users[one].name for one in account.state.user_ids}
            stop.set()
            report = await run
            assert 55 <= report.tables["users"].pages <= 67
            until = datetime.fromisoformat(states(path, form)["users"]["until"])
            assert datetime.fromtimestamp(account.now(), UTC) - until < timedelta(seconds=150)
            assert account.rejections == {}

    async def test_all_tables_at_once_keep_to_the_limits(self):
        async with rig(users=120, tickets=60) as r:
            sink = Memory()
            report = await r.zd.sync.run(sink, tables=tuple(TABLES), per_page=10)
            assert r.account.rejections == {}
            pages = sum(table.pages for name, table in report.tables.items() if name != "users")
            assert report.seconds < 60 * (pages // 10 + 1)

    async def test_an_outage_is_waited_out(self):
        down = Fault("GET /api/v2/incremental/users/cursor", "error", calls=range(2, 9), status=500)
        async with rig(users=20, faults=[down]) as r:
            sink, stop = Memory(), asyncio.Event()
            run = under_way(r.zd.sync.run(sink, tables=("users",), per_page=10, follow=True, stop=stop))
            await asyncio.sleep(600)
            stop.set()
            await run
            assert len(sink.rows["users"]) == len(r.account.state.user_ids)
            assert any("copy of users" in event.reason for event in r.told(Retrying))

    async def test_an_outage_at_the_very_beginning_is_told(self):
        down = Fault("GET /api/v2/incremental/users/cursor", "error", status=500)
        async with rig(faults=[down]) as r:
            with pytest.raises(ServerError):
                await r.zd.sync.run(Memory(), tables=("users",), follow=True)

    async def test_stop_ends_a_run_that_waits_for_its_limit(self):
        async with rig(users=100) as r:
            sink, stop = Memory(), asyncio.Event()
            run = under_way(r.zd.sync.run(sink, tables=("organizations", "users"), per_page=1, stop=stop))
            await asyncio.sleep(30)
            stop.set()
            report = await asyncio.wait_for(run, 1)
            assert report.tables["users"].rows == len(sink.rows["users"])
            assert 0 < len(sink.rows["users"]) < 104
            assert sink.log[-1] == "close"

    async def test_a_stop_that_is_set_already(self):
        stop = asyncio.Event()
        stop.set()
        sink = Memory()
        report = await filled(3).sync.run(sink, **USERS, stop=stop)
        assert (report.rows, sink.log[-1]) == (0, "close")
        await nobody_left()


class TestFailures:
    async def test_every_kind_of_fault_on_the_way(self, tmp_path):
        route = "GET /api/v2/incremental/*"
        faults = [
            Fault(route, "reset_before", calls=(2,)), Fault(route, "reset_after", calls=(4,)),
            Fault(route, "error", calls=(6,), status=500), Fault(route, "truncate", calls=(8,)),
            Fault(route, "error", calls=(10, 11, 13, 14), status=504),
            Fault(route, "rate_limited", calls=(17,), retry_after=2),
            Fault(route, "unavailable", calls=(19,), retry_after=3), Fault(route, "empty", calls=(400,)),
        ]
        async with rig(users=200, tickets=30, faults=faults, limits=wide_limits()) as r:
            path = tmp_path / "copy.db"
            await r.zd.sync.run(path, per_page=16)
            state = r.account.state
            assert names(path, "sqlite") == {one: state.users[one].name for one in state.user_ids}
            events = [audit.id for audit in state.tickets.history.log()]
            assert sorted(newest(path, "sqlite", "ticket_events")) == sorted(events)
            assert len({one.fault for one in r.account.log}) == 7

    async def test_one_table_that_fails_ends_the_run_and_the_others_keep_what_they_have(self):
        async with rig(users=5, auth=ApiToken("agent@example.com", "token")) as r:
            sink = Memory()
            with pytest.raises(PermissionDenied):
                await r.zd.sync.run(sink)
            assert sink.log[-1] == "close"

    async def test_what_the_sink_raises_is_raised(self):
        sink, account = Memory(failing=RuntimeError("no database")), filled(5)
        with pytest.raises(RuntimeError, match="no database"):
            await account.sync.run(sink, tables=("users", "tickets"), since=BEGIN, per_page=2)
        assert sink.log[-1] == "close"
        await nobody_left()

    async def test_what_on_progress_raises_is_raised_after_the_page_was_written(self):
        sink = Memory()

        def broken(_progress):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await filled(5).sync.run(sink, **USERS, per_page=2, on_progress=broken)
        assert sorted(sink.rows["users"]) == [1, 2]

    async def test_a_write_that_has_begun_comes_to_its_end(self):
        sink = Memory(slow=5)
        run = under_way(filled(5).sync.run(sink, **USERS, per_page=2))
        await asyncio.sleep(7)
        for _ in range(2):
            run.cancel()
            await asyncio.wait([run], timeout=1)
        await asyncio.wait([run])
        assert run.cancelled()
        assert (len(sink.batches), sink.log[-1]) == (2, "close")
        await nobody_left()

    async def test_a_cursor_of_another_table_in_the_copy(self):
        sink = Memory(cursors={"users": "zde1.nonsense"})
        with pytest.raises(LedgerError, match="users") as caught:
            await filled(3).sync.run(sink, **USERS)
        assert caught.value.reason == "damaged"
        assert sink.log[-1] == "close"

    @pytest.mark.parametrize(
        ("target", "options", "text"),
        [
            ("copy", {}, "format="),
            ("copy", {"format": "csv"}, "csv"),
            (7, {}, "target"),
            (Memory(), {"format": "sqlite"}, "format"),
            ("c.db", {"tables": "users"}, "tables"),
            ("c.db", {"tables": ()}, "tables"),
            ("c.db", {"tables": ("user",)}, "'user'"),
            ("c.db", {"cursors": {"views": "x"}}, "views"),
            ("c.db", {"cursors": {"users": ""}}, "cursor"),
            ("c.db", {"cursors": {"tickets": "zde1.x"}}, "cursor"),
            ("c.db", {"since": "2024-01-01"}, "start_time"),
            ("c.db", {"since": datetime(2024, 1, 1)}, "time zone"),  # noqa: DTZ001 - that is what is wrong
            ("c.db", {"deletions": "ignore"}, "deletions"),
            ("c.db", {"every": 0}, "every"),
            ("c.db", {"every": float("nan")}, "every"),
            ("c.db", {"per_page": 0}, "per_page"),
        ],
    )
    async def test_what_cannot_be_right_is_refused_before_anything_happens(self, target, options, text, tmp_path):
        account = FakeAccount()
        target = tmp_path / target if isinstance(target, str) else target
        with pytest.raises(BadArgument, match=text):
            await account.sync.run(target, **options)
        assert (account.sent, list(tmp_path.iterdir())) == ([], [])


class TestReports:
    async def test_progress_comes_with_every_page(self):
        seen = []
        await filled(7).sync.run(Memory(), **USERS, per_page=3, on_progress=seen.append)
        assert [(one.rows, one.deleted, one.pages, one.last) for one in seen] == [
            (3, 0, 1, False), (6, 0, 2, False), (7, 0, 3, True)
        ]
        assert seen[0].reached == datetime.fromtimestamp(BEGIN + 2, UTC)
        assert all(isinstance(one, SyncProgress) and one.rate > 0 for one in seen)
        assert "users: 3 rows" in str(seen[0])
        assert "up to date" in str(seen[2])

    async def test_the_report_as_plain_data(self):
        report = await filled(12).sync.run(Memory(), **USERS)
        told = report.to_dict()
        assert (told["rows"], told["deleted"]) == (11, 1)
        assert told["tables"]["users"] == {
            "rows": 11, "deleted": 1, "pages": 1, "cursor": report.tables["users"].cursor,
            "until": datetime.fromtimestamp(NOW - 60, UTC).isoformat(),
        }

    async def test_nothing_new_is_not_written(self):
        sink, account = Memory(), filled(3, dated=False)
        await account.sync.run(sink, **USERS)
        await account.sync.run(sink, **USERS)
        assert len(sink.batches) == 1

    def test_a_sink_is_what_has_the_methods(self):
        assert isinstance(Memory(), Sink)
        assert not isinstance(object(), Sink)
