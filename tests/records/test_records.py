"""The manners of records: frozen, known to attrs, quiet about defaults and about secrets."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import attrs
import cattrs
import msgspec
import pytest

from zdasync import records
from zdasync.records import (
    CurrentUser,
    GrantedToken,
    Group,
    JobResult,
    JobStatus,
    OAuthTokenRecord,
    Organization,
    Record,
    Sideloads,
    User,
)

PUBLIC = [getattr(records, name) for name in records.__all__]
RECORDS = [value for value in PUBLIC if isinstance(value, type) and issubclass(value, Record)]


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
class TestEveryRecord:
    def test_attrs_knows_it(self, cls):
        assert attrs.has(cls)
        assert [field.name for field in attrs.fields(cls)] == list(cls.__struct_fields__)

    def test_it_is_made_with_keywords_only(self, cls):
        with pytest.raises(TypeError, match="positional"):
            cls(1)

    def test_it_requires_at_most_one_field(self, cls):
        required = [field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING]
        assert required in ([], ["id"], ["user_id"], ["value"], ["access_token"], ["token"], ["name"], ["ticket"])

    def test_it_has_no_dict(self, cls):
        assert cls.__dictoffset__ == 0


def test_a_record_is_frozen():
    user = User(id=1)
    with pytest.raises(AttributeError):
        user.name = "Someone"
    with pytest.raises(AttributeError):
        user.unknown = 1


def test_repr_shows_what_differs_from_the_default():
    assert repr(User(id=1)) == "User(id=1)"
    assert repr(User(id=1, name="Ada", tags=("vip",))) == "User(id=1, name='Ada', tags=('vip',))"
    assert repr(Sideloads(groups=(Group(id=2),))) == "Sideloads(groups=(Group(id=2),))"


def test_attrs_evolves_and_unfolds_records():
    user = User(id=1, name="Ada")
    assert attrs.evolve(user, name="Eve") == User(id=1, name="Eve")
    assert attrs.asdict(user)["name"] == "Ada"


def test_cattrs_structures_records():
    assert cattrs.structure(cattrs.unstructure(Group(id=1, name="Support")), Group) == Group(id=1, name="Support")


def test_records_survive_copying_and_pickling():
    user = User(id=1, created_at=datetime(2024, 1, 1, tzinfo=UTC), user_fields={"tier": "gold"})
    assert copy.deepcopy(user) == user
    assert pickle.loads(pickle.dumps(user)) == user


def test_containers_are_not_shared():
    assert User(id=1).user_fields is not User(id=2).user_fields


class Customer(User):
    """A caller's own, derived without a decorator."""

    crm: str | None = None


def test_a_derived_class_has_its_own_fields_too():
    assert "crm" in attrs.asdict(Customer(id=1))
    assert attrs.evolve(Customer(id=1, crm="x"), crm="y").crm == "y"
    assert attrs.has(User)
    assert "crm" not in attrs.asdict(User(id=1))


@pytest.mark.parametrize(
    "record",
    [
        OAuthTokenRecord(id=1, token="s3cr3t", full_token="s3cr3t", refresh_token="s3cr3t"),
        GrantedToken(access_token="s3cr3t", refresh_token="s3cr3t"),
        CurrentUser(id=1, authenticity_token="s3cr3t"),
    ],
    ids=lambda record: type(record).__name__,
)
def test_secrets_do_not_show(record):
    assert "s3cr3t" not in repr(record)
    assert "s3cr3t" not in str(record)
    assert "s3cr3t" not in repr(record.__rich_repr__())
    assert "***" in repr(record)


def test_the_anonymous_user_has_no_id():
    assert CurrentUser().anonymous
    assert not CurrentUser(id=1).anonymous


@pytest.mark.parametrize(
    ("row", "ok"),
    [
        ({"id": 1, "status": "Created"}, True),
        ({"action": "update", "id": 1, "status": "Updated", "success": True}, True),
        ({"index": 49, "error": "OrganizationUpdateFailed", "id": 1, "details": "Name: taken"}, False),
        ({"action": "update", "id": 1, "success": False, "error": "E", "details": "d"}, False),
        ({"id": 1, "success": False}, False),
        ({"account_id": 2, "id": 1, "title": "t", "status": "Deleted", "success": True, "errors": ""}, True),
        ({"id": 1, "errors": "it broke"}, False),
        ({"success": True}, True),
    ],
)
def test_rows_of_results_tell_whether_they_succeeded(row, ok):
    result = JobResult.from_row(row)
    assert result.ok is ok
    assert result.raw == row


def test_a_row_of_unexpected_types_is_kept_raw():
    row = {"index": "first", "id": None, "status": 7, "success": "yes", "details": {"name": ["taken"]}}
    result = JobResult.from_row(row)
    assert (result.index, result.id, result.status, result.success) == (None, None, None, None)
    assert result.details == '{"name":["taken"]}'
    assert result.raw == row


def test_a_job_status_reads_lists_single_objects_and_nothing():
    assert JobStatus(id="a").rows == []
    assert [row.id for row in JobStatus(id="a", results=[{"id": 1}, {"id": 2}]).rows] == [1, 2]
    assert [row.ok for row in JobStatus(id="a", results={"success": True}).rows] == [True]


@pytest.mark.parametrize(
    ("status", "ended"),
    [("queued", False), ("working", False), ("completed", True), ("failed", True), ("killed", True), ("new", False)],
)
def test_a_job_ends_in_one_of_three_ways(status, ended):
    assert JobStatus(id="a", status=status).ended is ended


def test_sideloads_are_found_by_id():
    found = Sideloads(organizations=(Organization(id=1), Organization(id=2)), open_ticket_count={"7": 3})
    assert found.organization(2) == Organization(id=2)
    assert found.organization(None) is None
    assert found.group(1) is None
    assert found.role(1) is None
    assert found.identities_of(7) == []
    assert (found.open_tickets_of(7), found.open_tickets_of(8)) == (3, None)


def test_the_fields_of_a_recorded_user_are_all_known():
    recorded = """
        id url name email created_at updated_at time_zone iana_time_zone phone shared_phone_number photo locale_id
        locale organization_id role verified external_id tags alias active shared shared_agent last_login_at
        two_factor_auth_enabled signature details notes role_type custom_role_id moderator ticket_restriction
        only_private_comments restricted_agent suspended default_group_id report_csv user_fields
    """
    assert set(recorded.split()) <= {field.name for field in msgspec.structs.fields(User)}
    assert issubclass(User, Record)
