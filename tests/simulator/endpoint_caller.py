"""Calls endpoints directly, with a tiny account: no server, no credentials, a clock that is set by hand."""

from urllib.parse import parse_qsl, urlsplit

from zdasync.simulator.endpoints import TABLES
from zdasync.simulator.http import Actor, Call, Refusal, Reply
from zdasync.simulator.routing import Router
from zdasync.simulator.settings import Settings
from zdasync.simulator.state import ADMIN_ID, State

START = 1_800_000_000.0
BASE = "https://example.zendesk.com"
ROUTER = Router(TABLES)


class Api:
    """An account to call. `at` is its time; `who` the id of the caller (None: anonymous)."""

    def __init__(self, users=0, seed=7, **settings):
        self.state = State.seeded(users, seed, START)
        self.settings = Settings(**settings)
        self.at = START
        self.who = ADMIN_ID

    def now(self):
        return self.at

    def send(self, method, path, body=None, *, form=None, who=0, **query):
        url = urlsplit(path.removeprefix(BASE))
        path = url.path.removesuffix(".json")
        path = path if path.startswith("/api/") else f"/api/v2{path}"
        match = ROUTER.find(method, path)
        assert match is not None, f"no endpoint for {method} {path}"
        who = self.who if who == 0 else who
        actor = Actor(None if who is None else self.state.users[who])
        call = Call(
            method, path, match.values, _query(url.query, query), {}, body, form, actor, self.at, BASE
        )
        return match.endpoint(self, call)

    def get(self, path, **options):
        return self.send("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.send("POST", path, body, **options)

    def put(self, path, body=None, **options):
        return self.send("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.send("DELETE", path, **options)

    def refused(self, method, path, body=None, **options) -> Reply:
        """The reply of a call that must be refused."""
        try:
            reply = self.send(method, path, body, **options)
        except Refusal as refusal:
            return refusal.reply
        raise AssertionError(f"not refused: {reply}")

    def create(self, **fields):
        return self.post("/users", {"user": {"name": "N"} | fields}).body["user"]

    def update(self, user_id, **fields):
        return self.put(f"/users/{user_id}", {"user": fields}).body["user"]

    def emails(self, user_id):
        rows = self.get(f"/users/{user_id}/identities").body["identities"]
        return [(row["value"], row["verified"], row["primary"]) for row in rows if row["type"] == "email"]

    def finish(self, job):
        """The results of a job, once it has ended."""
        self.at += 10
        status = self.get(f"/job_statuses/{job.body['job_status']['id']}").body["job_status"]
        assert status["status"] == "completed"
        return status["results"]


def _query(text, given):
    found = {}
    for name, value in parse_qsl(text):
        found.setdefault(name, []).append(value)
    for name, value in given.items():
        found[name] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    return found
