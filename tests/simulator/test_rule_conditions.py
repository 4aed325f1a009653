"""Which tickets meet which conditions."""

import pytest

from zdasync.simulator.rule_conditions import matching
from zdasync.simulator.ticket_records import Ticket, Times

ME = 7


def ticket(**fields):
    fields = {"status": "open", "priority": "normal", "type": "incident", "assignee_id": ME, "group_id": 3,
              "requester_id": 9, "organization_id": None, "tags": ("vip", "late"),
              "custom_fields": {5: "gold", 6: True, 8: 12, 10: ["a", "b"]}} | fields  # fmt: skip
    requester_id = fields.pop("requester_id")
    return Ticket(1, requester_id, requester_id, 0.0, 0.0, 0.0, Times(0.0), 1, **fields)


def holds(field, operator, value=None, **fields):
    condition = {"field": field, "operator": operator, "value": value}
    return bool(matching([ticket(**fields)], {"all": [condition]}, ME))


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("status", "is", "open", True),
        ("status", "is", "new", False),
        ("status", "is_not", "new", True),
        ("status", "less_than", "solved", True),
        ("status", "less_than", "open", False),
        ("status", "greater_than", "new", True),
        ("status", "greater_than", "open", False),
        ("priority", "less_than", "high", True),
        ("priority", "greater_than", "low", True),
        ("priority", "greater_than", "normal", False),
        ("type", "is", "incident", True),
        ("group_id", "is", "3", True),
        ("group_id", "is", 3, True),
        ("group_id", "is_not", "3", False),
        ("assignee_id", "is", "current_user", True),
        ("assignee_id", "is", "", False),
        ("assignee_id", "includes", ["7", "8"], True),
        ("assignee_id", "not_includes", ["8"], True),
        ("requester_id", "is", 9, True),
        ("organization_id", "is", "", True),
        ("organization_id", "is", None, True),
        ("organization_id", "is_not", "", False),
        ("current_tags", "includes", "late new", True),
        ("current_tags", "includes", "new", False),
        ("current_tags", "not_includes", "new", True),
        ("current_tags", "not_includes", "vip new", False),
        ("tags", "includes", ["vip"], True),
        ("custom_fields_5", "is", "gold", True),
        ("custom_fields_6", "is", "true", True),
        ("custom_fields_8", "less_than", "20", True),
        ("custom_fields_8", "greater_than", "20", False),
        ("custom_fields_10", "includes", "b", True),
        ("custom_fields_99", "is", "", True),
        ("custom_fields_99", "less_than", "1", True),
        ("status", "changed", None, True),
        ("status", "value_previous", "new", True),
        ("NEW", "greater_than", "24", True),
        ("custom_fields_x", "is", "gold", True),
    ],
)
def test_one_condition(field, operator, value, expected):
    assert holds(field, operator, value) is expected


def test_a_priority_that_nobody_set_is_below_all():
    assert holds("priority", "less_than", "low", priority=None)
    assert not holds("priority", "greater_than", "low", priority=None)


def test_all_must_hold_and_one_of_any():
    yes = {"field": "status", "operator": "is", "value": "open"}
    no = {"field": "status", "operator": "is", "value": "new"}
    rows = [ticket()]

    def meets(**conditions):
        return matching(rows, conditions, ME) == rows

    assert meets(all=[yes, yes])
    assert not meets(all=[yes, no])
    assert meets(all=[yes], any=[no, yes])
    assert not meets(all=[yes], any=[no, no])
    assert not meets(all=[no], any=[yes])
    assert meets(all=[yes], any=[])
    assert meets(all=None, any=None)
    assert meets()
