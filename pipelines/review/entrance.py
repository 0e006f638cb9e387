"""The rules of logging in with a local account: limited, and as slow for a name nobody has."""

import hashlib
import ipaddress
import math
import unicodedata
from collections.abc import Callable

from pipelines.review.errors import TooManyAttemptsError
from pipelines.review.passwords import Passwords, is_long_enough
from pipelines.review.workbench import Workbench
from pipelines.store.people import User

_LONGEST_NAME = 256


def log_in(bench: Workbench, name: str, password: str, address: str) -> User | None:
    """The user whom a name and a password let in; None where they do not.

    Args:
        bench: The workbench.
        name: As it was typed.
        password: As it was typed.
        address: Where the visitor comes from.

    Raises:
        TooManyAttemptsError: Too many have failed of this name or from this address.
    """
    name = same_name(name)
    forgive = attempt(bench, name, address)
    user = bench.people.find(name)
    kept = user.password_hash if user is not None and user.active else ""
    if not bench.passwords.fits(password, kept):
        return None
    forgive()
    return user


def attempt(bench: Workbench, name: str, address: str) -> Callable[[], None]:
    """Count a log-in as failed before it is tried; returns what takes that back.

    Args:
        bench: The workbench.
        name: What is tried, as often as one name may fail.
        address: Where the visitor comes from.

    Raises:
        TooManyAttemptsError: Too many have failed of this name or from this address.
    """
    # Some type their password where the name belongs, so what failed is kept as a digest only.
    told = hashlib.sha256(name.encode()).hexdigest()
    now, place = bench.clock(), _place(address)
    free_at = bench.attempts.begin(told, place, now)
    if free_at is not None:
        raise TooManyAttemptsError(max(1, math.ceil((free_at - now).total_seconds())))
    return lambda: bench.attempts.succeeded(told, place)


def change_password(bench: Workbench, name: str, typed: tuple[str, str, str], address: str) -> str:
    """Give a user another password; all sessions of the user end.

    Args:
        bench: The workbench.
        name: The user.
        typed: The password of now, the new one, and the new one again.
        address: Where the visitor comes from.

    Returns:
        Empty where it was changed, else what is wrong: `wrong`, `length`, `same` or `differ`.

    Raises:
        TooManyAttemptsError: Too often another password than that of now was typed.
    """
    now, new, again = typed
    # Counted apart, as a name that nobody logs in by: whoever sits down at an open session may
    # guess no more than at the door, and does not shut the person out there.
    forgive = attempt(bench, f"{name}\0", address)
    user = bench.people.find(name)
    if user is None or not bench.passwords.fits(now, user.password_hash):
        return "wrong"
    forgive()
    if wrong := _wrong_with(new, again, bench.passwords, user):
        return wrong
    bench.people.set_password(name, bench.passwords.hash(new), must_change=False)
    return ""


def _wrong_with(new: str, again: str, passwords: Passwords, user: User) -> str:
    if new != again:
        return "differ"
    if not is_long_enough(new):
        return "length"
    return "same" if passwords.fits(new, user.password_hash) else ""


def same_name(typed: str) -> str:
    """A name as the store knows it, whatever keyboard or case it was typed in.

    Example:
        >>> same_name(" Zhang.Wei ")
        'zhang.wei'
    """
    # A long row of accents takes hours to be put in order, and whoever typed it has no such name.
    known = unicodedata.normalize("NFKC", typed[:_LONGEST_NAME])
    return known.replace("\x00", "").strip().casefold()


def _place(address: str) -> str:
    """Where an address belongs: of the newer protocol, one household has 2 to the 64.

    Example:
        >>> _place("10.0.0.7"), _place("2001:db8::17"), _place("::ffff:10.0.0.7")
        ('10.0.0.7', '2001:db8::/64', '10.0.0.7')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    # A proxy that listens by both protocols writes the older one's addresses in the newer one.
    older = getattr(found, "ipv4_mapped", found)
    return str(older or ipaddress.ip_network((found, 64), strict=False))
