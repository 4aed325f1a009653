"""Which profile a request means: by id, by e-mail whoever's it is, by external id whatever its case.

The model, from the Users page: `create_or_update` finds a profile by any of its e-mail identities or by its external
id without regard to case. What it does when the two name different profiles is undocumented, and a setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from .guards import Holder
from .http import Call, Json
from .phones import number_key
from .records import User
from .refusals import Details, problem, record_invalid
from .settings import Settings
from .state import State

_USER_PATH: Final = re.compile(r"/api/v2/users/([0-9]{1,19})\Z")
_UPSERT_PATH: Final = "/api/v2/users/create_or_update"


def fold_email(settings: Settings, email: str) -> str:
    """An e-mail address as it is stored and matched."""
    stripped = email.strip()
    return stripped.lower() if settings.email_case_folding else stripped


def identity_value(settings: Settings, kind: str, value: str) -> str:
    """An identity's value as it is stored and matched."""
    if kind == "email":
        return fold_email(settings, value)
    return number_key(value) if kind == "phone_number" else value.strip()


def email_taken(email: str) -> Details:
    """The details of the 422 for an e-mail that another user has."""
    text = f"Email: {email} is already being used by another user"
    return {"email": [problem(text, "DuplicateValue")]}


def external_id_taken() -> Details:
    """The details of the 422 for an external id that another user has."""
    return {"external_id": [problem("External has already been taken", "DuplicateValue")]}


def candidates(state: State, settings: Settings, fields: Mapping[str, Json]) -> tuple[User | None, User | None]:
    """The profiles that a record's e-mail and external id name."""
    email, external_id = fields.get("email"), fields.get("external_id")
    by_email = state.by_email(fold_email(settings, email)) if isinstance(email, str) and email else None
    named = external_id if isinstance(external_id, str) else str(external_id) if isinstance(external_id, int) else ""
    return by_email, state.by_external_id(named) if named else None


def match(state: State, settings: Settings, fields: Mapping[str, Json]) -> User | None:
    """The profile that `create_or_update` means; None when it is a new one, 422 when the two names disagree."""
    if settings.merged_email_refused and _merged(state, settings, fields):
        raise record_invalid(email_taken(fields["email"]))
    by_email, by_external_id = candidates(state, settings, fields)
    if by_email is None or by_external_id is None or by_email is by_external_id:
        return by_email or by_external_id
    if settings.both_keys_conflict == "refuse":
        raise record_invalid(email_taken(fields["email"]))
    return by_email if settings.both_keys_conflict == "email" else by_external_id


def _merged(state: State, settings: Settings, fields: Mapping[str, Json]) -> bool:
    email = fields.get("email")
    return isinstance(email, str) and fold_email(settings, email) in state.merged_emails


def target_of(account: Holder, call: Call) -> tuple[str, ...]:
    """The profiles that a write of one user counts against, as names: an id where the profile exists.

    A new profile has the names that it will be found by: `email:<as stored>` and `external_id:<folded>`. Empty for
    requests that are under no limit per profile, and for a body without any name.
    """
    path = _USER_PATH.match(call.path)
    if call.method == "PUT" and path is not None:
        return (str(int(path[1])),)
    if call.method != "POST" or call.path != _UPSERT_PATH:
        return ()
    fields = call.body.get("user") if isinstance(call.body, dict) else None
    return names_of(account.state, account.settings, fields) if isinstance(fields, dict) else ()


def names_of(state: State, settings: Settings, fields: Mapping[str, Json]) -> tuple[str, ...]:
    """As `target_of`, for the fields of a record."""
    by_email, by_external_id = candidates(state, settings, fields)
    if by_email is not None and by_external_id is not None and by_email is not by_external_id:
        if settings.both_keys_conflict == "refuse":
            return str(by_email.id), str(by_external_id.id)
        return (str((by_email if settings.both_keys_conflict == "email" else by_external_id).id),)
    found = by_email or by_external_id
    return (str(found.id),) if found is not None else new_names(settings, fields)


def new_names(settings: Settings, fields: Mapping[str, Json]) -> tuple[str, ...]:
    """The names of a profile that does not exist yet."""
    email, external_id = fields.get("email"), fields.get("external_id")
    names = []
    if isinstance(email, str) and email:
        names.append(f"email:{fold_email(settings, email)}")
    if isinstance(external_id, str | int) and external_id != "":
        names.append(f"external_id:{str(external_id).casefold()}")
    return tuple(names)
