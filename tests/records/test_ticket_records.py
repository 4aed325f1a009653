"""Tickets and what belongs to them, read from replies as Zendesk gives them, and from odd ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from zdasync.records import (
    AuditEvent,
    ConversationEvent,
    CustomFieldValue,
    DeletedTicket,
    Ticket,
    TicketAudit,
    TicketComment,
    TicketRelated,
    TicketSatisfaction,
    UpdatedTicket,
)
from zdasync.records.codec import decode_page, decode_record

TICKET = {
    "url": "https://acme.zendesk.com/api/v2/tickets/35.json", "id": 35, "external_id": None,
    "via": {"channel": "email", "source": {"from": {"address": "a@b.c", "name": "A"}, "to": {}, "rel": None}},
    "created_at": "2024-02-08T17:44:26Z", "updated_at": "2024-02-08T17:44:27Z", "generated_timestamp": 1707414267,
    "type": None, "subject": "Fire", "raw_subject": "Fire", "description": "Help", "priority": None, "status": "hold",
    "recipient": None, "requester_id": 1, "submitter_id": 1, "assignee_id": None, "organization_id": None,
    "group_id": 4, "collaborator_ids": [5], "follower_ids": [], "email_cc_ids": [5], "forum_topic_id": None,
    "problem_id": None, "has_incidents": False, "is_public": True, "due_at": None, "tags": ["vip"],
    "custom_fields": [{"id": 9, "value": None}, {"id": 10, "value": ["a", "b"]}, {"id": 11, "value": "x"}],
    "satisfaction_rating": {"score": "good", "id": 77, "comment": "Thanks", "reason_id": 0, "reason": "No reason"},
    "sharing_agreement_ids": [], "custom_status_id": 12, "encoded_id": "ABC-123", "fields": [{"id": 9, "value": None}],
    "followup_ids": [], "ticket_form_id": 13, "brand_id": 14, "allow_channelback": False, "allow_attachments": True,
    "from_messaging_channel": False, "satisfaction_probability": 0.5, "result_type": "ticket",
}  # fmt: skip
EMBEDDED = {
    "comment_count": 3,
    "dates": {"assignee_updated_at": None, "solved_at": "2024-02-09T00:00:00Z"},
    "metric_set": {"id": 6, "ticket_id": 35, "reopens": 1, "reply_time_in_minutes": {"calendar": 5, "business": None}},
    "slas": {"policy_metrics": [{"metric": "first_reply_time", "stage": "achieved"}]},
    "incident_count": 2,
}


def read(cls, record, key="record"):
    drift = []
    value = decode_record(json.dumps({key: record}).encode(), key, cls, lambda *told: drift.append(told))
    return value, drift


def test_a_ticket_is_read_as_it_comes():
    ticket, drift = read(Ticket, TICKET)
    assert drift == []
    assert (ticket.id, ticket.status, ticket.subject, ticket.group_id) == (35, "hold", "Fire", 4)
    assert ticket.created_at == datetime(2024, 2, 8, 17, 44, 26, tzinfo=UTC)
    assert (ticket.collaborator_ids, ticket.follower_ids, ticket.tags) == ((5,), (), ("vip",))
    assert ticket.via is not None
    assert (ticket.via.channel, ticket.via.source["from"]) == ("email", {"address": "a@b.c", "name": "A"})
    assert ticket.satisfaction_rating == TicketSatisfaction(
        id=77, score="good", comment="Thanks", reason="No reason", reason_id=0
    )
    assert (ticket.encoded_id, ticket.satisfaction_probability, ticket.generated_timestamp) == (
        "ABC-123", 0.5, 1707414267,
    )


def test_custom_fields_come_as_they_are_and_are_found_by_id():
    ticket, _ = read(Ticket, TICKET)
    assert ticket.custom_fields == (
        CustomFieldValue(id=9), CustomFieldValue(id=10, value=["a", "b"]), CustomFieldValue(id=11, value="x"),
    )
    assert ticket.fields == (CustomFieldValue(id=9),)
    assert [ticket.custom_field(each) for each in (9, 10, 11, 12)] == [None, ["a", "b"], "x", None]


def test_what_is_sideloaded_into_a_ticket_is_typed():
    ticket, drift = read(Ticket, TICKET | EMBEDDED)
    assert drift == []
    assert (ticket.comment_count, ticket.incident_count) == (3, 2)
    assert ticket.dates is not None
    assert (ticket.dates.solved_at, ticket.dates.assigned_at) == (datetime(2024, 2, 9, tzinfo=UTC), None)
    assert ticket.metric_set is not None
    assert ticket.metric_set.reply_time_in_minutes is not None
    assert (ticket.metric_set.reopens, ticket.metric_set.reply_time_in_minutes.calendar) == (1, 5)
    assert ticket.slas == {"policy_metrics": [{"metric": "first_reply_time", "stage": "achieved"}]}


def test_a_ticket_needs_only_its_id():
    ticket, drift = read(Ticket, {"id": 35})
    assert (ticket, drift) == (Ticket(id=35), [])
    assert repr(ticket) == "Ticket(id=35)"


@pytest.mark.parametrize(
    ("odd", "lost"),
    [
        ({"status": "on_fire", "type": "wish", "priority": "blocker"}, None),
        ({"satisfaction_rating": None, "custom_fields": None, "tags": None, "via": None}, None),
        ({"via": {"channel": 33, "source": {}}}, None),
        ({"due_at": "some day"}, "due_at"),
        ({"custom_fields": [{"value": 1}]}, "custom_fields"),
    ],
)
def test_an_odd_ticket_costs_no_more_than_the_odd_field(odd, lost):
    ticket, drift = read(Ticket, TICKET | odd)
    assert ticket.subject == "Fire"
    assert [field for _, field, _ in drift] == ([] if lost is None else [lost])


def test_an_audit_holds_events_of_any_type():
    ticket_audit, drift = read(TicketAudit, {
        "id": 8, "ticket_id": 35, "created_at": "2024-02-08T17:44:26Z", "author_id": 1,
        "metadata": {"system": {"client": "curl"}, "custom": {}}, "via": {"channel": "web", "source": {"from": {}}},
        "events": [
            {"id": 1, "type": "Change", "field_name": "status", "value": "open", "previous_value": "new"},
            {"id": 2, "type": "Create", "field_name": "tags", "value": ["a"]},
            {"id": 3, "type": "Comment", "body": "Hi", "html_body": "<p>Hi</p>", "public": True, "author_id": 1,
             "attachments": [{"id": 50, "file_name": "a.png", "size": 7, "thumbnails": [{"id": 51}]}]},
            {"id": 4, "type": "Notification", "subject": "s", "body": "b", "recipients": [1, 2],
             "via": {"channel": "rule", "source": {"from": {"id": 60, "title": "Notify"}, "rel": "trigger"}}},
            {"id": 5, "type": "FollowersChange", "current_followers": ["a@b.c"], "previous_followers": []},
            {"id": 6, "type": "ChatStartedEvent", "value": {"chat_id": "c", "history": []}},
            {"id": 7, "type": "SomethingNew", "shape": "unknown"},
        ],
    })  # fmt: skip
    assert drift == []
    change, create, comment, notification, followers, chat, new = ticket_audit.events
    assert (change.field_name, change.previous_value, change.value) == ("status", "new", "open")
    assert create.value == ["a"]
    assert (comment.body, comment.public, comment.attachments[0].thumbnails[0].id) == ("Hi", True, 51)
    assert notification.via is not None
    assert (notification.recipients, notification.via.source["rel"]) == ((1, 2), "trigger")
    assert followers.current_followers == ("a@b.c",)
    assert chat.value == {"chat_id": "c", "history": []}
    assert new == AuditEvent(id=7, type="SomethingNew")


def test_comments_are_read():
    comment, drift = read(TicketComment, {
        "id": 7, "type": "VoiceComment", "author_id": 1, "body": "Call", "html_body": "<p>Call</p>",
        "plain_body": "Call", "public": False, "attachments": [], "audit_id": 8, "created_at": "2024-02-08T17:44:26Z",
        "via": {"channel": "voice", "source": {"from": {"phone": "+1"}, "to": {}, "rel": "inbound"}},
        "data": {"call_duration": 40}, "formatted_from": "+1", "metadata": {"system": {}},
    })  # fmt: skip
    assert drift == []
    assert (comment.type, comment.public, comment.data, comment.audit_id) == (
        "VoiceComment", False, {"call_duration": 40}, 8,
    )


def test_what_is_left_of_a_deleted_ticket_is_read():
    gone, drift = read(DeletedTicket, {
        "id": 35, "subject": "Fire", "actor": {"id": 1, "name": "Ada"}, "deleted_at": "2024-02-08T17:44:26Z",
        "previous_state": "open",
    })  # fmt: skip
    assert drift == []
    assert gone.actor is not None
    assert (gone.actor.name, gone.previous_state) == ("Ada", "open")
    assert gone.deleted_at == datetime(2024, 2, 8, 17, 44, 26, tzinfo=UTC)


def test_whole_replies_are_read():
    related = b'{"topic_id": 5, "followup_source_ids": [7], "jira_issue_ids": [], "from_archive": true, "incidents": 0}'
    told: list[tuple[str, str, str]] = []
    assert decode_record(related, None, TicketRelated, lambda *drift: told.append(drift)) == TicketRelated(
        topic_id="5", followup_source_ids=("7",), from_archive=True, incidents=0
    )
    updated = json.dumps({"ticket": TICKET, "audit": {"id": 8}}).encode()
    both = decode_record(updated, None, UpdatedTicket, lambda *drift: told.append(drift))
    assert (both.ticket.id, both.audit) == (35, TicketAudit(id=8))
    assert told == []


def test_events_of_a_conversation_have_ids_that_are_strings():
    page = {"events": [{"id": "01J", "type": "Messages", "author": {"zen:support:user_id": 4}, "reference": "zen:1"}],
            "meta": {"has_more": False}}  # fmt: skip
    told: list[tuple[str, str, str]] = []
    data = decode_page(json.dumps(page).encode(), "events", ConversationEvent, lambda *drift: told.append(drift))
    assert data.records == [
        ConversationEvent(id="01J", type="Messages", author={"zen:support:user_id": 4}, reference="zen:1")
    ]
    assert told == []
