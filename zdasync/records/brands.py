"""Brands, and which agents work for them.

Source: https://developer.zendesk.com/api-reference/ticketing/account-configuration/brands/ and .../brand_agents/
"""

from __future__ import annotations

from datetime import datetime

from ._record import Record
from .users import Attachment

__all__ = ["Brand", "BrandAgent", "HostMapping"]


class Brand(Record, frozen=True, kw_only=True):
    """A face under which the account is known to customers.

    `help_center_state` is "enabled", "disabled" or "restricted". `host_mapping` is the account's own host name for
    the brand, if it has one.
    """

    id: int
    url: str | None = None
    name: str | None = None
    subdomain: str | None = None
    brand_url: str | None = None
    host_mapping: str | None = None
    active: bool | None = None
    default: bool | None = None
    is_deleted: bool | None = None
    has_help_center: bool | None = None
    help_center_state: str | None = None
    logo: Attachment | None = None
    ticket_form_ids: tuple[int, ...] = ()
    signature_template: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class BrandAgent(Record, frozen=True, kw_only=True):
    """An agent's membership in a brand. Its id is a string."""

    id: str
    url: str | None = None
    user_id: int | None = None
    brand_id: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class HostMapping(Record, frozen=True, kw_only=True):
    """Whether a host name points to Zendesk: `cname` is where it points, `expected_cnames` where it should."""

    cname: str | None = None
    expected_cnames: tuple[str, ...] = ()
    is_valid: bool | None = None
    reason: str | None = None
