"""Walking the chain of the log: the first row that is not as it was appended, and misfit heads.

The chain alone shows what was changed in its midst. Rows taken off its end, or a log written anew
with all its hashes, show only against a head that was kept elsewhere.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from features.language import Language, catalogue
from pipelines.audit.heads import Head, Mark
from pipelines.job import Advance
from pipelines.store.reviews import GENESIS
from pipelines.store.trail import LoggedRow, Trail

_HEARD_EVERY = 1_000
_LONGEST = 120


@dataclass(frozen=True)
class Found:
    """Something that is not as it was.

    Attributes:
        kind: What; the words are `audit.<kind>` of the catalogue.
        row: The row that shows it first; None where the log has no row to show.
        more: What else the words tell.
    """

    kind: str
    row: LoggedRow | None = None
    more: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """In words."""
        row = "" if self.row is None else _described(self.row, language)
        return catalogue("pipelines").text(language, f"audit.{self.kind}", row=row, **self.more)

    def told(self) -> dict[str, object]:
        """As JSON."""
        told = {"kind": self.kind, **self.more}
        if self.row is not None:
            named = ("id", "application_id", "created_at")
            told |= {name: _plain(self.row.values[name]) for name in named}
        return told


class Place(NamedTuple):
    """A place in a whole chain.

    Attributes:
        length: Rows up to it.
        hash: Of its row.
        last_id: Number of its row.
        ids: SHA-256 over all numbers up to it, one a line.
    """

    length: int
    hash: str
    last_id: int
    ids: str

    def head(self, portfolio: str, at: datetime) -> Head:
        """A head of the log that ends here."""
        return Head(portfolio=portfolio, at=at, **self._asdict()).sealed()


class Verdict(NamedTuple):
    """What an examination found.

    Attributes:
        place: How far the chain is whole.
        found: The first row that is not as it was, and the first head that does not fit.
    """

    place: Place
    found: tuple[Found, ...]


def examine(trail: Trail, portfolio: str, marks: Sequence[Mark], advance: Advance) -> Verdict:
    """Walk the chain, and hold it against what was kept of it.

    Args:
        trail: The log.
        portfolio: Whose log it is.
        marks: Heads and hashes that were kept.
        advance: Hears how far it is.

    Raises:
        StoreError: The log cannot be read.
    """
    total = trail.count()
    walk, kept = _Walk(), _Kept(portfolio, marks)
    broken = None
    with trail.rows() as rows:
        for row in rows:
            if not walk.takes(row):
                broken = row
                break
            kept.meet(walk)
            if walk.length % _HEARD_EVERY == 0:
                advance(walk.length, max(total, walk.length))
    advance(walk.length, total)
    if broken is not None:
        return Verdict(walk.place(), (_explained(trail, walk, broken), *kept.first()))
    kept.close(walk)
    return Verdict(walk.place(), kept.first())


class _Walk:
    """How far the chain is whole."""

    def __init__(self) -> None:
        self.length, self.hash, self.last_id = 0, GENESIS, 0
        self.last: LoggedRow | None = None
        self._ids = hashlib.sha256()

    def takes(self, row: LoggedRow) -> bool:
        """Go on to a row; False where it is not the next one."""
        if row.previous_hash != self.hash or row.id <= self.last_id or not row.sound:
            return False
        self.length, self.hash, self.last_id, self.last = self.length + 1, row.hash, row.id, row
        self._ids.update(b"%d\n" % row.id)
        return True

    def place(self) -> Place:
        return Place(self.length, self.hash, self.last_id, self._ids.hexdigest())


class _Kept:
    """Heads and hashes that wait for their place in the log."""

    def __init__(self, portfolio: str, marks: Sequence[Mark]) -> None:
        self._misfits: dict[int, Found] = {}
        self._heads: defaultdict[int, list[tuple[int, str, Head]]] = defaultdict(list)
        self._hashes: dict[str, tuple[int, str]] = {}
        self._since = 0
        for at, (name, known) in enumerate(marks):
            if isinstance(known, str):
                self._hashes[known] = (at, name)
            elif known is None:
                self._misfits[at] = Found("unsealed", None, {"head": name})
            elif known.portfolio != portfolio:
                more = {"head": name, "portfolio": known.portfolio}
                self._misfits[at] = Found("foreign", None, more)
            else:
                self._heads[known.length].append((at, name, known))
        self.meet(_Walk())

    def meet(self, walk: _Walk) -> None:
        """Compare what was kept of the log when it ended here."""
        self._hashes.pop(walk.hash, None)
        for at, name, head in self._heads.pop(walk.length, ()):
            place = walk.place()
            if (head.length, head.hash, head.last_id, head.ids) == place:
                self._since = place.last_id
                continue
            kind = "renumbered" if head.hash == place.hash else "rewritten"
            more = {"head": name, **_about(head), "since": self._since}
            self._misfits[at] = Found(kind, walk.last, more)

    def close(self, walk: _Walk) -> None:
        """Hear that there are no more rows."""
        for length, heads in self._heads.items():
            for at, name, head in heads:
                more = {"head": name, **_about(head), "gone": length - walk.length}
                self._misfits[at] = Found("cut" if walk.last else "emptied", walk.last, more)
        for at, name in self._hashes.values():
            self._misfits[at] = Found("unknown", None, {"head": name})

    def first(self) -> tuple[Found, ...]:
        """The first that does not fit, as they were given."""
        return (self._misfits[min(self._misfits)],) if self._misfits else ()


def _about(head: Head) -> dict[str, object]:
    return {"length": head.length, "taken": head.at.isoformat(sep=" ", timespec="seconds")}


def _explained(trail: Trail, walk: _Walk, row: LoggedRow) -> Found:
    """What must have happened before a row that does not follow the one before it."""
    if not row.sound:
        return Found("edited", row)
    if row.previous_hash == walk.hash:
        return Found("numbered", row)
    parent = trail.number_of(row.previous_hash)
    if parent is None:
        return Found("missing", row)
    return Found("inserted" if parent < row.id else "moved", row, {"parent": parent})


def _described(row: LoggedRow, language: Language) -> str:
    values = {name: _plain(value) for name, value in row.values.items()}
    return catalogue("pipelines").text(
        language,
        "audit.row",
        id=values["id"],
        application=values["application_id"],
        at=values["created_at"],
    )


def _plain(value: object) -> object:
    """A value with whatever could act on a terminal made visible, and no longer than a line."""
    if not isinstance(value, str | bytes):
        return value
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}…"
