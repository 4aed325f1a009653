from __future__ import annotations

import csv
import json
from random import Random

import pytest

from benchmarks import bulk
from benchmarks.bulk import least_of_limit, least_of_slots
from benchmarks.bulk_client import COLUMNS, HEADER, quarters, write_rows
from benchmarks.job_server import CREATE, KEPT, ME, SHOW, Connection, Replies

# -- the bound --------------------------------------------------------------------------------------------------------


def test_jobs_of_one_length_go_in_rounds():
    assert least_of_slots([10.0] * 30) == 10
    assert least_of_slots([10.0] * 31) == 20
    assert least_of_slots([]) == 0


def test_each_job_begins_in_the_slot_that_is_free_first():
    assert least_of_slots([4.0, 1.0, 1.0, 1.0, 5.0], slots=2) == 8
    assert least_of_slots([5.0, 4.0, 1.0, 1.0, 1.0], slots=2) == 6


def test_the_bound_is_no_less_than_full_slots_take_and_no_more_than_a_job_beyond():
    chance = Random(3)
    for _ in range(20):
        jobs = [chance.uniform(5, 16) for _ in range(chance.randint(1, 400))]
        assert max(sum(jobs) / 30, *jobs) <= least_of_slots(jobs) <= sum(jobs) / 30 + max(jobs)


def test_submits_alone_take_their_time():
    assert least_of_limit(700, 700) == 60
    assert least_of_limit(350, 700) == 30


# -- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_in_virtual_time_is_held_against_its_own_jobs():
    figure = bulk.timed(rows=3_500)
    assert 1 < figure.measured < 1.2
    assert " 0 rejected" in figure.detail
    assert "job slots " in figure.detail
    assert "3.0 s by the account's limit" in figure.detail


def test_a_run_in_a_process_of_its_own_is_measured():
    ballast = b"x" * 160_000_000
    cost = bulk.cost_of(1_050)
    del ballast
    assert cost.cpu > 0
    assert cost.seconds > 0
    assert 10_000_000 < cost.peak < 140_000_000, "its own, and not that of the process that began it"
    assert bulk.cpu(1_050).measured == pytest.approx(cost.cpu / 1_050 * 1e6)
    assert bulk.memory(1_050).measured == pytest.approx(cost.peak / 1e6)


def test_the_file_has_the_columns_that_it_is_said_to_have(tmp_path):
    write_rows(tmp_path / "users.csv", 5)
    with (tmp_path / "users.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(HEADER) == 8
    assert set(COLUMNS) < set(HEADER)
    assert [row["external_id"] for row in rows] == [f"CRM-{number:07d}" for number in range(5)]
    assert len({row["email"] for row in rows}) == 5


def test_memory_is_told_by_quarters():
    assert quarters([9, 9, 1, 1, 2, 2, 5, 5]) == (1, 5)
    assert quarters([1, 2, 3]) == (0, 0)


# -- the server -------------------------------------------------------------------------------------------------------


def read(reply: bytes) -> dict[str, object]:
    head, _, body = reply.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    return json.loads(body)


def submitted(replies: Replies, *external_ids: str) -> dict[str, object]:
    body = json.dumps({"users": [{"external_id": one, "name": "n"} for one in external_ids]}, separators=(",", ":"))
    return read(replies.reply("POST", CREATE, body.encode()))["job_status"]


def test_a_job_is_queued_and_completed_when_it_is_asked_for():
    replies = Replies()
    job = submitted(replies, "a", "b")
    assert (job["status"], job["total"], job["progress"], job["results"]) == ("queued", 2, None, None)
    shown = read(replies.reply("GET", f"{SHOW}?ids=nobody,{job['id']}", b""))
    [done] = shown["job_statuses"]
    assert (done["id"], done["status"], done["progress"]) == (job["id"], "completed", 2)
    assert [(row["external_id"], row["status"]) for row in done["results"]] == [("a", "Created"), ("b", "Updated")]


def test_old_jobs_are_forgotten():
    replies = Replies()
    first = submitted(replies, "a")
    for _ in range(KEPT):
        last = submitted(replies, "b")
    shown = read(replies.reply("GET", f"{SHOW}?ids={first['id']},{last['id']}", b""))
    assert [job["id"] for job in shown["job_statuses"]] == [last["id"]]


def test_who_asks_is_an_admin_and_nothing_else_is_there():
    replies = Replies()
    assert read(replies.reply("GET", ME, b""))["user"]["role"] == "admin"
    assert replies.reply("GET", "/api/v2/tickets", b"").startswith(b"HTTP/1.1 404 ")


def test_requests_come_in_pieces_and_several_at_once():
    class Wire:
        def __init__(self) -> None:
            self.replies: list[bytes] = []

        def write(self, data: bytes) -> None:
            self.replies.append(data)

    connection, wire = Connection(Replies()), Wire()
    connection._transport = wire
    body = b'{"users":[{"external_id":"a"}]}'
    request = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (CREATE.encode(), len(body), body)
    sent = request + b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % ME.encode() + request
    for start in range(0, len(sent), 7):
        connection.data_received(sent[start : start + 7])
    assert [list(read(reply)) for reply in wire.replies] == [["job_status"], ["user"], ["job_status"]]
    connection.data_received(sent)
    assert len(wire.replies) == 6
