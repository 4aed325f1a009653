"""Sharing agreements: tickets that are shared with other accounts. For agents; writing is for admins.

Source: https://developer.zendesk.com/api-reference/ticketing/tickets/sharing_agreements/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.account import SharingAgreement
from ._base import Resource
from .types.account import NewSharingAgreementWrite, SharingAgreementWrite

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.account import NewSharingAgreementFields, SharingAgreementFields
    from .types.common import CallOptions, RecordId

__all__ = ["SharingAgreements"]

_ALL: Final = "/api/v2/sharing_agreements"
_ONE: Final = _ALL + "/{sharing_agreement_id}"

LIST: Final = Route("sharing_agreements.list", "GET", _ALL, "sharing_agreements", SharingAgreement)
SHOW: Final = Route("sharing_agreements.show", "GET", _ONE, "sharing_agreement", SharingAgreement)
CREATE: Final = Route(
    "sharing_agreements.create", "POST", _ALL, "sharing_agreement", SharingAgreement, writes=NewSharingAgreementWrite
)
UPDATE: Final = Route(
    "sharing_agreements.update", "PUT", _ONE, "sharing_agreement", SharingAgreement, writes=SharingAgreementWrite
)
DELETE: Final = Route("sharing_agreements.delete", "DELETE", _ONE)


class SharingAgreements(Resource):
    """Agreements to share tickets with other accounts."""

    def list(self, **options: Unpack[CallOptions]) -> Pages[SharingAgreement]:
        """All agreements, in one page."""
        return self._pages(LIST, options)

    def show(self, sharing_agreement_id: RecordId, **options: Unpack[CallOptions]) -> Call[SharingAgreement]:
        """One agreement."""
        return self._call(SHOW, options, sharing_agreement_id=sharing_agreement_id)

    def create(self, **fields: Unpack[NewSharingAgreementFields]) -> Call[SharingAgreement]:
        """Offers another account, `remote_subdomain`, to share tickets; it has to accept."""
        return self._write(CREATE, fields)

    def update(
        self, sharing_agreement_id: RecordId, **fields: Unpack[SharingAgreementFields]
    ) -> Call[SharingAgreement]:
        """Changes the `status` of an agreement: accepts, declines or ends it."""
        return self._write(UPDATE, fields, sharing_agreement_id=sharing_agreement_id)

    def delete(self, sharing_agreement_id: RecordId, **options: Unpack[CallOptions]) -> Call[None]:
        """Deletes an agreement."""
        return self._call(DELETE, options, sharing_agreement_id=sharing_agreement_id)
