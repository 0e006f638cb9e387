"""Accounts of those who work at the desk: added, given another password, shut and opened again."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from pipelines.errors import ConfigError
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
    name = same_name(account.name)
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "a user's name is at most 64 letters, digits and . _ @ + -, a letter or digit first"
        )
    password = one_time()
    display = account.display.strip()[:_LONGEST_DISPLAY] or name
    user = User(
        name, display, account.role, passwords.hash(password), datetime.now(UTC), must_change=True
    )
    people.add(user)
    return password


def reset(people: People, passwords: Passwords, name: str) -> str:
    """Give a person a new password for one log-in; sessions of the old one end.

    Raises:
        UnknownUserError: There is no such user.
    """
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
