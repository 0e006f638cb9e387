"""Whose account it is: by subject alone, with the role that the provider gives."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.review.oidc.errors import NoAccountError, NoRoleError, ShutAccountError
from pipelines.review.oidc.settings import OidcSettings
from pipelines.review.oidc.who import account_of
from pipelines.review.workbench import Workbench
from risk.desk import Role
from tests.pipelines.review.oidc.conftest import Visitor
from tests.pipelines.review.oidc.provider import Provider

ISSUER = "https://sso.bank.example"
ROLES = {"risk-seniors": "senior", "risk-officers": "officer", "model-validation": "validator"}


def settings(**more: object) -> OidcSettings:
    given = {"issuer": ISSUER, "client_id": "mingjian", "role_claim": "groups", "roles": ROLES}
    return OidcSettings.model_validate(given | more)


@pytest.fixture(autouse=True)
def linked(bench: Workbench) -> None:
    bench.people.link("officer", f"{ISSUER} 7f3a")


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["risk-officers"], Role.OFFICER),
        (["staff", "risk-officers", "risk-seniors"], Role.SENIOR),
        ("model-validation", Role.VALIDATOR),
        ([None, 7, {"a": 1}, "risk-seniors"], Role.SENIOR),
    ],
)
def test_the_provider_gives_the_role_and_the_first_of_the_settings_counts(
    groups: object, role: Role, bench: Workbench
) -> None:
    user = account_of(bench.people, settings(), {"sub": "7f3a", "groups": groups})
    assert (user.name, user.role) == ("officer", role)
    assert bench.people.find("officer") == user


@pytest.mark.parametrize("groups", [[], ["staff"], None, 7, "risk-Seniors", {"risk-seniors": 1}])
def test_whoever_is_in_no_group_that_has_a_role_stays_out(groups: object, bench: Workbench) -> None:
    with pytest.raises(NoRoleError):
        account_of(bench.people, settings(), {"sub": "7f3a", "groups": groups})
    user = bench.people.find("officer")
    assert user is not None
    assert user.role is Role.OFFICER


@pytest.mark.parametrize("claim", ["realm_access.roles", "https://bank.example/roles"])
def test_a_claim_is_found_by_its_name_or_its_path(claim: str, bench: Workbench) -> None:
    given = {
        "sub": "7f3a",
        "realm_access": {"roles": ["risk-seniors"]},
        "https://bank.example/roles": ["risk-seniors"],
    }
    user = account_of(bench.people, settings(role_claim=claim), given)
    assert user.role is Role.SENIOR


def test_without_a_table_of_roles_the_role_here_stays(bench: Workbench) -> None:
    own = settings(role_claim="", roles={})
    assert account_of(bench.people, own, {"sub": "7f3a"}).role is Role.OFFICER


def test_the_same_subject_of_another_issuer_is_somebody_else(bench: Workbench) -> None:
    other = settings(issuer="https://other.bank.example")
    with pytest.raises(NoAccountError):
        account_of(bench.people, other, {"sub": "7f3a", "groups": ["risk-officers"]})


def test_an_account_is_made_only_where_that_is_wanted_and_only_with_a_role(
    bench: Workbench,
) -> None:
    given = {"sub": "9", "groups": ["risk-officers"], "preferred_username": "Li.Na", "name": "李娜"}
    with pytest.raises(NoAccountError) as refused:
        account_of(bench.people, settings(), given)
    assert refused.value.subject == "9"
    own = settings(create_accounts=True)
    with pytest.raises(NoRoleError):
        account_of(bench.people, own, given | {"groups": ["staff"]})
    user = account_of(bench.people, own, given)
    assert (user.name, user.display, user.role) == ("li.na", "李娜", Role.OFFICER)
    assert (user.password_hash, user.must_change) == ("", False)
    assert account_of(bench.people, own, given | {"preferred_username": "other"}) == user


@pytest.mark.parametrize("name", ["SENIOR", "", None, 7, ["li.na"], "a b", "<b>", "x" * 65])
def test_no_account_is_made_under_a_name_that_somebody_has_or_nobody_can(
    name: object, bench: Workbench
) -> None:
    before = bench.people.all()
    given = {"sub": "9", "groups": ["risk-officers"], "preferred_username": name}
    with pytest.raises(NoAccountError):
        account_of(bench.people, settings(create_accounts=True), given)
    assert bench.people.all() == before


def test_two_windows_of_a_new_person_make_one_account(bench: Workbench) -> None:
    own = settings(create_accounts=True)
    given = {"sub": "9", "groups": ["risk-officers"], "preferred_username": "li.na"}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: account_of(bench.people, own, given).name, range(4)))
    assert set(found) == {"li.na"}


def test_a_disabled_account_is_neither_let_in_nor_made_again(bench: Workbench) -> None:
    bench.people.set_active("officer", active=False)
    given = {"sub": "7f3a", "groups": ["risk-officers"], "preferred_username": "new"}
    with pytest.raises(ShutAccountError):
        account_of(bench.people, settings(create_accounts=True), given)


def test_a_role_that_changed_at_the_provider_holds_in_all_sessions_from_log_in_on(
    opens: Callable[..., Callable[[], Visitor]], provider: Provider, bench: Workbench
) -> None:
    bench.people.link("officer", f"{provider.issuer} 7f3a")
    browser = opens(role_claim="groups", roles=ROLES)
    first, second = browser(), browser()
    provider.claims["groups"] = ["risk-officers"]
    first.knock()
    provider.claims["groups"] = ["model-validation"]
    assert second.knock().status_code == 303
    assert first.get("/validation/overrides").status_code == 200
    provider.claims["groups"] = []
    assert browser().knock().status_code == 403
