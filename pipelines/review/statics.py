"""Scripts and styles: under addresses that change with their content, so browsers may keep them."""

import hashlib
from functools import cache
from importlib import resources
from typing import NamedTuple

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_DIGITS = 16


class Static(NamedTuple):
    """A file as it is served.

    Attributes:
        content: What it holds.
        kind: Its media type.
        version: What of its address changes with the content.
    """

    content: bytes
    kind: str
    version: str


@cache
def statics() -> dict[str, Static]:
    """All files by name."""
    found = {}
    for file in resources.files(__package__).joinpath("static").iterdir():
        kind = _KINDS.get(f".{file.name.rsplit('.')[-1]}")
        if kind is not None:
            content = file.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:_DIGITS]
            found[file.name] = Static(content, kind, version)
    return found


def address(name: str) -> str:
    """Where a file is served as it is now.

    Raises:
        KeyError: There is none of that name.
    """
    return f"/static/{name}?v={statics()[name].version}"
