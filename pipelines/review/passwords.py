"""Passwords: kept as argon2id hashes only; a wrong name takes as long as a wrong password."""

import secrets
import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 12, 1_024
"""Characters of a password."""
# Without what is easily mistaken for something else.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_AT_ONCE = 2


class Passwords:
    """Makes hashes of passwords and compares with them."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use a hasher; argon2id at the strength of RFC 9106's second choice by default."""
        self._hasher = hasher or PasswordHasher()
        # Each takes 64 MiB: a crowd at the door must not take the machine's memory.
        self._turns = threading.Semaphore(_AT_ONCE)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    def prepare(self) -> None:
        """Do beforehand what would make the first visitor whom nobody knows wait longer."""
        self.fits("", "")

    def hash(self, password: str) -> str:
        """The hash of a password."""
        with self._turns:
            return self._hasher.hash(_one_form(password))

    def fits(self, password: str, kept: str) -> bool:
        """Whether a password is the one that a hash was made of.

        Args:
            password: What was typed.
            kept: The hash; empty where there is none, which takes as long and never fits.
        """
        with self._turns:
            try:
                found = self._hasher.verify(kept or self._nobodys, _one_form(password))
            except (VerificationError, InvalidHashError):
                return False
        return found and bool(kept)


def one_time() -> str:
    """A password to be changed at first log-in: four groups of four letters and digits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def is_long_enough(password: str) -> bool:
    """Whether a password has as many characters as it must and may."""
    return LEAST <= len(_one_form(password)) <= MOST


def _one_form(password: str) -> str:
    """The same whatever keyboard it was typed on; what is too long is cut and cannot fit."""
    return unicodedata.normalize("NFKC", password[: MOST + 1])
