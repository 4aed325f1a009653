"""The calling user, settings, passwords, photos."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta

import pytest

from zdasync import Anonymous, ApiToken, AuthenticationError, BadArgument, OAuthToken, PermissionDenied, ValidationError
from zdasync.simulator import ADMIN_ID, AGENT_ID, CUSTOMER_ID, Fault

from .conftest import AGENT

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400


# --- me


async def test_me_is_whom_the_credentials_stand_for(start) -> None:
    stage = await start(auth=AGENT)
    me = await stage.zd.users.me()
    assert (me.id, me.email, me.role, me.anonymous) == (AGENT_ID, "agent@example.com", "agent", False)
    assert me.authenticity_token
    assert me.authenticity_token not in repr(me)
    assert (await stage.zd.verify_credentials()).id == AGENT_ID


async def test_me_without_credentials_is_nobody(start) -> None:
    stage = await start(auth=Anonymous())
    me = await stage.zd.users.me()
    assert (me.id, me.name, me.anonymous) == (0, "Anonymous user", True)
    assert stage.statuses == [200]
    with pytest.raises(AuthenticationError, match="anonymous"):
        await stage.zd.verify_credentials()


@pytest.mark.parametrize("answer", ["401", "anonymous"])
@pytest.mark.parametrize("auth", [ApiToken("admin@example.com", "wrong"), OAuthToken("wrong")])
async def test_wrong_credentials_are_found_out_whatever_the_status(start, answer, auth) -> None:
    stage = await start(auth=auth, settings={"me_bad_token": answer})
    with pytest.raises(AuthenticationError):
        await stage.zd.verify_credentials()
    if answer == "anonymous":
        assert (await stage.zd.users.me()).anonymous


async def test_an_end_user_sees_the_reduced_form(start) -> None:
    stage = await start()
    customer = await stage.bearer("read", user_id=CUSTOMER_ID)
    me = await customer.users.me()
    assert (me.id, me.name, me.tags, me.user_fields, me.external_id) == (CUSTOMER_ID, "Carla Customer", (), {}, None)
    assert "/end_users/" in me.url
    assert stage.drifts == []


async def test_settings_are_merged_section_by_section(start) -> None:
    stage = await start()
    assert (await stage.zd.users.me_settings()).lotus == {}
    await stage.zd.users.update_me_settings(lotus={"dark": True}, shared_views_order=[3, 1, 2])
    settings = await stage.zd.users.update_me_settings(lotus={"wide": False})
    assert settings.lotus == {"dark": True, "wide": False}
    assert settings.shared_views_order == (3, 1, 2)
    assert (await stage.zd.users.me_settings()) == settings
    with pytest.raises(BadArgument, match="lotus"):
        stage.zd.users.update_me_settings(lotos={})
    with pytest.raises(BadArgument, match="no fields to write"):
        stage.zd.users.update_me_settings()


# --- passwords


async def test_passwords_can_be_set_where_the_owner_allows_it(start) -> None:
    stage = await start(settings={"password_api_enabled": True})
    assert await stage.zd.users.set_password(CUSTOMER_ID, "correct horse") is None
    assert stage.user(CUSTOMER_ID).password == "correct horse"
    with pytest.raises(ValidationError) as caught:
        await stage.zd.users.set_password(CUSTOMER_ID, "abc")
    assert "password" in caught.value.fields


async def test_passwords_can_not_be_set_by_default(start) -> None:
    stage = await start()
    with pytest.raises(PermissionDenied):
        await stage.zd.users.set_password(CUSTOMER_ID, "correct horse")


async def test_a_password_never_shows(start) -> None:
    stage = await start()
    call = stage.zd.users.set_password(CUSTOMER_ID, "correct horse")
    with pytest.raises(PermissionDenied) as caught:
        await call
    assert "horse" not in f"{call!r} {caught.value!r} {caught.value} {caught.value.__dict__} {stage.events}"
    for wrong in ("", None, 7_777_777):
        with pytest.raises(BadArgument) as refused:
            stage.zd.users.set_password(CUSTOMER_ID, wrong)
        assert "7777777" not in str(refused.value)


async def test_change_ones_own_password(start) -> None:
    stage = await start()
    users = stage.zd.users
    stage.user(ADMIN_ID).password = "old one"
    assert await users.change_password(ADMIN_ID, previous_password="old one", password="new one") is None
    assert stage.user(ADMIN_ID).password == "new one"
    with pytest.raises(ValidationError) as caught:
        await users.change_password(ADMIN_ID, previous_password="old one", password="newer one")
    assert list(caught.value.fields) == ["previous_password"]
    with pytest.raises(PermissionDenied):
        await users.change_password(CUSTOMER_ID, previous_password="x", password="new one")


async def test_password_requirements(start) -> None:
    stage = await start()
    requirements = await stage.zd.users.password_requirements(CUSTOMER_ID)
    assert requirements
    assert all(isinstance(sentence, str) for sentence in requirements)


# --- photos


async def chunks():
    for start in range(0, len(PNG), 10_000):
        yield PNG[start : start + 10_000]


async def test_a_photo_from_a_path(start, tmp_path) -> None:
    stage = await start()
    path = tmp_path / "carla.png"
    path.write_bytes(PNG)
    for given in (path, str(path)):
        user = await stage.zd.users.upload_photo(CUSTOMER_ID, given)
        assert user.photo is not None
        assert (user.photo.content_type, user.photo.size) == ("image/png", len(PNG))
        assert stage.user(CUSTOMER_ID).photo.content == PNG
    assert stage.sent == [f"PUT /api/v2/users/{CUSTOMER_ID}"] * 2


@pytest.mark.parametrize("kind", ["bytes", "stream", "chunks"])
async def test_a_photo_from_bytes_a_stream_or_chunks(start, kind) -> None:
    stage = await start()
    photo = {"bytes": lambda: PNG, "stream": lambda: io.BytesIO(PNG), "chunks": chunks}[kind]()
    await stage.zd.users.upload_photo(CUSTOMER_ID, photo, filename="carla.png")
    assert stage.user(CUSTOMER_ID).photo.content == PNG


async def test_a_photo_is_sent_whole_again_after_a_rejection(start) -> None:
    route = f"PUT /api/v2/users/{CUSTOMER_ID}"
    rejected = Fault(route, "rate_limited", calls=(1,), retry_after=3)
    stage = await start(faults=[rejected, Fault(route, "reset_before", calls=(2,))])
    await stage.zd.users.upload_photo(CUSTOMER_ID, chunks())
    assert stage.user(CUSTOMER_ID).photo.content == PNG
    assert len(stage.sent) == 3


async def test_photos_that_can_not_be_read(start, tmp_path) -> None:
    stage = await start()
    with pytest.raises(BadArgument, match="can't be read"):
        await stage.zd.users.upload_photo(CUSTOMER_ID, tmp_path / "missing.png")
    with pytest.raises(BadArgument, match="empty"):
        await stage.zd.users.upload_photo(CUSTOMER_ID, b"")
    with pytest.raises(BadArgument, match="binary mode"):
        await stage.zd.users.upload_photo(CUSTOMER_ID, io.StringIO("text"))
    with pytest.raises(BadArgument, match="header"):
        await stage.zd.users.upload_photo(CUSTOMER_ID, PNG, filename='a"\r\nb.png')
    assert stage.sent == []


async def test_a_photo_counts_as_an_update_of_the_profile(start) -> None:
    stage = await start()
    await stage.zd.users.upload_photo(CUSTOMER_ID, PNG)
    state = stage.zd.limits["create-update-user/profile"]
    assert (state.used, state.total) == (1, 5)


async def test_a_picture_on_the_web_shows_later(start) -> None:
    stage = await start()
    user = await stage.zd.users.update(CUSTOMER_ID, remote_photo_url="https://img.example/carla.png")
    assert user.photo is None
    await asyncio.sleep(timedelta(minutes=2).total_seconds())
    shown = await stage.zd.users.show(CUSTOMER_ID)
    assert shown.photo is not None
    assert shown.photo.file_name == "carla.png"
