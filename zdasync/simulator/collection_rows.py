"""All simple collections of the account, family by family; see `collections` for how to add one."""

from __future__ import annotations

from typing import Final

from . import (
    account_collections,
    collection_fields,
    collection_forms,
    collection_statuses,
    macros,
    rules,
    triggers,
    views,
)
from .collection_model import Collection

COLLECTIONS: Final[tuple[Collection, ...]] = (
    *account_collections.COLLECTIONS,
    *collection_fields.COLLECTIONS,
    *collection_forms.COLLECTIONS,
    *collection_statuses.COLLECTIONS,
    views.VIEWS,
    macros.MACROS,
    triggers.TRIGGERS,
    triggers.CATEGORIES,
    rules.AUTOMATIONS,
)
