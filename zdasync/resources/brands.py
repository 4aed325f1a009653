"""Brands: the faces under which the account is known to customers.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/brands/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..errors import BadArgument
from ..records.brands import Brand, HostMapping
from ._base import Resource
from ._validate import MAX_ROWS, filters, text
from .types.account import BrandWrite, NewBrandWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.account import BrandFields, NewBrandFields
    from .types.common import CallOptions, RecordId

__all__ = ["Brands"]

_ALL: Final = "/api/v2/brands"
_ONE: Final = _ALL + "/{brand_id}"

LIST: Final = Route("brands.list", "GET", _ALL, "brands", Brand, paging="cursor")
SHOW: Final = Route("brands.show", "GET", _ONE, "brand", Brand)
CREATE: Final = Route("brands.create", "POST", _ALL, "brand", Brand, writes=NewBrandWrite)
UPDATE: Final = Route("brands.update", "PUT", _ONE, "brand", Brand, writes=BrandWrite)
DELETE: Final = Route("brands.delete", "DELETE", _ONE)
CHECK_NEW: Final = Route("brands.check_host_mapping", "GET", _ALL + "/check_host_mapping", None, HostMapping)
CHECK: Final = Route("brands.check_host_mapping", "GET", _ONE + "/check_host_mapping", None, HostMapping)


class Brands(Resource):
    """The account's brands. Reading is for agents, writing for admins."""

    def list(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[Brand]:
        """All brands."""
        return self._list(LIST, options, page_size, cursor)

    def show(self, brand_id: RecordId, **options: Unpack[CallOptions]) -> Call[Brand]:
        """One brand."""
        return self._call(SHOW, options, brand_id=brand_id)

    def create(self, **fields: Unpack[NewBrandFields]) -> Call[Brand]:
        """Creates a brand from its `name` and `subdomain`; see `types.BrandWrite` for the fields."""
        return self._write(CREATE, fields)

    def update(self, brand_id: RecordId, **fields: Unpack[BrandFields]) -> Call[Brand]:
        """Writes fields of a brand; what is not given stays."""
        return self._write(UPDATE, fields, brand_id=brand_id)

    def delete(self, brand_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a brand. The default brand can't be deleted."""
        return self._call(DELETE, options, brand_id=brand_id)

    def check_host_mapping(
        self,
        brand_id: RecordId | None = None,
        *,
        host_mapping: str | None = None,
        subdomain: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[HostMapping]:
        """Does a host name point to Zendesk? That of a brand, or `host_mapping` for a brand with `subdomain`."""
        if (brand_id is None) == (host_mapping is None or subdomain is None):
            raise BadArgument("name a brand, or host_mapping and subdomain: one of the two")
        if brand_id is not None:
            return self._call(CHECK, options, brand_id=brand_id)
        query = filters(host_mapping=text("host_mapping", host_mapping), subdomain=text("subdomain", subdomain))
        return self._call(CHECK_NEW, options, query=query)
