"""What is sent again when its reply is lost: of every operation there is, by name.

A row that is added comes under the rule of its method: a POST is not repeated, a PUT and a DELETE are. Whoever says
otherwise says it here as well, with the reason.
"""

from __future__ import annotations

import re

import pytest
from support import puppet_client, reply

from zdasync import OutcomeUnknown
from zdasync._core.retry import ATTEMPTS
from zdasync.resources.table import routes

LOST = b""

REPEATED = {
    # what reads
    "tags.autocomplete_by_body", "tickets.autocomplete_problems", "users.autocomplete_by_body", "views.preview",
    "views.preview_count",
    # what sets something to a value, or is there once however often it is made
    "bookmarks.create", "organizations.tags.set", "tickets.tags.set", "trigger_categories.update", "users.logout_many",
    "users.tags.set", "webhooks.patch",
    # what nobody takes expires
    "attachments.upload",
}
"""The operations by POST or PATCH that may be repeated."""

ONCE = {
    # jobs: each would take a slot and do it all again
    "group_memberships.destroy_many", "organization_memberships.destroy_many", "organizations.destroy_many",
    "organizations.update_many", "tickets.deleted.delete", "tickets.deleted.destroy_many", "tickets.destroy_many",
    "tickets.mark_many_as_spam", "tickets.update_many", "users.destroy_many", "users.update_many",
    # what may add a comment, or protects itself from its own repetition; `update` says more of its own call
    "requests.update", "tickets.update", "tickets.update_with_audit",
    # what makes a ticket or sends a mail
    "suspended_tickets.recover", "suspended_tickets.recover_many", "users.identities.request_verification",
    # what can't be done twice, so that the second reply would call the first attempt a failure
    "users.change_password", "users.merge",
}
"""The operations by PUT or DELETE that may not."""

CHANGING = [route for route in routes() if route.method != "GET"]


def test_what_is_repeated_against_the_rule_of_its_method() -> None:
    adding = [route for route in CHANGING if route.method in ("POST", "PATCH")]
    setting = [route for route in CHANGING if route.method in ("PUT", "DELETE")]
    assert len(adding) + len(setting) == len(CHANGING)
    assert {route.operation for route in adding if route.repeatable} == REPEATED
    assert {route.operation for route in setting if not route.repeatable} == ONCE


def test_no_job_is_started_twice() -> None:
    assert [route.operation for route in CHANGING if route.job and route.repeatable] == []
    assert sum(route.job for route in CHANGING) > 15


@pytest.mark.parametrize("first", [LOST, reply(502, "<html>"), reply(504, "<html>")], ids=["lost", "502", "504"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_on_the_wire(method, first) -> None:
    rows = [route for route in CHANGING if route.method == method]
    rows = list({re.sub(r"\{\w+\}", "7", route.template): route for route in rows}.items())
    for path, route in rows:
        async with puppet_client(first) as (zd, served):
            with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is asked below
                await zd.request(method, path)
            said = [request.split(" ")[:2] for request in served.requests]
        alike = [one for one in CHANGING if (one.method, one.template) == (method, route.template)]
        if all(one.repeatable for one in alike):
            assert said == [[method, path]] * ATTEMPTS
            assert not isinstance(caught.value, OutcomeUnknown)
        elif not any(one.repeatable for one in alike):
            assert said == [[method, path]]
            assert type(caught.value) is OutcomeUnknown
