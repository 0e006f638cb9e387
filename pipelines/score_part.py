"""One part of a scoring run: rows in, files and a ledger entry out.

The same for every engine. Which parts there are is `pipelines.score`, delivering them
`pipelines.settling`.
"""

import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from features.binning import IntArray
from features.dictionary import DataDictionary
from features.encoding import encode
from features.errors import ScorerError
from features.intake import check
from pipelines import disk
from pipelines.duplicates import Entries, hashed, keep_ids
from pipelines.engines import Spread
from pipelines.ledger import Part
from pipelines.manifest import output_file
from pipelines.sinks import TableFile
from pipelines.sources import REJECT_COLUMNS, Batch
from pipelines.stability import count_fields, no_fields
from risk.policy import Recommendation
from risk.scoring import Scorer
from risk.validation.stability import Baseline

SCORES = "scores.parquet"
UNSCORABLE = "unscorable"
# Above so many rows of a batch that break the scoring itself, it is the software and not the rows.
_MOST_POISON = 20
COUNTS = ("scored", "rejected", *map(str, Recommendation))
REJECT_SCHEMA = pa.schema(
    [(name, pa.int64() if name == "row" else pa.string()) for name in REJECT_COLUMNS]
)


class _Scored(NamedTuple):
    """Rows of a batch: scored, rejected, and the former counted by field."""

    table: pa.Table
    rejected: pd.DataFrame
    fields: IntArray


class PartTask(NamedTuple):
    """Rows of one part.

    Attributes:
        number: The part's place, from 0.
        batches: Its rows, read when they are iterated over where the source allows.
    """

    number: int
    batches: Iterable[Batch]


class PartFiles(NamedTuple):
    """What a part leaves in the run's stage, as paths below it."""

    scores: str
    rejects: str
    ids: str

    @classmethod
    def of(cls, number: int) -> "PartFiles":
        """The files of a part."""
        name = f"{number:05d}"
        return cls(
            f"run/{SCORES}/part-{name}.parquet",
            f"work/rejects/{name}.parquet",
            f"work/ids/{name}.bin",
        )


@dataclass(frozen=True)
class PartWorker:
    """Scores parts; several threads may share one.

    Attributes:
        stage: The run's stage.
        scorer: Model and policy.
        dictionary: The run's data dictionary.
        also: Fields that hard rules look at.
        source: What the input is called in messages.
        pause: Called between batches; raises where the job has to stop.
        spread: What a part's batches are scored by.
    """

    stage: Path
    scorer: Scorer
    dictionary: DataDictionary
    also: Sequence[str]
    source: str
    pause: Callable[[], None] = field(default=lambda: None)
    spread: Spread = map

    def __call__(self, task: PartTask) -> Part:
        """Score a part and write its files.

        Raises:
            ScorerError: Columns are missing, or the model fails.
            OSError: A file cannot be written.
        """
        files = PartFiles.of(task.number)
        with self._attempt(files) as places:
            return self._worked(task, files, places)

    @contextmanager
    def _attempt(self, files: PartFiles) -> Iterator[list[Path]]:
        """Places to write a part's files to, which take their names once all are whole.

        Another worker may be at the same part: one that was taken for lost, or that outlived a
        job that was killed. Whoever comes last puts the same bytes in the place of the same bytes.
        """
        own = self.stage / "work" / "attempts" / secrets.token_hex(8)
        places = [own / Path(name).name for name in files]
        own.mkdir(parents=True)
        try:
            yield places
            for name, place in zip(files, places, strict=True):
                disk.sync(place)
                (self.stage / name).parent.mkdir(parents=True, exist_ok=True)
                place.replace(self.stage / name)
        finally:
            shutil.rmtree(own, ignore_errors=True)

    def _worked(self, task: PartTask, files: PartFiles, places: Sequence[Path]) -> Part:
        rows, counts = 0, Counter(dict.fromkeys(COUNTS, 0))
        ids: list[Entries] = []
        bins = binned(self.scorer.schema.empty_table(), self.scorer.model.baseline)
        fields = no_fields(self.scorer.model)
        with (
            TableFile(places[0], self.scorer.schema) as scores,
            TableFile(places[1], REJECT_SCHEMA) as rejects,
        ):
            found = chain.from_iterable(self.spread(self._scored, task.batches))
            for table, rejected, counted_fields in found:
                scores.write(table)
                rejects.write(pa.Table.from_pandas(rejected, REJECT_SCHEMA))
                ids.append(hashed(table["application_id"].to_pandas(), table["row"].to_numpy()))
                broken = int(rejected["row"].nunique())
                rows += table.num_rows + broken
                counts.update(counted(table))
                bins += binned(table, self.scorer.model.baseline)
                fields = fields + counted_fields
                counts["rejected"] += broken
        keep_ids(places[2], ids)
        written = {n: output_file(p) for n, p in zip(files, places, strict=True)}
        return Part(
            number=task.number,
            rows=rows,
            counts=dict(counts),
            bins=tuple(bins.tolist()),
            fields=tuple(map(tuple, fields.tolist())),
            files=written,
        )

    def _scored(self, batch: Batch) -> list[_Scored]:
        """Scores and rejected rows, each row of the batch in one of them."""
        done: list[_Scored] = []
        if not batch.rejected.empty:
            done.append(self._unscored(batch.rejected))
        poison: list[int] = []
        # Slow reasons come in short strides, so that a deadline is heeded.
        for start in range(0, max(len(batch.frame), 1), self.scorer.stride):
            self.pause()
            done += self._bisected(batch.frame.iloc[start : start + self.scorer.stride], poison)
        return done

    def _bisected(self, frame: pd.DataFrame, poison: list[int]) -> Iterator[_Scored]:
        try:
            done = self._whole(frame)
        except (ScorerError, OSError, MemoryError):
            raise
        except Exception as error:
            if len(frame) == 1:
                poison.append(int(frame.index[0]))
                if len(poison) > _MOST_POISON:
                    raise
                yield self._unscored(self._unscorable(frame, error))
                return
            if frame.empty:
                raise
            half = len(frame) // 2
            yield from self._bisected(frame.iloc[:half], poison)
            yield from self._bisected(frame.iloc[half:], poison)
        else:
            yield done

    def _whole(self, frame: pd.DataFrame) -> _Scored:
        try:
            intake = check(frame, self.dictionary, rows=frame.index, binding=self.also)
        except ScorerError as error:
            raise type(error)(f"{self.source}: {error}") from error
        accepted, model = intake.accepted, self.scorer.model
        x = encode(accepted, model.dictionary)
        table = self.scorer.table(accepted, x)
        counted = count_fields(x, accepted.index.to_numpy(np.int64), model)
        return _Scored(table, intake.rejected, counted)

    def _unscored(self, rejected: pd.DataFrame) -> _Scored:
        scorer = self.scorer
        return _Scored(scorer.schema.empty_table(), rejected, no_fields(scorer.model))

    def _unscorable(self, frame: pd.DataFrame, error: Exception) -> pd.DataFrame:
        """The line of a row that breaks the scoring itself, told from all others by halving."""
        identity = self.dictionary.id
        named = identity is not None and identity.name in frame.columns
        line = {
            "row": frame.index.to_numpy(),
            "application_id": str(frame[identity.name].iloc[0]) if named and identity else "",
            "field": "",
            "rule": UNSCORABLE,
            # The error's own words might repeat what is in the row.
            "value": type(error).__name__,
        }
        return pd.DataFrame(line)


def counted(table: pa.Table) -> Counter[str]:
    """Scored rows, all of them and by decision."""
    decisions = table["decision"].value_counts().to_pylist()
    return Counter({"scored": table.num_rows, **{d["values"]: d["counts"] for d in decisions}})


def binned(table: pa.Table, baseline: Baseline | None) -> IntArray:
    """Scored rows in each bin of the model's baseline; of no bin where it keeps none."""
    if baseline is None:
        return np.zeros(0, np.int64)
    return baseline.count(table["raw"].to_numpy())
