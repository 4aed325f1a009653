"""Brand agents: which agents work for which brands.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/brand_agents/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.brands import BrandAgent
from ._base import Resource
from ._validate import MAX_ROWS, filters, optional_id

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId, UserId

__all__ = ["BrandAgents"]

_ALL: Final = "/api/v2/brand_agents"
_ONE: Final = _ALL + "/{brand_agent_id}"
_OF_USER: Final = "/api/v2/users/{user_id}/brand_agents"

LIST: Final = Route("brand_agents.list", "GET", _ALL, "brand_agents", BrandAgent, paging="cursor")
LIST_BRAND: Final = Route(
    "brand_agents.list", "GET", "/api/v2/brands/{brand_id}/agents", "brand_agents", BrandAgent, paging="cursor"
)
LIST_USER: Final = Route("brand_agents.list", "GET", _OF_USER, "brand_agents", BrandAgent, paging="cursor")
SHOW: Final = Route("brand_agents.show", "GET", _ONE, "brand_agent", BrandAgent)
SHOW_USER: Final = Route("brand_agents.show", "GET", _OF_USER + "/{brand_agent_id}", "brand_agent", BrandAgent)
DELETE: Final = Route("brand_agents.delete", "DELETE", _ONE)


class BrandAgents(Resource):
    """Memberships of agents in brands, for admins. Their ids are strings."""

    string_ids = frozenset({"brand_agent_id"})

    def list(
        self,
        *,
        brand_id: RecordId | None = None,
        user_id: UserId | None = None,
        page_size: int = MAX_ROWS,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[BrandAgent]:
        """Memberships: all of them, those of a brand, those of an agent, or the one of both."""
        if user_id is None and brand_id is not None:
            return self._list(LIST_BRAND, options, page_size, cursor, brand_id=brand_id)
        if brand_id is None and user_id is not None:
            return self._list(LIST_USER, options, page_size, cursor, user_id=user_id)
        both = filters(brand_id=optional_id("brand_id", brand_id), user_id=optional_id("user_id", user_id))
        return self._list(LIST, options, page_size, cursor, query=both)

    def show(
        self, brand_agent_id: str, *, user_id: UserId | None = None, **options: Unpack[CallOptions]
    ) -> Call[BrandAgent]:
        """One membership; with `user_id`, `NotFound` for one of another agent."""
        if user_id is None:
            return self._call(SHOW, options, brand_agent_id=brand_agent_id)
        return self._call(SHOW_USER, options, user_id=user_id, brand_agent_id=brand_agent_id)

    def delete(self, brand_agent_id: str, **options: Unpack[CallOptions]) -> Call[None]:
        """Takes an agent out of a brand."""
        return self._call(DELETE, options, brand_agent_id=brand_agent_id)
