"""What shows of a call that fails, and replies by which calls fail."""

from __future__ import annotations

import pickle
import traceback

import attrs
from support import reply


@attrs.define
class Watch:
    """Everything that an observer, a log and a caller could see."""

    events: list[object] = attrs.field(factory=list)
    errors: list[BaseException] = attrs.field(factory=list)

    def seen(self, log: str) -> str:
        texts = [log, repr(self.events)]
        for error in self.errors:
            texts += ["".join(traceback.format_exception(error)), pickle.dumps(error).decode("latin-1")]
            while error is not None:
                texts += [str(error), repr(error), repr(error.__dict__), repr(error.args)]
                error = error.__cause__ or error.__context__  # noqa: PLW2901
        return "\n".join(texts)


REPLIES = {
    "401": reply(401, '{"error": "Couldn\'t authenticate you"}'),
    "403": reply(403, "<html>"),
    "422": reply(422, '{"error": "RecordInvalid", "details": {"password": [{"description": "too short"}]}}'),
    "429": reply(429, "slow", Retry_After="1"),
    "500": reply(500, "oops"),
    "502": reply(502, "<html>"),
    "302": reply(302, b"", Location="https://evil.example/"),
    "garbage": b"no http at all\r\n\r\n",
    "headers": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "encoding": reply(200, "no gzip", Content_Encoding="gzip"),
    "huge header": b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
    "silence": b"",
    "half": reply(200, '{"user": {"id": 5}}')[:-3],
    "no json": reply(200, "nonsense"),
}
