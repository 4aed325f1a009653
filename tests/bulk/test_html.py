from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from ledgers import HOSTILE, created, make_ledger, refused, sample

from zdasync.bulk.html import SHOWN
from zdasync.bulk.report import BulkReport
from zdasync.bulk.rows import RowReport
from zdasync.bulk.words import plain

EMPTY = {"meta", "path"}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "dl", "div", "dt", "dd", "svg", "text", "path",
    "table", "thead", "tbody", "tr", "th", "td", "pre", "code",
}
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "viewbox", "xmlns", "role", "aria-label", "x", "y",
    "text-anchor", "d",
}


class Page(HTMLParser):
    """Reads a page as a browser would, and fails where its elements are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.said, self.rows, self.style = [], [], [], [], ""
        self.path: list[str] = []
        self.feed(text)
        self.close()
        assert self.path == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in EMPTY or (tag == "path" and not self.get_starttag_text().endswith("/>")):
            self.path.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.path.pop() == tag

    def handle_data(self, data):
        if self.path and self.path[-1] == "style":
            self.style += data
        elif data.strip():
            self.said.append(data.strip())
        if self.path and self.path[-1] in {"td", "th"}:
            self.rows[-1][-1] += data


@pytest.fixture
def path(tmp_path):
    return tmp_path / "migration.db"


def page_of(path) -> Page:
    return Page(BulkReport.read(path).write_html(path.with_name("report.html")).read_text(encoding="utf-8"))


def samples(count=50):
    return [sample(second, 10 * second, used=14 * (second % 60 // 10 * 10)) for second in range(count)]


def test_the_page_tells_what_happened(path):
    make_ledger(
        path, [*(created(number) for number in range(1, 1500)), refused(1500, line=1501), refused(1501, line=1502)],
        total="1501", samples=samples(),
    )
    page = page_of(path)
    said = " ".join(page.said)
    for text in (
        "users.create_or_update", "customers.csv to https://example.zendesk.com",
        "Finished: 1,501 rows, 2 failed.", "created 1,499", "refused 2", "time 1 min",
        "2026-01-01 10:00:00 UTC to 2026-01-01 10:01:00 UTC", "Rows a minute", "Job slots in use",
        "Account limit: % of the requests of a minute", "What bound the run", "Failures by reason", "Failed rows",
        f"zdasync bulk report {path} --failed {path.parent}/customers.failed.csv",
        f"zdasync bulk undo {path}",
    ):
        assert text in said
    assert ["2", "DuplicateValue", "email", "row 1500 is taken"] in page.rows
    assert ["1500", "1501", "key-1500", "refused", "email", "DuplicateValue: row 1500 is taken"] in page.rows
    assert ["100 %", "job slots: 30 in use, as many as ever"] in page.rows
    assert page.tags.count("svg") == 3


def test_a_run_that_went_well_says_so_and_has_no_tables_of_failures(path):
    page = page_of(make_ledger(path, [RowReport(1, "k", "deleted", 4)], total="1", operation="users.delete"))
    assert "Finished: 1 row, none failed." in page.said
    assert ("class", "headline good") in page.attributes
    assert "The run was too short for curves." in page.said
    assert page.tags.count("table") == page.tags.count("svg") == page.tags.count("pre") == 0


def test_a_run_that_is_not_finished_says_so(path):
    page = page_of(make_ledger(path, [created(1)], total="9", runs=[(0, 5, None), (50, None, None)], samples=samples()))
    said = " ".join(page.said)
    assert "Not finished: 1 of 9 rows so far, none failed." in said
    assert "pending 8" in said
    assert f"zdasync bulk resume {path}" in said
    assert "to now, if it has not been killed, in 2 runs" in said
    assert "started again 2026-01-01 10:00:50 UTC" in said
    assert ("class", "headline bad") in page.attributes


def test_only_the_first_failed_rows_are_shown_and_the_file_with_all_is_named(path):
    make_ledger(path, (refused(number) for number in range(1, 5 * SHOWN)))
    report = BulkReport.read(path)
    page = Page(report.write_html(path.with_name("report.html"), failed="a<b>.csv").read_text(encoding="utf-8"))
    assert f"The first {SHOWN} of {5 * SHOWN - 1} failed rows" in page.said
    assert page.said[page.said.index("All of them, with their cells:") + 1] == "a<b>.csv"
    assert sum(row[3:4] == ["refused"] for row in page.rows) == SHOWN


def test_nothing_from_the_ledger_is_more_than_text(path):
    rows = [
        RowReport(1, HOSTILE, "refused", None, HOSTILE, HOSTILE, HOSTILE, 2),
        RowReport(2, HOSTILE, "unknown", None, HOSTILE, HOSTILE, HOSTILE),
        created(3),
    ]
    make_ledger(
        path, rows, operation=HOSTILE, account=HOSTILE, source=HOSTILE, format=HOSTILE, samples=samples(),
        runs=[(0, 5, HOSTILE), (8, 50, f"error: {HOSTILE}")],
    )
    page = page_of(path)
    assert set(page.tags) <= TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    shown = plain(HOSTILE)
    assert ["1", "2", shown, "refused", shown, f"{shown}: {shown}"] in page.rows
    assert sum(shown in text for text in page.said) > 5
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", " ".join(page.said))


def test_a_path_is_nothing_but_text_too(tmp_path):
    folder = tmp_path / "<img src=x onerror=y()>"
    folder.mkdir()
    page = page_of(make_ledger(folder / "'\"&.db", [refused(1)]))
    assert "img" not in page.tags
    assert "'\"&.db" not in "".join(value or "" for _, value in page.attributes)


def test_long_texts_are_cut(path):
    page = page_of(make_ledger(path, [refused(1, text="x" * 10_000)]))
    assert max(map(len, page.said)) < 500


def test_the_page_stands_alone_and_its_policy_lets_nothing_else_in(path):
    page = page_of(make_ledger(path, [refused(1)], samples=samples()))
    assert not {"src", "href", "style"} & {name for name, _ in page.attributes}
    assert "url(" not in page.style
    assert "@import" not in page.style
    policy = dict(page.attributes)["content"]
    policies = [value for name, value in page.attributes if name == "content" and "default-src" in value]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert policy == "width=device-width, initial-scale=1"


def test_every_colour_has_a_light_and_a_dark_shade(path):
    style = page_of(make_ledger(path)).style
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    names = re.findall(r"(--\w+): #", light)
    assert names == re.findall(r"(--\w+): #", dark)
    assert set(re.findall(r"var\((--\w+)\)", style)) == set(names)
    assert style.index("prefers-color-scheme: dark") < style.index(dark)


def test_a_page_of_a_long_run_stays_small(path):
    page = make_ledger(path, samples=[sample(second, second) for second in range(5_000)], runs=[(0, 5_000, "done")])
    assert BulkReport.read(page).write_html(path.with_name("r.html")).stat().st_size < 60_000
