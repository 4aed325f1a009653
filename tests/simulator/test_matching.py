import pytest
from endpoint_caller import BASE, START, Api

from zdasync.simulator.http import Actor, Call
from zdasync.simulator.matching import target_of
from zdasync.simulator.state import CUSTOMER_ID


def target(api, method, path, body=None):
    return target_of(api, Call(method, f"/api/v2{path}", {}, {}, {}, body, None, Actor(None), START, BASE))


def upsert(api, **fields):
    return target(api, "POST", "/users/create_or_update", {"user": fields})


def test_an_update_names_its_profile():
    assert target(Api(), "PUT", f"/users/{CUSTOMER_ID}") == (str(CUSTOMER_ID),)
    assert target(Api(), "PUT", "/users/007") == ("7",)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", f"/users/{CUSTOMER_ID}"), ("PUT", "/users/update_many"), ("POST", "/users"),
     ("PUT", f"/users/{CUSTOMER_ID}/merge"), ("POST", "/users/create_or_update_many")],
)
def test_other_requests_name_none(method, path):
    assert target(Api(), method, path, {"user": {"email": "customer@example.com"}}) == ()


def test_all_names_of_one_profile_are_one():
    api = Api()
    api.update(CUSTOMER_ID, external_id="Ext-1", email="second@x.example")
    names = [
        upsert(api, email="CUSTOMER@example.com"), upsert(api, email="second@x.example"),
        upsert(api, external_id="EXT-1"), upsert(api, external_id="ext-1", email="new@x.example"),
        upsert(api, external_id="new", email="customer@example.com"),
    ]
    assert set(names) == {(str(CUSTOMER_ID),)}


def test_a_new_profile_has_the_names_it_will_be_found_by():
    api = Api()
    assert upsert(api, email="New@X.example", external_id="ID 1") == ("email:new@x.example", "external_id:id 1")
    assert upsert(api, external_id=12) == ("external_id:12",)
    assert upsert(api, name="x") == ()
    api.create(email="new@x.example")
    assert upsert(api, email="New@X.example", external_id="ID 1")[0].isdigit()


@pytest.mark.parametrize(("choice", "count"), [("refuse", 2), ("email", 1), ("external_id", 1)])
def test_two_profiles(choice, count):
    api = Api(both_keys_conflict=choice)
    one, two = api.create(email="a@x.example")["id"], api.create(external_id="x")["id"]
    names = upsert(api, email="a@x.example", external_id="x")
    expected = {"refuse": (str(one), str(two)), "email": (str(one),), "external_id": (str(two),)}
    assert names == expected[choice]
    assert len(names) == count


@pytest.mark.parametrize("body", [None, [], {"user": None}, {"user": [1]}, {}])
def test_bodies_without_a_user(body):
    assert target(Api(), "POST", "/users/create_or_update", body) == ()
