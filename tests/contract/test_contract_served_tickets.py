"""Every operation on tickets, their parts, their fields and forms, called once over real sockets."""

from __future__ import annotations

from typing import Any, Final

import pytest
from served import Row, client_of, known, serve
from served_tickets import CHAT, PHOTO, SECRET, Desk, prepared

from zdasync.records import (
    ChatEvent,
    ConversationEvent,
    Count,
    CustomStatus,
    DeletedTicket,
    FieldOption,
    JobResult,
    Ticket,
    TicketAudit,
    TicketComment,
    TicketField,
    TicketForm,
    TicketFormStatus,
    TicketMetric,
    TicketMetricEvent,
    TicketRelated,
    TicketSkip,
    UpdatedTicket,
    User,
)
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, UNVERIFIED_ID, Account
from zdasync.simulator.ticket_comments import BLOCK
from zdasync.simulator.ticket_metrics import metric_id

GROUPS: Final = (
    "conversation_log", "custom_ticket_statuses", "ticket_audits", "ticket_comments", "ticket_fields",
    "ticket_form_statuses", "ticket_forms", "ticket_import", "ticket_metric_events", "ticket_metrics", "ticket_skips",
    "tickets",
)

SAID: Final = {"body": "Hello"}
HIDDEN: Final = BLOCK * len(SECRET)


def ids(records: list[Any]) -> list[int]:
    return [one.id for one in records]


def rows_of(it: Desk, collection: str) -> dict[Any, dict[str, Any]]:
    """The records of a simple collection."""
    return it.state.collections[collection]


def system_fields(it: Desk) -> list[int]:
    return list(rows_of(it, "ticket_fields"))


def became(count: int, **fields: Any) -> Any:
    """A proof: so many tickets were made last, with these fields."""

    def proof(it: Desk, _: Any) -> bool:
        made = list(it.state.tickets.records.values())[-count:]
        return all(getattr(one, name) == value for one in made for name, value in fields.items())

    return proof


TICKETS: Final = [
    Row("GET /api/v2/tickets", "tickets.list", lambda do, _: do(page_size=3), [Ticket],
        lambda it, got: ids(got) == it.state.tickets.ids and len(it.account.log) == 3),
    Row("GET /api/v2/organizations/{organization_id}/tickets", "tickets.list",
        lambda do, it: do(organization_id=it.organization_id, sort="-updated_at", include="users"), [Ticket],
        lambda it, got: it.ticket.id in ids(got)),
    Row("GET /api/v2/users/{user_id}/tickets/requested", "tickets.requested",
        lambda do, _: do(CUSTOMER_ID, sort_by="created_at", sort_order="desc"), [Ticket],
        lambda it, got: it.ticket.id in ids(got)),
    Row("GET /api/v2/users/{user_id}/tickets/assigned", "tickets.assigned", lambda do, _: do(AGENT_ID), [Ticket]),
    Row("GET /api/v2/users/{user_id}/tickets/ccd", "tickets.ccd", lambda do, _: do(CUSTOMER_ID), [Ticket],
        lambda it, got: ids(got) == [it.copied.id]),
    Row("GET /api/v2/users/{user_id}/tickets/followed", "tickets.followed", lambda do, _: do(AGENT_ID), [Ticket],
        lambda it, got: ids(got) == [it.ticket.id]),
    Row("GET /api/v2/tickets/recent", "tickets.recent", lambda do, _: do(), [Ticket],
        lambda it, got: ids(got) == [it.ticket.id]),
    Row("GET /api/v2/problems", "tickets.problems", lambda do, _: do(), [Ticket],
        lambda it, got: ids(got) == [it.problem.id]),
    Row("POST /api/v2/problems/autocomplete", "tickets.autocomplete_problems", lambda do, _: do("rai"), [Ticket],
        lambda it, got: ids(got) == [it.problem.id]),
    Row("GET /api/v2/tickets/{ticket_id}/incidents", "tickets.incidents", lambda do, it: do(it.problem.id), [Ticket],
        lambda it, got: ids(got) == [it.incident.id]),
    Row("GET /api/v2/tickets/{ticket_id}/collaborators", "tickets.collaborators", lambda do, it: do(it.ticket.id),
        [User], lambda _, got: set(ids(got)) == {UNVERIFIED_ID, AGENT_ID}),
    Row("GET /api/v2/tickets/{ticket_id}/followers", "tickets.followers", lambda do, it: do(it.ticket.id), [User],
        lambda _, got: ids(got) == [AGENT_ID]),
    Row("GET /api/v2/tickets/{ticket_id}/email_ccs", "tickets.email_ccs", lambda do, it: do(it.ticket.id), [User],
        lambda _, got: ids(got) == [UNVERIFIED_ID]),
    Row("GET /api/v2/tickets/count", "tickets.count", lambda do, _: do(), Count,
        lambda it, got: got.value == len(it.state.tickets.ids)),
    Row("GET /api/v2/organizations/{organization_id}/tickets/count", "tickets.count",
        lambda do, it: do(organization_id=it.organization_id), Count, lambda _, got: got.value > 1),
    Row("GET /api/v2/users/{user_id}/tickets/assigned/count", "tickets.count_assigned", lambda do, _: do(AGENT_ID),
        Count, lambda _, got: got.value > 1),
    Row("GET /api/v2/users/{user_id}/tickets/ccd/count", "tickets.count_ccd", lambda do, _: do(CUSTOMER_ID), Count,
        lambda _, got: got.value == 1),
    Row("GET /api/v2/tickets/{ticket_id}", "tickets.show", lambda do, it: do(it.ticket.id, include="comment_count"),
        Ticket, lambda _, got: (got.subject, got.comment_count) == ("Camera", 3)),
    Row("GET /api/v2/tickets/show_many", "tickets.show_many", lambda do, it: do([it.ticket.id, 99, it.problem.id]),
        [Ticket], lambda it, got: ids(got) == [it.ticket.id, it.problem.id]),
    Row("GET /api/v2/tickets/{ticket_id}/related", "tickets.related", lambda do, it: do(it.problem.id), TicketRelated,
        lambda _, got: got.incidents == 1),
    Row("POST /api/v2/tickets", "tickets.create", lambda do, _: do(comment=SAID, requester_id=CUSTOMER_ID), Ticket,
        became(1, requester_id=CUSTOMER_ID, description="Hello")),
    Row("POST /api/v2/tickets", "tickets.create_async", lambda do, _: do(comment=SAID, subject="Later"), [JobResult],
        became(1, subject="Later")),
    Row("PUT /api/v2/tickets/{ticket_id}", "tickets.update",
        lambda do, it: do(it.ticket.id, status="pending", comment=SAID), Ticket,
        lambda it, got: (got.status, it.bodies[-1]) == ("pending", "Hello")),
    Row("PUT /api/v2/tickets/{ticket_id}", "tickets.update_with_audit",
        lambda do, it: do(it.ticket.id, priority="high"), UpdatedTicket,
        lambda it, got: (got.ticket.priority, got.audit.id) == ("high", it.audits[-1])),
    Row("DELETE /api/v2/tickets/{ticket_id}", "tickets.delete", lambda do, it: do(it.ticket.id), None,
        lambda it, _: not it.ticket.active),
    Row("PUT /api/v2/tickets/{ticket_id}/mark_as_spam", "tickets.mark_as_spam", lambda do, it: do(it.ticket.id), None,
        lambda it, _: it.ticket.spam and it.state.users[CUSTOMER_ID].suspended),
    Row("POST /api/v2/tickets/{ticket_id}/merge", "tickets.merge",
        lambda do, it: do(it.ticket.id, [it.incident.id], target_comment="Joined"), [JobResult],
        lambda it, _: (it.incident.status, it.bodies[-1], it.public[-1]) == ("closed", "Joined", False)),
    Row("POST /api/v2/tickets/create_many", "tickets.create_many",
        lambda do, _: do([{"comment": SAID}, {"comment": SAID}]), [JobResult], became(2, description="Hello")),
    Row("PUT /api/v2/tickets/update_many", "tickets.update_many",
        lambda do, it: do(ids=[it.ticket.id, it.problem.id], additional_tags=["new"]), [JobResult],
        lambda it, _: it.ticket.tags == ("red", "blue", "new") and it.problem.tags == ("new",)),
    Row("PUT /api/v2/tickets/update_many", "tickets.update_many",
        lambda do, it: do([{"id": it.ticket.id, "priority": "low"}]), [JobResult],
        lambda it, _: it.ticket.priority == "low"),
    Row("DELETE /api/v2/tickets/destroy_many", "tickets.destroy_many",
        lambda do, it: do([it.ticket.id, it.problem.id]), [JobResult],
        lambda it, _: not (it.ticket.active or it.problem.active)),
    Row("PUT /api/v2/tickets/mark_many_as_spam", "tickets.mark_many_as_spam", lambda do, it: do([it.ticket.id]),
        [JobResult], lambda it, _: it.ticket.spam),
    Row("GET /api/v2/deleted_tickets", "tickets.deleted.list", lambda do, _: do(page_size=1), [DeletedTicket],
        lambda it, got: ids(got) == it.tickets(*it.deleted)),
    Row("PUT /api/v2/deleted_tickets/{ticket_id}/restore", "tickets.deleted.restore",
        lambda do, it: do(it.deleted[0].id), None, lambda it, _: it.deleted[0].active),
    Row("PUT /api/v2/deleted_tickets/restore_many", "tickets.deleted.restore_many",
        lambda do, it: do(it.tickets(*it.deleted)), None, lambda it, _: all(one.active for one in it.deleted)),
    Row("DELETE /api/v2/deleted_tickets/{ticket_id}", "tickets.deleted.delete", lambda do, it: do(it.deleted[0].id),
        [JobResult], lambda it, _: it.deleted[0].erased),
    Row("DELETE /api/v2/deleted_tickets/destroy_many", "tickets.deleted.destroy_many",
        lambda do, it: do(it.tickets(*it.deleted)), [JobResult], lambda it, _: all(one.erased for one in it.deleted)),
    Row("POST /api/v2/imports/tickets", "ticket_import.create",
        lambda do, _: do(comments=[{"value": "Hello"}], created_at="2020-01-31T12:00:00Z"), Ticket,
        lambda _, got: got.created_at.year == 2020),
    Row("POST /api/v2/imports/tickets/create_many", "ticket_import.create_many",
        lambda do, _: do([{"subject": "Old", "comments": [{"value": "Hello"}]}], archive_immediately=True),
        [JobResult], became(1, subject="Old")),
]

HISTORY: Final = [
    Row("GET /api/v2/tickets/{ticket_id}/comments", "tickets.comments.list",
        lambda do, it: do(it.ticket.id, sort="-created_at", include="users", include_inline_images=True, page_size=2),
        [TicketComment], lambda it, got: set(ids(got)) == set(it.comments)),
    Row("GET /api/v2/tickets/{ticket_id}/comments/count", "tickets.comments.count", lambda do, it: do(it.ticket.id),
        Count, lambda _, got: got.value == 3),
    Row("PUT /api/v2/tickets/{ticket_id}/comments/{ticket_comment_id}/make_private", "tickets.comments.make_private",
        lambda do, it: do(it.ticket.id, it.comments[0]), None, lambda it, _: it.public == [False, False, True]),
    Row("PUT /api/v2/tickets/{ticket_id}/comments/{ticket_comment_id}/redact", "tickets.comments.redact",
        lambda do, it: do(it.ticket.id, it.comments[0], SECRET), TicketComment,
        lambda it, got: got.body == it.bodies[0] == f"My card is {HIDDEN}."),
    Row("PUT /api/v2/comment_redactions/{ticket_comment_id}", "tickets.comments.redact_in_agent_workspace",
        lambda do, it: do(it.comments[0], ticket_id=it.ticket.id, html_body=f"<p>A <redact>{SECRET}</redact>.</p>"),
        TicketComment, lambda it, got: got.body == it.bodies[0] == f"A {HIDDEN}."),
    Row("PUT /api/v2/chat_redactions/{ticket_id}", "tickets.comments.redact_chat",
        lambda do, it: do(it.talk.id, SECRET, chat_id=CHAT, chat_index=0), ChatEvent,
        lambda _, got: [one["message"] for one in got.value.history if "message" in one] == [f"My card is {HIDDEN}."]),
    Row("PUT /api/v2/chat_file_redactions/{ticket_id}", "tickets.comments.redact_chat_attachment",
        lambda do, it: do(it.talk.id, chat_id=CHAT, message_ids=[PHOTO]), ChatEvent,
        lambda _, got: got.value.history[1]["filename"] == "redacted.txt"),
    Row("PUT /api/v2/chat_file_redactions/{ticket_id}", "tickets.comments.redact_chat_attachment",
        lambda do, it: do(it.talk.id, chat_id=CHAT, chat_indexes=[1]), ChatEvent,
        lambda _, got: got.value.history[1]["filename"] == "redacted.txt"),
    Row("GET /api/v2/tickets/{ticket_id}/conversation_log", "tickets.conversation_log.list",
        lambda do, it: do(it.ticket.id, page_size=2), [ConversationEvent], lambda _, got: len(got) == 3),
    Row("GET /api/v2/ticket_audits", "tickets.audits.list", lambda do, _: do(page_size=5), [TicketAudit],
        lambda it, got: set(it.audits) < set(ids(got)) and len(it.account.log) > 2),
    Row("GET /api/v2/tickets/{ticket_id}/audits", "tickets.audits.list",
        lambda do, it: do(it.ticket.id, include="users", page_size=2), [TicketAudit],
        lambda it, got: ids(got) == it.audits),
    Row("GET /api/v2/tickets/{ticket_id}/audits/count", "tickets.audits.count", lambda do, it: do(it.ticket.id), Count,
        lambda it, got: got.value == len(it.audits)),
    Row("GET /api/v2/tickets/{ticket_id}/audits/{ticket_audit_id}", "tickets.audits.show",
        lambda do, it: do(it.ticket.id, it.audits[0]), TicketAudit, lambda _, got: got.events),
    Row("PUT /api/v2/tickets/{ticket_id}/audits/{ticket_audit_id}/make_private", "tickets.audits.make_private",
        lambda do, it: do(it.ticket.id, it.audits[2]), None, lambda it, _: it.public == [True, False, False]),
    Row("GET /api/v2/ticket_metrics", "tickets.metrics.list", lambda do, _: do(page_size=3), [TicketMetric],
        lambda it, got: len(got) == len(it.state.tickets.ids)),
    Row("GET /api/v2/ticket_metrics/{ticket_metric_id}", "tickets.metrics.show",
        lambda do, it: do(metric_id(it.ticket)), TicketMetric, lambda it, got: got.ticket_id == it.ticket.id),
    Row("GET /api/v2/tickets/{ticket_id}/metrics", "tickets.metrics.show",
        lambda do, it: do(ticket_id=it.ticket.id), TicketMetric, lambda it, got: got.ticket_id == it.ticket.id),
    Row("GET /api/v2/incremental/ticket_metric_events", "incremental.ticket_metric_events",
        lambda do, it: do(it.at - 10, per_page=5), [TicketMetricEvent],
        lambda _, got: {one.type for one in got} >= {"activate", "fulfill", "update_status"}),
    Row("GET /api/v2/skips", "tickets.skips.list", lambda do, _: do(), [TicketSkip],
        lambda it, got: ids(got) == [it.skip.id]),
    Row("GET /api/v2/tickets/{ticket_id}/skips", "tickets.skips.list", lambda do, it: do(ticket_id=it.ticket.id),
        [TicketSkip], lambda it, got: got[0].ticket.id == it.ticket.id),
    Row("GET /api/v2/users/{user_id}/skips", "tickets.skips.list",
        lambda do, _: do(user_id=AGENT_ID, sort_order="desc"), [TicketSkip],
        lambda it, got: ids(got) == [it.skip.id]),
    Row("POST /api/v2/skips", "tickets.skips.create", lambda do, it: do(ticket_id=it.ticket.id, reason="Not mine"),
        TicketSkip, lambda _, got: (got.user_id, got.reason) == (ADMIN_ID, "Not mine")),
]

SETUP: Final = [
    Row("GET /api/v2/ticket_fields", "ticket_fields.list", lambda do, _: do(locale="de", creator=True, page_size=5),
        [TicketField], lambda it, got: set(ids(got)) == set(system_fields(it))),
    Row("GET /api/v2/ticket_fields/count", "ticket_fields.count", lambda do, _: do(), Count,
        lambda it, got: got.value == len(system_fields(it))),
    Row("GET /api/v2/ticket_fields/show_many", "ticket_fields.show_many", lambda do, it: do([it.menu_id, 1]),
        [TicketField], lambda it, got: ids(got) == [it.menu_id]),
    Row("GET /api/v2/ticket_fields/{ticket_field_id}", "ticket_fields.show",
        lambda do, it: do(it.menu_id, creator=True), TicketField,
        lambda _, got: (got.title, got.creator_user_id) == ("Size", ADMIN_ID)),
    Row("POST /api/v2/ticket_fields", "ticket_fields.create",
        lambda do, _: do(type="regexp", title="Order", regexp_for_validation="^[0-9]+$"), TicketField,
        lambda it, got: got.removable and got.id in system_fields(it)),
    Row("PUT /api/v2/ticket_fields/{ticket_field_id}", "ticket_fields.update",
        lambda do, it: do(it.menu_id, title="Sizes"), TicketField,
        lambda _, got: (got.title, len(got.custom_field_options)) == ("Sizes", 2)),
    Row("PUT /api/v2/ticket_fields/reorder", "ticket_fields.reorder",
        lambda do, it: do(reversed(system_fields(it))), None,
        lambda it, _: rows_of(it, "ticket_fields")[it.menu_id]["position"] <= 1),
    Row("DELETE /api/v2/ticket_fields/{ticket_field_id}", "ticket_fields.delete", lambda do, it: do(it.menu_id), None,
        lambda it, _: it.menu_id not in system_fields(it)),
    Row("GET /api/v2/ticket_fields/{ticket_field_id}/options", "ticket_fields.options.list",
        lambda do, it: do(it.menu_id, page_size=1), [FieldOption],
        lambda _, got: [one.value for one in got] == ["small", "large"]),
    Row("GET /api/v2/ticket_fields/{ticket_field_id}/options/{ticket_field_option_id}", "ticket_fields.options.show",
        lambda do, it: do(it.menu_id, it.choice_id), FieldOption, lambda _, got: got.name == "Small"),
    Row("POST /api/v2/ticket_fields/{ticket_field_id}/options", "ticket_fields.options.create_or_update",
        lambda do, it: do(it.menu_id, name="Huge", value="huge"), FieldOption, lambda _, got: got.value == "huge"),
    Row("POST /api/v2/ticket_fields/{ticket_field_id}/options", "ticket_fields.options.create_or_update",
        lambda do, it: do(it.menu_id, id=it.choice_id, name="Tiny", value="small"), FieldOption,
        lambda it, got: (got.id, got.name) == (it.choice_id, "Tiny")),
    Row("DELETE /api/v2/ticket_fields/{ticket_field_id}/options/{ticket_field_option_id}",
        "ticket_fields.options.delete", lambda do, it: do(it.menu_id, it.choice_id), None,
        lambda it, _: it.choice_id not in rows_of(it, "ticket_field_options")),
    Row("GET /api/v2/ticket_forms", "ticket_forms.list",
        lambda do, _: do(active=True, end_user_visible=True, fallback_to_default=True, associated_to_brand=True),
        [TicketForm], lambda it, got: it.form_id in ids(got)),
    Row("GET /api/v2/ticket_forms/show_many", "ticket_forms.show_many", lambda do, it: do([it.form_id], active=True),
        [TicketForm], lambda it, got: ids(got) == [it.form_id]),
    Row("GET /api/v2/ticket_forms/{ticket_form_id}", "ticket_forms.show", lambda do, it: do(it.form_id), TicketForm,
        lambda _, got: got.name == "Returns" and got.ticket_field_ids),
    Row("POST /api/v2/ticket_forms", "ticket_forms.create",
        lambda do, it: do(name="Sizes", ticket_field_ids=[it.menu_id]), TicketForm,
        lambda it, got: it.menu_id in got.ticket_field_ids),
    Row("PUT /api/v2/ticket_forms/{ticket_form_id}", "ticket_forms.update",
        lambda do, it: do(it.form_id, name="Repairs"), TicketForm, lambda _, got: got.name == "Repairs"),
    Row("PUT /api/v2/ticket_forms/reorder", "ticket_forms.reorder",
        lambda do, it: do(reversed(rows_of(it, "ticket_forms"))), [TicketForm],
        lambda it, got: ids(got)[0] == it.form_id),
    Row("POST /api/v2/ticket_forms/{ticket_form_id}/clone", "ticket_forms.clone", lambda do, it: do(it.form_id),
        TicketForm, lambda it, got: got.id != it.form_id),
    Row("DELETE /api/v2/ticket_forms/{ticket_form_id}", "ticket_forms.delete", lambda do, it: do(it.form_id), None,
        lambda it, _: it.form_id not in rows_of(it, "ticket_forms")),
    Row("GET /api/v2/ticket_form_statuses", "ticket_form_statuses.list", lambda do, _: do(), [TicketFormStatus],
        lambda it, got: ids(got) == [it.tie_id]),
    Row("GET /api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses", "ticket_form_statuses.list",
        lambda do, it: do(ticket_form_id=it.form_id), [TicketFormStatus], lambda it, got: ids(got) == [it.tie_id]),
    Row("GET /api/v2/ticket_form_statuses/show_many", "ticket_form_statuses.show_many",
        lambda do, it: do([it.tie_id, "none"]), [TicketFormStatus], lambda it, got: ids(got) == [it.tie_id]),
    Row("POST /api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses", "ticket_form_statuses.create",
        lambda do, it: do(it.form_id, [it.state.tickets.custom_statuses["open"]]), [TicketFormStatus],
        lambda _, got: len(got) == 2),
    Row("PUT /api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses", "ticket_form_statuses.update",
        lambda do, it: do(it.form_id, [{"custom_status_id": it.state.tickets.custom_statuses["new"]}]),
        [TicketFormStatus], lambda _, got: len(got) == 2),
    Row("PUT /api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses/{ticket_form_status_id}",
        "ticket_form_statuses.update_by_id",
        lambda do, it: do(it.form_id, it.tie_id, [{"custom_status_id": it.state.tickets.custom_statuses["new"]}]),
        [TicketFormStatus], lambda it, got: got[-1].custom_status_id == it.state.tickets.custom_statuses["new"]),
    Row("DELETE /api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses", "ticket_form_statuses.delete",
        lambda do, it: do(it.form_id), None, lambda it, _: not rows_of(it, "ticket_form_statuses")),
    Row("DELETE /api/v2/ticket_forms/{ticket_form_id}/ticket_form_statuses/{ticket_form_status_id}",
        "ticket_form_statuses.delete_by_id", lambda do, it: do(it.form_id, it.tie_id), None,
        lambda it, _: not rows_of(it, "ticket_form_statuses")),
    Row("GET /api/v2/custom_statuses", "custom_statuses.list",
        lambda do, _: do(status_categories=["open", "new"], active=True, default=False), [CustomStatus],
        lambda it, got: ids(got) == [it.status_id]),
    Row("GET /api/v2/custom_statuses/{custom_status_id}", "custom_statuses.show", lambda do, it: do(it.status_id),
        CustomStatus, lambda _, got: got.agent_label == "At the vet's"),
    Row("POST /api/v2/custom_statuses", "custom_statuses.create",
        lambda do, _: do(status_category="hold", agent_label="Customs"), CustomStatus,
        lambda _, got: (got.end_user_label, got.default) == ("Customs", False)),
    Row("PUT /api/v2/custom_statuses/{custom_status_id}", "custom_statuses.update",
        lambda do, it: do(it.status_id, active=False), CustomStatus, lambda _, got: got.active is False),
    Row("PUT /api/v2/custom_status/default", "custom_statuses.set_default", lambda do, it: do([it.status_id]), None,
        lambda it, _: it.state.tickets.custom_statuses["open"] == it.status_id),
    Row("POST /api/v2/custom_statuses/{custom_status_id}/ticket_form_statuses",
        "custom_statuses.create_ticket_form_statuses",
        lambda do, it: do(it.status_id, list(rows_of(it, "ticket_forms"))), [TicketFormStatus],
        lambda _, got: len(got) == 2),
    Row("DELETE /api/v2/custom_statuses/{custom_status_id}", "custom_statuses.delete", lambda do, it: do(it.status_id),
        None, lambda it, _: it.status_id not in rows_of(it, "custom_statuses")),
]

ROWS: Final = [*TICKETS, *HISTORY, *SETUP]


def test_every_operation_is_here() -> None:
    assert {row.key for row in ROWS} == known(GROUPS)


def test_what_gives_nothing_proves_something() -> None:
    assert [str(row) for row in ROWS if row.gives is None and row.proof is None] == []


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_it_is_served(row) -> None:
    account = Account(strict=True)
    async with client_of(account) as (zd, events):
        await serve(row, account, zd, events, await prepared(account, zd))
