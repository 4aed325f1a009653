"""Macros of the simulated account: the collection, what they would do to a ticket, and their files.

Applying shows what the actions would write and writes nothing. Known actions are those on the fields of tickets, on
tags and on the comment; others leave no trace in the result. A placeholder in a text stays as it is.
Source: the Macros page of the reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ..records.macros import Macro
from . import ticket_render
from .collection_model import Collection, Row, Write
from .guards import Holder, admins, agents, as_id, caller, path_id
from .http import Call, Endpoints, Json, Reply
from .macro_actions import changes, derived
from .refusals import Details, bad_request, not_found, problem, record_invalid
from .render import View, iso
from .rule_definitions import actions as action_definitions
from .rules import RULE_SORTS, own_rules, owners, problem_of_lists, rule_filters, visible
from .ticket_records import Ticket

MAX_FILES: Final = 5
FILES: Final = "macro_attachments"
"""The name under which the account keeps the files of macros."""


def _macros(account: Holder) -> Iterable[Mapping[str, Json]]:
    del account
    yield {
        "title": "Take it!",
        "description": "Assigns the ticket to whoever applies it",
        "actions": [{"field": "assignee_id", "value": "current_user"}],
    }
    yield {
        "title": "Customer not responding",
        "actions": [
            {"field": "status", "value": "pending"},
            {"field": "comment_value", "value": ["channel:all", "Hello, are you still there?"]},
            {"field": "comment_mode_is_public", "value": "true"},
        ],
    }


def _check(write: Write) -> Details:
    return problem_of_lists({"actions": write.row.get("actions")})


def _category(row: Row, value: str) -> bool:
    return category_of(row) == value


def category_of(row: Row) -> str | None:
    """What stands before the "::" of a title."""
    name, colons, _ = str(row.get("title") or "").partition("::")
    return name if colons else None


MACROS: Final[Collection] = Collection(
    name="macros",
    path="/api/v2/macros",
    record=Macro,
    seed=_macros,
    defaults={"active": True, "default": False, "actions": []},
    order="position",
    reads=agents,
    writes=agents,
    guards={"delete": owners(lambda: MACROS), "destroy_many": admins, "update_many": admins},
    visible=visible,
    filters={**rule_filters(), "category": _category},
    sorts=RULE_SORTS,
    created=200,
    prepare=own_rules,
    check=_check,
)


def _macro(account: Holder, call: Call, name: str) -> Row:
    row = MACROS.named(account, name)
    if not visible(call, row):
        raise not_found()
    return row


def _ticket(account: Holder, name: str) -> Ticket:
    ticket = account.state.tickets.active(as_id(name) or 0)
    if ticket is None:
        raise not_found()
    return ticket


# --- what they would do


def apply(account: Holder, call: Call) -> Reply:
    """GET /macros/{macro_id}/apply: the changes alone."""
    macro = _macro(account, call, call.values["macro_id"])
    return Reply(body={"result": {"ticket": changes(macro["actions"], caller(call).id, None)}})


def apply_to_ticket(account: Holder, call: Call) -> Reply:
    """GET /tickets/{ticket_id}/macros/{macro_id}/apply: the whole ticket as it would be."""
    ticket = _ticket(account, call.values["ticket_id"])
    macro = _macro(account, call, call.values["macro_id"])
    shown = ticket_render.ticket(View.of(account, call), ticket)
    changed = changes(macro["actions"], caller(call).id, ticket)
    own = {one["id"]: one["value"] for one in changed.pop("fields", ())}
    fields = [one | {"value": own.pop(one["id"], one["value"])} for one in shown["fields"]]
    fields += [{"id": field_id, "value": value} for field_id, value in own.items()]
    return Reply(body={"result": {"ticket": {**shown, **changed, "fields": fields, "custom_fields": fields}}})


def new(account: Holder, call: Call) -> Reply:
    """GET /macros/new: one like another macro, or one that sets what a ticket has; it is not saved."""
    macro_id, ticket_id = call.arg("macro_id"), call.arg("ticket_id")
    if macro_id is not None:
        row = _macro(account, call, macro_id)
        made = {name: row.get(name) for name in ("title", "description", "actions", "restriction")}
    elif ticket_id is not None:
        ticket = _ticket(account, ticket_id)
        comments = account.state.tickets.comments_of(ticket)
        made = {"title": None, "description": None, "actions": derived(ticket, comments[-1:]), "restriction": None}
    else:
        raise bad_request("macro_id or ticket_id must be given")
    return Reply(body={"macro": {"id": None, "active": True, **made}})


# --- what there is


def actions(account: Holder, call: Call) -> Reply:
    """GET /macros/actions."""
    del call
    shown = [{"field": one["subject"], **one} for one in action_definitions(account)]
    return Reply(body={"actions": shown})


def definitions(account: Holder, call: Call) -> Reply:
    """GET /macros/definitions."""
    del call
    return Reply(body={"definitions": {"actions": action_definitions(account)}})


def categories(account: Holder, call: Call) -> Reply:
    """GET /macros/categories: of the macros that the caller sees, by name."""
    rows = [row for row in MACROS.rows(account).values() if visible(call, row)]
    return Reply(body={"categories": sorted({name for row in rows if (name := category_of(row)) is not None})})


# --- files


def list_files(account: Holder, call: Call) -> Reply:
    """GET /macros/{macro_id}/attachments."""
    macro = _macro(account, call, call.values["macro_id"])
    return Reply(body={FILES: [_shown(account, call, one) for one in _files_of(account, macro["id"])]})


def show_file(account: Holder, call: Call) -> Reply:
    """GET /macros/attachments/{attachment_id}."""
    file_id = path_id(call, "attachment_id")
    if file_id not in _files(account):
        raise not_found()
    return Reply(body={"macro_attachment": _shown(account, call, file_id)})


def create_file(account: Holder, call: Call) -> Reply:
    """POST /macros/attachments and /macros/{macro_id}/attachments: a form with the file as `attachment`."""
    macro = _macro(account, call, call.values["macro_id"]) if "macro_id" in call.values else None
    form = call.form or {}
    content = form.get("attachment")
    if not isinstance(content, bytes):
        raise bad_request("attachment must be given")
    if macro is not None and len(_files_of(account, macro["id"])) >= MAX_FILES:
        raise record_invalid({"base": [problem(f"A macro may have {MAX_FILES} attachments", "TooManyValues")]})
    name = form.get("filename") or getattr(content, "filename", None) or "attachment"
    kept = account.state.attachments.add(
        str(name), bytes(content), call.now, content_type=getattr(content, "content_type", None),
        author_id=caller(call).id,
    )
    kept.taken = True
    _files(account)[kept.id] = {"macro_id": None if macro is None else macro["id"]}
    return Reply(201, {"macro_attachment": _shown(account, call, kept.id)})


def file_content(account: Holder, call: Call) -> Reply:
    """GET /macros/attachments/{attachment_id}/content: the file itself."""
    file_id = path_id(call, "attachment_id")
    if file_id not in _files(account):
        raise not_found()
    kept = account.state.attachments.by_id[file_id]
    return Reply(200, kept.content, {"Content-Type": kept.content_type})


def _files(account: Holder) -> dict[int, Row]:
    """Ids of files, and the macros that they belong to."""
    known: dict[int, Row] = account.state.collections.setdefault(FILES, {})
    return known


def _files_of(account: Holder, macro_id: int) -> list[int]:
    """Those that were made for a macro, and those that its actions name."""
    named = [
        int(one)
        for action in MACROS.rows(account)[macro_id]["actions"]
        if action.get("field") == "attachments"
        for one in (action["value"] if isinstance(action.get("value"), list) else [action.get("value")])
        if str(one).isdecimal()
    ]
    files = _files(account)
    return sorted(one for one, row in files.items() if row["macro_id"] == macro_id or one in named)


def _shown(account: Holder, call: Call, file_id: int) -> dict[str, Json]:
    kept = account.state.attachments.by_id[file_id]
    return {
        "id": kept.id,
        "filename": kept.file_name,
        "content_type": kept.content_type,
        "content_url": f"{call.base_url}/api/v2/macros/attachments/{kept.id}/content",
        "size": len(kept.content),
        "created_at": iso(kept.created_at),
    }


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/macros/{macro_id}/apply"): agents(apply),
    ("GET", "/api/v2/tickets/{ticket_id}/macros/{macro_id}/apply"): agents(apply_to_ticket),
    ("GET", "/api/v2/macros/new"): agents(new),
    ("GET", "/api/v2/macros/actions"): agents(actions),
    ("GET", "/api/v2/macros/definitions"): agents(definitions),
    ("GET", "/api/v2/macros/categories"): agents(categories),
    ("POST", "/api/v2/macros/attachments"): agents(create_file),
    ("GET", "/api/v2/macros/attachments/{attachment_id}"): agents(show_file),
    ("GET", "/api/v2/macros/attachments/{attachment_id}/content"): agents(file_content),
    ("GET", "/api/v2/macros/{macro_id}/attachments"): agents(list_files),
    ("POST", "/api/v2/macros/{macro_id}/attachments"): agents(create_file),
}
