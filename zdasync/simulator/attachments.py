"""Endpoints of attachments: uploads with a raw body, attachments, and the content of files.

Source: the Attachments page of the reference. `POST /uploads` takes the file itself as the body, its name in the query
and, to put several files into one upload, the token of the first; the ticket that is written next takes them with
`comment.uploads`. The content stands behind `content_url` on the account's own host, outside of `/api`, and is handed
out by another host where `Settings.attachment_redirects` says so, as the real service does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from .attachment_store import THUMBNAIL_SIDE, Attachment, Upload
from .guards import Holder, agents, anyone, caller, path_id, signed_in
from .http import Call, Endpoints, Json, Refusal, Reply
from .parameters import Coerce, envelope, flag, permit, warning
from .refusals import bad_request, forbidden, not_authenticated, not_found, problem, record_invalid
from .render import View, iso

WRITABLE: Final[dict[str, Coerce]] = {"malware_access_override": flag}
CONTENT_HOST: Final = "localhost"
"""The other name of the machine, another host to every client, from which redirected content comes."""


# --- for endpoints that write comments


def take_uploads(account: Holder, tokens: Iterable[str]) -> list[Attachment]:
    """The files of these uploads, each token once; they belong to a comment from now on, which keeps their ids.

    Raises the 422 of a record for a token that is unknown, taken or expired (or ignores it, as the settings say).
    """
    store, now, found = account.state.attachments, account.now(), []
    for token in dict.fromkeys(tokens):
        upload = store.waiting(str(token), now)
        if upload is not None:
            found.append(upload)
        elif account.settings.unknown_upload == "refuse":
            raise record_invalid({"base": [problem("Uploads: token is invalid or has expired", "InvalidValue")]})
    return store.take(found)


def render_attachment(view: View, shown: Attachment) -> dict[str, Json]:
    """An attachment as the API shows it, with its thumbnail where it is a picture."""
    thumbnails: list[Json] = []
    if shown.thumbnail_id is not None:
        name = f"{shown.file_name.rpartition('.')[0]}_thumb.{shown.file_name.rpartition('.')[2]}"
        thumbnails.append(
            _file(view, shown, shown.thumbnail_id, name) | {"width": THUMBNAIL_SIDE, "height": THUMBNAIL_SIDE}
        )
    return _file(view, shown, shown.id, shown.file_name) | {"thumbnails": thumbnails}


def _file(view: View, shown: Attachment, file_id: int, name: str) -> dict[str, Json]:
    content_url = f"{view.base_url}/attachments/token/{shown.content_token}/?name={quote(name, safe='')}"
    return {
        "url": view.url(f"attachments/{file_id}"),
        "id": file_id,
        "file_name": name,
        "content_url": content_url,
        "mapped_content_url": content_url,
        "content_type": shown.content_type,
        "size": len(shown.content),
        "width": None,
        "height": None,
        "inline": shown.inline,
        "deleted": False,
        "malware_access_override": shown.malware_access_override,
        "malware_scan_result": shown.malware_scan_result,
    }


def render_upload(view: View, shown: Upload) -> dict[str, Json]:
    """An upload as the API shows it: the file that came last, and all of them."""
    files = [render_attachment(view, attachment) for attachment in shown.files]
    return {
        "token": shown.token,
        "expires_at": iso(shown.expires_at),
        "attachment": files[-1],
        "attachments": files,
    }


# --- uploads


def upload(account: Holder, call: Call) -> Reply:
    """POST /uploads?filename=…: the body is the file."""
    settings, store = account.settings, account.state.attachments
    name, token = (call.arg("filename") or "").strip(), call.arg("token")
    if not name:
        raise bad_request("filename is missing", "InvalidRequest")
    if len(call.content) > settings.max_upload_bytes:
        raise Refusal(settings.upload_too_large_status, {
            "error": "AttachmentTooLarge",
            "description": f"The file exceeds the maximum of {settings.max_upload_bytes} bytes",
        })
    into = None if token is None else store.waiting(token, call.now)
    if token is not None and into is None:
        raise record_invalid({"base": [problem("Upload: token is invalid or has expired", "InvalidValue")]})
    kind = call.headers.get("Content-Type", "").partition(";")[0].strip() or None
    kept = store.add(name, call.content, call.now, content_type=kind, author_id=caller(call).id)
    put = store.upload(kept, call.now, into, lives=settings.upload_lifetime)
    return Reply(201, {"upload": render_upload(View.of(account, call), put)})


def delete_upload(account: Holder, call: Call) -> Reply:
    """DELETE /uploads/{token}: 204."""
    found = account.state.attachments.waiting(call.values["token"], call.now)
    if found is None:
        raise not_found()
    account.state.attachments.drop(found)
    return Reply(204, empty=True)


# --- attachments


def show(account: Holder, call: Call) -> Reply:
    """GET /attachments/{attachment_id}."""
    return _shown(account, call, _attachment(account, call))


def update(account: Holder, call: Call) -> Reply:
    """PUT /attachments/{attachment_id}: whether a file with malware may be read after all."""
    if not caller(call).admin:
        raise forbidden()
    found = _attachment(account, call)
    action = "attachments/update"
    permitted = permit(envelope(call.body, "attachment", action), WRITABLE, "attachment", action)
    found.malware_access_override = bool(permitted.fields.get("malware_access_override"))
    return _shown(account, call, found, warning(action, permitted.dropped))


def delete(account: Holder, call: Call) -> Reply:
    """DELETE /attachments/{attachment_id}: one that no comment holds; those of comments are redacted."""
    found = _attachment(account, call)
    if found.taken:
        raise forbidden()
    account.state.attachments.remove(found)
    return Reply(204, empty=True)


def redact(account: Holder, call: Call) -> Reply:
    """PUT /tickets/{ticket_id}/comments/{comment_id}/attachments/{attachment_id}/redact: the content is gone."""
    found, tickets = _attachment(account, call), account.state.tickets
    ticket, comment_id = tickets.active(path_id(call, "ticket_id")), path_id(call, "comment_id")
    comments = () if ticket is None else tickets.comments_of(ticket)
    if ticket is None or not any(one.id == comment_id and found.id in one.attachment_ids for one in comments):
        raise not_found()
    found.redact()
    tickets.touch(ticket, call.now)
    return _shown(account, call, found)


def _attachment(account: Holder, call: Call) -> Attachment:
    found = account.state.attachments.by_id.get(path_id(call, "attachment_id"))
    if found is None:
        raise not_found()
    return found


def _shown(account: Holder, call: Call, found: Attachment, headers: dict[str, str] | None = None) -> Reply:
    return Reply(body={"attachment": render_attachment(View.of(account, call), found)}, headers=headers or {})


# --- content


def content(account: Holder, call: Call) -> Reply:
    """GET /attachments/token/{token}/?name=…: the file, or where it is."""
    settings, found = account.settings, _by_token(account, call)
    if settings.attachments_private and call.actor.user is None:
        raise not_authenticated()
    if settings.attachment_redirects:
        port = call.base_url.rpartition(":")[2]
        there = f"http://{CONTENT_HOST}:{port}/usercontent/{found.content_token}?name={quote(found.file_name, safe='')}"
        return Reply(302, "", {"Location": there, "Content-Type": "text/html; charset=utf-8"})
    return _served(found)


def handed_out(account: Holder, call: Call) -> Reply:
    """GET /usercontent/{token}: the same file from the other host, to whoever knows the address."""
    return _served(_by_token(account, call))


def _by_token(account: Holder, call: Call) -> Attachment:
    found = account.state.attachments.by_content.get(call.values["token"])
    if found is None:
        raise not_found()
    return found


def _served(found: Attachment) -> Reply:
    if not found.open:
        raise forbidden("The attachment contains malware")
    disposition = f"attachment; filename*=UTF-8''{quote(found.file_name, safe='')}"
    return Reply(200, found.content, {"Content-Type": found.content_type, "Content-Disposition": disposition})


ENDPOINTS: Endpoints = {
    ("POST", "/api/v2/uploads"): signed_in(upload),
    ("DELETE", "/api/v2/uploads/{token}"): signed_in(delete_upload),
    ("GET", "/api/v2/attachments/{attachment_id}"): signed_in(show),
    ("PUT", "/api/v2/attachments/{attachment_id}"): agents(update),
    ("DELETE", "/api/v2/attachments/{attachment_id}"): agents(delete),
    ("PUT", "/api/v2/tickets/{ticket_id}/comments/{comment_id}/attachments/{attachment_id}/redact"): agents(redact),
    ("GET", "/attachments/token/{token}/"): anyone(content),
    ("GET", "/usercontent/{token}"): anyone(handed_out),
}
