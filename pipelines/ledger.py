"""Which parts of a run are finished: one small file a part, written last.

A part counts only with all its files as they were written, so that a run goes on after `kill -9`,
a full disk or a lost machine from what is surely there. Who makes the parts is of no concern.
"""

import logging
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines import disk
from pipelines.manifest import OutputFile, file_digest

logger = logging.getLogger(__name__)

LEDGER = "ledger"
"""Its folder, below `work` of the stage."""


class Part(BaseModel):
    """One finished stretch of the input.

    Attributes:
        number: Its place, from 0.
        rows: Rows of the input that it covers, broken ones included.
        counts: Rows by what became of them.
        bins: Scored rows in each bin of the model's baseline; empty where it keeps none.
        fields: Rows in each bin of each field, as `pipelines.stability.count_fields` gives them.
        files: What was written for it, by path below the run's stage.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=0)
    rows: int = Field(ge=0)
    counts: dict[str, int]
    bins: tuple[int, ...] = ()
    fields: tuple[tuple[int, ...], ...] = ((), ())
    files: dict[str, OutputFile]


class Ledger:
    """The finished parts of one run.

    Args:
        stage: The run's stage; the ledger keeps its files in `work/ledger` there.
    """

    def __init__(self, stage: Path) -> None:
        self._stage = stage
        self._folder = stage / "work" / LEDGER
        self._folder.mkdir(parents=True, exist_ok=True)
        self.parts = {part.number: part for part in self._found()}
        self._forget_unfinished()

    def __contains__(self, number: int) -> bool:
        return number in self.parts

    def enter(self, part: Part) -> None:
        """Enter a part whose files are written; from here on it is finished.

        Raises:
            OSError: A file cannot be synced, or there is no room.
        """
        for name in part.files:
            disk.sync(self._stage / name)
        for folder in {(self._stage / name).parent for name in part.files}:
            disk.sync(folder)
        disk.write(self._folder / f"{part.number:05d}.json", part.model_dump_json().encode())
        self.parts[part.number] = part

    def in_order(self) -> list[Part]:
        """All finished parts by number."""
        return [self.parts[number] for number in sorted(self.parts)]

    def _found(self) -> Iterable[Part]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                part = Part.model_validate_json(path.read_bytes())
            except (ValidationError, OSError):
                continue
            if all(self._whole(name, file) for name, file in part.files.items()):
                yield part
            else:
                logger.warning("part %d is not as it was written and is made again", part.number)

    def _whole(self, name: str, file: OutputFile) -> bool:
        path = self._stage / name
        try:
            return path.stat().st_size == file.bytes and file_digest(path) == file.sha256
        except OSError:
            return False

    def _forget_unfinished(self) -> None:
        """Remove what belongs to no finished part: it was being written when the run ended."""
        entries = {self._folder / f"{number:05d}.json" for number in self.parts}
        kept = entries | {self._stage / n for part in self.parts.values() for n in part.files}
        for path in self._stage.rglob("*"):
            if path.is_file() and path not in kept:
                path.unlink()
