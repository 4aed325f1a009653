"""The base URL, headers that come from outside, and the environment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdasync._checks import header_value, on_behalf_of_value
from zdasync.auth import ApiToken, ClientCredentials, OAuthToken
from zdasync.config import checked_plan, resolve_base_url, settings_from_env
from zdasync.errors import BadArgument

SECRET = "5ecre7Value"


@pytest.mark.parametrize(
    ("subdomain", "url"),
    [
        ("acme", "https://acme.zendesk.com"),
        ("Acme", "https://acme.zendesk.com"),
        ("acme-2", "https://acme-2.zendesk.com"),
        ("z3n", "https://z3n.zendesk.com"),
        ("a" * 63, f"https://{'a' * 63}.zendesk.com"),
    ],
)
def test_a_subdomain_makes_the_url(subdomain, url):
    assert resolve_base_url(subdomain, None) == url


@pytest.mark.parametrize(
    "whole",
    ["acme.zendesk.com", "https://acme.zendesk.com", "https://acme.zendesk.com/agent/home", "ACME.Zendesk.com/"],
)
def test_a_whole_address_as_subdomain_is_refused_with_the_word_to_write(whole):
    with pytest.raises(BadArgument, match='write "acme"'):
        resolve_base_url(whole, None)


@pytest.mark.parametrize(
    "subdomain",
    [
        "", " ", "acme/", "acme/../evil", "a.b", "evil.com/", "evil.com#", "acme ", "acme\n", "-acme", "acme-", "a_b",
        "ácme", "a" * 64, "user:pass@acme", "acme:8080", "acme?x", "acme%2e", "[::1]", 7, b"acme",
    ],
)
def test_what_is_no_subdomain_is_refused(subdomain):
    with pytest.raises(BadArgument):
        resolve_base_url(subdomain, None)


@given(st.text(max_size=12))
def test_no_subdomain_leaves_zendesk(subdomain):
    try:
        url = resolve_base_url(subdomain, None)
    except BadArgument:
        return
    host = url.removeprefix("https://").removesuffix(".zendesk.com")
    assert host.isascii()
    assert host.replace("-", "").isalnum()


@pytest.mark.parametrize(
    ("base_url", "resolved"),
    [
        ("https://acme.zendesk.com", "https://acme.zendesk.com"),
        ("https://acme.zendesk.com/", "https://acme.zendesk.com"),
        ("HTTPS://Acme.Zendesk.com", "https://acme.zendesk.com"),
        ("https://proxy.internal:8443", "https://proxy.internal:8443"),
        ("https://10.1.2.3", "https://10.1.2.3"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://localhost:1234/", "http://localhost:1234"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_a_base_url_is_normalised(base_url, resolved):
    assert resolve_base_url(None, base_url) == resolved


@pytest.mark.parametrize(
    ("base_url", "says"),
    [
        ("http://acme.zendesk.com", "plain HTTP"),
        ("http://10.0.0.1", "plain HTTP"),
        ("http://0.0.0.0", "plain HTTP"),
        ("http://localhost.evil.com", "plain HTTP"),
        ("http://127.0.0.1.evil.com", "plain HTTP"),
        ("http://127.1", "plain HTTP"),
        ("ftp://acme.zendesk.com", "begin with https://"),
        ("acme.zendesk.com", "begin with https://"),
        ("//acme.zendesk.com", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("", "begin with https://"),
        (f"https://agent:{SECRET}@acme.zendesk.com", "no user and no password"),
        (f"https://{SECRET}@acme.zendesk.com", "no user and no password"),
        ("https://@acme.zendesk.com", "no user and no password"),
        ("https://acme.zendesk.com/api/v2", "end after the host"),
        ("https://acme.zendesk.com//", "end after the host"),
        ("https://acme.zendesk.com?", "end after the host"),
        (f"https://acme.zendesk.com?token={SECRET}", "end after the host"),
        ("https://acme.zendesk.com#", "end after the host"),
        ("https://", "names no host"),
        ("https:///", "names no host"),
        ("https://:443", "names no host"),
        ("https://a..b", "names no host"),
        ("https://-a.com", "names no host"),
        ("https://" + "a." * 130 + "com", "names no host"),
        ("https://acme.zendesk.com:0x50", "is no address"),
        ("https://acme.zendesk.com:99999", "is no address"),
        ("https://[::1", "is no address"),
        ("https://acme.zendesk.com\\@evil.com", "characters"),
        ("https://acme.zendesk.com\r\nX: y", "characters"),
        ("https://acme\t.zendesk.com", "characters"),
        (" https://acme.zendesk.com", "characters"),
        ("https://ácme.zendesk.com", "characters"),
        ("https://acme%2ezendesk.com", "characters"),
        ("http://[::1%25eth0]", "characters"),
        (b"https://acme.zendesk.com", "not bytes"),
    ],
)
def test_a_base_url_that_could_lead_astray_is_refused_and_not_repeated(base_url, says):
    with pytest.raises(BadArgument, match=says) as caught:
        resolve_base_url(None, base_url)
    assert SECRET not in str(caught.value)


@given(st.text(alphabet="htps:/@.?#\\[]%127.0localhstevi c\n", max_size=40).map(lambda rest: "http://" + rest))
def test_plain_http_leads_to_loopback_or_nowhere(base_url):
    try:
        url = resolve_base_url(None, base_url)
    except BadArgument:
        return
    host = url.removeprefix("http://").partition(":")[0] if "[" not in url else "::1"
    assert host in {"localhost", "::1"} or host.startswith("127.")


def test_exactly_one_address_is_needed():
    for pair in ((None, None), ("acme", "https://acme.zendesk.com")):
        with pytest.raises(BadArgument, match="give a subdomain"):
            resolve_base_url(*pair)


def test_plans():
    assert checked_plan("enterprise") == "enterprise"
    with pytest.raises(BadArgument, match=r"'platinum'.*enterprise_plus"):
        checked_plan("platinum")


@pytest.mark.parametrize(
    ("user", "value"),
    [("customer@example.com", "customer@example.com"), (203427634, "203427634"), ("203427634", "203427634"),
     ("jürgen@example.com", "jürgen@example.com"), ("a+b/c@example.com", "a+b/c@example.com")],
)
def test_whom_one_may_act_for(user, value):
    assert on_behalf_of_value(user) == value


@pytest.mark.parametrize(
    "user",
    ["", " ", "x", "a@b\r\nAuthorization: Basic x", "a@b\n", " a@b", "a@b ", "a@b@c", "@b", "a@", 0, -1, True, None,
     "0", "1.5", "9" * 20, "a@b\u2028", 1.0],
)
def test_whom_one_may_not_act_for(user):
    with pytest.raises(BadArgument):
        on_behalf_of_value(user)


@given(st.text())
def test_no_header_value_holds_a_control_character(value):
    try:
        checked = header_value("a header", value)
    except BadArgument:
        return
    assert checked == value
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in checked)


# The environment -------------------------------------------------------------------------------------------------

HERE = {"ZENDESK_SUBDOMAIN": "acme"}
API = {"ZENDESK_EMAIL": "agent@acme.com", "ZENDESK_API_TOKEN": SECRET}
BEARER = {"ZENDESK_OAUTH_TOKEN": SECRET}
CLIENT = {"ZENDESK_CLIENT_ID": "crm", "ZENDESK_CLIENT_SECRET": SECRET}


@pytest.mark.parametrize(
    ("variables", "kind", "shown"),
    [
        (API, ApiToken, "ApiToken(email='agent@acme.com')"),
        (BEARER, OAuthToken, "OAuthToken()"),
        (CLIENT, ClientCredentials, "ClientCredentials(client_id='crm', scope='read write')"),
        ({**CLIENT, "ZENDESK_SCOPE": "users:read"}, ClientCredentials,
         "ClientCredentials(client_id='crm', scope='users:read')"),
        ({**BEARER, "ZENDESK_EMAIL": "", "ZENDESK_PLAN": ""}, OAuthToken, "OAuthToken()"),
        ({**BEARER, "PATH": "/bin", "ZENDESK_SOMETHING_ELSE": "x"}, OAuthToken, "OAuthToken()"),
    ],
)
def test_each_form_of_credentials(variables, kind, shown):
    found = settings_from_env(HERE | variables)
    assert isinstance(found.auth, kind)
    assert repr(found.auth) == shown
    assert (found.base_url, found.plan) == ("https://acme.zendesk.com", None)
    assert SECRET not in repr(found)


def test_a_base_url_and_a_plan():
    found = settings_from_env({"ZENDESK_BASE_URL": "http://127.0.0.1:8080", "ZENDESK_PLAN": "team"} | BEARER)
    assert (found.base_url, found.plan) == ("http://127.0.0.1:8080", "team")


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        (BEARER, ["ZENDESK_SUBDOMAIN", "ZENDESK_BASE_URL"]),
        ({**HERE, "ZENDESK_BASE_URL": "https://acme.zendesk.com", **BEARER}, ["not both"]),
        ({"ZENDESK_SUBDOMAIN": f"x:{SECRET}@acme.zendesk.com", **BEARER}, ["ZENDESK_SUBDOMAIN"]),
        ({"ZENDESK_BASE_URL": f"https://x:{SECRET}@acme.zendesk.com", **BEARER}, ["ZENDESK_BASE_URL"]),
        ({"ZENDESK_BASE_URL": "http://acme.zendesk.com", **BEARER}, ["ZENDESK_BASE_URL", "https://"]),
        (HERE, ["ZENDESK_EMAIL", "ZENDESK_API_TOKEN", "ZENDESK_OAUTH_TOKEN", "ZENDESK_CLIENT_ID"]),
        ({**HERE, "ZENDESK_EMAIL": "agent@acme.com"}, ["ZENDESK_API_TOKEN is missing"]),
        ({**HERE, "ZENDESK_API_TOKEN": SECRET}, ["ZENDESK_EMAIL is missing"]),
        ({**HERE, "ZENDESK_CLIENT_ID": "crm"}, ["ZENDESK_CLIENT_SECRET is missing"]),
        ({**HERE, "ZENDESK_SCOPE": "read"}, ["ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET is missing"]),
        ({**HERE, **API, **BEARER}, ["ZENDESK_EMAIL", "ZENDESK_API_TOKEN", "ZENDESK_OAUTH_TOKEN", "more than one"]),
        ({**HERE, **API, **CLIENT}, ["ZENDESK_API_TOKEN", "ZENDESK_CLIENT_SECRET", "more than one"]),
        ({**HERE, "ZENDESK_EMAIL": "agent@acme.com", **BEARER}, ["more than one"]),
        ({**HERE, "ZENDESK_OAUTH_TOKEN": f"Bearer {SECRET}"}, ["ZENDESK_OAUTH_TOKEN", "without 'Bearer '"]),
        ({**HERE, "ZENDESK_OAUTH_TOKEN": f"{SECRET}\n"}, ["ZENDESK_OAUTH_TOKEN", "control character"]),
        ({**HERE, **API, "ZENDESK_EMAIL": f"{SECRET}@acme.com/token"}, ["ZENDESK_EMAIL", "/token"]),
        ({**HERE, **CLIENT, "ZENDESK_SCOPE": f"{SECRET},write"}, ["ZENDESK_SCOPE", "spaces"]),
        ({**HERE, **BEARER, "ZENDESK_PLAN": SECRET}, ["ZENDESK_PLAN", "enterprise"]),
    ],
)
def test_what_is_wrong_is_named_by_variable_and_never_by_value(environ, names):
    with pytest.raises(BadArgument) as caught:
        settings_from_env(environ)
    assert [name for name in names if name not in str(caught.value)] == []
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
