"""User fields: the fields that an account gives its users, beyond Zendesk's own.

This page is about the fields themselves. A user's values stand in `user_fields` of the user, by the fields' keys;
`accessor` reads and writes them by title and with their types.
Source: https://developer.zendesk.com/api-reference/ticketing/users/user_fields/
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..custom_fields import UserCustomFields
from ..errors import BadArgument
from ..records.fields import UserField
from ._field_pages import FieldOptions, KeyedFields, field_routes, option_routes
from ._validate import from_1_to_100, text
from .types.fields import KeyedFieldWrite, NewKeyedField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..call import Pages
    from .types.common import CallOptions

__all__ = ["UserFieldOptions", "UserFields"]

FIELDS: Final = field_routes("user_field", UserField, NewKeyedField, KeyedFieldWrite)
OPTIONS: Final = option_routes("user_field")
SHOW_MANY: Final = Route("user_fields.show_many", "GET", "/api/v2/user_fields/show_many", "user_fields", UserField)


class UserFieldOptions(FieldOptions):
    """The choices of users' drop-down and multi-select fields; a field is named by its id or its key."""

    string_ids = True
    _routes = OPTIONS


class UserFields(KeyedFields[UserField]):
    """The account's own fields of users."""

    _routes = FIELDS

    @cached_property
    def options(self) -> UserFieldOptions:
        """The choices of drop-down and multi-select fields."""
        return UserFieldOptions(self._caller)

    def show_many(self, keys: Iterable[str], **options: Unpack[CallOptions]) -> Pages[UserField]:
        """Up to 100 fields by their keys, in one page; those that don't exist are left out."""
        named = [_key(f"keys[{i}]", key) for i, key in enumerate(from_1_to_100("keys", keys))]
        return self._pages(SHOW_MANY, options, query=(("keys", ",".join(named)),))

    async def accessor(self, **options: Unpack[CallOptions]) -> UserCustomFields:
        """Lists all fields once, and gives what reads and writes users' values by title, key or id."""
        return UserCustomFields([field async for field in self.list(**options)])


def _key(name: str, value: object) -> str:
    if "," in text(name, value):
        raise BadArgument(f"{name}: {value!r} has a comma, which no key of a field has")
    return str(value)
