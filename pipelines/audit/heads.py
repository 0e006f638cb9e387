"""Heads of the log's chain, kept where nobody who can write to the database can write.

A file of heads has one a line, as JSON; each export adds a line. The seal of a head shows damage
and a careless edit. It is no signature: whoever can write to the file can seal another head.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines import disk
from pipelines.errors import ConfigError
from pipelines.locking import held
from pipelines.store.runs import KEY

_HASH = re.compile(r"[0-9a-fA-F]{64}")


class Head(BaseModel):
    """How far the log went at one time.

    Attributes:
        portfolio: Whose log it is.
        length: Rows.
        hash: Of the last row, or what the first follows where there is none.
        last_id: Number of the last row; 0 where there is none.
        ids: SHA-256 over the numbers of all rows, which the rows' own hashes do not cover.
        at: When it was taken.
        seal: SHA-256 over canonical JSON of all the above.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    portfolio: str = Field(min_length=1)
    length: int = Field(ge=0)
    hash: str = Field(pattern=KEY)
    last_id: int = Field(ge=0)
    ids: str = Field(pattern=KEY)
    at: AwareDatetime
    seal: str = ""

    @model_validator(mode="after")
    def _is_as_it_was_sealed(self) -> Self:
        if self.seal and self.seal != self._digest():
            raise ValueError("the head was edited after it was exported")
        return self

    def sealed(self) -> Self:
        """The same with its seal."""
        return self.model_copy(update={"seal": self._digest()})

    def line(self) -> str:
        """The head as a line of a file of heads."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False) + "\n"

    def _digest(self) -> str:
        body = self.model_dump(mode="json", exclude={"seal"})
        told = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()


class Mark(NamedTuple):
    """What the log is held against.

    Attributes:
        name: What a person knows it by, such as `heads.jsonl:3`.
        known: A head, a bare hash of a row, or None for a line that is no head.
    """

    name: str
    known: Head | str | None


def read(given: str) -> tuple[Mark, ...]:
    """What a command line names: the heads of a file, or the hash of a row.

    Raises:
        ConfigError: There is no such file and it is no hash, or the file cannot be read or is
            empty.
    """
    path = Path(given)
    if _HASH.fullmatch(given) and not path.exists():
        return (Mark(given[:12], given.lower()),)
    try:
        marks = tuple(_marks(path))
    except FileNotFoundError as error:
        raise ConfigError(
            f"{given} is neither a file nor a hash of 64 digits; `risk audit head` exports one"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{given} cannot be read as UTF-8 text: {error}") from error
    if not marks:
        raise ConfigError(f"{given} holds no head; `risk audit head` exports one")
    return marks


def append(path: Path, head: Head) -> None:
    """Add a head to a file, made where it is missing; on the disk when this returns.

    Raises:
        LockedError: Another process adds to it.
        OSError: It cannot be written.
    """
    with held(path), disk.named(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        with os.fdopen(handle, "r+b") as file:
            whole = _finished(file.read())
            joint = b"" if not whole or whole.endswith(b"\n") else b"\n"
            file.seek(len(whole))
            file.truncate()
            file.write(joint + head.line().encode())
            file.flush()
            os.fsync(file.fileno())
        disk.sync(path.parent)


def head_of(text: str) -> Head | None:
    """The head of a line; None where it is none, or not as it was sealed."""
    try:
        head = Head.model_validate_json(text)
    except ValidationError:
        return None
    return head if head.seal else None


def _marks(path: Path) -> Iterator[Mark]:
    content = path.read_bytes()
    for number, line in enumerate(_finished(content).decode("utf-8-sig").split("\n"), 1):
        if line.strip():
            yield Mark(f"{path.name}:{number}", head_of(line))


def _finished(content: bytes) -> bytes:
    """A file without a last line that the power went off at: nobody was told that it is kept."""
    whole, end, last = content.rpartition(b"\n")
    if not last or head_of(last.decode("utf-8", "replace")) is not None:
        return content
    return whole + end
