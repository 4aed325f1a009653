"""Fields of a record from a command line."""

from __future__ import annotations

import pytest

from zdasync import BadArgument
from zdasync.cli.fields import fields
from zdasync.resources.types.tickets import TicketWrite
from zdasync.resources.types.users import UserWrite


@pytest.mark.parametrize(
    ("pair", "field"),
    [
        ("name=5", {"name": "5"}),
        ("name=a=b", {"name": "a=b"}),
        ("name=", {"name": ""}),
        ("name:=null", {"name": None}),
        ("organization_id=5", {"organization_id": 5}),
        ("verified=true", {"verified": True}),
        ("tags=a, b", {"tags": ["a", "b"]}),
        ("tags=vip", {"tags": ["vip"]}),
        ("tags=5", {"tags": ["5"]}),
        ('tags=["x,y"]', {"tags": ["x,y"]}),
        ("agent_brand_ids=1,2", {"agent_brand_ids": [1, 2]}),
        ("user_fields.points=5", {"user_fields": {"points": "5"}}),
        ("user_fields.points:=5", {"user_fields": {"points": 5}}),
        ("organization.name=true", {"organization": {"name": "true"}}),
        ("nobody=true", {"nobody": "true"}),
    ],
)
def test_a_value_is_what_its_field_takes(pair, field) -> None:
    assert fields([pair], None, UserWrite) == field


def test_custom_fields_of_a_ticket_go_by_id() -> None:
    pairs = ["custom_fields.36=a", "comment.body=5", "comment.public=false", "custom_fields.37:=true"]
    assert fields([*pairs, "custom_fields.36=b"], None, TicketWrite) == {
        "custom_fields": [{"id": 37, "value": True}, {"id": 36, "value": "b"}],
        "comment": {"body": "5", "public": False},
    }


def test_the_last_word_is_that_of_the_pairs() -> None:
    document = '{"name": "a", "user_fields": {"x": 1}, "alias": "b"}'
    assert fields(["name=c", "user_fields.y=2"], document, UserWrite) == {
        "name": "c", "user_fields": {"x": 1, "y": "2"}, "alias": "b",
    }


@pytest.mark.parametrize("pair", ["name", "=x", ":=1", "name:={"])
def test_what_is_no_pair(pair) -> None:
    with pytest.raises(BadArgument):
        fields([pair], None, UserWrite)


def test_a_name_within_what_is_no_object() -> None:
    with pytest.raises(BadArgument, match="no object"):
        fields(["name=x", "name.first=y"], None, UserWrite)
