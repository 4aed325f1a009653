"""The export of metric events: clocks that start, pause and end with what happens to tickets."""

from collections import Counter
from datetime import datetime

from endpoint_caller import START, Api

from zdasync.simulator.population import populate_tickets
from zdasync.simulator.state import AGENT_ID, CUSTOMER_ID
from zdasync.simulator.ticket_records import Draft

MINUTE = 60.0
PATH = "/incremental/ticket_metric_events"
AGENTS_ANSWER = Draft(AGENT_ID, "Try again", staff=True)


def lived(api):
    """A ticket of an hour's life: answered, asked back, on hold, solved, reopened, solved."""
    tickets = api.state.tickets
    born = START - 60 * MINUTE
    one = tickets.create(CUSTOMER_ID, now=born, comment="Help", status="new")

    def change(minutes, comment=None, **changes):
        tickets.update(one, changes, actor_id=AGENT_ID, now=born + minutes * MINUTE, comment=comment)

    change(10, AGENTS_ANSWER, status="pending", assignee_id=AGENT_ID)
    change(15, Draft(CUSTOMER_ID, "I did"), status="open")
    change(20, status="hold")
    change(30, AGENTS_ANSWER, status="solved")
    change(40, status="open")
    change(45, status="solved")
    change(50, status="closed")
    return one


def events(api, **query):
    return api.get(PATH, start_time="0", **query).body["ticket_metric_events"]


def told(api, ticket, metric):
    """The events of one clock: minute, instance, type, minutes by the calendar."""
    born = START - 60 * MINUTE
    return [
        (round((_unix(event["time"]) - born) / MINUTE), event["instance_id"], event["type"],
         event.get("status", {}).get("calendar"))
        for event in events(api)
        if (event["ticket_id"], event["metric"]) == (ticket.id, metric)
    ]


def _unix(text):
    return datetime.fromisoformat(text).timestamp()


def test_the_wait_for_a_reply():
    api = Api()
    assert told(api, lived(api), "reply_time") == [
        (0, 1, "activate", None), (10, 1, "fulfill", None), (10, 1, "update_status", 10),
        (15, 2, "activate", None), (30, 2, "fulfill", None), (30, 2, "update_status", 15),
    ]  # fmt: skip


def test_the_wait_for_a_solution_pauses_while_the_ticket_is_pending():
    api = Api()
    assert told(api, lived(api), "requester_wait_time") == [
        (0, 1, "activate", None), (10, 1, "pause", None), (15, 1, "activate", None), (30, 1, "fulfill", None),
        (30, 1, "update_status", 25), (40, 2, "activate", None), (45, 2, "fulfill", None),
        (45, 2, "update_status", 5),
    ]  # fmt: skip


def test_work_pauses_while_the_ticket_is_pending_or_on_hold():
    api = Api()
    assert told(api, lived(api), "agent_work_time") == [
        (0, 1, "activate", None), (10, 1, "pause", None), (15, 1, "activate", None), (20, 1, "pause", None),
        (30, 1, "fulfill", None), (30, 1, "update_status", 15), (40, 2, "activate", None), (45, 2, "fulfill", None),
        (45, 2, "update_status", 5),
    ]  # fmt: skip


def test_what_an_agent_says_in_private_is_no_reply():
    api = Api()
    one = api.state.tickets.create(CUSTOMER_ID, now=START - 3600, comment="Help")
    api.state.tickets.add_comment(one, Draft(AGENT_ID, "Hm", public=False, staff=True), now=START - 1800)
    assert [row[2] for row in told(api, one, "reply_time")] == ["activate"]


def test_a_ticket_that_is_born_solved_ends_its_clocks_at_once():
    api = Api()
    one = api.state.tickets.create(CUSTOMER_ID, now=START - 3600, comment="Help", status="solved")
    assert [row[2:] for row in told(api, one, "agent_work_time")] == [
        ("activate", None), ("fulfill", None), ("update_status", 0),
    ]  # fmt: skip


def test_ids_are_unique_and_ascend_with_time():
    api = Api(users=20)
    populate_tickets(api.state, 100, START)
    lived(api)
    rows = events(api)
    places = [(event["time"], event["id"]) for event in rows]
    assert places == sorted(places)
    assert len({event["id"] for event in rows}) == len(rows)
    assert Counter(event["type"] for event in rows)["activate"] > 300


def test_what_is_new_is_there_the_next_time():
    api = Api()
    one = lived(api)
    before = len(events(api))
    api.at = START + 7200
    api.state.tickets.create(CUSTOMER_ID, now=START + 3600, comment="Another one")
    assert len(events(api)) == before + 3
    api.state.tickets.delete(one, START + 3600, AGENT_ID)
    api.state.tickets.erase(one, START + 3600)
    assert len(events(api)) == 3


def test_one_ticket_in_place_of_another_is_seen():
    api = Api()
    gone = api.state.tickets.create(CUSTOMER_ID, now=START - 3600, comment="Help")
    assert {event["ticket_id"] for event in events(api)} == {gone.id}
    api.state.tickets.delete(gone, START - 1800, AGENT_ID)
    api.state.tickets.erase(gone, START - 1800)
    other = api.state.tickets.create(CUSTOMER_ID, now=START - 1800, comment="Help")
    assert {event["ticket_id"] for event in events(api)} == {other.id}


def test_by_time_like_the_other_exports():
    api = Api()
    lived(api)
    body = api.get(PATH, start_time=str(int(START - 40 * MINUTE)), per_page="1").body
    assert {event["time"] for event in body["ticket_metric_events"]} == {"2027-01-15T07:20:00Z"}
    assert (body["end_of_stream"], body["count"]) == (False, len(body["ticket_metric_events"]))
    assert body["end_time"] == int(START - 40 * MINUTE) + 1
    last = api.get(body["next_page"]).body
    assert last["ticket_metric_events"][0]["time"] == "2027-01-15T07:30:00Z"
    assert api.refused("GET", PATH, start_time=str(int(START))).body["error"] == "StartTimeTooRecent"
    assert api.refused("GET", PATH, start_time="0", who=AGENT_ID).status == 403


def test_by_cursor_for_a_page_size():
    api = Api()
    lived(api)
    everything, found = events(api), []
    start = str(int(START - 60 * MINUTE))
    body = api.get(PATH, **{"start_time": start, "page[size]": "4"}).body
    found += body["ticket_metric_events"]
    while body["meta"]["has_more"]:
        assert len(body["ticket_metric_events"]) == 4
        body = api.get(body["links"]["next"]).body
        found += body["ticket_metric_events"]
    assert found == everything
    assert api.refused("GET", PATH, **{"page[size]": "4"}).body["error"] == "InvalidStartTime"
