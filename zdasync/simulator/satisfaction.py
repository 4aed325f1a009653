"""Endpoints of satisfaction ratings and of the reasons for bad ones.

Source: the Satisfaction Ratings and Satisfaction Reasons pages of the reference, and the page on requests on behalf of
end users: only the requester rates a ticket, and only one that is solved, or was reopened after it had been; for
closed and archived tickets it is too late. Lists are for admins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from .guards import Holder, admins, caller, path_id, signed_in
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .pages import paginate
from .parameters import Coerce, envelope, integer, permit, strays, text, warning
from .refusals import bad_request, forbidden, not_found, problem, record_invalid
from .render import View, iso
from .ticket_extras import GivenRating, Reason
from .ticket_records import Event, Rating, Ticket

SCORES: Final = ("good", "bad")
ACTION: Final = "satisfaction_ratings/create"
WRITABLE: Final[Mapping[str, Coerce]] = {
    "score": text, "comment": text, "reason": text, "reason_code": integer, "reason_id": integer,
}
_SECONDS: Final = re.compile(r"\d{1,12}")
_FILTERS: Final[Mapping[str, Callable[[GivenRating], bool]]] = {
    "": lambda _: True,
    "with_comment": lambda one: bool(one.comment),
    "without_comment": lambda one: not one.comment,
}

Keep = Callable[[GivenRating], bool]


# --- ratings


def list_ratings(account: Holder, call: Call) -> Reply:
    """GET /satisfaction_ratings: by id, filtered by score and by the time when they were made."""
    view, tests = View.of(account, call), _tests(call)
    body = paginate(
        call,
        list(account.state.ratings.given.values()),
        "satisfaction_ratings",
        settings=account.settings,
        id_of=lambda one: one.id,
        keep=lambda one: all(test(one) for test in tests),
        render=lambda one: render_rating(view, one),
    )
    return Reply(body=body)


def count(account: Holder, call: Call) -> Reply:
    """GET /satisfaction_ratings/count."""
    value = len(account.state.ratings.given)
    return Reply(body={"count": counted(account, call.path, value, call.now)})


def show(account: Holder, call: Call) -> Reply:
    """GET /satisfaction_ratings/{satisfaction_rating_id}."""
    rating = account.state.ratings.given.get(path_id(call, "satisfaction_rating_id"))
    if rating is None:
        raise not_found()
    return _shown(account, call, rating)


def create(account: Holder, call: Call) -> Reply:
    """POST /tickets/{ticket_id}/satisfaction_rating: 200 with the rating, which the ticket shows from now on."""
    permitted = permit(
        envelope(call.body, "satisfaction_rating", ACTION), WRITABLE, "satisfaction_rating", ACTION
    )
    ticket, fields = _rateable(account, call), permitted.fields
    if fields.get("score") not in SCORES:
        raise record_invalid({"score": [problem("Score: is not included in the list", "InvalidValue")]})
    reason = _reason(account, fields) if fields["score"] == "bad" else None
    given = _given(account, call, ticket)
    given.score, given.comment, given.reason = fields["score"], fields.get("comment"), reason
    given.updated_at = call.now
    value, reason_id = (None, None) if reason is None else (reason.value, reason.id)
    ticket.rating = Rating(given.score, given.id, given.comment, value, reason_id)
    told = {"score": given.score, "assignee_id": ticket.assignee_id, "body": given.comment}
    event = Event(account.state.next_id(), "SatisfactionRating", more=told)
    account.state.tickets.update(ticket, {}, actor_id=caller(call).id, now=call.now, more=[event])
    dropped = (*permitted.dropped, *strays(call.body, "satisfaction_rating"))
    return _shown(account, call, given, warning(ACTION, dropped))


def _rateable(account: Holder, call: Call) -> Ticket:
    """The caller's ticket of the path; 403 for anybody else's, and for one that can't be rated now."""
    ticket, actor = account.state.tickets.active(path_id(call, "ticket_id")), caller(call)
    if ticket is None:
        raise not_found()
    if actor.staff or actor.id != ticket.requester_id:
        raise forbidden()
    if ticket.closed or ticket.archived or ticket.times.first_solved_at is None:
        if account.settings.unrateable_status == 403:  # noqa: PLR2004  # HTTP's number
            raise forbidden()
        raise record_invalid({"base": [problem("Ticket can't be rated", "InvalidValue")]})
    return ticket


def _given(account: Holder, call: Call, ticket: Ticket) -> GivenRating:
    """The rating to write: a new one, unless the settings keep one for each ticket."""
    ratings = account.state.ratings
    last = ratings.last_of(ticket.id) if account.settings.second_rating == "same" else None
    return last or ratings.add(GivenRating(
        account.state.next_id(), ticket.id, ticket.requester_id, ticket.assignee_id, ticket.group_id, "", call.now,
        call.now,
    ))


def _reason(account: Holder, fields: Mapping[str, Json]) -> Reason | None:
    """The reason that a bad rating names by its id or its code; code 0 is none."""
    ratings, code = account.state.ratings, fields.get("reason_code")
    if fields.get("reason_id") is not None:
        found = ratings.reasons.get(fields["reason_id"])
    elif code:
        found = ratings.reason(code)
    else:
        return None
    if found is None or found.deleted_at is not None:
        raise record_invalid({"reason_code": [problem("Reason code: is invalid", "InvalidValue")]})
    return found


def _tests(call: Call) -> list[Keep]:
    score, start, end = call.arg("score"), _seconds(call, "start_time"), _seconds(call, "end_time")
    tests: list[Keep] = []
    if score is not None:
        name, _, rest = score.partition("_")
        if name not in (*SCORES, "offered", "unoffered", "received") or rest not in _FILTERS:
            raise bad_request("score is not valid", "InvalidValue")
        wanted = SCORES if name == "received" else (name,)
        tests += [lambda one: one.score in wanted, _FILTERS[rest]]
    if start is not None:
        tests.append(lambda one: one.created_at >= start)
    if end is not None:
        tests.append(lambda one: one.created_at <= end)
    return tests


def _seconds(call: Call, name: str) -> int | None:
    raw = call.arg(name)
    if raw is None:
        return None
    if not _SECONDS.fullmatch(raw):
        raise bad_request(f"{name} must be in unix seconds", "InvalidValue")
    return int(raw)


def render_rating(view: View, rating: GivenRating) -> dict[str, Json]:
    """A rating."""
    reason = rating.reason
    return {
        "url": view.url(f"satisfaction_ratings/{rating.id}"),
        "id": rating.id,
        "assignee_id": rating.assignee_id,
        "group_id": rating.group_id,
        "requester_id": rating.requester_id,
        "ticket_id": rating.ticket_id,
        "score": rating.score,
        "created_at": iso(rating.created_at),
        "updated_at": iso(rating.updated_at),
        "comment": rating.comment,
        "reason": reason and reason.value,
        "reason_id": reason and reason.id,
        "reason_code": reason.code if reason else 0,
    }


def _shown(
    account: Holder, call: Call, rating: GivenRating, headers: dict[str, str] | None = None
) -> Reply:
    shown = render_rating(View.of(account, call), rating)
    return Reply(200, {"satisfaction_rating": lone(account, shown)}, headers or {})


def lone(account: Holder, shown: Json) -> Json:
    """One record under its key, as the settings have it: a list of one, or the object."""
    return [shown] if account.settings.lone_record == "list" else shown


# --- reasons


def list_reasons(account: Holder, call: Call) -> Reply:
    """GET /satisfaction_reasons: all of them, deleted ones too."""
    view = View.of(account, call)
    return Reply(body={"reasons": [render_reason(view, one) for one in account.state.ratings.reasons.values()]})


def show_reason(account: Holder, call: Call) -> Reply:
    """GET /satisfaction_reasons/{satisfaction_reason_id}."""
    reason = account.state.ratings.reasons.get(path_id(call, "satisfaction_reason_id"))
    if reason is None:
        raise not_found()
    return Reply(body={"reason": lone(account, render_reason(View.of(account, call), reason))})


def render_reason(view: View, reason: Reason) -> dict[str, Json]:
    """A reason."""
    return {
        "url": view.url(f"satisfaction_reasons/{reason.id}"),
        "id": reason.id,
        "reason_code": reason.code,
        "value": reason.value,
        "raw_value": reason.value,
        "created_at": iso(reason.created_at),
        "updated_at": iso(reason.updated_at),
        "deleted_at": iso(reason.deleted_at),
    }


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/satisfaction_ratings"): admins(list_ratings),
    ("GET", "/api/v2/satisfaction_ratings/count"): admins(count),
    ("GET", "/api/v2/satisfaction_ratings/{satisfaction_rating_id}"): admins(show),
    ("POST", "/api/v2/tickets/{ticket_id}/satisfaction_rating"): signed_in(create),
    ("GET", "/api/v2/satisfaction_reasons"): admins(list_reasons),
    ("GET", "/api/v2/satisfaction_reasons/{satisfaction_reason_id}"): admins(show_reason),
}
