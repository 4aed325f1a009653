"""What can be written of an attachment."""

from __future__ import annotations

from typing import TypedDict

__all__ = ["AttachmentWrite"]


class AttachmentWrite(TypedDict):
    """The one field of an attachment that can be written.

    `malware_access_override` opens an attachment in which malware was found, or closes it again.
    """

    malware_access_override: bool
