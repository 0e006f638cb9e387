"""Addresses that others give: of systems that may be told of what is confidential, of pages."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""Names of this machine for itself."""
_LONGEST = 2_000
_PLAIN = re.compile(r"[\x21-\x7e]+")


def parts_of(given: str) -> SplitResult:
    """The parts of an address that a browser names; all are empty where it is none.

    Example:
        >>> parts_of("https://desk.bank.example/queue").netloc, parts_of("https://[").netloc
        ('desk.bank.example', '')
    """
    try:
        return urlsplit(given)
    except ValueError:
        return urlsplit("")


def unheard(url: str) -> str:
    """An address, where nobody on the way there can listen in.

    Raises:
        ValueError: It is neither https nor http on this machine, or holds what no address of ours
            holds: a fragment, a name or a password.

    Example:
        >>> unheard("https://sso.bank.example/realms/bank")
        'https://sso.bank.example/realms/bank'
    """
    parts = urlsplit(url if len(url) <= _LONGEST and _PLAIN.fullmatch(url) else "")
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not encrypted or not parts.hostname or parts.fragment or parts.port == 0:
        raise ValueError("give an https address, or an http address of this machine")
    if parts.username is not None or parts.password is not None:
        raise ValueError("leave name and password out of the address")
    return url
