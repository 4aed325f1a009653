"""Comments, audits, the conversation, and what is taken out of them for good."""

from __future__ import annotations

import asyncio

import pytest
from desk import ADMIN_ID, AGENT, AGENT_ID, CUSTOMER_ID, Desk, ids, problems

from zdasync.simulator import Settings
from zdasync.simulator.ticket_records import Event


@pytest.fixture
async def desk(serve):
    return Desk(await serve(strict=True))


@pytest.fixture
async def talk(desk):
    """A ticket with three comments."""
    made = await desk.create(body="My card is 4111 1111.", requester_id=CUSTOMER_ID, submitter_id=CUSTOMER_ID)
    for body in ("Which card?", "4111 1111 & co."):
        await asyncio.sleep(5)
        await desk.put(f"tickets/{made['id']}", {"ticket": {"comment": {"body": body}}}, auth=AGENT)
    return made["id"]


# --- the list


async def test_comments_are_listed_either_way(desk, talk) -> None:
    path = f"tickets/{talk}/comments"
    whole = await desk.get(path)
    assert whole.json["count"] == 3
    bodies = [one["body"] for one in whole.json["comments"]]
    assert bodies == ["My card is 4111 1111.", "Which card?", "4111 1111 & co."]
    assert [one["author_id"] for one in whole.json["comments"]] == [CUSTOMER_ID, AGENT_ID, AGENT_ID]
    back = (await desk.get(path + "?sort_order=desc")).json["comments"]
    assert [one["body"] for one in back] == bodies[::-1]
    page = (await desk.get(path + "?page%5Bsize%5D=2&sort=-created_at")).json
    assert ([one["body"] for one in page["comments"]], page["meta"]["has_more"]) == (bodies[:0:-1], True)
    rest = (await desk.get(page["links"]["next"])).json
    assert [one["body"] for one in rest["comments"]] == bodies[:1]
    assert (await desk.get(path + "/count")).json["count"]["value"] == 3
    assert ids(await desk.get(path + "?include=users"), "users") == [CUSTOMER_ID, AGENT_ID]


async def test_a_comment_has_every_field(desk, talk) -> None:
    comment = (await desk.comments(talk))[2]
    assert set(comment) == {
        "id", "type", "author_id", "body", "html_body", "plain_body", "public", "attachments", "audit_id", "via",
        "created_at", "metadata",
    }
    assert comment["html_body"] == '<div class="zd-comment" dir="auto"><p dir="auto">4111 1111 &amp; co.</p></div>'


# --- privacy and redaction


async def test_a_comment_becomes_private(desk, talk) -> None:
    comments = await desk.comments(talk)
    for one in comments[:2]:
        got = await desk.put(f"tickets/{talk}/comments/{one['id']}/make_private")
        assert (got.status, got.body) == (200, b"")
    assert (await desk.show(talk))["is_public"] is True
    audit_id = comments[2]["audit_id"]
    assert (await desk.put(f"tickets/{talk}/audits/{audit_id}/make_private")).status == 200
    assert [one["public"] for one in await desk.comments(talk)] == [False] * 3
    assert (await desk.show(talk))["is_public"] is False
    last = (await desk.get(f"tickets/{talk}/audits")).json["audits"][-1]
    assert last["author_id"] == ADMIN_ID
    assert last["events"] == [{
        "id": last["events"][0]["id"], "type": "CommentPrivacyChange", "comment_id": comments[2]["id"], "public": False,
    }]
    assert (await desk.put(f"tickets/{talk}/audits/{last['id']}/make_private")).status == 404


async def test_words_are_redacted(desk, talk) -> None:
    first = (await desk.comments(talk))[0]
    got = await desk.put(f"tickets/{talk}/comments/{first['id']}/redact", {"text": "4111 1111"})
    assert got.status == 200
    assert got.json["comment"]["body"] == "My card is ▇▇▇▇▇▇▇▇▇."
    assert "4111" not in got.json["comment"]["html_body"]
    assert (await desk.show(talk))["description"] == "My card is ▇▇▇▇▇▇▇▇▇."
    audits = (await desk.get(f"tickets/{talk}/audits")).json["audits"]
    assert "4111" not in str(audits[0])
    assert audits[-1]["events"][0]["type"] == "CommentRedactionEvent"
    assert problems(await desk.put(f"tickets/{talk}/comments/{first['id']}/redact", {"text": "4111"})) == {"text"}
    assert (await desk.put(f"tickets/{talk}/comments/{first['id']}/redact", {})).status == 400
    assert (await desk.put(f"tickets/{talk}/comments/1/redact", {"text": "x"})).status == 404


async def test_marked_words_and_files_are_redacted_even_when_the_ticket_is_closed(desk, talk) -> None:
    uploaded = await desk.wire(
        "POST", "/api/v2/uploads?filename=a.txt", data=b"secret", headers={"Content-Type": "text/plain"}
    )
    await desk.update(talk, assignee_id=AGENT_ID, comment={
        "html_body": "<p>Call 555 now</p>", "uploads": [uploaded.json["upload"]["token"]],
    })
    await desk.update(talk, status="closed")
    comment = (await desk.comments(talk))[-1]
    old_way = await desk.put(f"tickets/{talk}/comments/{comment['id']}/redact", {"text": "555"})
    assert problems(old_way) == {"status"}
    got = await desk.put(f"comment_redactions/{comment['id']}", {
        "ticket_id": talk, "html_body": "<p>Call <redact>555</redact> now</p>",
        "external_attachment_urls": [comment["attachments"][0]["content_url"]],
    })
    shown = got.json["comment"]
    assert (shown["body"], shown["html_body"]) == ("Call ▇▇▇ now", "<p>Call ▇▇▇ now</p>")
    assert [(file["file_name"], file["size"]) for file in shown["attachments"]] == [("redacted.txt", 0)]
    assert (await desk.put(f"comment_redactions/{comment['id']}", {"ticket_id": talk})).status == 400
    assert (await desk.put(f"comment_redactions/{comment['id']}", {"ticket_id": 99, "html_body": "x"})).status == 404


async def test_chats_are_redacted(desk, talk) -> None:
    history = [
        {"chat_index": 0, "message": "My card is 4111."},
        {"chat_index": 1, "type": "ChatFileAttachment", "message_id": "m", "filename": "a.png", "url": "https://x.example/a"},
    ]
    ticket = desk.tickets.records[talk]
    event = Event(9, "ChatStartedEvent", more={"value": {"chat_id": "c", "visitor_id": "v", "history": history}})
    desk.tickets.update(ticket, {}, actor_id=AGENT_ID, now=desk.account.now(), more=[event])
    got = await desk.put(f"chat_redactions/{talk}", {"chat_id": "c", "chat_index": 0, "text": "4111"})
    assert got.json["chat_event"]["value"]["history"][0]["message"] == "My card is ▇▇▇▇."
    got = await desk.put(f"chat_file_redactions/{talk}", {"chat_id": "c", "message_ids": ["m"]})
    assert got.json["chat_event"]["value"]["history"][1]["url"] is None
    assert (await desk.put(f"chat_redactions/{talk}", {"chat_id": "d", "chat_index": 0, "text": "x"})).status == 404
    assert (await desk.put(f"chat_redactions/{talk}", {"chat_id": "c", "chat_index": 7, "text": "x"})).status == 404
    assert (await desk.put(f"chat_redactions/{talk}", {"chat_id": "c", "chat_index": 0})).status == 400


# --- audits


async def test_audits_of_a_ticket(desk, talk) -> None:
    path = f"tickets/{talk}/audits"
    audits = (await desk.get(path)).json
    assert (audits["count"], len(audits["audits"])) == (3, 3)
    assert [audit["events"][0]["type"] for audit in audits["audits"]] == ["Comment"] * 3
    one = await desk.get(f"{path}/{audits['audits'][1]['id']}")
    assert one.json["audit"] == audits["audits"][1]
    assert (await desk.get(path + "/count")).json["count"]["value"] == 3
    page = (await desk.get(path + "?page%5Bsize%5D=2")).json
    assert (len(page["audits"]), page["meta"]["has_more"]) == (2, True)
    assert (await desk.get(f"{path}/1")).status == 404


@pytest.mark.parametrize(("end", "empty_pages"), [("empty page", 1), ("null link", 0)])
async def test_audits_of_all_tickets(serve, end, empty_pages) -> None:
    desk = Desk(await serve(tickets=30, strict=True, settings=Settings(audits_end=end)))
    await asyncio.sleep(5)
    late = await desk.create()
    await desk.delete("tickets/7")
    found, path = [], "ticket_audits?page%5Bsize%5D=10"
    pages = []
    while path is not None:
        assert len(pages) < 6, "the list goes on for ever"
        pages.append((await desk.get(path)).json)
        found += pages[-1]["audits"]
        path = pages[-1]["after_url"]
    assert sum(not page["audits"] for page in pages) == empty_pages
    assert [audit["ticket_id"] for audit in found] == [key for key in range(1, 31) if key != 7] + [late["id"]]
    assert [audit["created_at"] for audit in found] == sorted(audit["created_at"] for audit in found)
    back = (await desk.get(pages[1]["before_url"])).json
    assert back["audits"] == pages[0]["audits"]
    newer = await desk.get(f"ticket_audits?page%5Bafter%5D={pages[0]['after_cursor']}&limit=10")
    assert newer.json["audits"] == pages[1]["audits"]
    assert (await desk.get("ticket_audits?cursor=bm9uZQ")).status == 400


async def test_the_conversation(desk, talk) -> None:
    got = (await desk.get(f"tickets/{talk}/conversation_log")).json
    assert got["meta"]["has_more"] is False
    assert [(event["author"]["type"], event["author"]["zen:support:user_id"]) for event in got["events"]] == [
        ("user", CUSTOMER_ID), ("agent", AGENT_ID), ("agent", AGENT_ID),
    ]
    assert "Which card?" in got["events"][1]["content"]["body"]
    assert all(isinstance(event["id"], str) for event in got["events"])
