"""Pages around the account: what their methods send, and what is refused before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_caller import FakeCaller

from zdasync.errors import BadArgument
from zdasync.resources.account_settings import AccountSettings
from zdasync.resources.activities import Activities
from zdasync.resources.audit_logs import AuditLogs
from zdasync.resources.bookmarks import Bookmarks
from zdasync.resources.brand_agents import BrandAgents
from zdasync.resources.brands import Brands
from zdasync.resources.custom_roles import CustomRoles
from zdasync.resources.locales import Locales
from zdasync.resources.sharing_agreements import SharingAgreements

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
PAGE = ("page[size]", "100")

SENT = [
    (Brands, lambda p: p.list(), "GET /api/v2/brands", (PAGE,)),
    (Brands, lambda p: p.show(7), "GET /api/v2/brands/7", ()),
    (Brands, lambda p: p.delete("7"), "DELETE /api/v2/brands/7", ()),
    (Brands, lambda p: p.check_host_mapping(7), "GET /api/v2/brands/7/check_host_mapping", ()),
    (Brands, lambda p: p.check_host_mapping(host_mapping="help.acme.com", subdomain="acme"),
     "GET /api/v2/brands/check_host_mapping", (("host_mapping", "help.acme.com"), ("subdomain", "acme"))),
    (BrandAgents, lambda p: p.list(), "GET /api/v2/brand_agents", (PAGE,)),
    (BrandAgents, lambda p: p.list(brand_id=3), "GET /api/v2/brands/3/agents", (PAGE,)),
    (BrandAgents, lambda p: p.list(user_id=4), "GET /api/v2/users/4/brand_agents", (PAGE,)),
    (BrandAgents, lambda p: p.list(brand_id=3, user_id=4), "GET /api/v2/brand_agents",
     (("brand_id", "3"), ("user_id", "4"), PAGE)),
    (BrandAgents, lambda p: p.show("01F"), "GET /api/v2/brand_agents/01F", ()),
    (BrandAgents, lambda p: p.show("01F", user_id=4), "GET /api/v2/users/4/brand_agents/01F", ()),
    (BrandAgents, lambda p: p.delete("01F"), "DELETE /api/v2/brand_agents/01F", ()),
    (CustomRoles, lambda p: p.list(), "GET /api/v2/custom_roles", ()),
    (CustomRoles, lambda p: p.show(1), "GET /api/v2/custom_roles/1", ()),
    (CustomRoles, lambda p: p.delete(1), "DELETE /api/v2/custom_roles/1", ()),
    (Locales, lambda p: p.list(), "GET /api/v2/locales", ()),
    (Locales, lambda p: p.agent(), "GET /api/v2/locales/agent", ()),
    (Locales, lambda p: p.public(), "GET /api/v2/locales/public", ()),
    (Locales, lambda p: p.show("en-US"), "GET /api/v2/locales/en-US", ()),
    (Locales, lambda p: p.show(8), "GET /api/v2/locales/8", ()),
    (Locales, lambda p: p.current(), "GET /api/v2/locales/current", ()),
    (Locales, lambda p: p.detect_best_locale(["de", "fr"]), "GET /api/v2/locales/detect_best_locale",
     (("available_locales", "de,fr"),)),
    (AccountSettings, lambda p: p.show(), "GET /api/v2/account/settings", ()),
    (AuditLogs, lambda p: p.show(9), "GET /api/v2/audit_logs/9", ()),
    (AuditLogs, lambda p: p.list(source_type="user", actor_id=5, created_at=(START, END), sort="-created_at"),
     "GET /api/v2/audit_logs",
     (("filter[source_type]", "user"), ("filter[actor_id]", "5"), ("filter[created_at]", "2026-01-01T00:00:00Z"),
      ("filter[created_at]", "2026-02-01T00:00:00Z"), ("sort", "-created_at"), PAGE)),
    (AuditLogs, lambda p: p.export(action="destroy"), "POST /api/v2/audit_logs/export",
     (("filter[action]", "destroy"),)),
    (Bookmarks, lambda p: p.list(per_page=5), "GET /api/v2/bookmarks", (("per_page", "5"),)),
    (Bookmarks, lambda p: p.delete(2), "DELETE /api/v2/bookmarks/2", ()),
    (Activities, lambda p: p.list(since=START), "GET /api/v2/activities", (("since", "2026-01-01T00:00:00Z"), PAGE)),
    (Activities, lambda p: p.show(3), "GET /api/v2/activities/3", ()),
    (Activities, lambda p: p.count(), "GET /api/v2/activities/count", ()),
    (SharingAgreements, lambda p: p.list(), "GET /api/v2/sharing_agreements", ()),
    (SharingAgreements, lambda p: p.show(3), "GET /api/v2/sharing_agreements/3", ()),
    (SharingAgreements, lambda p: p.delete(3), "DELETE /api/v2/sharing_agreements/3", ()),
]  # fmt: skip

WRITTEN = [
    (Brands, lambda p: p.create(name="A", subdomain="a"), "POST /api/v2/brands",
     b'{"brand":{"name":"A","subdomain":"a"}}'),
    (Brands, lambda p: p.update(7, default=True, host_mapping=None), "PUT /api/v2/brands/7",
     b'{"brand":{"default":true,"host_mapping":null}}'),
    (CustomRoles, lambda p: p.create(name="Lead", configuration={"ticket_deletion": False}),
     "POST /api/v2/custom_roles", b'{"custom_role":{"name":"Lead","configuration":{"ticket_deletion":false}}}'),
    (CustomRoles, lambda p: p.update(1, description="x"), "PUT /api/v2/custom_roles/1",
     b'{"custom_role":{"description":"x"}}'),
    (AccountSettings, lambda p: p.update(tickets={"tagging": False}), "PUT /api/v2/account/settings",
     b'{"settings":{"tickets":{"tagging":false}}}'),
    (Bookmarks, lambda p: p.create(35), "POST /api/v2/bookmarks", b'{"bookmark":{"ticket_id":35}}'),
    (SharingAgreements, lambda p: p.create(remote_subdomain="beta"), "POST /api/v2/sharing_agreements",
     b'{"sharing_agreement":{"remote_subdomain":"beta"}}'),
    (SharingAgreements, lambda p: p.update(3, status="accepted"), "PUT /api/v2/sharing_agreements/3",
     b'{"sharing_agreement":{"status":"accepted"}}'),
]  # fmt: skip

REFUSED = [
    (Brands, lambda p: p.create(name="A"), "subdomain"),
    (Brands, lambda p: p.update(7), "no fields to write"),
    (Brands, lambda p: p.update(7, colour="red"), "no field 'colour'"),
    (Brands, lambda p: p.check_host_mapping(), "one of the two"),
    (Brands, lambda p: p.check_host_mapping(7, host_mapping="a.b", subdomain="a"), "one of the two"),
    (Brands, lambda p: p.show("first"), "must be an id"),
    (BrandAgents, lambda p: p.list(user_id="me/../1"), "must be an id"),
    (CustomRoles, lambda p: p.create(description="x"), "name"),
    (AccountSettings, lambda p: p.update(tickets=True), "tickets"),
    (AccountSettings, lambda p: p.update(ticket={}), "did you mean"),
    (AuditLogs, lambda p: p.list(created_at=(datetime(2026, 1, 1), END)), "no time zone"),  # noqa: DTZ001
    (Bookmarks, lambda p: p.create("x"), "must be an id"),
    (Bookmarks, lambda p: p.list(per_page=500), "from 1 to 100"),
    (SharingAgreements, lambda p: p.create(name="x"), "remote_subdomain"),
    (Locales, lambda p: p.show("en/US"), "must be an id"),
]


@pytest.mark.parametrize(("page", "make", "line", "query"), SENT, ids=[row[2] for row in SENT])
def test_what_is_sent(page, make, line, query) -> None:
    request = make(page(FakeCaller())).request
    assert f"{request.route.method} {request.path}" == line
    assert request.query == query
    assert request.body is None


@pytest.mark.parametrize(("page", "make", "line", "body"), WRITTEN, ids=[row[2] for row in WRITTEN])
def test_what_is_written(page, make, line, body) -> None:
    request = make(page(FakeCaller())).request
    assert f"{request.route.method} {request.path}" == line
    assert request.body == body


@pytest.mark.parametrize(("page", "make", "why"), REFUSED)
def test_what_is_refused_before_anything_is_sent(page, make, why) -> None:
    caller = FakeCaller()
    with pytest.raises(BadArgument, match=why):
        make(page(caller))
    assert not caller.sent
