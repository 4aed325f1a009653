"""The files of the simulated account: uploads that wait for a comment, and attachments with their content.

The model, from the Attachments page of the reference: an upload is a token that holds one file or several; a comment
takes the files of its tokens, which then are attachments of that comment. An upload that nobody takes expires. The
content of a file is found by a token of its own, which stands in `content_url`.
"""

from __future__ import annotations

import mimetypes
import random
from collections.abc import Callable, Iterable
from typing import Final

import attrs

LIFETIME: Final = 3600.0
"""Seconds for which an upload waits for its comment."""

IMAGES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
"""How files begin that have a thumbnail."""
THUMBNAIL_SIDE: Final = 80

REDACTED: Final = "redacted.txt"
"""What a file is replaced by when it is redacted, without content."""


@attrs.define(slots=True, eq=False)
class Attachment:
    """One file. `content_token` opens its content."""

    id: int
    file_name: str
    content_type: str
    content: bytes = attrs.field(repr=False)
    content_token: str = attrs.field(repr=False)
    created_at: float
    author_id: int
    inline: bool = False
    taken: bool = False
    """Does a comment hold it?"""
    malware_scan_result: str = "malware_not_found"
    malware_access_override: bool = False
    thumbnail_id: int | None = None

    @property
    def open(self) -> bool:
        """May its content be read?"""
        return self.malware_scan_result != "malware_found" or self.malware_access_override

    def redact(self) -> None:
        """Put an empty text in place of the file, for good."""
        self.file_name, self.content_type, self.content, self.thumbnail_id = REDACTED, "text/plain", b"", None


@attrs.define(slots=True, eq=False)
class Upload:
    """One upload: its files in the order in which they came."""

    token: str
    expires_at: float
    files: list[Attachment] = attrs.field(factory=list)


@attrs.define(slots=True, eq=False)
class Attachments:
    """All files of one account. `next_id` gives ids, `chance` tokens, so that they are the same for the same seed."""

    next_id: Callable[[], int]
    chance: random.Random = attrs.field(repr=False)
    by_id: dict[int, Attachment] = attrs.field(factory=dict, repr=False)
    by_content: dict[str, Attachment] = attrs.field(factory=dict, repr=False)
    """Content token to attachment."""
    uploads: dict[str, Upload] = attrs.field(factory=dict, repr=False)
    """Token to upload, until a comment takes it."""

    def add(
        self, file_name: str, content: bytes, now: float, *, content_type: str | None = None, author_id: int = 0
    ) -> Attachment:
        """Keep a file that no comment holds yet."""
        guessed = content_type or mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        attachment = Attachment(self.next_id(), file_name, guessed, content, self._token(), now, author_id)
        if content.startswith(IMAGES):
            attachment.thumbnail_id = self.next_id()
        self.by_id[attachment.id] = self.by_content[attachment.content_token] = attachment
        return attachment

    def upload(self, attachment: Attachment, now: float, into: Upload | None = None, *, lives: float) -> Upload:
        """Put a file into an upload: a new one that lives so many seconds, or one that is there."""
        if into is None:
            into = Upload(self._token(), now + lives)
            self.uploads[into.token] = into
        into.files.append(attachment)
        return into

    def waiting(self, token: str, now: float) -> Upload | None:
        """The upload with this token, unless it has expired or a comment has taken it."""
        upload = self.uploads.get(token)
        if upload is not None and now >= upload.expires_at:
            self.drop(upload)
            return None
        return upload

    def take(self, uploads: Iterable[Upload]) -> list[Attachment]:
        """The files of these uploads, which belong to a comment from now on."""
        files = []
        for upload in uploads:
            self.uploads.pop(upload.token, None)
            files += upload.files
        for attachment in files:
            attachment.taken = True
        return files

    def drop(self, upload: Upload) -> None:
        """Forget an upload and its files."""
        self.uploads.pop(upload.token, None)
        for attachment in upload.files:
            self.remove(attachment)

    def remove(self, attachment: Attachment) -> None:
        """Forget a file."""
        self.by_id.pop(attachment.id, None)
        self.by_content.pop(attachment.content_token, None)
        for upload in self.uploads.values():
            if attachment in upload.files:
                upload.files.remove(attachment)

    def _token(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"
