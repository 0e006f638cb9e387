"""There and back: who comes in by the provider, and all that must not let anybody in."""

import json
import socket
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from pipelines.review.entrance import attempt
from pipelines.review.oidc import wire
from pipelines.review.oidc.id_token import LEEWAY_S
from pipelines.review.oidc.transaction import COOKIE as TICKET
from pipelines.review.oidc.transaction import LASTS_S
from pipelines.review.sessions import COOKIE
from pipelines.review.workbench import Workbench
from pipelines.store.logins import Limits
from risk.desk import Role
from tests.pipelines.review.conftest import PASSWORD, Clock
from tests.pipelines.review.oidc.conftest import BEGIN, Visitor
from tests.pipelines.review.oidc.provider import CLIENT, SECRET, Provider, key, sealed, unsigned

Opens = Callable[..., Callable[[], Visitor]]


def logged_in(visitor: Visitor) -> bool:
    return not visitor.get("/").headers["location"].startswith("/login")


def test_whom_the_provider_names_comes_in_with_a_new_token_and_goes_on(
    visitor: Visitor, bench: Workbench
) -> None:
    page = visitor.get("/login?next=/night")
    assert f'href="https://localhost{BEGIN}?next=%2Fnight"' in page.text
    before = visitor.cookies[COOKIE]
    done = visitor.knock("/night")
    assert (done.status_code, done.headers["location"]) == (303, "/night")
    assert visitor.cookies[COOKIE] != before
    assert bench.sessions.find(before) is None
    session = bench.sessions.find(visitor.cookies[COOKIE])
    assert session is not None
    assert session.user.name == "officer"
    assert TICKET not in visitor.cookies
    assert visitor.get(BEGIN).headers["location"] == "/"


def test_what_is_asked_holds_pkce_state_and_nonce_and_our_address_whatever_the_host(
    visitor: Visitor, provider: Provider
) -> None:
    sent = visitor.get(BEGIN, headers={"host": "127.0.0.1", "x-forwarded-host": "evil.example"})
    place = urlsplit(sent.headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == f"{provider.issuer}/authorize"
    asked = {name: values[0] for name, values in parse_qs(place.query).items()}
    assert asked["redirect_uri"] == "https://localhost/login/oidc/done"
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    cookie = next(each for each in sent.headers.get_list("set-cookie") if TICKET in each)
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert asked["nonce"] not in cookie


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/x" * 2_000]
)
def test_nobody_is_sent_elsewhere_afterwards(visitor: Visitor, to: str) -> None:
    assert visitor.knock(to).headers["location"] == "/"


def test_a_state_of_another_browser_or_none_lets_nobody_in(opens: Opens) -> None:
    browser = opens()
    victim, other = browser(), browser()
    theirs = other.go()
    assert victim.come(theirs).status_code == 401
    victim.go()
    assert victim.come(theirs).status_code == 401
    assert victim.get("/login/oidc/done").status_code == 401
    assert not logged_in(victim)


def test_what_came_back_once_does_not_count_again_even_with_its_ticket(visitor: Visitor) -> None:
    back = visitor.go()
    ticket = visitor.cookies[TICKET]
    assert visitor.come(back).status_code == 303
    assert visitor.send_form("/logout").status_code == 303
    visitor.cookies.set(TICKET, ticket)
    again = visitor.come(back)
    assert again.status_code == 401
    assert "code-0" not in again.text
    assert not logged_in(visitor)


def test_a_code_that_was_redeemed_already_is_refused_by_the_provider(
    visitor: Visitor, provider: Provider
) -> None:
    back = visitor.go()
    provider.codes.clear()
    answer = visitor.come(back)
    assert answer.status_code == 401
    assert "张伟" not in answer.text


def test_a_log_in_lasts_ten_minutes(visitor: Visitor, clock: Clock) -> None:
    back = visitor.go()
    clock.advance(seconds=LASTS_S)
    assert visitor.come(back).status_code == 401


def test_a_changed_ticket_is_worth_nothing(visitor: Visitor) -> None:
    back = visitor.go("/night")
    ticket = visitor.cookies[TICKET]
    visitor.cookies.delete(TICKET)
    visitor.cookies.set(TICKET, ticket.replace("night", "queue"))
    assert visitor.come(back).status_code == 401


WRONG: dict[str, dict[str, object]] = {
    "another nonce": {"nonce": "other"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "other"},
    "another audience, though we asked": {"aud": ["other"], "azp": CLIENT},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "several audiences and no party": {"aud": [CLIENT, "other"]},
    "another party": {"azp": "other"},
    "no subject": {"sub": None},
    "a subject that is none": {"sub": ["7f3a"]},
    "an end that is none": {"exp": "never"},
    "no end": {"exp": None},
    "no beginning": {"iat": None},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_for_this_log_in_lets_nobody_in(
    visitor: Visitor, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims |= claims
    assert visitor.knock().status_code == 401
    assert not logged_in(visitor)


@pytest.mark.parametrize(
    ("claim", "skew_s", "status"),
    [
        ("exp", -LEEWAY_S - 1, 401), ("exp", -LEEWAY_S + 1, 303),
        ("iat", LEEWAY_S + 1, 401), ("iat", LEEWAY_S - 1, 303),
        ("iat", -LEEWAY_S - 1, 401), ("iat", -LEEWAY_S + 1, 303),
        ("nbf", LEEWAY_S + 1, 401), ("nbf", LEEWAY_S - 1, 303),
    ],
)  # fmt: skip
def test_clocks_may_be_a_minute_apart_and_no_more(
    claim: str, skew_s: int, status: int, visitor: Visitor, provider: Provider, clock: Clock
) -> None:
    provider.claims[claim] = int(clock().timestamp()) + skew_s
    assert visitor.knock().status_code == status


def test_a_token_that_nobody_signed_lets_nobody_in(visitor: Visitor, provider: Provider) -> None:
    for algorithm in ("none", "None", "RS256"):
        header = {"alg": algorithm, "kid": "first"}
        provider.token = lambda claims, header=header: unsigned(claims, header)
        assert visitor.knock().status_code == 401


def test_a_token_signed_with_the_public_key_as_a_secret_lets_nobody_in(
    visitor: Visitor, provider: Provider
) -> None:
    public = key("first").as_pem(private=False)
    for secret in (public, public.strip(), SECRET.encode()):
        provider.token = lambda claims, secret=secret: sealed(claims, secret)
        assert visitor.knock().status_code == 401


def test_a_token_signed_with_a_key_of_somebody_else_lets_nobody_in(
    visitor: Visitor, provider: Provider
) -> None:
    impostor = key("impostor").as_dict(private=True) | {"kid": "first"}
    provider.signing = type(key("first")).import_key(impostor)
    assert visitor.knock().status_code == 401


def test_new_keys_are_fetched_once_where_a_token_names_one(
    visitor: Visitor, provider: Provider
) -> None:
    assert visitor.knock().status_code == 303
    visitor.send_form("/logout")
    provider.signing = key("second")
    provider.keys.append(key("second"))
    assert visitor.knock().status_code == 303
    visitor.send_form("/logout")
    assert provider.asked.count("/keys") == 2
    provider.signing = key("impostor")
    assert visitor.knock().status_code == 401
    assert provider.asked.count("/keys") == 3
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def test_elliptic_keys_and_keys_that_we_know_no_use_for_do_no_harm(
    visitor: Visitor, provider: Provider
) -> None:
    curve = ECKey.generate_key("P-256", {"kid": "curve"})
    provider.keys, provider.signing, provider.algorithm = [curve], curve, "ES256"
    shown = provider.shown()["keys"]
    odd = [{"kty": "AKP"}, {"kty": "RSA", "n": 7}, {"kty": "EC", "crv": "P-0"}, "key", {}]
    provider.shown = lambda: {"keys": [*odd, *shown]}  # type: ignore[method-assign, misc]
    assert visitor.knock().status_code == 303


def test_another_provider_cannot_answer_in_its_place(visitor: Visitor, provider: Provider) -> None:
    mine = visitor.go()
    assert visitor.come(mine.replace("iss=http", "iss=https")).status_code == 401
    provider.metadata["authorization_response_iss_parameter_supported"] = True
    told = visitor.go().split("&iss=")[0]
    assert visitor.come(told).status_code == 303


def test_a_provider_that_always_names_itself_has_to(opens: Opens, provider: Provider) -> None:
    provider.metadata["authorization_response_iss_parameter_supported"] = True
    visitor = opens()()
    assert visitor.come(visitor.go().split("&iss=")[0]).status_code == 401


def test_who_is_refused_by_the_provider_reads_so_and_no_words_of_its(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    state = parse_qs(urlsplit(visitor.go()).query)["state"][0]
    told = {"error": "access_denied", "error_description": "<b>Zhang</b>", "state": state}
    answer = visitor.get("/login/oidc/done", params=told)
    assert answer.status_code == 401
    assert "Zhang" not in answer.text
    assert "access_denied" in caplog.text
    assert "Zhang" not in caplog.text


def test_somebody_without_an_account_reads_what_an_administrator_needs(
    visitor: Visitor, provider: Provider, bench: Workbench
) -> None:
    before = bench.people.all()
    provider.claims |= {"sub": "<i>9</i>", "email": "senior", "preferred_username": "senior"}
    answer = visitor.knock()
    assert answer.status_code == 403
    assert "&lt;i&gt;9&lt;/i&gt;" in answer.text
    assert bench.people.all() == before
    provider.claims["sub"] = "9\x00"
    assert visitor.knock().status_code == 403


def test_a_disabled_account_stays_shut(visitor: Visitor, bench: Workbench) -> None:
    bench.people.set_active("officer", active=False)
    answer = visitor.knock()
    assert answer.status_code == 403
    assert not logged_in(visitor)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_the_provider_a_page_says_so_and_passwords_still_let_in(
    opens: Opens, provider: Provider, language: str
) -> None:
    provider.faults["/.well-known/openid-configuration"] = (500, b"")
    visitor = opens()()
    away = visitor.get(f"{BEGIN}?lang={language}&next=/night")
    assert away.status_code == 503
    assert {"zh": "暂时无法访问", "en": "cannot be reached"}[language] in away.text
    assert "set-cookie" not in away.headers or TICKET not in away.headers["set-cookie"]
    done = visitor.send_form("/login", name="senior", password=PASSWORD, next="/night")
    assert done.headers["location"] == "/night"


BROKEN: dict[str, tuple[str, int, bytes]] = {
    "no discovery": ("/.well-known/openid-configuration", 404, b""),
    "no JSON": ("/.well-known/openid-configuration", 200, b"<html>"),
    "no object": ("/.well-known/openid-configuration", 200, b"[]"),
    "a redirect": ("/.well-known/openid-configuration", 302, b""),
    "no keys": ("/keys", 200, b'{"keys": []}'),
    "keys that are none": ("/keys", 200, b'{"keys": 7}'),
    "no key set": ("/keys", 503, b""),
    "no token": ("/token", 502, b""),
    "a redirected token": ("/token", 307, b""),
    "a token that is no JSON": ("/token", 200, b"<html>"),
}


@pytest.mark.parametrize(("path", "status", "body"), BROKEN.values(), ids=BROKEN)
def test_a_provider_that_answers_as_none_does_counts_as_away(
    path: str, status: int, body: bytes, visitor: Visitor, provider: Provider
) -> None:
    provider.faults[path] = (status, body)
    first = visitor.get(BEGIN)
    answer = visitor.knock() if first.status_code == 303 else first
    assert answer.status_code == 503


def test_a_provider_that_takes_too_long_or_listens_no_longer_counts_as_away(
    opens: Opens, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert opens(issuer=place)().get(BEGIN).status_code == 503
    assert opens(issuer=place)().get(BEGIN).status_code == 503


def test_an_answer_without_an_end_is_not_read(visitor: Visitor, provider: Provider) -> None:
    whole = json.dumps(provider.shown()).encode()
    provider.faults["/keys"] = (200, whole + b" " * wire.LARGEST)
    assert visitor.knock().status_code == 503
    provider.faults["/keys"] = (200, whole)
    assert visitor.knock().status_code == 303


def test_a_token_endpoint_without_an_id_token_lets_nobody_in(
    visitor: Visitor, provider: Provider
) -> None:
    for body in (b'{"access_token": "x"}', b'{"id_token": 7}', b'{"id_token": "a.b.c"}'):
        provider.faults["/token"] = (200, body)
        assert visitor.knock().status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"authorization_endpoint": "http://sso.bank.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
        {"token_endpoint": "ftp://127.0.0.1/"},
        {"jwks_uri": "https://user:word@sso.bank.example/"},
    ],
)
def test_addresses_where_others_could_listen_in_are_not_used(
    visitor: Visitor, provider: Provider, said: dict[str, object]
) -> None:
    provider.metadata |= said
    assert visitor.get(BEGIN).status_code == 503


def test_a_client_that_may_only_post_its_secret_does(visitor: Visitor, provider: Provider) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert visitor.knock().status_code == 303


def test_many_failures_from_an_address_shut_it_but_none_while_the_provider_is_away(
    opens: Opens, provider: Provider, bench: Workbench
) -> None:
    visitor = opens()()
    for n in range(Limits().by_address - 1):
        attempt(bench, f"n{n}", "testclient")
    provider.faults["/token"] = (503, b"")
    for _ in range(3):
        assert visitor.knock().status_code == 503
    provider.faults["/token"] = (400, b'{"error": "invalid_grant"}')
    assert visitor.knock().status_code == 401
    shut = visitor.knock()
    assert shut.status_code == 429
    assert int(shut.headers["retry-after"]) > 0


def test_log_out_ends_the_session_here_and_offers_to_end_the_providers(
    visitor: Visitor, provider: Provider, bench: Workbench
) -> None:
    visitor.knock()
    token = visitor.cookies[COOKIE]
    left = visitor.send_form("/logout")
    assert left.headers["location"] == "/login?left=1"
    assert bench.sessions.find(token) is None
    assert 'href="/login/oidc/out"' in visitor.get("/login?left=1").text
    out = visitor.get("/login/oidc/out").headers["location"]
    assert out.startswith(f"{provider.issuer}/end?client_id={CLIENT}&post_logout_redirect_uri=")


def test_a_provider_without_a_way_out_is_left_here_alone(opens: Opens, provider: Provider) -> None:
    provider.metadata["end_session_endpoint"] = None
    visitor = opens()()
    visitor.knock()
    visitor.send_form("/logout")
    assert "/login/oidc/out" not in visitor.get("/login?left=1").text
    assert visitor.get("/login/oidc/out").headers["location"] == "/login"


def test_who_is_logged_in_by_the_provider_has_no_password_to_change(
    visitor: Visitor, bench: Workbench
) -> None:
    visitor.knock()
    page = visitor.get("/password")
    assert page.status_code == 200
    assert 'type="password"' not in page.text
    assert 'href="/password"' not in visitor.get("/night").text
    new = "another horse battery"
    sent = visitor.send_form("/password", current="", new=new, again=new)
    assert sent.status_code == 422
    user = bench.people.find("officer")
    assert user is not None
    assert user.password_hash == ""


def test_where_passwords_are_off_no_form_is_shown_and_none_is_taken(
    opens: Opens, bench: Workbench
) -> None:
    visitor = opens(local=False, label={"zh": "行内登录", "en": "Bank <log-in>"})()
    page = visitor.get("/login")
    assert 'type="password"' not in page.text
    assert "Bank &lt;log-in&gt;" in visitor.get("/login?lang=en").text
    sent = visitor.send_form("/login", name="senior", password=PASSWORD)
    assert sent.status_code == 404
    assert not logged_in(visitor)
    assert visitor.knock().status_code == 303


def test_without_a_provider_its_addresses_are_no_pages(bench: Workbench, browser: object) -> None:
    visitor = browser()  # type: ignore[operator]
    for path in (BEGIN, "/login/oidc/done?code=1&state=2", "/login/oidc/out"):
        assert visitor.get(path).status_code == 404
    assert "oidc" not in visitor.get("/login").text


def test_an_administrator_sees_who_logs_in_by_the_provider(
    visitor: Visitor, provider: Provider, bench: Workbench
) -> None:
    bench.people.link("administrator", f"{provider.issuer} root")
    provider.claims["sub"] = "root"
    visitor.knock()
    page = visitor.get("/people").text
    assert page.count("Single sign-on") == 2
    assert bench.people.find("administrator").role is Role.ADMINISTRATOR  # type: ignore[union-attr]
