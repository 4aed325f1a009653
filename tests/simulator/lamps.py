"""A collection that no account has, with another one below it: what the engine of collections is tried on."""

from datetime import datetime
from typing import Literal, Required, TypedDict

from zdasync._core.route import Route
from zdasync.records import Record
from zdasync.records._record import empty_dict
from zdasync.records.users import Count
from zdasync.simulator.collection_model import Collection, equal, one_of
from zdasync.simulator.collections import endpoints
from zdasync.simulator.guards import anyone, signed_in
from zdasync.simulator.refusals import problem, record_invalid
from zdasync.simulator.routing import Router

PATH = "/api/v2/lamps"


class Lamp(Record, frozen=True, kw_only=True):
    id: int
    url: str | None = None
    title: str | None = None
    raw_title: str | None = None
    kind: str | None = None
    watts: int | None = None
    active: bool | None = None
    position: int | None = None
    rooms: tuple[str, ...] = ()
    extras: dict[str, int] = empty_dict()
    plug: dict[str, int] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class LampWrite(TypedDict, total=False):
    title: str
    raw_title: str
    watts: int | None
    active: bool
    position: int
    rooms: list[str]
    spares: list[int]
    parts: list["Part"]
    plug: dict[str, int]


class NewLamp(LampWrite, total=False):
    title: Required[str]
    kind: Literal["table", "floor"]


class LampPosition(TypedDict):
    id: int
    position: int


class Part(TypedDict):
    name: str


class Bulb(Record, frozen=True, kw_only=True):
    id: str
    lamp_id: int | None = None
    name: str | None = None


class BulbWrite(TypedDict, total=False):
    id: str
    name: Required[str]


def lamp_route(name, method, rest="", key="lamp", record=Lamp, **more):
    return Route(f"lamps.{name}", method, PATH + rest, key, record, **more)


ROUTES = (
    lamp_route("list", "GET", key="lamps", paging="cursor"),
    lamp_route("show", "GET", "/{lamp_id}"),
    lamp_route("create", "POST", writes=NewLamp),
    lamp_route("update", "PUT", "/{lamp_id}", writes=LampWrite),
    lamp_route("patch", "PATCH", "/{lamp_id}", None, None, writes=LampWrite, wrap="lamp"),
    lamp_route("delete", "DELETE", "/{lamp_id}", None, None),
    lamp_route("count", "GET", "/count", "count", Count),
    lamp_route("show_many", "GET", "/show_many", "lamps"),
    lamp_route("search", "GET", "/search", "lamps", paging="offset"),
    lamp_route("autocomplete", "GET", "/autocomplete", "lamps"),
    lamp_route("active", "GET", "/active", "lamps", paging="offset"),
    lamp_route("reorder", "PUT", "/reorder", None, None),
    lamp_route("update_many", "PUT", "/update_many", "lamps", writes=LampPosition),
    lamp_route("destroy_many", "DELETE", "/destroy_many", None, None),
    lamp_route("clone", "POST", "/{lamp_id}/clone"),
    lamp_route("create_many", "POST", "/create_many", "job_status", None, job=True),
    lamp_route("smash", "PUT", "/{lamp_id}/smash"),
    Route("lamps.bulbs.list", "GET", PATH + "/{id}/bulbs", "bulbs", Bulb),
    Route("lamps.bulbs.create", "POST", PATH + "/{id}/bulbs", "bulb", Bulb, writes=BulbWrite),
    Route("lamps.bulbs.show", "GET", PATH + "/{id}/bulbs/{bulb}", "bulb", Bulb),
    Route("lamps.bulbs.delete", "DELETE", PATH + "/{id}/bulbs/{bulb}"),
    Route("bulbs.list", "GET", "/api/v2/bulbs", "bulbs", Bulb),
)


def _too_bright(write):
    return {"watts": [problem("Watts: too many", "TooBright")]} if (write.row.get("watts") or 0) > 100 else {}


def _keep_the_first(account, row):
    if row["position"] == 1:
        raise record_invalid({"base": [problem("Base: stays")]})


LAMPS: Collection = Collection(
    name="lamps",
    path=PATH,
    record=Lamp,
    seed=lambda _: [{"title": "Hall", "kind": "floor"}, {"title": "Desk", "watts": 40, "active": False}],
    keys=("kind",),
    unique=("title",),
    defaults={"active": True},
    guards={"list": anyone, "show": signed_in},
    visible=lambda call, row: call.actor.user is not None or row["active"],
    filters={**equal("active", "watts", "kind"), "titles": one_of("title")},
    sorts={"alphabetical": "title"},
    order="position",
    check=_too_bright,
    removing=_keep_the_first,
    show=lambda account, _call, _row: {"extras": {"users": len(account.state.users)}},
)
BULBS = Collection(
    name="bulbs",
    path=PATH + "/{lamp_id}/bulbs",
    also=("/api/v2/bulbs",),
    parents={"lamp_id": LAMPS.key_of},
    record=Bulb,
    string_ids=True,
    unique=("name",),
    upsert=True,
)
ROUTER = Router([endpoints((LAMPS, BULBS), ROUTES)])
