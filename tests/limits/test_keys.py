from __future__ import annotations

import pytest

from zdasync.limits.keys import names_in_reply, names_of, profile_names
from zdasync.limits.table import Key


@pytest.mark.parametrize(
    ("key", "path", "expected"),
    [
        ("profile", "/api/v2/users/35436", ("id:35436",)),
        ("profile", "/api/v2/users/35436.json", ("id:35436",)),
        ("ticket+agent", "/api/v2/tickets/7/comments/8/redact", ("id:7@me",)),
        ("organization", "/api/v2/organizations/7", ("id:7",)),
        ("view+agent", "/api/v2/views/7/execute", ("id:7@me",)),
        ("view+agent", "/api/v2/views/preview", ("id:preview@me",)),
        ("custom_object", "/api/v2/incremental/custom_objects/car/cursor", ("id:car",)),
        ("custom_object", "/api/v2/custom_objects/car/records", ("id:car",)),
        ("upload", "/attachments/token", ("id:token",)),
        ("agent", "/api/v2/anything", ("@me",)),
        ("agent+ip", "/api/v2/tickets", ("@me",)),
    ],
)
def test_the_path_names_the_target(key: Key, path: str, expected: tuple[str, ...]) -> None:
    assert names_of(key, path, {}, "me") == expected


def test_an_upsert_names_its_profile_in_the_body() -> None:
    fields = {"email": " Ann@Example.ORG ", "external_id": "CRM-7", "name": "Ann"}
    assert names_of("profile", "/api/v2/users/create_or_update", fields, "me") == (
        "email:ann@example.org", "external_id:crm-7",
    )


def test_an_update_has_the_names_of_its_path_and_its_body() -> None:
    assert names_of("profile", "/api/v2/users/7", {"external_id": 12}, "me") == ("id:7", "external_id:12")


def test_a_target_without_a_name_has_one_all_the_same() -> None:
    assert names_of("profile", "/api/v2/users/create_or_update", {"name": "Ann"}, "me") == ("",)


@pytest.mark.parametrize("external_id", ["Ab-1", "AB-1", "ab-1"])
def test_the_case_of_an_external_id_makes_no_difference(external_id: str) -> None:
    assert profile_names({"external_id": external_id}) == ["external_id:ab-1"]


@pytest.mark.parametrize("fields", [{}, {"email": None, "external_id": None}, {"email": "", "external_id": ""}])
def test_empty_names_are_none(fields: dict[str, object]) -> None:
    assert profile_names(fields) == []


def test_a_reply_shows_which_names_are_one_profile() -> None:
    body = b'{"user":{"id":7,"email":"Ann@Example.org","external_id":"A1","tags":["x"]}}'
    assert names_in_reply(body) == ["id:7", "email:ann@example.org", "external_id:a1"]


def test_names_that_are_null_are_left_out() -> None:
    assert names_in_reply(b'{"user":{"id":7,"email":null}}') == ["id:7"]


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'{"users":[]}', b'{"user":null}', b'{"user":{"email":"a@example.org"}}',
     b"<html>", b"[" * 100_000, b'{"user":' + b"[" * 100_000,
     b'{"user":{"id":"seven"}}', b'{"user":{"id":7,"email":"\xff"}}', b'\xff{"user":{"id":7}}'],
)
def test_any_other_reply_shows_nothing(body: bytes) -> None:
    assert names_in_reply(body) == []
