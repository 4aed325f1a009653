"""Every endpoint of the simulated account: the tables of all modules that have some."""

from __future__ import annotations

from typing import Final

from . import (
    bulk,
    deleted,
    identities,
    incremental,
    jobs,
    listings,
    me,
    oauth,
    organizations,
    search,
    sessions,
    users,
)
from .http import Endpoints

TABLES: Final[tuple[Endpoints, ...]] = (
    users.ENDPOINTS,
    listings.ENDPOINTS,
    me.ENDPOINTS,
    bulk.ENDPOINTS,
    deleted.ENDPOINTS,
    identities.ENDPOINTS,
    sessions.ENDPOINTS,
    organizations.ENDPOINTS,
    jobs.ENDPOINTS,
    oauth.ENDPOINTS,
    incremental.ENDPOINTS,
    search.ENDPOINTS,
)
