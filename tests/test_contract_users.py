"""Every operation and every field of the Users family, in tables of the tests' own.

The tables are compared with the package and, where the facts about Zendesk's API lie beside the repository, with them.
"""

from __future__ import annotations

import inspect
import json
import re
from functools import reduce
from pathlib import Path
from typing import Final

import attrs
import pytest

from zdasync import ApiToken, Zendesk, records
from zdasync.resources._base import Resource
from zdasync.resources.table import routes
from zdasync.simulator.endpoints import TABLES
from zdasync.simulator.routing import Router
from zdasync.types import IdentityChange, NewIdentity, UserWrite

FACTS: Final = Path(__file__).parents[2] / "shared" / "contract"

OPERATIONS: Final = {
    "users": """
        users.list                          GET    /api/v2/users
        users.list                          GET    /api/v2/groups/{group_id}/users
        users.list                          GET    /api/v2/organizations/{organization_id}/users
        users.search                        GET    /api/v2/users/search
        users.autocomplete                  GET    /api/v2/users/autocomplete
        users.autocomplete_by_body          POST   /api/v2/users/autocomplete
        users.count                         GET    /api/v2/users/count
        users.count                         GET    /api/v2/groups/{group_id}/users/count
        users.count                         GET    /api/v2/organizations/{organization_id}/users/count
        users.show                          GET    /api/v2/users/{user_id}
        users.show_many                     GET    /api/v2/users/show_many
        users.related                       GET    /api/v2/users/{user_id}/related
        users.me                            GET    /api/v2/users/me
        users.create                        POST   /api/v2/users
        users.create_many                   POST   /api/v2/users/create_many
        users.create_or_update              POST   /api/v2/users/create_or_update
        users.create_or_update_many         POST   /api/v2/users/create_or_update_many
        users.request_create                POST   /api/v2/users/request_create
        users.update                        PUT    /api/v2/users/{user_id}
        users.update_many                   PUT    /api/v2/users/update_many
        users.merge                         PUT    /api/v2/users/{user_id}/merge
        users.delete                        DELETE /api/v2/users/{user_id}
        users.destroy_many                  DELETE /api/v2/users/destroy_many
        users.logout_many                   POST   /api/v2/users/logout_many
        users.me_settings                   GET    /api/v2/users/me/settings
        users.update_me_settings            PUT    /api/v2/users/me/settings
        users.entitlements                  GET    /api/v2/users/{user_id}/entitlements/full
        users.upload_photo                  PUT    /api/v2/users/{user_id}
        users.compliance_deletion_statuses  GET    /api/v2/users/{user_id}/compliance_deletion_statuses
        users.deleted.list                  GET    /api/v2/deleted_users
        users.deleted.count                 GET    /api/v2/deleted_users/count
        users.deleted.show                  GET    /api/v2/deleted_users/{deleted_user_id}
        users.deleted.delete                DELETE /api/v2/deleted_users/{deleted_user_id}
    """,
    "user_identities": """
        users.identities.list                  GET    /api/v2/users/{user_id}/identities
        users.identities.show                  GET    /api/v2/users/{user_id}/identities/{id}
        users.identities.create                POST   /api/v2/users/{user_id}/identities
        users.identities.update                PUT    /api/v2/users/{user_id}/identities/{id}
        users.identities.make_primary          PUT    /api/v2/users/{user_id}/identities/{id}/make_primary
        users.identities.verify                PUT    /api/v2/users/{user_id}/identities/{id}/verify
        users.identities.request_verification  PUT    /api/v2/users/{user_id}/identities/{id}/request_verification
        users.identities.delete                DELETE /api/v2/users/{user_id}/identities/{id}
        users.identities.list                  GET    /api/v2/end_users/{user_id}/identities
        users.identities.show                  GET    /api/v2/end_users/{user_id}/identities/{id}
        users.identities.create                POST   /api/v2/end_users/{user_id}/identities
        users.identities.make_primary          PUT    /api/v2/end_users/{user_id}/identities/{id}/make_primary
        users.identities.request_verification  PUT    /api/v2/end_users/{user_id}/identities/{id}/request_verification
        users.identities.delete                DELETE /api/v2/end_users/{user_id}/identities/{id}
    """,
    "user_passwords": """
        users.set_password           POST /api/v2/users/{user_id}/password
        users.change_password        PUT  /api/v2/users/{user_id}/password
        users.password_requirements  GET  /api/v2/users/{user_id}/password/requirements
    """,
    "sessions": """
        sessions.list        GET    /api/v2/sessions
        sessions.list        GET    /api/v2/users/{user_id}/sessions
        sessions.show        GET    /api/v2/users/{user_id}/sessions/{session_id}
        sessions.delete      DELETE /api/v2/users/{user_id}/sessions/{session_id}
        sessions.delete_all  DELETE /api/v2/users/{user_id}/sessions
        sessions.current     GET    /api/v2/users/me/session
        sessions.renew       GET    /api/v2/users/me/session/renew
        sessions.logout      DELETE /api/v2/users/me/logout
    """,
    "job_statuses": """
        job_statuses.list       GET /api/v2/job_statuses
        job_statuses.show       GET /api/v2/job_statuses/{job_status_id}
        job_statuses.show_many  GET /api/v2/job_statuses/show_many
    """,
    "oauth_tokens": """
        oauth.tokens.list            GET    /api/v2/oauth/tokens
        oauth.tokens.show            GET    /api/v2/oauth/tokens/{oauth_token_id}
        oauth.tokens.show_current    GET    /api/v2/oauth/tokens/current
        oauth.tokens.create          POST   /api/v2/oauth/tokens
        oauth.tokens.revoke          DELETE /api/v2/oauth/tokens/{oauth_token_id}
        oauth.tokens.revoke_current  DELETE /api/v2/oauth/tokens/current
    """,
    "grant_type_tokens": """
        oauth.exchange_code  POST /oauth/tokens
    """,
}

WITHOUT_ROUTE: Final = {("oauth.exchange_code", "POST", "/oauth/tokens")}
"""Sent without credentials and outside of the limits."""

NO_OPERATIONS: Final = {"oauth.authorization_url", "oauth.exchange_code", "job_statuses.wait"}
"""Public methods that are no row of a table: they send nothing by themselves, or not through a route."""

NOT_OF_USERS: Final = {("POST", "/api/v2/routing/agents/instance_values/job")}
"""Filed under job statuses, since it answers with one; it belongs to routing."""

FIELDS: Final = {
    "User": ("UserObjectUsers", """
        active alias chat_only created_at custom_role_id default_group_id details email external_id iana_time_zone id
        last_login_at locale locale_id moderator name notes only_private_comments organization_id phone photo
        remote_photo_url report_csv restricted_agent role role_type shared shared_agent shared_phone_number signature
        suspended tags ticket_restriction time_zone two_factor_auth_enabled updated_at url user_fields verified
        agent_brand_ids active_brand_id"""),
    "CurrentUser": ("CurrentUserResponseUsers", "id name email role authenticity_token user_fields"),
    "Identity": ("UserIdentityObject", """
        created_at deliverable_state id primary type undeliverable_count updated_at url user_id value
        verification_method verified verified_at"""),
    "DeletedUser": ("DeletedUserObject", """
        active created_at email id locale locale_id name organization_id phone photo role shared_phone_number time_zone
        updated_at url"""),
    "UserRelated": ("UserRelatedObject", "assigned_tickets ccd_tickets organization_subscriptions requested_tickets"),
    "ComplianceDeletionStatus": (
        "ComplianceDeletionStatusObject", "account_subdomain action application created_at executer_id user_id",
    ),
    "JobStatus": ("JobStatusObject", "id job_type message progress results status total url"),
    "Session": ("SessionObject", "authenticated_at id last_seen_at url user_id"),
    "OAuthTokenRecord": ("OauthTokenObject", """
        client_id created_at expires_at full_token id refresh_token refresh_token_expires_at scopes token url used_at
        user_id"""),
    "GrantedToken": (
        "OAuthTokenForGrantTypesObject",
        "access_token expires_in refresh_token refresh_token_expires_in scope token_type",
    ),
    "Attachment": ("AttachmentObject", """
        content_type content_url deleted file_name height id inline malware_access_override malware_scan_result
        mapped_content_url size thumbnails url width"""),
    "Thumbnail": ("AttachmentBaseObject", "content_type content_url file_name height id size url width"),
    "Organization": ("OrganizationObject", """
        created_at details domain_names external_id group_id id name notes organization_fields shared_comments
        shared_tickets tags updated_at url"""),
    "Group": ("GroupObject", "created_at default deleted description id is_public name updated_at url"),
    "Role": ("CustomRoleObject", "configuration created_at description id name role_type team_member_count updated_at"),
    "Entitlement": ("UserEntitlementObject", "is_active name"),
    "UserSettings": (None, "admin_center lotus shared_views_order"),
    "Count": (None, "refreshed_at value"),
}
"""Each record with the model that describes it, and the fields that it must have."""

WRITABLE: Final = """
    agent_brand_ids alias custom_role_id default_group_id details email external_id identities locale locale_id
    moderator name notes only_private_comments organization organization_id phone remote_photo_url restricted_agent role
    shared_phone_number signature skip_verify_email suspended tags ticket_restriction time_zone user_fields verified"""
"""The fields of a user that can be written."""

NOT_WRITTEN_AS_FIELDS: Final = {"photo"}
"""Writable by an upload of its own."""


def shape(path: str) -> str:
    """A path whatever its parameters are called."""
    return re.sub(r"\{\w+\}", "{}", path)


def table() -> set[tuple[str, str, str]]:
    rows = (line.split() for lines in OPERATIONS.values() for line in lines.split("\n") if line.strip())
    return {(name, method, shape(path)) for name, method, path in rows}


def facts(name: str) -> dict[str, dict] | list[dict]:
    """A file of facts; nothing where there is none."""
    path = FACTS / name
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def client() -> Zendesk:
    return Zendesk("acme", auth=ApiToken("agent@acme.com", "token"))


def test_the_routes_are_the_table() -> None:
    found = {(route.operation, route.method, shape(route.template)) for route in routes()}
    assert found | WITHOUT_ROUTE == table()


def test_every_group_is_whole() -> None:
    counts = {group: len(lines.strip().split("\n")) for group, lines in OPERATIONS.items()}
    assert counts == {
        "users": 33, "user_identities": 14, "user_passwords": 3, "sessions": 8, "job_statuses": 3, "oauth_tokens": 6,
        "grant_type_tokens": 1,
    }


def test_no_known_operation_is_missing() -> None:
    known = {
        (one["method"], shape(one["path"]))
        for file in ("operations.json", "extra_operations.json") for one in facts(file)
        if one["group"] in OPERATIONS and (one["method"], one["path"]) not in NOT_OF_USERS
    }
    here = {(method, path) for _, method, path in table()}
    assert not known - here
    assert len(here) == len(table()) - 1  # `update` and `upload_photo` share theirs


@pytest.mark.parametrize("operation", sorted({name for name, _, _ in table()} | NO_OPERATIONS))
def test_each_operation_is_a_documented_method(operation) -> None:
    method = reduce(getattr, operation.split("."), client())
    assert callable(method)
    assert inspect.getdoc(method)
    assert inspect.signature(method).return_annotation is not inspect.Signature.empty


def methods(resource, name: str) -> set[str]:
    """The public methods of a resource and of those that hang on it."""
    found: set[str] = set()
    for key, value in inspect.getmembers(resource):
        if key.startswith("_") or key == "string_ids":
            continue
        found |= methods(value, f"{name}.{key}") if isinstance(value, Resource) else {f"{name}.{key}"}
    return found


def test_every_method_is_an_operation() -> None:
    zd = client()
    found = set().union(*(methods(getattr(zd, name), name) for name in ("users", "sessions", "job_statuses", "oauth")))
    aliases = {name.removeprefix("users.") for name in found if name.startswith("users.sessions.")}
    named = {name for name in found if not name.startswith("users.sessions.")}
    assert named == {name for name, _, _ in table()} | NO_OPERATIONS
    assert aliases <= named


def test_the_simulated_account_serves_each_operation() -> None:
    router = Router(TABLES)
    wanted = [(method, path.replace("{}", "1")) for _, method, path in table()]
    assert [one for one in wanted if router.find(*one) is None] == []


@pytest.mark.parametrize("name", FIELDS)
def test_each_record_has_the_known_fields(name) -> None:
    model, own = FIELDS[name]
    has = {field.name for field in attrs.fields(getattr(records, name))}
    known = [found for file in ("models.json", "models_extra.json") if model and (found := facts(file))]
    described = {field for models in known for field in models.get(model, {}).get("fields", ())}
    assert set(own.split()) <= has
    assert described <= has


def test_records_without_a_model_are_the_simulations_own_shape() -> None:
    described = {cls for cls in vars(records).values() if inspect.isclass(cls) and issubclass(cls, records.Record)}
    composed = {"Record", "Sideloads", "Ability", "JobResult"}
    assert {cls.__name__ for cls in described} == set(FIELDS) | composed


def test_what_can_be_written_is_what_is_not_read_only() -> None:
    own = set(WRITABLE.split())
    fields = dict(facts("models.json") or {}).get("UserObjectUsers", {"fields": {}})["fields"]
    writable = {name for name, field in fields.items() if not field.get("read_only")} - NOT_WRITTEN_AS_FIELDS
    assert own | writable <= set(UserWrite.__annotations__)
    assert {"type", "value", "verified", "skip_verify_email"} <= set(NewIdentity.__annotations__)
    assert {"value", "verified", "verification_method"} <= set(IdentityChange.__annotations__)
