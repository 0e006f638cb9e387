"""Accounts: the first one, new ones, and those that get another password."""

import pytest

from pipelines.errors import ConfigError
from pipelines.review import accounts
from pipelines.review.workbench import Workbench
from pipelines.store import Database
from pipelines.store.people import NameTakenError, People, UnknownUserError
from risk.desk import Role
from tests.pipelines.review.conftest import CHEAP


def test_the_first_is_an_administrator_whose_password_nobody_chose() -> None:
    with Database.open("sqlite://") as database:
        people = People(database)
        given = accounts.first(people, CHEAP)
        assert given is not None
        user = people.find("admin")
        assert user is not None
        assert (user.role, user.must_change) == (Role.ADMINISTRATOR, True)
        assert CHEAP.fits(given, user.password_hash)
        assert accounts.first(people, CHEAP) is None


def test_a_name_is_one_whatever_its_case_and_nobody_takes_it_twice(bench: Workbench) -> None:
    accounts.add(bench.people, CHEAP, accounts.Account("Zhang.Wei", Role.OFFICER, "张伟"))
    user = bench.people.find("zhang.wei")
    assert user is not None
    assert user.display == "张伟"
    with pytest.raises(NameTakenError):
        accounts.add(bench.people, CHEAP, accounts.Account("ZHANG.WEI", Role.SENIOR))


@pytest.mark.parametrize("name", ["", " ", "a b", "a" * 65, "-a", "a/b", "\x00", "<b>"])
def test_a_name_that_cannot_be_typed_is_refused(name: str, bench: Workbench) -> None:
    with pytest.raises(ConfigError):
        accounts.add(bench.people, CHEAP, accounts.Account(name, Role.OFFICER))


def test_an_account_has_a_password_or_a_provider_and_never_both(bench: Workbench) -> None:
    accounts.add_known(bench.people, accounts.Account("Li.Na", Role.OFFICER, "李\u202e娜"), "i 1")
    user = bench.people.find("li.na")
    assert user is not None
    assert (user.password_hash, user.must_change) == ("", False)
    assert "\u202e" not in user.display
    with pytest.raises(NameTakenError):
        accounts.add_known(bench.people, accounts.Account("other", Role.OFFICER), "i 1")
    with pytest.raises(ConfigError, match="--undo"):
        accounts.reset(bench.people, CHEAP, "Li.Na")
    given = accounts.unlink(bench.people, CHEAP, "Li.Na")
    user = bench.people.find("li.na")
    assert user is not None
    assert (user.subject, user.must_change) == ("", True)
    assert CHEAP.fits(given, user.password_hash)
    accounts.link(bench.people, "LI.NA", "i 1")
    user = bench.people.of_subject("i 1")
    assert user is not None
    assert (user.name, user.password_hash) == ("li.na", "")


def test_a_reset_ends_all_sessions_and_has_to_be_changed(bench: Workbench) -> None:
    token = bench.sessions.open("officer")
    given = accounts.reset(bench.people, CHEAP, "Officer")
    user = bench.people.find("officer")
    assert user is not None
    assert user.must_change
    assert CHEAP.fits(given, user.password_hash)
    assert bench.sessions.find(token) is None
    with pytest.raises(UnknownUserError):
        accounts.reset(bench.people, CHEAP, "nobody")
