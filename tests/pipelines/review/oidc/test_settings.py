"""`[web.oidc]`: what is taken, and what is refused before anybody logs in."""

import tomllib
from pathlib import Path

import pytest

from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.review.oidc.settings import SECRET, SECRET_FILE, OidcSettings, secret
from risk.desk import Role

START = "[policy]\napprove = 0.08\ndecline = 0.25\n"
WHOLE = """
[web]
hosts = ["desk.bank.example"]
address = "https://desk.bank.example/desk/"
[web.oidc]
issuer = "https://sso.bank.example/realms/bank"
client_id = "mingjian"
scopes = ["openid", "profile", "groups"]
role_claim = "groups"
create_accounts = true
label = {zh = "行内统一认证", en = "Bank log-in"}
local = false
[web.oidc.roles]
risk-seniors = "senior"
risk-officers = "officer"
"""
LEAST = """
[web]
address = "https://localhost"
[web.oidc]
issuer = "https://sso.bank.example"
client_id = "mingjian"
"""


def read(text: str) -> RunConfig:
    return RunConfig.of(tomllib.loads(START + text), Path("risk.toml"))


def test_all_settings_are_taken_and_roles_keep_their_order() -> None:
    web = read(WHOLE).web
    assert web.address == "https://desk.bank.example/desk"
    assert web.oidc is not None
    assert list(web.oidc.roles.items()) == [
        ("risk-seniors", Role.SENIOR),
        ("risk-officers", Role.OFFICER),
    ]


def test_the_least_of_settings_makes_no_accounts_and_keeps_passwords() -> None:
    oidc = read(LEAST).web.oidc
    assert oidc is not None
    assert (oidc.create_accounts, oidc.local, oidc.roles) == (False, True, {})


def test_a_secret_in_the_file_is_refused_without_being_told() -> None:
    with pytest.raises(ConfigError, match=SECRET) as refused:
        read(LEAST + 'client_secret = "hush-hush-hush-hush"\n')
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('issuer = "https://', 'issuer = "http://', "https"),
        ('issuer = "https://', 'issuer = "https://u:p@', "name and password"),
        ('bank.example"\n', 'bank.example?x=1"\n', "query"),
        ('address = "https://localhost"', "", "address"),
        ('"https://localhost"', '"http://desk.bank.example"', "https"),
        ('"https://localhost"', '"https://desk.bank.example"', "hosts"),
        ('"mingjian"', '"ming:jian"', "client_id"),
        ('"mingjian"', '"mingjian"\nscopes = ["profile"]', "openid"),
        ('"mingjian"', '"mingjian"\nrole_claim = "groups"', "go together"),
        ('"mingjian"', '"mingjian"\nroles = {a = "senior"}', "go together"),
        ('"mingjian"', '"mingjian"\nrole_claim = "g"\nroles = {a = "chief"}', "roles.a"),
        ('"mingjian"', '"mingjian"\ncreate_accounts = true', "role_claim"),
        ('"mingjian"', '"mingjian"\nlabel = " "', "label"),
    ],
)
def test_what_does_not_fit_is_refused(old: str, new: str, told: str) -> None:
    assert old in LEAST
    with pytest.raises(ConfigError, match=told):
        read(LEAST.replace(old, new))


def test_the_secret_is_in_the_environment_or_in_a_file_that_it_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(SECRET, raising=False)
    monkeypatch.setenv(SECRET_FILE, str(tmp_path / "secret"))
    with pytest.raises(ConfigError, match="cannot be read"):
        secret()
    (tmp_path / "secret").write_text("from-the-file-it-names\n", "utf-8")
    assert secret() == "from-the-file-it-names"
    monkeypatch.setenv(SECRET, "from-the-environment")
    assert secret() == "from-the-environment"


@pytest.mark.parametrize(
    "found", ["", "short", "口令口令口令口令口令口令口令口令", "with a\nbreak in the middle"]
)
def test_a_secret_that_could_be_guessed_or_sent_by_no_header_is_refused(
    found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECRET_FILE, raising=False)
    monkeypatch.setenv(SECRET, found)
    with pytest.raises(ConfigError, match=r"never in risk\.toml"):
        secret()


@pytest.mark.parametrize("sub", ["", "x" * 256, "a\x00", "张伟", "a\n"])
def test_a_subject_that_no_provider_gives_is_refused(sub: str) -> None:
    oidc = OidcSettings(issuer="https://sso.bank.example", client_id="mingjian")
    assert oidc.subject("7 f") == "https://sso.bank.example 7 f"
    with pytest.raises(ConfigError):
        oidc.subject(sub)
