"""Users in the store, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from pipelines.store import Database
from pipelines.store.logins import Attempts, Limits, Logins
from pipelines.store.people import NameTakenError, People, UnknownUserError, User
from risk.desk import Role

MADE = datetime(2026, 11, 1, 8, 30, 15, 123456, tzinfo=UTC)
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = User("anna", "Anna 安娜", Role.OFFICER, "$hash", MADE, must_change=True)
BO = User("bo", "Bo", Role.SENIOR, "", MADE, subject="7", language="zh")


def test_users_come_back_as_they_were_added(database: Database) -> None:
    people = People(database)
    assert people.count() == 0
    people.add(BO)
    people.add(ANNA)
    assert people.all() == (ANNA, BO)
    assert people.count() == 2
    assert people.find("anna") == ANNA
    assert people.of_subject("7") == BO
    assert people.find("Anna") is people.of_subject("") is people.of_subject("8") is None


def test_a_name_and_a_subject_are_one_persons(database: Database) -> None:
    people = People(database)
    people.add(BO)
    taken = {"there is a user bo": replace(BO, subject="8"), "bo has that": replace(BO, name="c")}
    for told, other in taken.items():
        with pytest.raises(NameTakenError, match=told):
            people.add(other)
    with pytest.raises(NameTakenError, match="there is a user bo"):
        people.add(BO)
    assert people.all() == (BO,)


def test_of_those_who_are_given_a_subject_at_once_one_gets_it(where: str) -> None:
    names = [f"user {number}" for number in range(8)]
    start = Barrier(len(names))
    with Database.open(where) as database:
        for name in names[:4]:
            People(database).add(replace(ANNA, name=name))

        def try_it(place: int) -> str:
            with Database.open(where) as own:
                people = People(own)
                start.wait(60)
                try:
                    if place < 4:
                        people.link(names[place], "9")
                    else:
                        people.add(replace(ANNA, name=names[place], subject="9"))
                except NameTakenError as error:
                    return str(error)
            return ""

        with ThreadPoolExecutor(len(names)) as threads:
            told = list(threads.map(try_it, range(len(names))))
        (holder,) = (user.name for user in People(database).all() if user.subject)
    assert told.count("") == 1
    assert set(told) == {"", f"{holder} has that subject already; unlink that user first"}
    assert told[names.index(holder)] == ""


def test_what_is_changed_is_changed_for_one_only(database: Database) -> None:
    people = People(database)
    people.add(ANNA)
    people.add(BO)
    people.set_role("anna", Role.VALIDATOR)
    people.set_language("anna", "en")
    people.set_password("anna", "$other", must_change=False)
    people.set_active("anna", active=False)
    changed = User("anna", "Anna 安娜", Role.VALIDATOR, "$other", MADE, active=False, language="en")
    assert people.all() == (changed, BO)
    with pytest.raises(UnknownUserError, match="nobody"):
        people.set_role("nobody", Role.OFFICER)


def test_a_link_replaces_the_password_ends_sessions_and_is_one_persons(database: Database) -> None:
    people, logins = People(database), Logins(database)
    people.add(ANNA)
    people.add(BO)
    logins.begin("1" * 64, "anna", "c", (NOW, NOW + HOUR))
    with pytest.raises(NameTakenError, match="bo"):
        people.link("anna", "7")
    assert people.find("anna") == ANNA
    people.link("anna", "8")
    linked = people.of_subject("8")
    assert linked == User("anna", "Anna 安娜", Role.OFFICER, "", MADE, subject="8")
    assert logins.find("1" * 64, NOW, NOW - HOUR) is None
    people.link("anna", "8")
    people.link("anna", "")
    people.link("bo", "")
    assert people.of_subject("8") is people.of_subject("7") is None
    with pytest.raises(UnknownUserError):
        people.link("nobody", "9")


def test_a_session_lasts_until_it_is_idle_old_or_ended(database: Database) -> None:
    People(database).add(ANNA)
    logins = Logins(database)
    logins.begin("1" * 64, "anna", "c", (NOW, NOW + 12 * HOUR))
    found = logins.find("1" * 64, NOW, NOW - HOUR)
    assert found is not None
    assert (found.user, found.csrf, found.seen_at) == (ANNA, "c", NOW)
    assert logins.find("2" * 64, NOW, NOW - HOUR) is None
    assert logins.find("1" * 64, NOW + HOUR, NOW) is None
    logins.seen("1" * 64, NOW + HOUR)
    assert logins.find("1" * 64, NOW + HOUR, NOW) is not None
    assert logins.find("1" * 64, NOW + 12 * HOUR, NOW) is None
    logins.end("1" * 64)
    logins.end("1" * 64)
    assert logins.find("1" * 64, NOW, NOW - HOUR) is None


def test_a_new_password_and_an_end_of_access_end_the_persons_sessions_only(
    database: Database,
) -> None:
    people, logins = People(database), Logins(database)
    for user in (ANNA, BO):
        people.add(user)
        logins.begin(user.name[0] * 64, user.name, "c", (NOW, NOW + HOUR))
    people.set_password("anna", "$other", must_change=True)
    assert logins.find("a" * 64, NOW, NOW - HOUR) is None
    assert logins.find("b" * 64, NOW, NOW - HOUR) is not None
    people.set_active("bo", active=False)
    people.set_active("bo", active=True)
    assert logins.find("b" * 64, NOW, NOW - HOUR) is None


def test_sessions_that_ran_out_are_forgotten(database: Database) -> None:
    People(database).add(ANNA)
    logins = Logins(database)
    logins.begin("1" * 64, "anna", "c", (NOW, NOW + HOUR))
    logins.begin("2" * 64, "anna", "c", (NOW + HOUR, NOW + 2 * HOUR))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 1


def test_attempts_are_counted_by_name_and_by_address_within_a_window(database: Database) -> None:
    limits = Limits(by_name=2, by_name_anywhere=3, by_address=4, window=HOUR)
    attempts = Attempts(database, limits)
    assert attempts.begin("a", "1", NOW) is None
    assert attempts.begin("a", "1", NOW + HOUR / 4) is None
    assert attempts.begin("a", "1", NOW + HOUR / 2) == NOW + HOUR
    assert attempts.begin("a", "2", NOW + HOUR / 2) is None
    assert attempts.begin("a", "3", NOW + HOUR / 2) == NOW + HOUR
    assert attempts.begin("b", "1", NOW + HOUR / 2) is None
    assert attempts.begin("c", "1", NOW + HOUR / 2) is None
    assert attempts.begin("d", "1", NOW + HOUR / 2) == NOW + HOUR
    assert attempts.begin("a", "1", NOW + HOUR) is None
    attempts.succeeded("a", "1")
    assert attempts.begin("a", "4", NOW + HOUR) is None
    with database.reading() as connection:
        names = connection.exec_driver_sql("SELECT name, address FROM attempts ORDER BY id").all()
    assert [tuple(each) for each in names] == [("a", "2"), ("b", "1"), ("c", "1"), ("a", "4")]
