"""Every choice of the simulated account that Zendesk does not document, or documents twice, as a named setting.

The model: an endpoint never decides on its own what the evidence leaves open. It asks here, so that a test can run
a client against each of the possible answers. Defaults are what was recorded between 2023 and 2026; where nothing
was recorded, they are the answer that is hardest on a client without being odd.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import attrs

Body429 = Literal["html", "text", "json", "edge", "pagination", "hourly", "export", "jobs", "plain"]
Answer429 = Body429 | Literal["natural"]
"""The nine forms in which a rejection has been seen.

`html`: a sentence about ticket updates as text/html. `text`: "Number of allowed API requests per minute exceeded".
`json`: `{"error": "APIRateLimitExceeded", ...}`. `edge`: the JSON of the edge protection, without rate headers.
`pagination`: the sentence of deep offset pages. `hourly`: the sentence of trial accounts. `export`: the sentence of
the audit log export. `jobs`: a `TooManyJobs` object. `plain`: "This action has been rate limited".
"""

RetryAfter = Literal["seconds", "missing", "zero", "date"]
"""How a rejection tells when to come back; `date` is an HTTP date."""

_MALFORMED: Final = MappingProxyType({"error": "Unprocessable Entity", "message": "Server could not parse JSON"})
_NO_SCOPE: Final = MappingProxyType(
    {"error": "Forbidden", "description": "You are missing the following required scopes: {scopes}"}
)


@attrs.frozen(kw_only=True)
class Settings:
    """The account's open questions, answered."""

    # --- matching and writing profiles
    email_case_folding: bool = True
    """E-mail addresses are stored in lower case and matched whatever their case. False: case makes another address."""
    both_keys_conflict: Literal["refuse", "email", "external_id"] = "refuse"
    """`create_or_update` names two different profiles by e-mail and by external id: 422 DuplicateValue, or who wins."""
    merged_email_refused: bool = False
    """The e-mail of a merged-away profile answers 422 in `create_or_update`, as reported in June 2026."""
    unknown_organization_name: Literal["create", "ignore"] = "create"
    """What `organization: {"name": ...}` does when no organization has that name."""
    restricted_agent_writable: bool = False
    """An older page of the reference lists `restricted_agent` as writable, the newer one as read-only."""
    max_name_length: int = 255
    """Characters of a name, an alias and an external id."""
    max_text_length: int = 65_535
    """Characters of `details`, `notes` and `signature`."""
    photo_seconds: float = 120.0
    """Seconds until a photo given as `remote_photo_url` shows; the reference says "a few minutes"."""
    photo_must_be_image: bool = False
    """An uploaded photo that is no PNG, JPEG or GIF answers 422."""
    location_header_on_upsert: Literal["created", "always", "never"] = "created"
    """An older page promises `Location` for both outcomes of `create_or_update`, the newer one for none."""
    verify_joins_organization: bool = True
    """Verifying an e-mail adds a user without organization to the one that owns the e-mail's domain."""
    promote_next_primary: bool = True
    """Deleting the primary e-mail makes the next one primary. False: it is refused with 422."""

    # --- organizations and groups
    unknown_organization_id: Literal["refuse", "create"] = "refuse"
    """`organizations/create_or_update` with an `id` that no organization has: 404, or a new one."""
    group_names_unique: bool = True
    """A group needs a name that no other has, whatever its case: an option of the account (`account/settings`)."""
    deleted_groups_shown: bool = True
    """Deleted groups stay in lists (unless `exclude_deleted`) and can be shown, with `deleted: true`. False: gone."""
    organization_merge_seconds: float = 2.0
    """Seconds until a merge of organizations begins, and as many again until it is complete."""

    # --- deleting
    delete_with_open_tickets: Literal["refuse", "allow"] = "refuse"
    """Deleting the requester of tickets that are not closed: 422, or allowed."""
    show_deleted_users: bool = True
    """`GET /users/{id}` still shows a soft-deleted profile, with `active: false`."""
    compliance_seconds: float = 60.0
    """Seconds between the steps of a permanent deletion (requested, started, complete)."""

    # --- requests, ratings, metrics, suspended tickets
    anonymous_requests: bool = True
    """Callers without credentials may make requests. False: 401."""
    heavy_requester: int | None = None
    """`GET /requests` answers 503 to somebody with more requests than this, for pages of more than 50."""
    solved_out_of_turn: Literal["refuse", "ignore"] = "refuse"
    """`solved: true` in a request that the caller can't solve: 422, or without effect."""
    unrateable_status: int = 403
    """Status for rating a ticket that isn't solved, or is closed; 403 was reported."""
    second_rating: Literal["new", "same"] = "new"
    """A requester who changes his mind makes another rating, or changes the first one."""
    lone_record: Literal["list", "object"] = "list"
    """One rating, reason, metric or recovered ticket: a list of one, as in the official schema, or the object alone."""
    business_hours: tuple[int, int] | None = None
    """From and to which hour (UTC, Monday to Friday) metrics count business minutes. None: all the time."""
    recovered_requester: Literal["caller", "sender"] = "caller"
    """Whose ticket the recovery of one suspended ticket makes; `recover_many` makes the sender's."""

    # --- credentials, read by the server
    impersonate_verified_only: bool = True
    """`X-On-Behalf-Of` wants a verified end user; an older page says that it need not be."""
    me_bad_token: Literal["401", "anonymous"] = "401"  # noqa: S105  # a choice, no token
    """`GET /users/me` with wrong credentials: refused, or answered 200 as the anonymous user."""
    scope_missing_body: Mapping[str, str] = _NO_SCOPE
    """Body of the 403 for a missing scope; `{scopes}` is replaced by their names."""
    password_api_enabled: bool = False
    """Has the owner allowed admins to set passwords through the API? Off in a new account."""

    # --- protocol, read by the server
    malformed_json_status: int = 400
    """Status for a body that is no JSON."""
    malformed_json_body: Mapping[str, str] = _MALFORMED
    """Body for a body that is no JSON."""
    dot_json_urls: bool = True
    """`url` fields and page links end in `.json`, as in recorded replies; the newest reference leaves it out."""

    # --- limits, read by the server's throttle
    body_429: Answer429 = "natural"
    """Which of the nine forms a rejection has; `natural`: the one that its limit is known for."""
    retry_after: RetryAfter = "seconds"
    """How a rejection tells when to come back."""
    endpoint_reject_costs_account: bool = True
    """A request that an endpoint's own limit rejects has used up one of the account's as well."""
    header_pair_shown: Literal["profile", "second"] = "profile"
    """Which of the two limits on writing users `zendesk-ratelimit-create-update-user` shows."""

    # --- business rules
    view_count_seconds: float = 0.0
    """Seconds in which the tickets of a view are counted for the first time: until then its `value` is null."""
    reorder_with_categories: Literal["refuse", "allow"] = "refuse"
    """Ordering all triggers at once in an account with several categories of them: 422, or done."""
    delete_used_category: Literal["refuse", "allow"] = "refuse"
    """Deleting a trigger category that has triggers: 422, or they are deleted with it."""
    uncategorized_trigger: Literal["first", "refuse"] = "first"
    """A new trigger that names no category comes into the first one, or is refused with 422."""
    trigger_batch_failure: Literal["reply", "400"] = "reply"
    """A batch on trigger categories that fails: 200 with the status "failed", or the same with 400."""

    # --- attachments
    upload_lifetime: float = 3_600.0
    """Seconds for which an upload waits for the comment that takes it."""
    unknown_upload: Literal["refuse", "ignore"] = "refuse"
    """A comment names an upload token that is unknown, taken or expired: 422, or the token is passed over."""
    max_upload_bytes: int = 50 * 1024 * 1024
    """Bytes of one file; 50 MB is not confirmed."""
    upload_too_large_status: int = 413
    """Status for a larger file; no reply was recorded."""
    attachments_private: bool = False
    """The content of attachments wants credentials, as where the account's owner has switched private ones on."""
    attachment_redirects: bool = False
    """Content comes from another host: its URL answers 302, and the host there asks for no credentials."""

    # --- pages
    deep_page_answer: Literal["400", "429 text"] = "400"
    """Past 10,000 rows of an offset listing: 400 InvalidPaginationDepth, or the plain-text 429 of 2023."""
    oversize_page: Literal["clamp", "refuse"] = "clamp"
    """`page[size]` above the maximum is cut down to it, or answers 400."""
    count_refresh_seconds: float = 86_400.0
    """How long a count above 100,000 stays as it is."""
    count_refresh_takes: float = 0.0
    """Seconds in which such a count is being refreshed: `refreshed_at` is null and the value stays at 100,000."""
    search_lag: float = 0.0
    """Seconds until a new profile is found by a search; a few minutes in the real service."""
    search_invalid_status: int = 422
    """Status of a search without a query, and of an export without `filter[type]`."""
    search_export_type_terms: Literal["accepted", "refused"] = "accepted"
    """`type:user` in the query of a search export: an error by the reference, and accepted in a reply of 2024."""
    search_repeated_field: Literal["any", "all"] = "any"
    """Must a record have any, or all, of the values that a query gives for one field?"""
    search_cursor_seconds: float = 3_600.0
    """How long a cursor of a search export lives after its page was given out."""
    search_cursor_expired_status: int = 400
    """Status for a cursor that has expired."""
    session_reply: Literal["list", "object"] = "list"
    """`{"session": [{...}]}` as in the official schema, or the object alone."""

    # --- incremental exports
    export_start_age: float = 60.0
    """How many seconds old `start_time` must be; clients have got away with 1 to 3."""
    export_holds_back: float = 60.0
    """Changes of so many last seconds are left out; documented for tickets and their events, assumed for the others."""
    export_deleted_users: bool = True
    """Deleted profiles are exported as well, with `active: false`."""
    export_empty_page: Literal["null", "kept"] = "null"
    """On a page without rows, `end_time`, `after_cursor` and the links are null, or stay where the request began."""
    export_last_link: bool = True
    """The last page of a time-based export links to a next one."""
    oversize_export: Literal["clamp", "refuse"] = "refuse"
    """`per_page` above 1000: 400, as reported for users, or cut down to it, as reported for tickets."""

    # --- tickets
    solving_needs_assignee: bool = True
    """Solving or closing a ticket without assignee answers 422."""
    idempotency_seconds: float = 7_200.0
    """How long an idempotency key lives."""
    empty_200: Literal["nothing", "text"] = "nothing"
    """The body of replies that the official schema calls a string (spam, restoring, making private): none, or `""`."""
    audits_end: Literal["empty page", "null link"] = "empty page"
    """How the list of all audits, and that of a trigger's revisions, ends: `after_url` leads on to a page without rows,
    or is null on the last one."""

    # --- jobs
    bulk_imports_enabled: bool = True
    """Has Zendesk's support enabled bulk user imports? False: `create_many` and `create_or_update_many` answer 403."""
    job_cap: int = 30
    """Jobs that may be queued or running at once."""
    too_many_jobs_status: int = 429
    """Status of the `TooManyJobs` refusal."""
    job_start_delay: float = 0.5
    """Seconds that a job stays queued."""
    job_seconds_per_row: float | tuple[float, float] = 0.025
    """Seconds for each row, or a range from which every job draws its own: 100 rows take 3 seconds with the delay; 2 to
    4 were recorded. `(0.05, 0.16)` makes that 5 to 16 seconds."""
    job_progress: Literal["rows", "jumps"] = "rows"
    """A job that works tells how many rows are done, or 0 until all are: "progress may jump" from 0 to 100."""
    job_retention: float = 86_400.0
    """Seconds after its creation for which a job can be asked for."""
    job_show_forgets_after: int | None = None
    """After so many rows of later jobs, a job is no longer shown by its id, while the list and show_many show it."""
    job_type_shown: bool = True
    """`job_type` is part of the job status (since 2024)."""
    rows_in_order: bool = True
    """A job's results stand in the order of its input. False: they are shuffled."""
    job_rows_echo_external_id: bool = True
    """Results of `create_or_update_many` carry the `external_id` that the row was sent with."""
