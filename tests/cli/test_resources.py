"""`zdasync users`, `organizations` and `tickets`."""

from __future__ import annotations

import io
import json
import sys

import pytest

from zdasync.cli import main
from zdasync.cli.resources import RESOURCES

NAMES = [resource.name for resource in RESOURCES]


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_a_table_with_the_resources_columns(name, capsys) -> None:
    assert main([name, "list", "--simulate", "--limit", "3"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    head, *rows = out.splitlines()
    assert tuple(head.split()) == next(one.columns for one in RESOURCES if one.name == name)
    assert len(rows) == 3


def test_a_list_for_machines_is_an_object_a_line_with_all_fields(capsys) -> None:
    assert main(["users", "list", "--simulate", "--limit", "2", "--json"]) == 0
    users = objects(capsys)
    assert [user["id"] for user in users] == [35436, 35437]
    assert {"url", "user_fields", "time_zone"} <= set(users[0])


def test_fields_are_chosen_by_name(capsys) -> None:
    chosen = ["--fields", "id, user_fields.tier,name"]
    assert main(["users", "list", "--simulate", "--limit", "1", "--json", *chosen]) == 0
    assert objects(capsys) == [{"id": 35436, "user_fields.tier": None, "name": "Ada Admin"}]
    assert main(["users", "show", "35436", "--simulate", *chosen]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "id                35436", "user_fields.tier", "name              Ada Admin",
    ]


def test_a_list_without_a_limit_has_every_page(capsys) -> None:
    assert main(["users", "list", "--simulate", "--fields", "id", "--json"]) == 0
    assert len({one["id"] for one in objects(capsys)}) == 34


def test_filters_come_from_the_table(capsys) -> None:
    assert main(["users", "list", "--simulate", "--role", "admin", "--role", "agent", "--json"]) == 0
    assert {one["role"] for one in objects(capsys)} == {"admin", "agent"}
    assert main(["users", "count", "--simulate", "--role", "admin"]) == 0
    assert capsys.readouterr().out == "1\n"
    assert main(["tickets", "list", "--simulate", "--sort=-id", "--json"]) == 0
    ids = [one["id"] for one in objects(capsys)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) > 20


def test_a_count_for_machines(capsys) -> None:
    assert main(["tickets", "count", "--simulate", "--json"]) == 0
    assert set(objects(capsys)[0]) >= {"value", "refreshed_at"}


def test_a_search_gives_records_of_its_own_type(capsys) -> None:
    assert main(["users", "search", "role:admin", "--simulate", "--json"]) == 0
    assert [user["name"] for user in objects(capsys)] == ["Ada Admin"]
    assert main(["tickets", "search", "status:open", "--simulate", "--json", "--limit", "2"]) == 0
    assert [ticket["status"] for ticket in objects(capsys)] == ["open", "open"]


def test_show_names_those_that_do_not_exist_and_shows_the_others(capsys) -> None:
    assert main(["users", "show", "35436", "1", "35437", "--simulate", "--json"]) == 1
    out, err = capsys.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()] == [35436, 35437]
    assert err.startswith("zdasync users show: 1: ")
    assert err.count("\n") == 1


# -- writing -----------------------------------------------------------------------------------------------------------


def test_records_live_as_long_as_their_account(simulator, account_at, capsys) -> None:
    account_at(simulator)
    assert main(["organizations", "create", "--set", "name=Acme", "--set", "tags=a,b", "--json"]) == 0
    (acme,) = objects(capsys)
    assert (acme["name"], acme["tags"]) == ("Acme", ["a", "b"])
    update = ["organizations", "update", str(acme["id"]), "--set", "notes=\x1b[31mred", "--set", "shared_tickets=true"]
    assert main(update) == 0
    out, _ = capsys.readouterr()
    assert "notes                \\x1b[31mred" in out
    assert "shared_tickets       true" in out
    upsert = ["organizations", "create-or-update", "--set", "external_id=e-1", "--set", "name=New", "--json"]
    assert main(upsert) == main(upsert) == 0
    first, second = objects(capsys)
    assert first["id"] == second["id"] != acme["id"]
    assert main(["organizations", "delete", str(acme["id"]), str(first["id"]), "1", "--yes"]) == 1
    out, err = capsys.readouterr()
    assert out == f"organization {acme['id']} deleted\norganization {first['id']} deleted\n"
    assert "1: " in err
    assert main(["organizations", "show", str(acme["id"])]) == 1


def test_fields_from_json_and_by_name_together(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"name": "From stdin", "email": "a@example.org"}'))
    line = ["users", "create", "--simulate", "--json-fields", "-", "--set", "name=By name", "--json"]
    assert main([*line, "--set", "user_fields.tier=gold", "--set", "verified=true"]) == 0
    (user,) = objects(capsys)
    assert (user["name"], user["email"], user["verified"]) == ("By name", "a@example.org", True)
    assert user["user_fields"]["tier"] == "gold"


def test_a_ticket_with_its_comment(capsys) -> None:
    line = ["tickets", "create", "--simulate", "--set", "subject=5", "--set", "comment.body=Hi"]
    assert main([*line, "--set", "priority=low", "--set", "requester_id=35438", "--set", "tags=vip", "--json"]) == 0
    (ticket,) = objects(capsys)
    assert (ticket["subject"], ticket["description"], ticket["priority"]) == ("5", "Hi", "low")
    assert (ticket["requester_id"], ticket["tags"]) == (35438, ["vip"])


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["users", "create", "--set", "name=x", "--set", "emal=x"], 2, "'email'"),
        (["users", "create", "--set", "name"], 2, "name=value"),
        (["users", "create", "--json-fields", "[1]"], 2, "object"),
        (["users", "create", "--json-fields", "@/no/such"], 2, "/no/such"),
        (["users", "update", "35436"], 2, "no fields"),
        (["users", "update", "35436", "--set", "organization_id=many"], 2, "organization_id"),
        (["users", "create", "--set", "name=x", "--set", "email=admin@example.com"], 5, "already being used"),
        (["users", "update", "1", "--set", "name=x"], 1, "404"),
        (["users", "show"], 2, "ids"),
        (["users", "list", "--fields", ","], 2, "--fields"),
        (["users", "search", " "], 2, "query"),
    ],
)
def test_how_they_fail(arguments, status, said, line) -> None:
    assert main([*arguments, "--simulate"]) == status
    assert said in line(" ".join(arguments[:2]))


def test_tickets_have_no_upsert(line) -> None:
    assert main(["tickets", "create-or-update", "--simulate"]) == 2
    line("tickets")


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 2), ("", 2)])
def test_a_deletion_is_asked_for(answer, status, monkeypatch, capsys) -> None:
    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", typed)
    assert main(["tickets", "delete", "1", "2", "--simulate", "--json"]) == status
    out, err = capsys.readouterr()
    assert "delete 2 tickets?" in err
    assert [json.loads(line) for line in out.splitlines()] == [
        {"id": number, "deleted": True} for number in (1, 2) if not status
    ]


def test_without_anybody_to_ask_a_deletion_needs_a_word(monkeypatch, line) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert main(["tickets", "delete", "1", "--simulate"]) == 2
    assert "--yes" in line("tickets delete")


def test_a_simulated_account_waits_in_virtual_time_and_says_so(capsys) -> None:
    assert main(["users", "show", *["35436"] * 201, "--simulate", "--plan", "team", "--fields", "id"]) == 0
    assert "of its time passed, in virtual time" in capsys.readouterr().err


def test_in_a_terminal_a_list_is_drawn(terminal) -> None:
    screen = terminal("users", "list", "--simulate", "--limit", "2", NO_COLOR="1")
    assert screen.end() == 0
    assert "\x1b" not in screen.shown
    assert "\u2500" in screen.shown
    assert "Ada Admin" in screen.shown
