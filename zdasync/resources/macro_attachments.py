"""The files that macros add to their comments.

Source: https://developer.zendesk.com/api-reference/ticketing/business-rules/macros/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

import attrs

from .._core.message import Upload
from .._core.route import Route
from ..records.macros import MacroAttachment
from ._base import Resource
from ._sources import file_name, media_type, part_name, whole

if TYPE_CHECKING:
    from .._core.message import Request
    from ..call import Call, Pages
    from .types.common import CallOptions, FileSource, RecordId

__all__ = ["MacroAttachments"]

FIELD: Final = "attachment"

_ALL: Final = "/api/v2/macros/attachments"
_OF_MACRO: Final = "/api/v2/macros/{macro_id}/attachments"

LIST: Final = Route("macros.attachments.list", "GET", _OF_MACRO, "macro_attachments", MacroAttachment)
SHOW: Final = Route(
    "macros.attachments.show", "GET", _ALL + "/{attachment_id}", "macro_attachment", MacroAttachment
)
CREATE: Final = Route("macros.attachments.create", "POST", _ALL, "macro_attachment", MacroAttachment)
CREATE_OF_MACRO: Final = Route(
    "macros.attachments.create", "POST", _OF_MACRO, "macro_attachment", MacroAttachment
)


class MacroAttachments(Resource):
    """The files of macros. A macro may have five of them."""

    def list(self, macro_id: RecordId, **options: Unpack[CallOptions]) -> Pages[MacroAttachment]:
        """The files of a macro, in one page."""
        return self._pages(LIST, options, macro_id=macro_id)

    def show(self, attachment_id: RecordId, **options: Unpack[CallOptions]) -> Call[MacroAttachment]:
        """One file's name, size and address."""
        return self._call(SHOW, options, attachment_id=attachment_id)

    def create(
        self,
        source: FileSource,
        *,
        macro_id: RecordId | None = None,
        filename: str | None = None,
        content_type: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[MacroAttachment]:
        """Uploads a file for a macro: its path, bytes, a binary stream or chunks that arrive one by one.

        Without `macro_id` it belongs to no macro yet: it does once its id stands in an action of one, as
        `{"field": "attachments", "value": [id]}`. It is read whole when the call is awaited, files and streams in a
        thread, and kept until the reply is in. `filename` is taken from the path where there is one. A lost reply
        raises `OutcomeUnknown`: the file may be there.
        """
        name = part_name(file_name(source) if filename is None else filename)
        kind = media_type(name, content_type)

        async def prepare(request: Request) -> Request:
            upload = Upload(field=FIELD, filename=name, content_type=kind, content=await whole(source, "file"))
            return attrs.evolve(request, upload=upload)

        if macro_id is None:
            return self._call(CREATE, options, prepare=prepare)
        return self._call(CREATE_OF_MACRO, options, prepare=prepare, macro_id=macro_id)
