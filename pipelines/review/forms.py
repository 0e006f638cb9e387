"""What a visitor typed: the fields of a form as text, nothing of it lost but what is no text."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from python_multipart.multipart import parse_options_header

_KINDS = (b"application/x-www-form-urlencoded", b"multipart/form-data")
_ENCODINGS = (b"utf-8", b"utf8")
_MOST_FIELDS = 2_000
_LONGEST_FIELD = 4 * 1024 * 1024


class Typed(Mapping[str, str]):
    """The fields of a form; the last of each name counts, and a field that is not there is empty.

    Example:
        >>> typed = Typed([("mark", "a"), ("mark", "b")])
        >>> typed["mark"], typed["other"], typed.all("mark")
        ('b', '', ('a', 'b'))
    """

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        # Databases hold no NUL.
        self._fields = [(name, text.replace("\x00", "")) for name, text in fields]
        self._last = dict(self._fields)

    def __getitem__(self, name: str) -> str:
        return self._last.get(name, "")

    def __contains__(self, name: object) -> bool:
        return name in self._last

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def all(self, name: str) -> tuple[str, ...]:
        """All that was given under a name, in order."""
        return tuple(text for each, text in self._fields if each == name)


async def read(request: Request) -> Typed:
    """The form of a request; empty where it brings none. Files are not taken.

    Raises:
        HTTPException: It is said to be in an encoding that our pages never send.
    """
    kind, said = parse_options_header(request.headers.get("content-type", ""))
    if kind not in _KINDS:
        return Typed([])
    # Some take hours to read, or know characters that are none.
    if said.get(b"charset", b"utf-8").lower() not in _ENCODINGS:
        raise HTTPException(415)
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD)
    return Typed([(name, text) for name, text in form.multi_items() if isinstance(text, str)])


Form = Annotated[Typed, Depends(read)]
"""The form, as the argument of whatever answers a request."""
