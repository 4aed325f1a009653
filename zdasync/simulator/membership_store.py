"""Who belongs where, as records of their own: users in organizations, agents in groups.

The model: a user's `organization_ids` and `group_ids` say where it belongs; here each pair of a user and such a place
has the id and the times that the memberships' endpoints show. `State` keeps the two in step whenever either list
changes, so that a user's profile and its memberships never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

FIRST_ORGANIZATION_MEMBERSHIP: Final = 410_000_000_000
FIRST_GROUP_MEMBERSHIP: Final = 420_000_000_000
_STEP: Final = 20


@attrs.define(slots=True, eq=False)
class Membership:
    """One user in one organization or group, `place_id`. Whether it is the default one, the user's profile says."""

    id: int
    user_id: int
    place_id: int
    created_at: float
    updated_at: float


@attrs.define(eq=False)
class MembershipStore:
    """All memberships of one kind, by id and by the pair that they join; ids ascend in the order of their making."""

    last_id: int
    rows: dict[int, Membership] = attrs.field(factory=dict, repr=False)
    _pairs: dict[tuple[int, int], Membership] = attrs.field(factory=dict, init=False, repr=False)

    def find(self, user_id: int, place_id: int) -> Membership | None:
        """The membership of a user in a place."""
        return self._pairs.get((user_id, place_id))

    def of_user(self, user_id: int, place_ids: Iterable[int]) -> list[int]:
        """The ids of a user's memberships in these places, ascending."""
        return sorted(self._pairs[user_id, place_id].id for place_id in place_ids)

    def of_place(self, place_id: int, user_ids: Iterable[int]) -> list[int]:
        """The ids of these users' memberships in a place, ascending."""
        return sorted(self._pairs[user_id, place_id].id for user_id in user_ids)

    def replace(self, user_id: int, before: Sequence[int], after: Sequence[int], now: float) -> None:
        """The user's places have changed: memberships end, and others begin; those in both lists stay as they are."""
        for place_id in before:
            if place_id not in after:
                del self.rows[self._pairs.pop((user_id, place_id)).id]
        for place_id in after:
            if (user_id, place_id) not in self._pairs:
                self.last_id += _STEP
                made = Membership(self.last_id, user_id, place_id, now, now)
                self.rows[made.id] = self._pairs[user_id, place_id] = made
