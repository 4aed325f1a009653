"""What the methods on ticket forms and custom statuses send, and what they refuse to send."""

from __future__ import annotations

import pytest
from fake_caller import FakeCaller, check_sent, refusal

from zdasync.resources.custom_statuses import CustomStatuses
from zdasync.resources.ticket_form_statuses import TicketFormStatuses
from zdasync.resources.ticket_forms import TicketForms

V2 = "/api/v2"
FORM, FORMS = {"ticket_form": {"id": 1}}, {"ticket_forms": []}
STATUS, STATUSES = {"custom_status": {"id": 1}}, {"custom_statuses": []}
TIES = {"ticket_form_statuses": []}
DROP = {"id": "01A", "_destroy": "true"}

# page, call, reply, method, path, query, body
SENT = [
    (TicketForms, lambda f: f.list(), FORMS, "GET", "/ticket_forms", [], None),
    (TicketForms, lambda f: f.list(active=True, end_user_visible=False, fallback_to_default=True,
                                   associated_to_brand=True), FORMS, "GET", "/ticket_forms",
     [("active", "true"), ("end_user_visible", "false"), ("fallback_to_default", "true"),
      ("associated_to_brand", "true")], None),
    (TicketForms, lambda f: f.show(7), FORM, "GET", "/ticket_forms/7", [], None),
    (TicketForms, lambda f: f.show_many([7, 8], active=True), FORMS, "GET", "/ticket_forms/show_many",
     [("ids", "7,8"), ("active", "true")], None),
    (TicketForms, lambda f: f.create(name="N", ticket_field_ids=[1, 2]), FORM, "POST", "/ticket_forms", [],
     {"ticket_form": {"name": "N", "ticket_field_ids": [1, 2]}}),
    (TicketForms, lambda f: f.update(7, active=False), FORM, "PUT", "/ticket_forms/7", [],
     {"ticket_form": {"active": False}}),
    (TicketForms, lambda f: f.delete(7), {}, "DELETE", "/ticket_forms/7", [], None),
    (TicketForms, lambda f: f.clone(7), FORM, "POST", "/ticket_forms/7/clone", [], None),
    (TicketForms, lambda f: f.reorder([2, 1]), FORMS, "PUT", "/ticket_forms/reorder", [], {"ticket_form_ids": [2, 1]}),
    (TicketFormStatuses, lambda f: f.list(), TIES, "GET", "/ticket_form_statuses", [], None),
    (TicketFormStatuses, lambda f: f.list(ticket_form_id="7"), TIES, "GET", "/ticket_forms/7/ticket_form_statuses", [],
     None),
    (TicketFormStatuses, lambda f: f.show_many(["01A", "01B"]), TIES, "GET", "/ticket_form_statuses/show_many",
     [("ids", "01A,01B")], None),
    (TicketFormStatuses, lambda f: f.create(7, [1, "2"]), TIES, "POST", "/ticket_forms/7/ticket_form_statuses", [],
     {"ticket_form_status": [{"custom_status_id": 1}, {"custom_status_id": 2}]}),
    (TicketFormStatuses, lambda f: f.update(7, [DROP, {"custom_status_id": 1}]), TIES, "PUT",
     "/ticket_forms/7/ticket_form_statuses", [], {"ticket_form_status": [DROP, {"custom_status_id": 1}]}),
    (TicketFormStatuses, lambda f: f.update_by_id(7, "01A", [DROP]), TIES, "PUT",
     "/ticket_forms/7/ticket_form_statuses/01A", [], {"ticket_form_status": [DROP]}),
    (TicketFormStatuses, lambda f: f.delete(7), {}, "DELETE", "/ticket_forms/7/ticket_form_statuses", [], None),
    (TicketFormStatuses, lambda f: f.delete_by_id(7, "01A"), {}, "DELETE", "/ticket_forms/7/ticket_form_statuses/01A",
     [], None),
    (CustomStatuses, lambda f: f.list(), STATUSES, "GET", "/custom_statuses", [], None),
    (CustomStatuses, lambda f: f.list(status_categories=["open", "hold"], active=True, default=False), STATUSES, "GET",
     "/custom_statuses", [("status_categories", "open,hold"), ("active", "true"), ("default", "false")], None),
    (CustomStatuses, lambda f: f.list(status_categories="open"), STATUSES, "GET", "/custom_statuses",
     [("status_categories", "open")], None),
    (CustomStatuses, lambda f: f.show(7), STATUS, "GET", "/custom_statuses/7", [], None),
    (CustomStatuses, lambda f: f.create(status_category="open", agent_label="L"), STATUS, "POST", "/custom_statuses",
     [], {"custom_status": {"status_category": "open", "agent_label": "L"}}),
    (CustomStatuses, lambda f: f.update(7, end_user_label=None), STATUS, "PUT", "/custom_statuses/7", [],
     {"custom_status": {"end_user_label": None}}),
    (CustomStatuses, lambda f: f.delete(7), {}, "DELETE", "/custom_statuses/7", [], None),
    (CustomStatuses, lambda f: f.set_default([1, "2"]), {}, "PUT", "/custom_status/default", [], {"ids": "1,2"}),
    (CustomStatuses, lambda f: f.create_ticket_form_statuses(7, [1]), TIES, "POST",
     "/custom_statuses/7/ticket_form_statuses", [], {"ticket_form_status": [{"ticket_form_id": 1}]}),
]


@pytest.mark.parametrize(("page", "call", "reply", "method", "path", "query", "body"), SENT)
async def test_sent(page, call, reply, method, path, query, body) -> None:
    await check_sent(page, call, reply, method, V2 + path, query, body)


# page, call, what the refusal says
REFUSED = [
    (TicketForms, lambda f: f.show("main"), "ticket_form_id must be an id"),
    (TicketForms, lambda f: f.show_many([]), "ids is empty"),
    (TicketForms, lambda f: f.create(active=True), "required field name"),
    (TicketForms, lambda f: f.create(name="N", ticket_field_ids="12"), "ticket_field_ids"),
    (TicketForms, lambda f: f.update(7), "no fields to write"),
    (TicketForms, lambda f: f.reorder([]), "empty"),
    (TicketForms, lambda f: f.reorder(7), "ids must be a list, not 7"),
    (TicketForms, lambda f: f.list(active="yes"), "active must be True or False, not 'yes'"),
    (TicketForms, lambda f: f.show_many([1], end_user_visible=1), "end_user_visible must be True or False"),
    (TicketFormStatuses, lambda f: f.list(ticket_form_id="01A"), "ticket_form_id must be an id"),
    (TicketFormStatuses, lambda f: f.show_many([]), "ids is empty"),
    (TicketFormStatuses, lambda f: f.show_many(None), "ids must be a list"),
    (TicketFormStatuses, lambda f: f.show_many("01A"), "ids must be a list"),
    (TicketFormStatuses, lambda f: f.show_many([1]), "ids[0] must be a string"),
    (TicketFormStatuses, lambda f: f.create(7, [1, 2, 1]), "custom_status_ids names one twice: 1"),
    (TicketFormStatuses, lambda f: f.update(7, [{"_destroy": "true"}]), "rows[0]: _destroy needs the id of the tie"),
    (TicketFormStatuses, lambda f: f.create(7, []), "custom_status_ids is empty"),
    (TicketFormStatuses, lambda f: f.create("x", [1]), "ticket_form_id must be an id"),
    (TicketFormStatuses, lambda f: f.update(7, [{"id": "01A"}]), "custom_status_id and no _destroy"),
    (TicketFormStatuses, lambda f: f.update(7, [{"status": 1}]), "rows[0] has no custom_status_id"),
    (TicketFormStatuses, lambda f: f.update(7, []), "rows is empty"),
    (TicketFormStatuses, lambda f: f.update_by_id(7, "a/b", [DROP]), "must be an id"),
    (TicketFormStatuses, lambda f: f.delete("x"), "ticket_form_id must be an id"),
    (CustomStatuses, lambda f: f.list(status_categories="closed"), "'closed' is none of new, open"),
    (CustomStatuses, lambda f: f.list(status_categories=[]), "status_categories is empty"),
    (CustomStatuses, lambda f: f.list(status_categories=5), "status_categories must be a list"),
    (CustomStatuses, lambda f: f.list(default="no"), "default must be True or False"),
    (CustomStatuses, lambda f: f.create(agent_label="L"), "required field status_category"),
    (CustomStatuses, lambda f: f.create(status_category="closed", agent_label="L"),
     "status_category: invalid enum value"),
    (CustomStatuses, lambda f: f.update(7, status_category="open"), "no field 'status_category'"),
    (CustomStatuses, lambda f: f.set_default([]), "ids is empty"),
    (CustomStatuses, lambda f: f.create_ticket_form_statuses(7, []), "ticket_form_ids is empty"),
]


@pytest.mark.parametrize(("page", "call", "says"), REFUSED)
def test_refused(page, call, says) -> None:
    caller = FakeCaller()
    assert says in refusal(lambda: call(page(caller)))
    assert caller.sent == []
