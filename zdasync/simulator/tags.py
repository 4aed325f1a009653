"""Endpoints of tags: those of the account with their counts, and those of a ticket, a user or an organization.

Source: the Tags page of the reference. `POST` replaces all tags of a record, `PUT` adds some, `DELETE` takes some
away; for tickets each of them may be a safe update, with `safe_update` as a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from .guards import Holder, agents, caller, may_edit, path_id, path_user
from .http import Call, Endpoints, Json, Reply
from .listings import counted
from .pages import Paging, paginate
from .parameters import flag, permit, strays, text, texts, warning
from .refusals import bad_request, forbidden, not_found
from .ticket_people import TicketWriter
from .ticket_writes import update_ticket
from .tickets import path_ticket
from .writes import clean_tags

Tags = tuple[str, ...]
Read = Callable[[Holder, Call], Tags]
Write = Callable[[Holder, Call, Tags], Tags]
"""Gives a record the tags and tells which it has then."""

MAX_TAGS: Final = 20_000
"""How many tags the account's list has at most, the most popular first."""
MIN_LETTERS: Final = 2
"""Letters that an autocompletion wants."""


def list_tags(account: Holder, call: Call) -> Reply:
    """GET /tags: by popularity."""
    body = paginate(
        call,
        sorted((-count, name) for name, count in _popular(account)),
        "tags",
        settings=account.settings,
        render=lambda row: {"name": row[1], "count": -row[0]},
    )
    return Reply(body=body)


def count(account: Holder, call: Call) -> Reply:
    """GET /tags/count."""
    return Reply(body={"count": counted(account, call.path, len(_popular(account)), call.now)})


def autocomplete(account: Holder, call: Call) -> Reply:
    """GET /autocomplete/tags?name=: tags that start so."""
    return _autocomplete(account, call, call.arg("name"))


def autocomplete_by_body(account: Holder, call: Call) -> Reply:
    """POST /autocomplete/tags: the same with the name in the body."""
    body = call.body if isinstance(call.body, dict) else {}
    return _autocomplete(account, call, body.get("name"))


def _autocomplete(account: Holder, call: Call, name: Json) -> Reply:
    start = str(name or "").strip().lower()
    if len(start) < MIN_LETTERS:
        raise bad_request(f"name must have {MIN_LETTERS} letters or more", "Query Error")
    found = sorted(tag for tag, _ in _popular(account) if tag.startswith(start))
    body = paginate(call, found, "tags", settings=account.settings, paging=Paging(styles=("offset",)))
    return Reply(body=body)


def _popular(account: Holder) -> list[tuple[str, int]]:
    counts = account.state.tickets.tag_counts
    return [(name, number) for name, number in counts.most_common(MAX_TAGS) if number > 0]


# --- of a record


def _of_ticket(account: Holder, call: Call) -> Tags:
    return path_ticket(account, call).tags


def _to_ticket(account: Holder, call: Call, tags: Tags) -> Tags:
    ticket = path_ticket(account, call)
    fields = {key: call.body[key] for key in ("safe_update", "updated_stamp") if key in call.body}
    fields["safe_update"] = flag(fields.get("safe_update"))
    update_ticket(TicketWriter(account, caller(call), call.now), ticket, {**fields, "tags": tags})
    return ticket.tags


def _of_user(account: Holder, call: Call) -> Tags:
    return path_user(account, call).tags


def _to_user(account: Holder, call: Call, tags: Tags) -> Tags:
    user = path_user(account, call)
    if not may_edit(caller(call), user):
        raise forbidden()
    user.tags, user.updated_at = tags, call.now
    return tags


def _of_organization(account: Holder, call: Call) -> Tags:
    organization = account.state.organizations.get(path_id(call, "organization_id"))
    if organization is None:
        raise not_found()
    return organization.tags


def _to_organization(account: Holder, call: Call, tags: Tags) -> Tags:
    _of_organization(account, call)
    organization = account.state.organizations[path_id(call, "organization_id")]
    organization.tags, organization.updated_at = tags, call.now
    return tags


def _set(known: Tags, given: Tags) -> Iterable[str]:
    del known
    return given


def _add(known: Tags, given: Tags) -> Iterable[str]:
    return (*known, *given)


def _remove(known: Tags, given: Tags) -> Iterable[str]:
    return (tag for tag in known if tag not in given)


def _shows(read: Read) -> Callable[[Holder, Call], Reply]:
    return lambda account, call: Reply(body={"tags": list(read(account, call))})


def _writes(
    read: Read, write: Write, change: Callable[[Tags, Tags], Iterable[str]], status: int
) -> Callable[[Holder, Call], Reply]:
    def endpoint(account: Holder, call: Call) -> Reply:
        action = "tags/update"
        known = {"tags": texts, "safe_update": flag, "updated_stamp": text}
        permitted = permit(call.body, known, "tags", action)
        if "tags" not in permitted.fields:
            raise bad_request("tags must be given")
        tags = clean_tags(change(read(account, call), clean_tags(permitted.fields["tags"])))
        written = write(account, call, tags)
        if status == 204:  # noqa: PLR2004  # HTTP's No Content
            return Reply(status, empty=True)
        return Reply(status, {"tags": list(written)}, warning(action, strays(call.body, *known)))

    return endpoint


def _endpoints() -> Endpoints:
    found: Endpoints = {}
    for path, read, write in (
        ("/api/v2/tickets/{ticket_id}/tags", _of_ticket, _to_ticket),
        ("/api/v2/users/{user_id}/tags", _of_user, _to_user),
        ("/api/v2/organizations/{organization_id}/tags", _of_organization, _to_organization),
    ):
        found["GET", path] = agents(_shows(read))
        for method, change, status in (("POST", _set, 201), ("PUT", _add, 200), ("DELETE", _remove, 204)):
            found[method, path] = agents(_writes(read, write, change, status))
    return found


ENDPOINTS: Endpoints = {
    ("GET", "/api/v2/tags"): agents(list_tags),
    ("GET", "/api/v2/tags/count"): agents(count),
    ("GET", "/api/v2/autocomplete/tags"): agents(autocomplete),
    ("POST", "/api/v2/autocomplete/tags"): agents(autocomplete_by_body),
    **_endpoints(),
}
