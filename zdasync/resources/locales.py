"""Locales: the languages that the account and its agents can use.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/locales/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Unpack

from .._core.route import Route
from ..records.account import Locale
from ._base import Resource
from ._validate import filters, from_1_to_100, text

if TYPE_CHECKING:
    from ..call import Call, Pages
    from .types.common import CallOptions

__all__ = ["Locales"]

_ALL: Final = "/api/v2/locales"

LIST: Final = Route("locales.list", "GET", _ALL, "locales", Locale)
AGENT: Final = Route("locales.agent", "GET", _ALL + "/agent", "locales", Locale)
PUBLIC: Final = Route("locales.public", "GET", _ALL + "/public", "locales", Locale)
SHOW: Final = Route("locales.show", "GET", _ALL + "/{locale_id}", "locale", Locale)
CURRENT: Final = Route("locales.current", "GET", _ALL + "/current", "locale", Locale)
DETECT: Final = Route("locales.detect_best_locale", "GET", _ALL + "/detect_best_locale", "locale", Locale)


class Locales(Resource):
    """Languages. Those of Zendesk are open to everybody."""

    string_ids = True

    def list(self, **options: Unpack[CallOptions]) -> Pages[Locale]:
        """The languages of the account, in one page."""
        return self._pages(LIST, options)

    def agent(self, **options: Unpack[CallOptions]) -> Pages[Locale]:
        """The languages in which agents may work, in one page."""
        return self._pages(AGENT, options)

    def public(self, **options: Unpack[CallOptions]) -> Pages[Locale]:
        """The languages that any account may choose, in one page."""
        return self._pages(PUBLIC, options)

    def show(self, locale_id: int | str, **options: Unpack[CallOptions]) -> Call[Locale]:
        """One language, by its id or its code ("en-US")."""
        return self._call(SHOW, options, locale_id=locale_id)

    def current(self, **options: Unpack[CallOptions]) -> Call[Locale]:
        """The language of the caller."""
        return self._call(CURRENT, options)

    def detect_best_locale(
        self, available_locales: Sequence[str] | None = None, **options: Unpack[CallOptions]
    ) -> Call[Locale]:
        """The language that suits the caller best, of those that the account has or of those that are given."""
        names = None if available_locales is None else [
            text(f"available_locales[{i}]", name)
            for i, name in enumerate(from_1_to_100("available_locales", available_locales))
        ]
        return self._call(DETECT, options, query=filters(available_locales=names))
