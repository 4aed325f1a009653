"""Endpoints that write many organizations: each starts a job, at most 100 rows, one result for each row.

The model is that of `bulk`. A name that is taken fails its row with "OrganizationUpdateFailed", as was reported of a
real job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from .directory import externally_named, remove_organization
from .guards import MAX_IDS, Holder, agents, caller
from .http import Call, Endpoints, Json, Reply
from .job_rows import Find, Finder, Named, created, deleted, found, step, updated, without_keys
from .jobs import submit
from .organization_writes import ORGANIZATION, create_organization, update_organization
from .parameters import envelope, integer, permit, permit_many, strays, warning
from .records import Organization
from .refusals import bad_request, too_many_values

_CREATE_CLASS: Final = "OrganizationBulkCreateJob"
_UPDATE_CLASS: Final = "OrganizationBulkUpdateJob"
_DELETE_CLASS: Final = "OrganizationBulkDeleteJob"

Fields = Mapping[str, Json]


def create_many(account: Holder, call: Call) -> Reply:
    """POST /organizations/create_many."""
    action = "organizations/create_many"
    rows, dropped = permit_many(call.body, "organizations", ORGANIZATION, action)
    _check_count(rows)
    steps = [
        step(index, "OrganizationCreateFailed", partial(_create, account, row)) for index, row in enumerate(rows)
    ]
    return submit(
        account, call, steps, job_type="Bulk Create Organization", job_class=_CREATE_CLASS,
        verb="Creating organization", headers=warning(action, dropped),
    )


def update_many(account: Holder, call: Call) -> Reply:
    """PUT /organizations/update_many: one change to many (`?ids=` and `organization`), or a change each."""
    action = "organizations/update_many"
    finders = _organizations(account).of_query(call)
    if finders is not None:
        record = envelope(call.body, "organization", action)
        permitted = permit(record, ORGANIZATION, "organization", action)
        changes: list[tuple[Find[Organization], Named, Fields]] = [
            (find, named, permitted.fields) for find, named in finders
        ]
        dropped = (*permitted.dropped, *strays(call.body, "organization"))
    else:
        rows, dropped = permit_many(call.body, "organizations", ORGANIZATION, action, extra={"id": integer})
        _check_count(rows)
        changes = [(*_organizations(account).of_row(row), without_keys(row)) for row in rows]
    steps = [
        step(index, "OrganizationUpdateFailed", partial(_update, account, find, fields), named)
        for index, (find, named, fields) in enumerate(changes)
    ]
    return submit(
        account, call, steps, job_type="Bulk Update Organization", job_class=_UPDATE_CLASS,
        verb="Updating organization", headers=warning(action, dropped),
    )


def destroy_many(account: Holder, call: Call) -> Reply:
    """DELETE /organizations/destroy_many?ids= or ?external_ids=."""
    finders = _organizations(account).of_query(call)
    if finders is None:
        raise bad_request("Either ids or external_ids must be given")
    actor_id = caller(call).id
    steps = [
        step(index, "OrganizationDestroyFailed", partial(_destroy, account, actor_id, find), named)
        for index, (find, named) in enumerate(finders)
    ]
    return submit(
        account, call, steps, job_type="Bulk Delete Organization", job_class=_DELETE_CLASS,
        verb="Deleting Organization",
    )


def _create(account: Holder, fields: Fields, now: float) -> dict[str, Json]:
    return created(create_organization(account.state, account.settings, fields, now).id)


def _update(account: Holder, find: Find[Organization], fields: Fields, now: float) -> dict[str, Json]:
    return updated(update_organization(account.state, account.settings, found(find), fields, now).id)


def _destroy(account: Holder, actor_id: int, find: Find[Organization], now: float) -> dict[str, Json]:
    organization = found(find)
    remove_organization(account.state, organization, actor_id, now)
    return deleted(organization.id)


def _organizations(account: Holder) -> Finder[Organization]:
    state = account.state
    return Finder(state.organizations.get, partial(externally_named, state))


def _check_count(rows: Sequence[Fields]) -> None:
    if len(rows) > MAX_IDS:
        raise too_many_values()


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/organizations/create_many"): agents(create_many),
    ("PUT", "/api/v2/organizations/update_many"): agents(update_many),
    ("DELETE", "/api/v2/organizations/destroy_many"): agents(destroy_many),
}
