"""Whatever is written in whatever order: the indexes of tickets agree with the tickets."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from endpoint_caller import START, Api

from zdasync.simulator.http import Refusal
from zdasync.simulator.state import State
from zdasync.simulator.ticket_history import audit_place
from zdasync.simulator.ticket_records import PROBLEM
from zdasync.simulator.ticket_store import ticket_place


@pytest.mark.parametrize("seed", range(6))
def test_indexes_agree_with_tickets(seed) -> None:
    chance, api = random.Random(seed), Api(users=5, delete_with_open_tickets="allow", solving_needs_assignee=False)
    api.state = State.seeded(8, seed, START, 15)
    refused = set()
    for _ in range(400):
        try:
            chance.choice(WRITES)(api, chance)
        except Refusal as refusal:
            refused.add(refusal.reply.status)
        api.at += chance.choice((0, 0, 0.1, 3))
    api.at += 60
    api.get("/users/me")
    check(api.state)
    assert refused <= {400, 403, 404, 422}
    assert len(api.state.tickets.records) > 60
    assert api.state.tickets.deleted_ids
    assert any(ticket.erased for ticket in api.state.tickets.records.values())


def fields(api, chance):
    users = api.state.user_ids
    given = {
        "subject": f"S{chance.randrange(9)}", "comment": {"body": "x"},
        "status": chance.choice(("open", "solved", "pending")), "type": chance.choice(("problem", "incident", None)),
        "problem_id": chance.choice((*api.state.tickets.problems, None)),
        "requester_id": chance.choice(users), "assignee_id": chance.choice((users[0], users[1], None)),
        "tags": chance.sample("abcd", 2), "external_id": chance.choice(("X", "Y", None)),
        "organization_id": chance.choice((*api.state.organizations, None)),
        "email_ccs": [{"user_id": chance.choice(users), "action": chance.choice(("put", "delete"))}],
        "followers": [{"user_id": users[chance.randrange(2)]}], "collaborator_ids": chance.sample(users, 2),
    }
    return {key: given[key] for key in chance.sample(sorted(given), 4)}


def anything(api, chance):
    return chance.choice(list(api.state.tickets.records))


def create(api, chance):
    api.post("/tickets", {"ticket": {"comment": {"body": "new"}} | fields(api, chance)})


def later(api, chance):
    api.post("/tickets?async=true", {"ticket": {"comment": {"body": "new"}} | fields(api, chance)})


def bulk(api, chance):
    api.post("/tickets/create_many", {"tickets": [{"comment": {"body": "new"}} | fields(api, chance)] * 2})


def old(api, chance):
    api.post("/imports/tickets", {"ticket": {
        "created_at": "2020-01-01", "updated_at": "2021-01-01", "comments": [{"body": "a"}, {"body": "b"}],
    } | fields(api, chance)})


def update(api, chance):
    api.put(f"/tickets/{anything(api, chance)}", {"ticket": fields(api, chance)})


def tag(api, chance):
    api.put(f"/tickets/{anything(api, chance)}/tags", {"tags": ["e"]})


def close(api, chance):
    api.put(f"/tickets/{anything(api, chance)}", {"ticket": {"status": "closed"}})


def delete(api, chance):
    api.delete(f"/tickets/{anything(api, chance)}")


def restore(api, chance):
    api.put(f"/deleted_tickets/{anything(api, chance)}/restore")


def erase(api, chance):
    api.delete(f"/deleted_tickets/{anything(api, chance)}")


def merge(api, chance):
    api.post(f"/tickets/{anything(api, chance)}/merge", {"ids": [anything(api, chance)]})


def marry(api, chance):
    users = api.state.user_ids
    api.put(f"/users/{chance.choice(users)}/merge", {"user": {"id": chance.choice(users)}})


WRITES = (create, create, later, bulk, old, update, update, update, tag, close, delete, restore, erase, merge, marry)


def check(state):
    tickets = state.tickets
    active = [ticket for ticket in tickets.records.values() if ticket.active]
    assert tickets.ids == sorted(ticket.id for ticket in active)
    gone = [ticket for ticket in tickets.records.values() if not ticket.active and not ticket.erased]
    assert tickets.deleted_ids == sorted(ticket.id for ticket in gone)
    assert list(tickets.changed()) == sorted(tickets.records.values(), key=ticket_place)
    assert tickets.by_update() == [one.id for one in sorted(active, key=lambda one: (one.updated_at, one.id))]
    assert tickets.problems == sorted(one.id for one in active if one.type == PROBLEM)
    assert +tickets.tag_counts == Counter(tag for one in active for tag in one.tags)
    for index, keys in (
        (tickets.requested, lambda one: [one.requester_id]), (tickets.assigned, lambda one: [one.assignee_id]),
        (tickets.copied, lambda one: one.collaborator_ids), (tickets.followed, lambda one: one.follower_ids),
        (tickets.of_organization, lambda one: [one.organization_id]), (tickets.incidents, lambda one: [one.problem_id]),
        (tickets.external_ids, lambda one: [one.external_id]),
    ):
        expected = {}
        for one in sorted(active, key=lambda one: one.id):
            for key in set(keys(one)) - {None}:
                expected.setdefault(key, []).append(one.id)
        assert {key: ids for key, ids in index.items() if ids} == expected
    log = tickets.history.log()
    assert list(log) == sorted(log, key=audit_place)
    assert Counter(audit.ticket_id for audit in log) == Counter(
        audit.ticket_id for one in tickets.records.values() for audit in tickets.audits_of(one)
    )
    for one in tickets.records.values():
        comments = tickets.comments_of(one)
        assert [comment.id for comment in comments] == sorted({comment.id for comment in comments})
        told = [event.comment for audit in tickets.audits_of(one) for event in audit.events if event.comment]
        assert set(map(id, told)) == set(map(id, comments))
        assert one.generated_at >= one.updated_at


# --- made-up tickets


def test_made_up_tickets_are_the_same_for_the_same_seed() -> None:
    def told(seed):
        tickets = State.seeded(20, seed, START, 300).tickets
        return [(one.id, one.subject, one.status, one.requester_id, one.updated_at) for one in tickets.all_active()]

    assert told(3) == told(3) != told(4)
    assert [row[0] for row in told(3)] == list(range(1, len(told(3)) + 1))
    assert len({row[2] for row in told(3)}) == 6
    assert all(row[4] < START - 3600 for row in told(3))


def test_a_made_up_ticket_gets_its_history_when_it_is_asked_for() -> None:
    state = State.seeded(0, 1, START, 50)
    ticket = state.tickets.records[7]
    assert ticket.comments is None
    (comment,), (audit,) = state.tickets.comments_of(ticket), state.tickets.audits_of(ticket)
    assert (comment.body, comment.author_id, comment.created_at) == (
        ticket.description, ticket.requester_id, ticket.created_at,
    )
    assert audit.events[0].comment is comment
    assert comment.audit_id == audit.id
    every = [one.id for audit in state.tickets.history.log() for one in (audit, *audit.events)]
    assert len(every) == len(set(every))
    assert len(state.tickets.history.log()) == 50


def test_times_of_a_ticket() -> None:
    api = Api()
    ticket_id = api.post("/tickets", {"ticket": {"comment": {"body": "x"}}}).body["ticket"]["id"]
    agent, customer = api.state.user_ids[1:3]
    for step in (
        {"assignee_id": agent}, {"comment": {"body": "y", "author_id": agent}}, {"status": "solved"},
        {"status": "open"}, {"requester_id": customer}, {"comment": {"body": "z", "author_id": customer}},
        {"status": "solved"}, {"status": "closed"},
    ):
        api.at += 10
        api.put(f"/tickets/{ticket_id}", {"ticket": step})
    times = api.state.tickets.records[ticket_id].times
    assert (times.initially_assigned_at, times.assigned_at, times.assignee_stations) == (START + 10, START + 10, 1)
    assert (times.first_reply_at, times.replies, times.assignee_at) == (START + 20, 1, START + 20)
    assert (times.first_solved_at, times.solved_at, times.closed_at) == (START + 30, START + 70, START + 80)
    assert (times.reopens, times.status_at) == (1, START + 80)
    assert (times.requester_at, times.comment_at) == (START + 60, START + 60)
