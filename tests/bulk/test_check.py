"""The dry run: every kind of problem, counts, duplicates and references; and that nothing is held on to."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from reading import rows_of, written

from zdasync.bulk.check import check
from zdasync.bulk.columns import Columns
from zdasync.bulk.operations import OPERATIONS
from zdasync.bulk.sources import open_source
from zdasync.errors import BadArgument, SourceError

USERS = OPERATIONS["users.create_or_update"]


async def test_all_is_well(tmp_path):
    path = written(tmp_path / "in.csv", "email\n" + "".join(f"u{i}@b.c\n" for i in range(250)))
    report = await check(path, USERS)
    assert (report.rows, report.ok, report.refused, report.jobs, report.requests) == (250, 250, 0, 3, 3)
    assert (report.problems, report.first, report.duplicates, report.to_look_up) == ({}, (), 0, {})
    assert str(report) == (
        "in.csv: 250 rows for users.create_or_update: 250 to send, 0 refused.\n"
        "A run would start 3 jobs, with a request each."
    )


async def test_every_kind_of_problem_is_found_in_its_place(tmp_path):
    path = written(tmp_path / "in.csv", (
        b"email,name,suspended\n"
        b"a@b.c,Ada,no\n"
        b"a@b.c\n"
        b"c@b.c,\xff,no\n"
        b"d@b.c,Dan,perhaps\n"
        b"e-mail,Eve,no\n"
        b",Finn,no\n"
        b"g@b.c,Gil,yes\n"
    ))
    told = []
    report = await check(path, USERS, on_problem=lambda one, cells: told.append((one, dict(cells))))
    assert (report.rows, report.ok, report.jobs) == (7, 2, 1)
    assert report.problems == dict.fromkeys(
        ["RaggedRow", "BadEncoding", "InvalidCell", "InvalidFormat", "MissingField"], 1
    )
    assert [(one.position, one.line, one.key, one.code, one.field) for one in report.first] == [
        (2, 3, None, "RaggedRow", None), (3, 4, None, "BadEncoding", None), (4, 5, "d@b.c", "InvalidCell", "suspended"),
        (5, 6, "e-mail", "InvalidFormat", "email"), (6, 7, None, "MissingField", None),
    ]
    assert [one for one, _ in told] == list(report.first)
    assert told[2][1] == {"email": "d@b.c", "name": "Dan", "suspended": "perhaps"}
    assert "row 4 (line 5), d@b.c: InvalidCell: expected" in str(report)


async def test_rows_about_one_record_whatever_the_case():
    rows = [
        {"email": "a@b.c", "name": "1"}, {"external_id": "X"}, {"email": "A@B.C", "external_id": "y"},
        {"external_id": "x", "name": "2"}, {"email": "z@b.c", "external_id": "Y"},
    ]
    merged = await check(rows, USERS)
    assert (merged.duplicates, merged.pairs) == (3, ((3, 1), (4, 2), (5, 3)))
    assert (merged.ok, merged.refused, merged.problems) == (5, 0, {})
    assert merged.merged == 2  # the fifth has another address than the third
    refused = await check(rows, USERS, duplicates="refuse")
    assert (refused.duplicates, refused.ok, refused.problems) == (3, 2, {"DuplicateRow": 3})
    assert "row 1" in refused.first[0].text
    assert "3 (as 1), 4 (as 2), 5 (as 3)" in str(refused)


async def test_references_are_compared_with_what_is_given_and_else_counted():
    declaration = {
        "org": {"to": "organization_id", "reference": "organizations.external_id"},
        "mail": "email",
    }
    rows = [
        {"mail": "a@b.c", "org": "Acme"}, {"mail": "b@b.c", "org": "gone"}, {"mail": "c@b.c"},
        {"mail": "d@b.c", "org": "acme"},
    ]
    report = await check(rows, USERS, declaration)
    assert (report.ok, report.to_look_up) == (4, {"organizations.external_id": 3})
    assert "To be looked up by organizations.external_id: 3 values" in str(report)
    report = await check(rows, USERS, declaration, references={"organizations.external_id": {"acme"}})
    assert (report.ok, report.problems, report.to_look_up) == (3, {"UnknownReference": 1}, {})
    (one,) = report.first
    assert (one.position, one.key, one.field) == (2, "b@b.c", "organization_id")
    assert "'gone'" in one.text


async def test_the_report_for_programs(tmp_path):
    report = await check([{"email": "x"}, {"email": "a@b.c"}, {"email": "A@b.c"}], USERS)
    assert json.loads(json.dumps(report.to_dict())) == {
        "operation": "users.create_or_update", "source": "rows", "rows": 3, "ok": 2, "merged": 1, "refused": 1,
        "problems": {"InvalidFormat": 1}, "duplicates": 1, "pairs": [[3, 2]], "to_look_up": {}, "jobs": 1,
        "requests": 1,
        "first": [{
            "position": 1, "key": "x", "outcome": "refused", "id": None, "code": "InvalidFormat", "field": "email",
            "text": "email: 'x' is no e-mail address", "line": None,
        }],
    }


async def test_only_the_first_problems_and_pairs_are_kept():
    report = await check([{"email": "x"} for _ in range(300)], USERS)
    assert (report.refused, len(report.first), report.problems, report.jobs) == (300, 100, {"InvalidFormat": 300}, 0)
    assert "and 290 more" in str(report)
    report = await check([{"email": "a@b.c"} for _ in range(300)], USERS)
    assert (report.duplicates, len(report.pairs)) == (299, 100)


async def test_memory_does_not_grow_with_the_input(tmp_path):
    def path(count):
        lines = "".join(f"u{i % 999}@example.org,{'x' * 100}\n" for i in range(count))
        return written(tmp_path / f"{count}.csv", "email,notes\n" + lines)

    async def peak(count):
        source = path(count)
        tracemalloc.start()
        try:
            await check(source, USERS, duplicates="refuse")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    await peak(200)  # what is imported and cached once
    assert await peak(6000) < 1.2 * await peak(3000)


async def test_what_is_raised_before_any_row_is_read(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        await check(tmp_path / "none.csv", USERS)
    with pytest.raises(BadArgument, match="did you mean 'email'"):
        await check(written(tmp_path / "in.csv", "emial\na@b.c\n"), USERS)


async def test_columns_that_were_made_before(tmp_path):
    source = open_source(written(tmp_path / "in.csv", "mail\na@b.c\n"))
    await source.open()
    report = await check(source, USERS, Columns.of({"mail": "email"}, USERS, columns=source.columns))
    assert report.ok == len(await rows_of(source)) == 1
