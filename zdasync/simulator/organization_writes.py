"""Writing organizations: create, update, create-or-update, delete, as single calls and as the rows of a job.

The model, from the Organizations page of the reference: what is wrong is found before anything is changed; names and
external ids are unique whatever their case; tags and domain names are replaced, custom fields merged key by key.
`create_or_update` finds an organization by id or by external id, never by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import directory
from .http import Json
from .matching import external_id_taken
from .parameters import Coerce, flag, integer, mapping, text, texts
from .records import Organization
from .refusals import not_found, problem, record_invalid
from .settings import Settings
from .state import State
from .writes import clean_tags

ORGANIZATION: Final[Mapping[str, Coerce]] = {
    "details": text, "domain_names": texts, "external_id": text, "group_id": integer, "name": text, "notes": text,
    "organization_fields": mapping, "shared_comments": flag, "shared_tickets": flag, "tags": texts,
}
"""What a write of an organization takes."""

_PLAIN: Final = ("details", "notes", "group_id")
_FLAGS: Final = ("shared_comments", "shared_tickets")

Fields = Mapping[str, Json]


def create_organization(state: State, settings: Settings, fields: Fields, now: float) -> Organization:
    """A new organization; raises 422 for what is invalid."""
    _check(state, settings, fields, None)
    organization = state.add_organization(fields["name"].strip(), now)
    _apply(state, organization, fields)
    return organization


def update_organization(
    state: State, settings: Settings, organization: Organization, fields: Fields, now: float
) -> Organization:
    """Change an organization; raises 422 for what is invalid."""
    _check(state, settings, fields, organization)
    if "name" in fields:
        directory.rename_organization(state, organization, fields["name"].strip())
    _apply(state, organization, fields)
    organization.updated_at = now
    return organization


def upsert_organization(
    state: State, settings: Settings, fields: Fields, now: float
) -> tuple[Organization, bool]:
    """Update the organization that `id` or `external_id` names, or create it; tells whether it is new."""
    organization_id, external_id = fields.get("id"), fields.get("external_id")
    found = state.organizations.get(organization_id) if organization_id is not None else None
    if found is None and organization_id is not None and settings.unknown_organization_id == "refuse":
        raise not_found()
    if found is None and external_id:
        found = directory.externally_named(state, external_id)
    written = {key: value for key, value in fields.items() if key != "id"}
    if found is None:
        return create_organization(state, settings, written, now), True
    return update_organization(state, settings, found, written, now), False


def _check(state: State, settings: Settings, fields: Fields, organization: Organization | None) -> None:
    """Raises the 422 with everything that is wrong; `organization` is None for a new one."""
    found: dict[str, Json] = {}
    if organization is None or "name" in fields:
        name = (fields.get("name") or "").strip()
        owner = directory.named_organization(state, name)
        if not name:
            found["name"] = [problem("Name: is too short (minimum is 1 characters)")]
        elif len(name) > settings.max_name_length:
            text = f"Name: is too long (maximum is {settings.max_name_length} characters)"
            found["name"] = [problem(text, "ValueTooLong")]
        elif owner is not None and owner is not organization:
            found["name"] = [problem(f"Name: {name} has already been taken", "DuplicateValue")]
    external_id = fields.get("external_id")
    holder = directory.externally_named(state, external_id) if external_id else None
    if holder is not None and holder is not organization:
        found |= external_id_taken()
    group_id = fields.get("group_id")
    if group_id is not None and group_id not in state.groups:
        found["group"] = [problem("Group: is invalid", "InvalidValue")]
    if found:
        raise record_invalid(found)


def _apply(state: State, organization: Organization, fields: Fields) -> None:
    """Write what was checked; the name is not among it."""
    for key in _PLAIN:
        if key in fields:
            setattr(organization, key, fields[key])
    for key in _FLAGS:
        if fields.get(key) is not None:
            setattr(organization, key, fields[key])
    if "external_id" in fields:
        directory.set_external_id(state, organization, fields["external_id"] or None)
    if "domain_names" in fields:
        names = (name.strip().lower() for name in fields["domain_names"])
        organization.domain_names = tuple(dict.fromkeys(name for name in names if name))
    if "tags" in fields:
        organization.tags = clean_tags(fields["tags"])
    for key, value in (fields.get("organization_fields") or {}).items():
        if key in state.organization_field_keys:
            organization.fields[key] = value
