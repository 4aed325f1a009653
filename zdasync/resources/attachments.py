"""Attachments: upload files, look at them, download and redact them.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard, Unpack, overload

import attrs

from .._core.route import Route
from ..errors import BadArgument, DownloadError
from ..records.attachments import Upload
from ..records.users import Attachment, Thumbnail
from ._base import Resource
from ._download import Download, Place, fetch_file, place_of
from ._receivers import Measured, Sink, ToFile, ToMemory, ToSink, Undelivered
from ._sources import content_of, file_name, media_type
from ._validate import checked_options, flag, record_id, text
from .types.attachments import AttachmentWrite

if TYPE_CHECKING:
    from .._core.message import Receiver, Request
    from ..call import Call
    from .types.common import CallOptions, FileSource, RecordId

__all__ = ["MAX_UPLOAD", "Attachments"]

MAX_UPLOAD: Final = 50 * 1024 * 1024
"""Bytes of the largest file that Zendesk is said to take. Nothing here refuses a larger one: Zendesk decides."""

MALWARE: Final = "malware_found"
"""What `malware_scan_result` says of a file that Zendesk does not hand out."""

_ONE: Final = "/api/v2/attachments/{attachment_id}"
UPLOAD: Final = Route("attachments.upload", "POST", "/api/v2/uploads", "upload", Upload, idempotent=True)
UPLOAD_MORE: Final = Route("attachments.upload", "POST", "/api/v2/uploads", "upload", Upload)
DELETE_UPLOAD: Final = Route("attachments.delete_upload", "DELETE", "/api/v2/uploads/{token}")
SHOW: Final = Route("attachments.show", "GET", _ONE, "attachment", Attachment)
UPDATE: Final = Route("attachments.update", "PUT", _ONE, "attachment", Attachment, writes=AttachmentWrite)
DELETE: Final = Route("attachments.delete", "DELETE", _ONE)
REDACT: Final = Route(
    "attachments.redact", "PUT",
    "/api/v2/tickets/{ticket_id}/comments/{comment_id}/attachments/{attachment_id}/redact", "attachment", Attachment,
)
DOWNLOAD: Final = Route("attachments.download", "GET", "/attachments/token/{token}/")


class Attachments(Resource):
    """Files of ticket comments. A file is uploaded first, and a comment then takes it by the upload's token."""

    string_ids = True

    def upload(
        self,
        source: FileSource,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        token: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Call[Upload]:
        """Uploads a file: by its path, as bytes, or from a binary stream or an async iterable of bytes.

        `filename` and `content_type` are taken from a path where there is one. Put the `token` of what comes back into
        the `uploads` of a comment, within the hour; with `token` a file is added to an upload that is there. A path is
        read while it is sent, a stream from where it stands; what can be read only once is kept in a temporary file
        until the call has ended. Each attempt sends the whole file. An upload whose reply was lost is sent again: the
        first one, which no comment takes, expires. With `token` that would put the file there twice, so a lost reply
        raises `OutcomeUnknown`. `timeout` has to suffice for the whole file. Raises `BadArgument` for a file that is
        empty, can't be read or changes meanwhile, and for one without a name.
        """
        name = text("filename", file_name(source) if filename is None else filename)
        query: tuple[tuple[str, str], ...] = (("filename", name),)
        if token is not None:
            query += (("token", text("token", token)),)

        async def prepare(request: Request) -> Request:
            return attrs.evolve(request, content=await content_of(source, "file"))

        return self._call(
            UPLOAD if token is None else UPLOAD_MORE, options, query=query, prepare=prepare,
            headers={"Content-Type": media_type(name, content_type)},
        )

    def delete_upload(self, token: str, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes an upload that no comment has taken, with its files."""
        return self._call(DELETE_UPLOAD, options, token=token)

    def show(self, attachment_id: RecordId, **options: Unpack[CallOptions]) -> Call[Attachment]:
        """What is known of an attachment: name, type, size, what a search for malware said, where its content is."""
        return self._call(SHOW, options, attachment_id=record_id("attachment_id", attachment_id))

    def update(
        self, attachment_id: RecordId, *, malware_access_override: bool, **options: Unpack[CallOptions]
    ) -> Call[Attachment]:
        """Opens an attachment in which malware was found (True), or closes it again. For admins."""
        fields = {"malware_access_override": malware_access_override, **options}
        return self._write(UPDATE, fields, attachment_id=record_id("attachment_id", attachment_id))

    def delete(self, attachment_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes an attachment that no comment holds; what a comment holds is redacted."""
        return self._call(DELETE, options, attachment_id=record_id("attachment_id", attachment_id))

    def redact(
        self, ticket_id: RecordId, comment_id: RecordId, attachment_id: RecordId, **options: Unpack[CallOptions]
    ) -> Call[Attachment]:
        """Removes the content of a comment's attachment for good; an empty `redacted.txt` takes its place.

        The ticket must not be closed. It counts as an update of the ticket.
        """
        return self._call(
            REDACT,
            options,
            ticket_id=record_id("ticket_id", ticket_id),
            comment_id=record_id("comment_id", comment_id),
            attachment_id=record_id("attachment_id", attachment_id),
        )

    @overload
    def download(
        self,
        attachment: Thumbnail | RecordId,
        to: None = None,
        *,
        max_size: int | None = None,
        malware_access_override: bool = False,
        **options: Unpack[CallOptions],
    ) -> Download[bytes]: ...
    @overload
    def download(
        self,
        attachment: Thumbnail | RecordId,
        to: str | PathLike[str] | Sink,
        *,
        max_size: int | None = None,
        malware_access_override: bool = False,
        **options: Unpack[CallOptions],
    ) -> Download[int]: ...
    def download(
        self,
        attachment: Thumbnail | RecordId,
        to: str | PathLike[str] | Sink | None = None,
        *,
        max_size: int | None = None,
        malware_access_override: bool = False,
        **options: Unpack[CallOptions],
    ) -> Download[bytes] | Download[int]:
        """Downloads an attachment (or a thumbnail): an `Attachment`, an id, or the `content_url` of one.

        `to` a path: into that file, which is there when it is whole and not before, and replaces another one; awaiting
        gives how many bytes it has. `to` an async function: it gets the bytes piece by piece. Otherwise they are given
        back, all in memory. A lost line is begun again from the start, unless a function has had a part already.

        Raises `DownloadError` for a file of more than `max_size` bytes or of another size than the attachment says, and
        for one in which Zendesk found malware, unless its `malware_access_override` is set or you pass True; a
        `content_url` alone tells neither size nor malware. `timeout` is the longest silence of the line, not the time
        for the whole file. Credentials go to the account's own host only, wherever the file is.
        """
        if max_size is not None and (type(max_size) is not int or max_size < 0):
            raise BadArgument(f"max_size must be a number of bytes, not {max_size!r}")
        flag("malware_access_override", malware_access_override)
        work = _Work(self, attachment, max_size, malware_access_override, dict(options))
        work.check()
        if to is None:
            return Download(work.to_memory)
        if isinstance(to, str | PathLike):
            path = Path(fspath(to))
            return Download(lambda: work.to_file(path))
        if not callable(to):
            raise BadArgument(f"to must be a path, an async function that takes bytes, or None, not {to!r}")
        return Download(lambda: work.to_sink(to))


@attrs.frozen(slots=True, eq=False)
class _Work:
    """One download, whatever it goes to."""

    resource: Attachments
    wanted: Thumbnail | int | str
    max_size: int | None
    override: bool
    options: dict[str, Any]

    def check(self) -> None:
        """Raises `BadArgument` for what can't be downloaded."""
        checked_options(self.options)
        if isinstance(self.wanted, Thumbnail):
            self._place(self.wanted.content_url)
        elif _is_url(self.wanted):
            self._place(self.wanted)
        else:
            record_id("attachment", self.wanted)

    async def to_memory(self) -> bytes:
        kept = ToMemory()
        await self._bring(kept)
        return kept.content

    async def to_sink(self, sink: Sink) -> int:
        return await self._bring(ToSink(sink))

    async def to_file(self, path: Path) -> int:
        file = await ToFile.at(path)
        try:
            size = await self._bring(file)
            await _delivered(file.finish)
        finally:
            file.discard()
        return size

    async def _bring(self, receiver: Receiver) -> int:
        """Gives how many bytes there were."""
        wanted = self.wanted
        if not isinstance(wanted, Thumbnail) and not _is_url(wanted):
            wanted = await self.resource.show(wanted, **self.options)
        url, size = (wanted.content_url, wanted.size) if isinstance(wanted, Thumbnail) else (str(wanted), None)
        if isinstance(wanted, Thumbnail):
            self._refuse(wanted)
        measured = Measured(receiver, size, self.max_size)
        caller = self.resource._caller  # noqa: SLF001 - a part of it
        try:
            await _delivered(
                lambda: fetch_file(caller, DOWNLOAD, self._place(url), measured, checked_options(self.options))
            )
        except DownloadError as error:
            error.operation = DOWNLOAD.operation
            raise
        return measured.got

    def _place(self, url: str | None) -> Place:
        if not url:
            raise BadArgument("the attachment has no content_url, so there is nothing to download")
        return place_of(url, self.resource._caller.base_url)  # noqa: SLF001 - a part of it

    def _refuse(self, wanted: Thumbnail) -> None:
        if wanted.malware_scan_result == MALWARE and not (self.override or wanted.malware_access_override):
            raise DownloadError(
                "Zendesk found malware in it; pass malware_access_override=True to get it all the same",
                reason="malware", operation=DOWNLOAD.operation,
            )
        if self.max_size is not None and wanted.size is not None and wanted.size > self.max_size:
            raise DownloadError(
                f"it has {wanted.size} bytes, more than max_size ({self.max_size})",
                reason="too_large", operation=DOWNLOAD.operation,
            )


async def _delivered(work: Callable[[], Awaitable[None]]) -> None:
    """What the place of delivery failed at is raised as it was."""
    try:
        await work()
    except Undelivered as failed:
        failure: BaseException = failed.__cause__ or failed
    else:
        return
    raise failure  # not from within the handler: it would stand in its own context


def _is_url(wanted: object) -> TypeGuard[str]:
    return isinstance(wanted, str) and not wanted.isdecimal()
