"""Accounts of those who work at the desk: added, given another password, linked, shut."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from pipelines.errors import ConfigError
from pipelines.pages.words import plain
from pipelines.review.entrance import same_name
from pipelines.review.passwords import Passwords, one_time
from pipelines.store.people import NameTakenError, People, User
from risk.desk import Role

FIRST = "admin"
"""Name of the user who is there before all others."""
_NAME = re.compile(r"[^\W_][\w.@+-]{0,63}")
_LONGEST_DISPLAY = 100


class Account(NamedTuple):
    """Whom an account is for.

    Attributes:
        name: What the person logs in by.
        role: What the person may do.
        display: The person's name as others read it; the name where it is empty.
    """

    name: str
    role: Role
    display: str = ""


def add(people: People, passwords: Passwords, account: Account) -> str:
    """Let a person in from now on; returns the password for the first log-in.

    Raises:
        ConfigError: The name is none that can be logged in by.
        NameTakenError: Somebody has that name.
    """
    password = one_time()
    user = _nobody_yet(account)
    people.add(replace(user, password_hash=passwords.hash(password), must_change=True))
    return password


def add_known(people: People, account: Account, subject: str) -> None:
    """Let a person in from now on whom an OpenID provider knows; there is no password.

    Raises:
        ConfigError: The name is none that can be logged in by.
        NameTakenError: Somebody has that name or that subject.
    """
    people.add(replace(_nobody_yet(account), subject=subject))


def _nobody_yet(account: Account) -> User:
    name = same_name(account.name)
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "a user's name is at most 64 letters, digits and . _ @ + -, a letter or digit first"
        )
    display = plain(account.display).strip()[:_LONGEST_DISPLAY] or name
    return User(name, display, account.role, "", datetime.now(UTC))


def link(people: People, name: str, subject: str) -> None:
    """Let a person log in by an OpenID provider from now on, and by the password no longer.

    Raises:
        UnknownUserError: There is no such user.
        NameTakenError: Somebody else has that subject.
    """
    people.link(same_name(name), subject)


def unlink(people: People, passwords: Passwords, name: str) -> str:
    """Let a person log in by a password again; returns the one for the first log-in.

    Raises:
        UnknownUserError: There is no such user.
    """
    people.link(same_name(name), "")
    return reset(people, passwords, name)


def reset(people: People, passwords: Passwords, name: str) -> str:
    """Give a person a new password for one log-in; sessions of the old one end.

    Raises:
        UnknownUserError: There is no such user.
        ConfigError: The person logs in by an OpenID provider.
    """
    user = people.find(same_name(name))
    if user is not None and user.subject:
        raise ConfigError(
            f"{user.name} logs in by the provider; `risk user link {user.name} --undo` gives "
            "the account a password instead"
        )
    password = one_time()
    people.set_password(same_name(name), passwords.hash(password), must_change=True)
    return password


def first(people: People, passwords: Passwords) -> str | None:
    """Where nobody may log in yet, add an administrator; returns the password for one log-in."""
    if people.count():
        return None
    try:
        return add(people, passwords, Account(FIRST, Role.ADMINISTRATOR))
    except NameTakenError:
        # Another process has begun at the same moment, and has told the password.
        return None
