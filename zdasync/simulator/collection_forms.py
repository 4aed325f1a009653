"""Ticket forms, and the custom statuses that belong to them.

A fresh account has one form, the default, with all of Zendesk's own fields; end users see forms that are active and
visible to them. The ties of a form to custom statuses are written as lists, and every write answers with the form's
ties. Source: the pages on ticket forms and on ticket form statuses of the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ..records.ticket_forms import TicketForm, TicketFormStatus
from .collection_fields import TICKET_FIELDS
from .collection_model import Collection, Row, Write, equal
from .collection_statuses import CUSTOM_STATUSES
from .collection_visit import shown
from .guards import Holder, admins, anyone, signed_in
from .http import Call, Endpoints, Json, Reply
from .parameters import envelope
from .refusals import Details, invalid_attribute, not_found, problem, record_invalid

__all__ = ["COLLECTIONS", "ENDPOINTS", "TICKET_FORMS", "TICKET_FORM_STATUSES"]

_FORM: Final = "/api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses"
_YES: Final = ("true", "1", True)


# --- forms


def _seed(account: Holder) -> Iterator[Mapping[str, Json]]:
    form_id = account.state.tickets.form_id = account.state.next_id()
    name = "Default Ticket Form"
    yield {
        "id": form_id, "name": name, "display_name": name, "raw_display_name": name, "default": True,
        "end_user_visible": True, "ticket_field_ids": _own_fields(account),
    }  # fmt: skip


def _own_fields(account: Holder) -> list[Json]:
    return [row["id"] for row in TICKET_FIELDS.rows(account).values() if not row["removable"]]


def _prepare(write: Write) -> None:
    if write.old is None:
        write.row.setdefault("display_name", write.row.get("name"))
        write.row.setdefault("ticket_field_ids", _own_fields(write.account))


def _check(write: Write) -> Details:
    found: dict[str, list[dict[str, str]]] = {}
    if not set(write.fields.get("ticket_field_ids") or ()) <= TICKET_FIELDS.rows(write.account).keys():
        found["ticket_field_ids"] = [problem("Ticket field ids: one of them does not exist", "InvalidValue")]
    if write.old is not None and write.old["default"] and write.fields.get("default") is False:
        found["default"] = [problem("Default: make another form the default instead", "InvalidValue")]
    return found


def _wrote(write: Write) -> None:
    if not write.row["default"]:
        return
    write.account.state.tickets.form_id = write.row["id"]
    for row in TICKET_FORMS.rows(write.account).values():
        row["default"] = row is write.row


def _removing(account: Holder, row: Row) -> None:
    del account
    if row["default"]:
        raise record_invalid({"base": [problem("Base: the default form can't be deleted", "InvalidValue")]})


def _removed(account: Holder, row: Row) -> None:
    for tie in _ties(account, "ticket_form_id", row["id"]):
        TICKET_FORM_STATUSES.remove(account, tie)


def _show(account: Holder, call: Call, row: Row) -> Mapping[str, Json]:
    del call
    known = TICKET_FIELDS.rows(account)
    return {"ticket_field_ids": [one for one in row["ticket_field_ids"] if one in known]}


def _visible(call: Call, row: Row) -> bool:
    user = call.actor.user
    return (user is not None and user.staff) or bool(row["active"] and row["end_user_visible"])


def _found(call: Call, rows: list[Row], kept: list[Row]) -> list[Row]:
    """The default form, for those who want it where nothing that end users see is left."""
    if call.arg("fallback_to_default") not in _YES or any(row["active"] and row["end_user_visible"] for row in kept):
        return kept
    return [row for row in rows if row["default"]]


TICKET_FORMS: Final = Collection(
    name="ticket_forms",
    path="/api/v2/ticket_forms",
    record=TicketForm,
    seed=_seed,
    guards={"list": anyone, "show_many": anyone, "show": signed_in},
    visible=_visible,
    order="position",
    defaults={"active": True, "default": False, "end_user_visible": False, "in_all_brands": True},
    # The account is one brand's: what is not in all brands is in another one.
    filters={
        **equal("active", "end_user_visible"),
        "associated_to_brand": lambda row, value: value not in _YES or bool(row["in_all_brands"]),
    },
    prepare=_prepare,
    check=_check,
    wrote=_wrote,
    removing=_removing,
    removed=_removed,
    show=_show,
    found=_found,
)


# --- statuses of forms

TICKET_FORM_STATUSES: Final = Collection(
    name="ticket_form_statuses",
    path="/api/v2/ticket_form_statuses",
    also=(_FORM,),
    parents={"ticket_form_id": TICKET_FORMS.key_of},
    record=TicketFormStatus,
    string_ids=True,
    without=frozenset({"create", "update"}),
)


def tie_statuses(account: Holder, call: Call) -> Reply:
    """POST and PUT /ticket_forms/{ticket_form_id}/ticket_form_statuses, PUT also with the id of one tie."""
    form_id = TICKET_FORMS.key_of(account, call.values["ticket_form_id"])
    if "ticket_form_status_id" in call.values:
        _tie(account, form_id, call.values["ticket_form_status_id"])
    _write_ties(account, call, lambda row: (form_id, row.get("custom_status_id")))
    return _answer(account, call, "ticket_form_id", form_id)


def tie_forms(account: Holder, call: Call) -> Reply:
    """POST /custom_statuses/{custom_status_id}/ticket_form_statuses."""
    status_id = CUSTOM_STATUSES.key_of(account, call.values["custom_status_id"])
    _write_ties(account, call, lambda row: (row.get("ticket_form_id"), status_id))
    return _answer(account, call, "custom_status_id", status_id)


def untie(account: Holder, call: Call) -> Reply:
    """DELETE /ticket_forms/{ticket_form_id}/ticket_form_statuses."""
    form_id = TICKET_FORMS.key_of(account, call.values["ticket_form_id"])
    for tie in _ties(account, "ticket_form_id", form_id):
        TICKET_FORM_STATUSES.remove(account, tie)
    return Reply(204, empty=True)


def _write_ties(account: Holder, call: Call, tied: Callable[[Row], tuple[Json, Json]]) -> None:
    """Carry out the rows of a body; `tied` gives the form and the status of a row that ties two together."""
    rows = envelope(call.body, "ticket_form_status", "ticket_form_statuses/update")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise invalid_attribute("ticket_form_status", "must be an array", "api/v2/ticket_form_statuses/update")
    forms, statuses = TICKET_FORMS.rows(account), CUSTOM_STATUSES.rows(account)
    for row in rows:
        form_id, status_id = tied(row)
        ends = {"ticket_form_id": form_id, "custom_status_id": status_id}
        old = None if row.get("id") is None else _tie(account, form_id, str(row["id"]))
        if old is not None and row.get("_destroy") in _YES:
            TICKET_FORM_STATUSES.remove(account, old)
            continue
        if form_id not in forms or status_id not in statuses:
            raise record_invalid({"base": [problem("Base: no such form or status", "InvalidValue")]})
        if old is not None:
            old.update(ends)
        elif not any(ends.items() <= tie.items() for tie in TICKET_FORM_STATUSES.rows(account).values()):
            TICKET_FORM_STATUSES.add(account, ends, call.now)


def _tie(account: Holder, form_id: Json, name: str) -> Row:
    row = TICKET_FORM_STATUSES.named(account, name)
    if row["ticket_form_id"] != form_id:
        raise not_found()
    return row


def _ties(account: Holder, field: str, value: Json) -> list[Row]:
    return [row for row in TICKET_FORM_STATUSES.rows(account).values() if row[field] == value]


def _answer(account: Holder, call: Call, field: str, value: Json) -> Reply:
    rows = [shown(account, call, TICKET_FORM_STATUSES, row) for row in _ties(account, field, value)]
    return Reply(body={"ticket_form_statuses": rows})


COLLECTIONS: Final = (TICKET_FORMS, TICKET_FORM_STATUSES)

ENDPOINTS: Endpoints = {
    ("POST", _FORM): admins(tie_statuses),
    ("PUT", _FORM): admins(tie_statuses),
    ("DELETE", _FORM): admins(untie),
    ("PUT", _FORM + "/{ticket_form_status_id}"): admins(tie_statuses),
    ("POST", "/api/v2/custom_statuses/{custom_status_id}/ticket_form_statuses"): admins(tie_forms),
}
