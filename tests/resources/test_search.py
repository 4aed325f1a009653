"""What searches ask for, and what is refused before anything is sent."""

from __future__ import annotations

import pytest
from fake_caller import FakeCaller, refusal

from zdasync.query import Query
from zdasync.resources.search import Search


def sent(call) -> tuple[str, list[tuple[str, str]]]:
    return call.request.path, list(call.request.query)


def search() -> Search:
    return Search(FakeCaller())


def test_list() -> None:
    assert sent(search().list("type:user ada")) == (
        "/api/v2/search", [("query", "type:user ada"), ("per_page", "100")]
    )
    full = search().list(
        Query("ada", type="user"), sort_by="created_at", sort_order="desc", per_page=30,
        include=["tickets(users,groups)", "users(roles)"],
    )
    assert sent(full)[1] == [
        ("query", "ada type:user"), ("sort_by", "created_at"), ("sort_order", "desc"),
        ("include", "tickets(users,groups),users(roles)"), ("per_page", "30"),
    ]
    assert sent(search().list("x", include=[]))[1] == [("query", "x"), ("per_page", "100")]


def test_count() -> None:
    assert sent(search().count(Query(status="open"))) == ("/api/v2/search/count", [("query", "status:open")])


@pytest.mark.parametrize("kind", ["ticket", "user", "organization", "group"])
def test_export(kind) -> None:
    assert sent(search().export("x", kind)) == (
        "/api/v2/search/export", [("query", "x"), ("filter[type]", kind), ("page[size]", "100")]
    )
    more = search().export(Query("x"), kind, page_size=1000, cursor="A")
    assert sent(more)[1][2:] == [("page[size]", "1000"), ("page[after]", "A")]
    assert more.cursor == "A"


@pytest.mark.parametrize(("call", "said"), [
    (lambda: search().list(""), "query"),
    (lambda: search().list(Query()), "query"),
    (lambda: search().list(None), "query"),
    (lambda: search().count(" "), "query"),
    (lambda: search().list("x", sort_by="name"), "sort_by must be one of created_at"),
    (lambda: search().list("x", sort_order="up"), "sort_order must be one of asc, desc"),
    (lambda: search().list("x", include="users"), "'tickets(users,groups)'"),
    (lambda: search().list("x", include=["tickets(users)", "groups"]), "'groups'"),
    (lambda: search().list("x", include=3), "include"),
    (lambda: search().list("x", include=[3]), "include"),
    (lambda: search().list("x", per_page=101), "from 1 to 100"),
    (lambda: search().list("x", wait=1), "no option 'wait'"),
    (lambda: search().export("x", "users"), "type must be one of ticket, user"),
    (lambda: search().export("x", None), "type must be one of"),
    (lambda: search().export("x", ["ticket", "user"]), "type must be one of"),
    (lambda: search().export("x", "user", page_size=1001), "from 1 to 1000"),
    (lambda: search().export("x", "user", page_size=0), "from 1 to 1000"),
    (lambda: search().export("x", "user", page_size="100"), "from 1 to 1000"),
    (lambda: search().export("x", "user", cursor=""), "cursor"),
    (lambda: search().export("", "user"), "query"),
])
def test_what_is_refused(call, said) -> None:
    assert said in refusal(call)
