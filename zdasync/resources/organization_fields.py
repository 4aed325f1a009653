"""Organization fields: the fields that an account gives its organizations, beyond Zendesk's own.

This page is about the fields themselves. An organization's values stand in `organization_fields` of the organization,
by the fields' keys; `accessor` reads and writes them by title and with their types.
Source: https://developer.zendesk.com/api-reference/ticketing/organizations/organization_fields/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from ..custom_fields import OrganizationCustomFields
from ..records.fields import OrganizationField
from ._field_pages import KeyedFields, field_routes
from .types.fields import KeyedFieldWrite, NewKeyedField

if TYPE_CHECKING:
    from .types.common import CallOptions

__all__ = ["OrganizationFields"]

FIELDS: Final = field_routes("organization_field", OrganizationField, NewKeyedField, KeyedFieldWrite)


class OrganizationFields(KeyedFields[OrganizationField]):
    """The account's own fields of organizations. Zendesk has no calls for their choices one by one: see `update`."""

    _routes = FIELDS

    async def accessor(self, **options: Unpack[CallOptions]) -> OrganizationCustomFields:
        """Lists all fields once, and gives what reads and writes organizations' values by title, key or id."""
        return OrganizationCustomFields([field async for field in self.list(**options)])
