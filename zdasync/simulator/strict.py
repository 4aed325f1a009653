"""What no real client should send: the rules of the strict mode.

A rule is broken, not bent: each names something that Zendesk asks of its clients (JSON accepted and announced), that
betrays a secret (credentials in a URL, or sent to a host that isn't the account's), or that only a mistake produces
(a query encoded twice, a body on GET, the same refused request over and over).
"""

from __future__ import annotations

from typing import Final

from .request import UPLOADS, Request

SECRET_NAMES: Final = frozenset({
    "access_token", "api_key", "api_token", "authorization", "client_secret", "code_verifier", "password",
    "refresh_token", "token",
})
KNOWN_QUERY: Final = frozenset({
    "access", "active", "all", "application", "archive_immediately", "associated_to_brand", "async",
    "available_locales", "brand_id", "category", "category_id", "client_id", "clone_webhook_id", "code_challenge",
    "code_challenge_method", "creator", "cursor", "default", "end_time", "end_user_visible", "exclude_archived",
    "exclude_count", "exclude_deleted", "exclude_sub_selection_options", "external_id", "external_ids",
    "fallback_to_default", "field_id", "filename", "filter[action]", "filter[actor_id]", "filter[created_at]",
    "filter[from_ts]", "filter[ip_address]", "filter[json]", "filter[name_contains]", "filter[source_id]",
    "filter[source_type]", "filter[status]", "filter[to_ts]", "filter[type]", "global_client_id", "group_id",
    "host_mapping", "ids", "include", "include_changes", "include_inline_images", "keys", "limit", "locale",
    "macro_id", "name", "only_viewable", "page", "page[after]", "page[before]", "page[size]", "per_page",
    "permission_set", "query", "redirect_uri", "response_type", "role", "role[]", "scope", "score", "since", "sort",
    "sort_by", "sort_order", "source", "start_time", "state", "status_categories", "subdomain",
    "support_type_scope", "text", "ticket_id", "token", "type", "type[]", "user_id", "webhook_id",
})
"""Every query parameter that the simulated endpoints read."""
SPANS: Final = frozenset({"filter[created_at]"})
"""Those that are given twice: the start of a span of time, and its end."""

NO_SECRETS: Final = frozenset({(UPLOADS, "token")})
"""Parameters of a path that only look like secrets: the token of an upload names files, and opens nothing."""

MAX_REPEATS: Final = 10
"""So often may one and the same request be refused in a row."""

_RETRIED: Final = frozenset({408, 409, 425, 429})


class Rules:
    """The rules, with what they remember: the last refused request."""

    def __init__(self) -> None:
        self._refused: tuple[str, str, bytes, int] | None = None
        self._times = 0

    def broken(self, request: Request, host: str, *, known: bool) -> str | None:
        """Why no real client should send this, or None. `host` is where the account is; `known`: the path exists."""
        headers = request.headers
        if "Authorization" in headers and headers.get("Host") != host:
            return f"credentials for {host} were sent to {headers.get('Host')}"
        if "json" not in headers.get("Accept", "") and request.path.startswith("/api/"):
            return "no `Accept: application/json`"
        if "//" in request.path or "/../" in request.path:
            return f"a path with empty or climbing segments: {request.path}"
        return _bad_body(request) or _bad_query(request, known=known)

    def repeated(self, request: Request, status: int) -> str | None:
        """Note how a request was answered; say so when the same one was refused too often in a row."""
        if status < 400 or status >= 500 or status in _RETRIED:  # noqa: PLR2004  # HTTP's classes
            self._refused, self._times = None, 0
            return None
        this = (request.method, request.target, request.raw_body, status)
        self._times = self._times + 1 if this == self._refused else 1
        self._refused = this
        if self._times > MAX_REPEATS:
            return f"{request.method} {request.path} was sent {self._times} times in a row and answered {status}"
        return None


def _bad_body(request: Request) -> str | None:
    if request.method in ("GET", "HEAD") and (request.raw_body or request.form):
        return f"a body on {request.method}"
    announced = request.headers.get("Content-Type", "")
    if request.path == UPLOADS:
        return None if request.raw_body and announced else "an upload without a body, or without a `Content-Type`"
    if request.raw_body and not announced.startswith("application/json"):
        return f"a body without `Content-Type: application/json`, but {announced or 'nothing'}"
    if request.malformed:
        return "a body that is announced as JSON and isn't"
    return None


def _bad_query(request: Request, *, known: bool) -> str | None:
    for name, values in request.query.items():
        if name.lower() in SECRET_NAMES and (request.path, name) not in NO_SECRETS:
            return f"a secret in the query: {name}"
        if "%5b" in name.lower() or "%5d" in name.lower():
            return f"a query name that was encoded twice: {name}"
        if known and name not in KNOWN_QUERY:
            return f"a query parameter that no endpoint reads: {name}"
        if len(values) > 1 and not name.endswith("[]") and name not in SPANS:
            return f"a query parameter that is given {len(values)} times: {name}"
    return None
