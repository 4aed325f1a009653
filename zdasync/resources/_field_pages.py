"""What the pages on fields of tickets, users and organizations share: rows of the table, options, methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar, Unpack

from .._core.route import Route
from ..records import Record
from ..records.fields import FieldOption
from ._base import Resource
from ._validate import MAX_ROWS, whole_ids
from .types.fields import FieldOptionWrite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..call import Call, Pages
    from .types.common import CallOptions, RecordId
    from .types.fields import FieldOptionFields, KeyedFieldFields, NewKeyedFieldFields

__all__ = ["FieldOptions", "FieldRoutes", "KeyedFields", "OptionRoutes", "field_routes", "option_routes"]

F = TypeVar("F", bound=Record)


class FieldRoutes(NamedTuple, Generic[F]):
    """The operations that all three pages on fields have."""

    list: Route[F]
    show: Route[F]
    create: Route[F]
    update: Route[F]
    delete: Route[None]
    reorder: Route[None]


def field_routes(kind: str, record: type[F], new: type[Any], change: type[Any]) -> FieldRoutes[F]:
    """The rows of `/api/v2/user_fields`, say: `kind` is `user_field`."""
    page, path = f"{kind}s", f"/api/v2/{kind}s"
    one = path + "/{field_id}"
    return FieldRoutes(
        Route(f"{page}.list", "GET", path, page, record, paging="cursor"),
        Route(f"{page}.show", "GET", one, kind, record),
        Route(f"{page}.create", "POST", path, kind, record, writes=new),
        Route(f"{page}.update", "PUT", one, kind, record, writes=change),
        Route(f"{page}.delete", "DELETE", one),
        Route(f"{page}.reorder", "PUT", f"{path}/reorder", wrap=f"{kind}_ids"),
    )


class OptionRoutes(NamedTuple):
    """The operations on the options of fields."""

    list: Route[FieldOption]
    create_or_update: Route[FieldOption]
    show: Route[FieldOption]
    delete: Route[None]


def option_routes(kind: str) -> OptionRoutes:
    """The rows of the options of `user_field`s, say."""
    page, path, key = f"{kind}s.options", f"/api/v2/{kind}s/{{field_id}}/options", "custom_field_option"
    one = path + "/{option_id}"
    return OptionRoutes(
        Route(f"{page}.list", "GET", path, f"{key}s", FieldOption, paging="cursor"),
        Route(f"{page}.create_or_update", "POST", path, key, FieldOption, writes=FieldOptionWrite),
        Route(f"{page}.show", "GET", one, key, FieldOption),
        Route(f"{page}.delete", "DELETE", one),
    )


class FieldOptions(Resource):
    """The choices of one kind of fields."""

    _routes: ClassVar[OptionRoutes]

    def list(
        self, field_id: RecordId, *, page_size: int = MAX_ROWS, cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Pages[FieldOption]:
        """The choices of a drop-down or multi-select field."""
        return self._list(self._routes.list, options, page_size, cursor, field_id=field_id)

    def show(self, field_id: RecordId, option_id: RecordId, **options: Unpack[CallOptions]) -> Call[FieldOption]:
        """One choice."""
        return self._call(self._routes.show, options, field_id=field_id, option_id=option_id)

    def create_or_update(self, field_id: RecordId, **fields: Unpack[FieldOptionFields]) -> Call[FieldOption]:
        """Adds a choice to a field, or changes the one whose `id` is given.

        Zendesk takes 100 of these a minute for fields of tickets, and 2,000 choices a field. Two choices of one field
        can't have the same `value`.
        """
        return self._write(self._routes.create_or_update, fields, field_id=field_id)

    def delete(self, field_id: RecordId, option_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a choice; records that have it lose their value."""
        return self._call(self._routes.delete, options, field_id=field_id, option_id=option_id)


class KeyedFields(Resource, Generic[F]):
    """Fields that have keys: those of users and of organizations. A field is named by its id or by its key."""

    string_ids = True
    _routes: FieldRoutes[F]

    def list(
        self, *, page_size: int = MAX_ROWS, cursor: str | None = None, **options: Unpack[CallOptions]
    ) -> Pages[F]:
        """All fields, in the order in which they are shown."""
        return self._list(self._routes.list, options, page_size, cursor)

    def show(self, field_id: RecordId, **options: Unpack[CallOptions]) -> Call[F]:
        """One field, by its id or its key."""
        return self._call(self._routes.show, options, field_id=field_id)

    def create(self, **fields: Unpack[NewKeyedFieldFields]) -> Call[F]:
        """Makes a field; the caller must be an administrator.

        `key` names its values and `type` says what they are: neither can be changed. `custom_field_options` are the
        choices of a "dropdown" or a "multiselect".
        """
        return self._write(self._routes.create, fields)

    def update(self, field_id: RecordId, **fields: Unpack[KeyedFieldFields]) -> Call[F]:
        """Changes a field. Choices that are left out of `custom_field_options` are deleted."""
        return self._write(self._routes.update, fields, field_id=field_id)

    def delete(self, field_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes a field with its values."""
        return self._call(self._routes.delete, options, field_id=field_id)

    def reorder(self, ids: Iterable[RecordId], **options: Unpack[CallOptions]) -> Call[None]:
        """Puts the fields into an order: the ids of all of them."""
        return self._call(self._routes.reorder, options, body={self._routes.reorder.wrap: whole_ids("ids", ids)})
