"""Endpoints around the account that no collection has: settings, host mappings, languages of a caller, bookmarks."""

from __future__ import annotations

import copy
from typing import Final

from .account_collections import ACCOUNT_LOCALES, BOOKMARKS, BRANDS, LOCALES
from .collection_model import Row
from .guards import Holder, admins, agents, anyone, caller
from .http import Call, Endpoints, Json, Reply
from .parameters import envelope, integer, permit, warning
from .refusals import bad_request, not_found, problem, record_invalid
from .render import View

SETTINGS: Final[dict[str, dict[str, Json]]] = {
    "active_features": {"on_hold_status": True, "user_tagging": True, "ticket_forms": True,
                        "customer_satisfaction": True},
    "agents": {"agent_workspace": True, "agent_home": False},
    "api": {"accepted_api_agreement": True, "api_password_access": False, "api_token_access": True},
    "apps": {"use": True, "create_private": True, "create_public": False},
    "billing": {"backend": "zuora"},
    "branding": {"header_color": "17494D", "page_background_color": "E9EBED", "tab_background_color": "03363D"},
    "brands": {"default_brand_id": None, "require_brand_on_new_tickets": False},
    "cdn": {"hosts": []},
    "chat": {"enabled": False, "available": True, "integrated": False},
    "groups": {"check_group_name_uniqueness": True},
    "limits": {"attachment_size": 52_428_800},
    "localization": {"locale_ids": []},
    "lotus": {"pod_id": 999, "prefer_lotus": True},
    "metrics": {"account_size": "1-9"},
    "routing": {"enabled": False, "autorouting_tag": "", "max_email_capacity": 0, "max_messaging_capacity": 0},
    "rule": {"macro_most_used": True, "macro_order": "alphabetical", "using_skill_based_routing": False},
    "statistics": {"forum": True, "search": True, "rule_usage": True},
    "tickets": {"agent_ticket_deletion": True, "allow_group_reset": True, "comments_public_by_default": True,
                "tagging": True, "collaboration": True, "emoji_autocompletion": True},
    "user": {"agent_created_welcome_emails": True, "multiple_organizations": True, "tagging": True,
             "time_zone_selection": True, "language_selection": True},
    "voice": {"enabled": False, "logging": True},
}  # fmt: skip
"""The settings of a fresh account, as far as clients look at them."""

_KNOWN: Final = {name: (lambda value: value) for name in SETTINGS}


def _settings(account: Holder) -> Row:
    kept = account.state.collections.setdefault("account_settings", {})
    if "settings" not in kept:
        kept["settings"] = copy.deepcopy(SETTINGS)
        kept["settings"]["brands"]["default_brand_id"] = next(iter(BRANDS.rows(account)))
        kept["settings"]["localization"]["locale_ids"] = [row["id"] for row in _account_locales(account)]
    return kept["settings"]


def show_settings(account: Holder, _: Call) -> Reply:
    """GET /account/settings."""
    return Reply(body={"settings": _settings(account)})


def update_settings(account: Holder, call: Call) -> Reply:
    """PUT /account/settings: what a section doesn't name stays, and names that it doesn't have are ignored."""
    action, settings = "account/settings/update", _settings(account)
    permitted = permit(envelope(call.body, "settings", action), _KNOWN, "settings", action)
    for section, values in permitted.fields.items():
        if isinstance(values, dict):
            settings[section].update({name: value for name, value in values.items() if name in settings[section]})
    return Reply(body={"settings": settings}, headers=warning(action, permitted.dropped))


# -- host mappings


def check_host_mapping(_: Holder, call: Call) -> Reply:
    """GET /brands/check_host_mapping?host_mapping=&subdomain=."""
    host, subdomain = call.arg("host_mapping"), call.arg("subdomain")
    if not host or not subdomain:
        raise bad_request("host_mapping and subdomain must be given")
    return Reply(body=_mapping(host, subdomain))


def check_brand(account: Holder, call: Call) -> Reply:
    """GET /brands/{brand_id}/check_host_mapping."""
    brand = BRANDS.named(account, call.values["brand_id"])
    if not brand.get("host_mapping"):
        raise not_found()
    return Reply(body=_mapping(brand["host_mapping"], brand["subdomain"]))


def _mapping(host: str, subdomain: str) -> Json:
    """A host below the domain `example` points where it should, all others nowhere."""
    expected, valid = f"{subdomain}.zendesk.com", host.endswith((".example.com", ".example.org"))
    reason = None if valid else "not_a_cname"
    return {"cname": expected if valid else None, "expected_cnames": [expected], "is_valid": valid, "reason": reason}


# -- languages


def _account_locales(account: Holder) -> list[Row]:
    return [row for row in LOCALES.rows(account).values() if row["locale"] in ACCOUNT_LOCALES]


def _shown(account: Holder, call: Call, row: Row) -> Json:
    return {**row, "url": View.of(account, call).url(f"locales/{row['locale']}")}


def list_locales(account: Holder, call: Call) -> Reply:
    """GET /locales and /locales/agent: those that the account has chosen."""
    return Reply(body={"locales": [_shown(account, call, row) for row in _account_locales(account)]})


def public_locales(account: Holder, call: Call) -> Reply:
    """GET /locales/public: those that any account may choose."""
    return Reply(body={"locales": [_shown(account, call, row) for row in LOCALES.rows(account).values()]})


def current_locale(account: Holder, call: Call) -> Reply:
    """GET /locales/current: that of the caller, or of the account."""
    name = "en-US" if call.actor.user is None else call.actor.user.locale
    return Reply(body={"locale": _shown(account, call, LOCALES.named(account, name))})


def best_locale(account: Holder, call: Call) -> Reply:
    """GET /locales/detect_best_locale: the caller's own if it is among those available, else the first of them."""
    given = [name for name in (call.arg("available_locales") or "").split(",") if name]
    available = given or [row["locale"] for row in _account_locales(account)]
    own = "en-US" if call.actor.user is None else call.actor.user.locale
    best = LOCALES.named(account, own if own in available else available[0])
    return Reply(body={"locale": _shown(account, call, best)})


# -- bookmarks, the log


def create_bookmark(account: Holder, call: Call) -> Reply:
    """POST /bookmarks: 201 with a new one, 200 with the one that the ticket has."""
    action = "bookmarks/create"
    permitted = permit(envelope(call.body, "bookmark", action), {"ticket_id": integer}, "bookmark", action)
    user, ticket_id = caller(call), permitted.fields.get("ticket_id")
    if ticket_id is None or account.state.tickets.active(ticket_id) is None:
        raise record_invalid({"ticket": [problem("Ticket: is invalid", "InvalidValue")]})
    rows = BOOKMARKS.rows(account).values()
    found = next((row for row in rows if (row["user_id"], row["ticket_id"]) == (user.id, ticket_id)), None)
    row = found or BOOKMARKS.add(account, {"user_id": user.id, "ticket_id": ticket_id}, call.now)
    view = View.of(account, call)
    shown = {**BOOKMARKS.show(account, call, row), "id": row["id"], "created_at": row["created_at"],
             "url": view.url(f"bookmarks/{row['id']}")}  # fmt: skip
    return Reply(200 if found else 201, {"bookmark": shown}, warning(action, permitted.dropped))


def export_audit_logs(_: Holder, __: Call) -> Reply:
    """POST /audit_logs/export: the file comes by mail."""
    return Reply(202, empty=True)


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/account/settings"): agents(show_settings),
    ("PUT", "/api/v2/account/settings"): admins(update_settings),
    ("GET", "/api/v2/brands/check_host_mapping"): admins(check_host_mapping),
    ("GET", "/api/v2/brands/{brand_id}/check_host_mapping"): admins(check_brand),
    ("GET", "/api/v2/locales"): anyone(list_locales),
    ("GET", "/api/v2/locales/agent"): anyone(list_locales),
    ("GET", "/api/v2/locales/public"): anyone(public_locales),
    ("GET", "/api/v2/locales/current"): anyone(current_locale),
    ("GET", "/api/v2/locales/detect_best_locale"): anyone(best_locale),
    ("POST", "/api/v2/bookmarks"): agents(create_bookmark),
    ("POST", "/api/v2/audit_logs/export"): admins(export_audit_logs),
}
