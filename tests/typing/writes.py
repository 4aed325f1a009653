"""What can be written, as a type checker sees it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

import attrs

from zdasync import Priority, User, Zendesk
from zdasync.types import UserWrite


@attrs.frozen
class Row:
    name: str
    email: str | None = None


async def fields(zd: Zendesk) -> None:
    user = await zd.users.create(
        name="A Customer", email="customer@example.org", tags=["vip"], organization={"name": "Acme"},
        identities=[{"type": "twitter", "value": "acme"}],
        user_fields={"tier": "gold", "points": 3, "since": datetime(2024, 1, 1, tzinfo=UTC), "old": None},
    )
    assert_type(user, User)
    assert_type(await zd.users.create_or_update(external_id="crm-1", role="end-user"), User)


async def none_clears(zd: Zendesk) -> None:
    await zd.users.update(1, notes=None, external_id=None, organization_id=None, phone=None, alias=None)
    await zd.users.update(1, name=None)  # type: ignore[arg-type]
    await zd.users.update(1, tags=None)  # type: ignore[arg-type]
    await zd.users.update(1, suspended=None)  # type: ignore[arg-type]


async def options_among_the_fields(zd: Zendesk) -> None:
    await zd.users.update(1, notes="n", deadline=2.0, timeout=5, priority=Priority.BULK)
    await zd.with_options(deadline=2.0, priority=Priority.INTERACTIVE).users.update(1, notes="n")
    zd.with_options(retries=3)  # type: ignore[call-arg]


async def mistakes(zd: Zendesk) -> None:
    await zd.users.update(1, emial="a@example.org")  # type: ignore[call-arg]
    await zd.users.update(1, tags="vip")  # type: ignore[arg-type]
    await zd.users.update(1, role="boss")  # type: ignore[arg-type]
    await zd.users.update(1, verified="yes")  # type: ignore[arg-type]
    await zd.users.update(1, created_at="2024-01-01")  # type: ignore[call-arg]
    await zd.users.update(notes="whose?")  # type: ignore[call-arg]
    await zd.users.create(email="nameless@example.org")  # type: ignore[call-arg]
    await zd.users.identities.create(1, value="a@example.org")  # type: ignore[call-arg]
    await zd.users.identities.create(1, type="email", value="a@b.c", verification_method="sso")  # type: ignore[arg-type]
    await zd.users.show(1.5)  # type: ignore[arg-type]
    await zd.users.merge(1, 2)  # type: ignore[call-arg]


async def rows(zd: Zendesk) -> None:
    typed: list[UserWrite] = [{"name": "One"}, {"name": "Two", "email": None}]
    _ = await zd.users.create_many(typed)
    _ = await zd.users.create_many([{"name": "One", "tags": ["vip"]}])
    _ = await zd.users.create_many([Row("One"), Row("Two")])
    _ = await zd.users.update_many([{"id": 1, "notes": None}])
    _ = await zd.users.update_many(ids=[1, "2"], suspended=True)
    _ = await zd.users.update_many(external_ids=["a"], emial="x")  # type: ignore[call-arg]
    _ = await zd.users.create_many(["One"])  # type: ignore[list-item]


async def photos(zd: Zendesk) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b""

    for photo in ("carla.png", Path("carla.png"), b"bytes", io.BytesIO(b"stream")):
        assert_type(await zd.users.upload_photo(1, photo), User)
    await zd.users.upload_photo(1, chunks(), filename="carla.png")
    await zd.users.upload_photo(1, 17)  # type: ignore[arg-type]
