"""The rules of phone numbers: who has a direct line, who shares a number.

The model, from the Users page of the reference: a number that nobody else has becomes a direct line, with an
identity; a number that others have becomes a shared number, without one. A user who has a direct line keeps it, and
a further number becomes a secondary identity.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Identity, User
    from .state import State


def number_key(phone: str) -> str:
    """A number without its punctuation: what two numbers are compared by."""
    return re.sub(r"[^\d+x]", "", phone)


def is_unique(state: State, user: User, phone: str) -> bool:
    """Does nobody else have this number, as phone or as identity?"""
    others = state.phones.get(number_key(phone), set()) - {user.id}
    identity = state.identity_values["phone_number"].get(number_key(phone))
    return not others and (identity is None or identity.user_id == user.id)


def write_phone(state: State, user: User, phone: str | None, now: float, *, shared: bool | None = None) -> None:
    """Write `phone`. An empty number clears the phone and its identity.

    `shared` true asks for a shared number whoever has it. A user with a direct line who is given a number of
    somebody else keeps everything as it is.
    """
    if not phone:
        _clear(state, user)
    elif user.phone is not None and number_key(user.phone) == number_key(phone):
        return
    elif user.phone is not None and user.shared_phone_number is False:
        if is_unique(state, user, phone):
            _ensure_identity(state, user, phone, now)
    elif shared or not is_unique(state, user, phone):
        state.set_phone(user, phone, shared=True)
    else:
        state.set_phone(user, phone, shared=False)
        _ensure_identity(state, user, phone, now)


def _clear(state: State, user: User) -> None:
    identity = _identity(state, user, user.phone) if user.phone else None
    if identity is not None:
        state.remove_identity(identity)
    state.set_phone(user, None, shared=None)


def _identity(state: State, user: User, phone: str) -> Identity | None:
    identity = state.identity_values["phone_number"].get(number_key(phone))
    return identity if identity is not None and identity.user_id == user.id else None


def _ensure_identity(state: State, user: User, phone: str, now: float) -> None:
    if _identity(state, user, phone) is None:
        state.add_identity(user, "phone_number", number_key(phone), now)
