"""Pictures from wherever the caller has them: read whole, off the loop, and again for each call."""

from __future__ import annotations

import io
import threading

import pytest
from fake_caller import FakeCaller

from zdasync.errors import BadArgument
from zdasync.records import User
from zdasync.resources.users import Users

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


async def chunks():
    yield PNG[:8]
    yield PNG[8:]


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "me.jpeg"
    file.write_bytes(PNG)
    return file


@pytest.mark.parametrize("source", ["path", "str", "bytes", "bytearray", "stream", "file", "chunks"])
async def test_every_source_is_uploaded_whole(source, path):
    with path.open("rb") as file:
        photo = {
            "path": path, "str": str(path), "bytes": PNG, "bytearray": bytearray(PNG), "stream": io.BytesIO(PNG),
            "file": file, "chunks": chunks(),
        }[source]  # fmt: skip
        caller = FakeCaller({"user": {"id": 1}})
        assert await Users(caller).upload_photo(1, photo) == User(id=1)
    upload = caller.last.upload
    assert (caller.last.path, caller.last.route.method, caller.last.body) == ("/api/v2/users/1", "PUT", None)
    assert (upload.field, upload.content) == ("user[photo][uploaded_data]", PNG)
    if source in ("path", "str", "file"):
        assert (upload.filename, upload.content_type) == ("me.jpeg", "image/jpeg")
    else:
        assert (upload.filename, upload.content_type) == ("photo.png", "image/png")
    assert caller.last.values == {"user_id": 1}


async def test_name_and_type_can_be_given(path):
    caller = FakeCaller({"user": {"id": 1}})
    await Users(caller).upload_photo(1, path, filename="x.bin", content_type="image/tiff")
    assert (caller.last.upload.filename, caller.last.upload.content_type) == ("x.bin", "image/tiff")


async def test_streams_are_read_in_another_thread():
    threads = []

    class Stream(io.BytesIO):
        def read(self, *args):
            threads.append(threading.current_thread())
            return super().read(*args)

    await Users(FakeCaller({"user": {"id": 1}})).upload_photo(1, Stream(PNG))
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.parametrize(
    ("photo", "message"),
    [
        (b"", "the photo is empty"),
        (io.BytesIO(b""), "rewound"),
        (io.StringIO("text"), "binary mode"),
        ("/nowhere/at/all.png", "can't be read"),
        (7, "photo must be a path"),
    ],
)
async def test_what_gives_no_picture_is_refused(photo, message):
    caller = FakeCaller({"user": {"id": 1}})
    with pytest.raises(BadArgument, match=message):
        await Users(caller).upload_photo(1, photo)
    assert caller.sent == []


async def test_a_stream_that_was_read_is_not_uploaded_as_nothing():
    caller = FakeCaller({"user": {"id": 1}})
    call = Users(caller).upload_photo(1, io.BytesIO(PNG))
    await call
    with pytest.raises(BadArgument, match="rewound"):
        await call
    assert len(caller.sent) == 1


async def test_a_name_that_would_break_a_header_is_refused():
    with pytest.raises(BadArgument, match="header"):
        await Users(FakeCaller()).upload_photo(1, PNG, filename='a"\r\nb')
