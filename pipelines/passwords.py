"""Addresses without their passwords, for whatever a person or a log may see."""

import re

_PASSWORD = re.compile(r"(://[^\s/:@\"']*):[^\s\"']+@")


def hidden(text: str) -> str:
    """Text without the password of any address in it.

    Example:
        >>> hidden("http://risk:geheim@host/x and sqlite:///a@b.db")
        'http://risk:***@host/x and sqlite:///a@b.db'
    """
    return _PASSWORD.sub(r"\1:***@", text)
