"""What can be known of a row before it is sent."""

from __future__ import annotations

import pytest

from zdasync.bulk.formats import LONGEST_NAME, LONGEST_TEXT, row_problem
from zdasync.bulk.operations import OPERATIONS


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("users.create_or_update", {"email": "a@b.c", "user_fields": {"tier": 1}, "tags": ["vip"], "phone": None}),
        ("users.create_or_update", {"external_id": "x" * LONGEST_NAME, "details": "x" * LONGEST_TEXT}),
        ("users.create", {"name": "Ada"}),
        ("users.update", {"id": "42", "name": "Ada"}),
        ("users.delete", {"id": 42}),
        ("organizations.create", {"name": "Acme", "organization_fields": {"a": 1}}),
        ("organizations.update", {"external_id": "acme", "notes": "x"}),
        ("tickets.create", {"comment": {"body": "x" * LONGEST_TEXT}, "subject": "x" * 300}),
        ("tickets.import_", {"comments": [{"value": "x", "created_at": "2024-01-01T00:00:00Z"}], "status": "closed"}),
        ("tickets.update", {"id": 1, "custom_fields": [{"id": 1, "value": None}], "tags": []}),
        ("organization_memberships.create", {"user_id": 1, "organization_id": 2}),
        ("group_memberships.create", {"user_id": 1, "group_id": 2, "default": True}),
    ],
)
def test_nothing_is_wrong(name, fields):
    before = repr(fields)
    assert row_problem(OPERATIONS[name], fields) is None
    assert repr(fields) == before


@pytest.mark.parametrize(
    ("name", "fields", "code", "field", "text"),
    [
        ("users.create_or_update", {"name": "x"}, "MissingField", None, "no external_id and no email"),
        ("users.create_or_update", {"email": "", "external_id": None}, "MissingField", None, "no external_id"),
        ("users.create", {"email": "a@b.c"}, "MissingField", "name", "no name"),
        ("users.create_or_update", {"email": "ada"}, "InvalidFormat", "email", "no e-mail address"),
        ("users.update", {"id": 1, "suspended": "no"}, "InvalidFormat", "suspended", "expected bool"),
        ("users.create_or_update", {"email": "a@b.c", "emial": "x"}, "UnknownField", "emial", "did you mean 'email'?"),
        ("users.create_or_update", {"email": "a@b.c", "role": "boss"}, "InvalidFormat", "role", "end-user"),
        ("users.create_or_update", {"email": "a@b.c", "url": "x"}, "UnknownField", "url", "read-only"),
        ("users.create_or_update", {"email": "a@b.c", "user_fields": []}, "InvalidFormat", "user_fields", "object"),
        ("users.create_or_update", {"email": "a@b.c", "organization": {}}, "MissingField", "organization", "name"),
        ("users.update", {"id": 1, "agent_brand_ids": ["x"]}, "InvalidFormat", "agent_brand_ids", "int"),
        ("users.create", {"name": "x" * 256}, "TooLong", "name", "256 characters, 255"),
        ("users.create", {"name": "x", "email": "x" * 256 + "@b.c"}, "TooLong", "email", "255"),
        ("users.create", {"name": "x", "notes": "x" * 65_536}, "TooLong", "notes", "65,536 characters, 65,535"),
        ("users.create", {"name": "x", "tags": ["two words"]}, "InvalidFormat", "tags", "'two words' is no tag"),
        ("users.create", {"name": "x", "tags": [""]}, "InvalidFormat", "tags", "'' is no tag"),
        ("users.update", {"name": "x"}, "MissingField", "id", "no id"),
        ("users.update", {"id": "x"}, "InvalidFormat", "id", "not 'x'"),
        ("users.delete", {"id": "x"}, "InvalidFormat", "id", "not 'x'"),
        ("users.delete", {"id": 1, "name": "x"}, "UnknownField", "name", "nothing else"),
        ("organizations.update", {"name": "x"}, "MissingField", None, "no id and no external_id"),
        ("tickets.create", {"subject": "x"}, "MissingField", "comment", "no comment"),
        ("tickets.create", {"comment": "hi"}, "InvalidFormat", "comment", "expected object"),
        ("tickets.create", {"comment": {"bdy": "hi"}}, "InvalidFormat", "comment", "did you mean 'body'?"),
        ("tickets.create", {"comment": {"body": "x" * 65_536}}, "TooLong", "comment.body", "65,536"),
        ("tickets.import_", {"comments": [{"body": "a"}, {"html_body": "x" * 65_536}]}, "TooLong",
         "comments[1].html_body", "65,536"),
        ("tickets.import_", {"created_at": "noon"}, "InvalidFormat", "created_at", "2024-01-31T12:00:00Z"),
        ("tickets.import_", {"comments": [{"body": "x", "created_at": "noon"}]}, "InvalidFormat", "comments", "noon"),
        ("tickets.import_", {"email_ccs": [{}]}, "InvalidFormat", "email_ccs", "user_id"),
        ("tickets.update", {"id": 1, "safe_update": True}, "InvalidFormat", "safe_update", "updated_stamp"),
        ("organization_memberships.create", {"user_id": 1}, "MissingField", "organization_id", "organization_id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_a_code_and_the_field(name, fields, code, field, text):
    problem = row_problem(OPERATIONS[name], fields)
    assert (problem.code, problem.field) == (code, field)
    assert text in problem.text
