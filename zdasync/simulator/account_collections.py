"""Collections around the account: brands and their agents, custom roles, languages, agreements, logs, bookmarks.

A fresh account has one brand, in which all of its agents work, the custom roles of its users, a handful of languages,
and an audit log that tells of its making. Activities are the assignments of the latest tickets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ..records.account import AuditLog, Locale, SharingAgreement
from ..records.activities import Activity, Bookmark
from ..records.brands import Brand, BrandAgent
from ..records.roles import Role
from . import render, ticket_render
from .collection_model import Collection, Row, Write, equal
from .guards import Holder, admins, agents, anyone, as_id, caller
from .http import Call, Json
from .locales import LOCALE_NAMES
from .records import CustomRole
from .refusals import not_found, problem, record_invalid
from .render import View, iso

__all__ = ["ACTIVITIES", "BOOKMARKS", "BRANDS", "COLLECTIONS", "LOCALES"]

MOST_ACTIVITIES: Final = 100
ACCOUNT_LOCALES: Final = ("en-US", "de", "fr", "es", "ja")
_DAYS_SHOWN: Final = 30 * 86_400.0


# -- brands


def _first_brand(account: Holder) -> Iterable[Mapping[str, Json]]:
    name, brand_id = account.state.subdomain, account.state.next_id()
    account.state.tickets.brand_id = brand_id
    yield {
        "id": brand_id, "name": name.capitalize(), "subdomain": name, "active": True, "default": True,
        "has_help_center": True, "help_center_state": "enabled",
    }


def _one_default(write: Write) -> None:
    if write.row.get("default"):
        write.account.state.tickets.brand_id = write.row["id"]
        for brand in BRANDS.rows(write.account).values():
            brand["default"] = brand["id"] == write.row["id"]


def _not_the_default(_: Holder, brand: Row) -> None:
    if brand.get("default"):
        raise record_invalid({"base": [problem("The default brand can't be deleted", "DefaultBrand")]})


def _brand_shown(_: Holder, call: Call, brand: Row) -> Mapping[str, Json]:
    return {"brand_url": brand.get("brand_url") or call.base_url, "is_deleted": False}


BRANDS: Final = Collection(
    name="brands", path="/api/v2/brands", record=Brand, seed=_first_brand, unique=("subdomain", "host_mapping"),
    defaults={"active": True, "default": False, "has_help_center": False, "help_center_state": "disabled"},
    wrote=_one_default, removing=_not_the_default, show=_brand_shown,
)


def _member(account: Holder, name: str) -> int:
    user = account.state.active(as_id(name) or 0)
    if user is None:
        raise not_found()
    return user.id


def _agents_of_the_first_brand(account: Holder) -> Iterable[Mapping[str, Json]]:
    brand = next(iter(BRANDS.rows(account)))
    return [{"user_id": user.id, "brand_id": brand} for user in account.state.active_users() if user.staff]


BRAND_AGENTS: Final = Collection(
    name="brand_agents", path="/api/v2/brand_agents", parents={"user_id": _member, "brand_id": BRANDS.key_of},
    also=("/api/v2/users/{user_id}/brand_agents", "/api/v2/brands/{brand_id}/agents"), record=BrandAgent, reads=admins,
    seed=_agents_of_the_first_brand,
    string_ids=True, filters=equal("user_id", "brand_id"),
)


# -- custom roles


def _roles(account: Holder) -> Iterable[Mapping[str, Json]]:
    return [render.custom_role(role) for role in account.state.custom_roles.values()]


def _role_written(write: Write) -> None:
    """Users refer to the account's own records of roles."""
    row, state, now = write.row, write.account.state, write.call.now
    role = state.custom_roles.get(row["id"])
    if role is None:
        role = state.custom_roles[row["id"]] = CustomRole(row["id"], row["name"], 0, now)
    role.name, role.description = row["name"], row.get("description") or ""


def _nobody_has_it(account: Holder, role: Row) -> None:
    if any(user.custom_role_id == role["id"] for user in account.state.active_users()):
        raise record_invalid({"base": [problem("Agents have this role", "RoleInUse")]})


def _role_gone(account: Holder, role: Row) -> None:
    account.state.custom_roles.pop(role["id"], None)


def _role_shown(account: Holder, _: Call, role: Row) -> Mapping[str, Json]:
    members = sum(user.custom_role_id == role["id"] for user in account.state.active_users())
    return {"team_member_count": members}


def _merged_configuration(write: Write) -> None:
    before = (write.old or {}).get("configuration") or {}
    write.row["configuration"] = {**before, **(write.fields.get("configuration") or {})}


CUSTOM_ROLES: Final = Collection(
    name="custom_roles", path="/api/v2/custom_roles", record=Role, seed=_roles, created=200, unique=("name",),
    defaults={"role_type": 0}, prepare=_merged_configuration, wrote=_role_written, removing=_nobody_has_it,
    removed=_role_gone, show=_role_shown,
)


# -- languages, agreements, the log


def _locales(_: Holder) -> Iterable[Mapping[str, Json]]:
    return [{"id": number, "locale": name, "name": name} for number, name in LOCALE_NAMES.items()]


LOCALES: Final = Collection(
    name="locales", path="/api/v2/locales", record=Locale, seed=_locales, keys=("locale",),
    reads=anyone, without=frozenset({"list"}),
)

SHARING_AGREEMENTS: Final = Collection(
    name="sharing_agreements", path="/api/v2/sharing_agreements", record=SharingAgreement,
    defaults={"status": "pending", "type": "outbound"}, unique=("remote_subdomain",),
)


def _beginnings(account: Holder) -> Iterable[Mapping[str, Json]]:
    """One line for each member of the staff: the owner made them."""
    owner = account.state.users.get(account.state.owner_id or 0)
    for user in account.state.active_users():
        if user.staff:
            yield {
                "action": "create", "action_label": "Created", "actor_id": owner.id if owner else -1,
                "actor_name": owner.name if owner else "Zendesk", "source_id": user.id, "source_type": "user",
                "source_label": f"Team member: {user.name}", "change_description": f"Role: {user.role}",
                "ip_address": "203.0.113.7", "created_at": iso(user.created_at),
            }


def _within(call: Call, entry: Row) -> bool:
    """A span of time is one filter that is given twice."""
    span = sorted(call.query.get("filter[created_at]", ()))
    return not span or span[0] <= entry["created_at"] <= span[-1]


AUDIT_LOGS: Final = Collection(
    name="audit_logs", path="/api/v2/audit_logs", record=AuditLog, reads=admins, seed=_beginnings, visible=_within,
    filters={
        f"filter[{name}]": keep
        for name, keep in equal("source_type", "source_id", "actor_id", "ip_address", "action").items()
    },
    sorts={"created_at": "created_at"},
)


# -- what one agent sees


def _own(call: Call, row: Row) -> bool:
    return bool(row["user_id"] == caller(call).id)


def _bookmark_shown(account: Holder, call: Call, bookmark: Row) -> Mapping[str, Json]:
    ticket = account.state.tickets.active(bookmark["ticket_id"])
    return {"ticket": None if ticket is None else ticket_render.ticket(View.of(account, call), ticket)}


BOOKMARKS: Final = Collection(
    name="bookmarks", path="/api/v2/bookmarks", record=Bookmark, writes=agents, visible=_own,
    without=frozenset({"create"}), show=_bookmark_shown,
)


def _assignments(account: Holder) -> Iterable[Mapping[str, Json]]:
    state, since = account.state, account.now() - _DAYS_SHOWN
    latest = [ticket for ticket in state.tickets.changed()[-MOST_ACTIVITIES:] if ticket.created_at >= since]
    for ticket in latest:
        if ticket.assignee_id is not None:
            named = {"ticket": {"id": ticket.id, "subject": ticket.subject}}
            yield {
                "title": f"Ticket #{ticket.id} was assigned", "verb": "tickets.assignment", "object": named,
                "target": named, "user_id": ticket.assignee_id, "actor_id": state.owner_id,
                "created_at": iso(ticket.created_at), "updated_at": iso(ticket.created_at),
            }


def _people(account: Holder, call: Call, activity: Row) -> Mapping[str, Json]:
    view, users = View.of(account, call), account.state.users
    return {
        name: render.user(view, users[key])
        for name in ("user", "actor") if (key := activity[f"{name}_id"]) in users
    }


def _people_beside(account: Holder, call: Call, activities: Sequence[Row]) -> Mapping[str, Json]:
    """Lists name everybody once more beside the activities, whoever asks."""
    if "activity_id" in call.values:
        return {}
    view, users = View.of(account, call), account.state.users
    keys = {name: {one[f"{name}_id"] for one in activities} & users.keys() for name in ("user", "actor")}
    return {f"{name}s": [render.user(view, users[key]) for key in sorted(found)] for name, found in keys.items()}


ACTIVITIES: Final = Collection(
    name="activities", path="/api/v2/activities", record=Activity, seed=_assignments, visible=_own, show=_people,
    sideloads=_people_beside,
    filters={"since": lambda row, since: row["created_at"] >= since},
)

COLLECTIONS: Final = (
    BRANDS, BRAND_AGENTS, CUSTOM_ROLES, LOCALES, SHARING_AGREEMENTS, AUDIT_LOGS, BOOKMARKS, ACTIVITIES,
)
