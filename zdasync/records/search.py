"""What a search finds: records of several types in one list, each with its type in `result_type`.

Source: https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/
"""

from __future__ import annotations

from typing import Final, TypeAlias

from ._record import JsonValue
from .groups import Group
from .organizations import Organization
from .rows import Variants
from .tickets import Ticket
from .users import User

__all__ = ["RESULTS", "SearchResult"]

SearchResult: TypeAlias = User | Ticket | Organization | Group | dict[str, JsonValue]
"""One result; a dictionary where it is of a type that the library does not know."""

RESULTS: Final = Variants(
    "result_type", {"user": User, "ticket": Ticket, "organization": Organization, "group": Group}
)
