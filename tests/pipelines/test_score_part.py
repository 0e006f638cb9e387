"""A part of a run: every row in its scores or its rejects, even where the scoring itself breaks."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.encoding import FloatArray
from features.errors import DataError
from pipelines.errors import DeadlineError
from pipelines.ledger import Part
from pipelines.manifest import file_digest
from pipelines.score_part import UNSCORABLE, PartFiles, PartTask, PartWorker
from pipelines.sources import Batch
from pipelines.sources.batches import rejected_frame, row_index
from risk.model import PDModel
from risk.scoring import Scorer
from tests.pipelines.conftest import Bank


class Fragile(Scorer):
    """Breaks on some rows, as a defect of a library would."""

    poison: frozenset[int] = frozenset()
    error: type[Exception] = ValueError

    def table(self, accepted: pd.DataFrame, x: FloatArray | None = None) -> pa.Table:
        if self.poison & set(accepted.index):
            raise self.error("applicant Wang Xiaoming")
        return super().table(accepted, x)


@pytest.fixture(scope="module")
def scorer(bank: Bank) -> Fragile:
    stored = bank.champion()
    return Fragile(PDModel.load(stored.path, stored.digest, threads=1), bank.config.policy)


def batch(bank: Bank, first: int = 1, rows: int = 200) -> Batch:
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False).iloc[:rows]
    frame.index = row_index(range(first, first + len(frame)))
    return Batch(first, frame, rejected_frame())


def worked(stage: Path, scorer: Scorer, bank: Bank, *batches: Batch) -> Part:
    rule = bank.config.policy.rules[0].field
    worker = PartWorker(stage, scorer, scorer.model.dictionary, [rule], "night.csv")
    return worker(PartTask(0, batches))


def rows(stage: Path, name: str) -> pd.DataFrame:
    return pq.read_table(stage / name).to_pandas()


FEW = 32


@pytest.fixture(scope="module")
def calm(bank: Bank, scorer: Fragile, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The scores of a few rows of which none breaks."""
    stage = tmp_path_factory.mktemp("calm")
    scorer.poison = frozenset()
    worked(stage, scorer, bank, batch(bank, rows=FEW))
    return rows(stage, PartFiles.of(0).scores)


@given(poison=st.sets(st.integers(1, FEW), max_size=3))
@settings(max_examples=5)
def test_rows_that_break_the_scoring_are_told_from_all_others(
    bank: Bank,
    scorer: Fragile,
    calm: pd.DataFrame,
    tmp_path_factory: pytest.TempPathFactory,
    poison: set[int],
) -> None:
    stage = tmp_path_factory.mktemp("harmed")
    scorer.poison = frozenset(poison)
    part = worked(stage, scorer, bank, batch(bank, rows=FEW))
    scores = rows(stage, PartFiles.of(0).scores)
    rejects = rows(stage, PartFiles.of(0).rejects)
    assert set(rejects["row"]) == poison
    assert set(rejects["rule"]) <= {UNSCORABLE}
    assert set(rejects["value"]) <= {"ValueError"}
    expected = calm[~calm["row"].isin(poison)].reset_index(drop=True)
    pd.testing.assert_frame_equal(scores, expected, check_exact=True)
    assert (part.counts["scored"], part.counts["rejected"]) == (FEW - len(poison), len(poison))
    assert part.rows == FEW


def test_where_many_rows_break_it_is_no_matter_of_rows(
    bank: Bank, scorer: Fragile, tmp_path: Path
) -> None:
    scorer.poison = frozenset(range(1, 60, 2))
    with pytest.raises(ValueError, match="applicant"):
        worked(tmp_path, scorer, bank, batch(bank))


@pytest.mark.parametrize("error", [DataError, OSError, MemoryError])
def test_errors_of_config_disk_and_memory_are_never_taken_for_a_rows(
    bank: Bank, scorer: Fragile, tmp_path: Path, error: type[Exception]
) -> None:
    scorer.poison, scorer.error = frozenset([7]), error
    try:
        with pytest.raises(error):
            worked(tmp_path, scorer, bank, batch(bank))
    finally:
        scorer.error = ValueError


def test_a_lacking_column_names_the_source(bank: Bank, scorer: Fragile, tmp_path: Path) -> None:
    scorer.poison = frozenset()
    whole = batch(bank)
    lacking = whole._replace(frame=whole.frame.drop(columns="loan_amount"))
    with pytest.raises(DataError, match=r"night\.csv: missing column.*loan_amount"):
        worked(tmp_path, scorer, bank, lacking)


def test_a_part_has_the_same_bytes_each_time(bank: Bank, scorer: Fragile, tmp_path: Path) -> None:
    scorer.poison = frozenset()
    both = [batch(bank), batch(bank, 201, 50)]
    one, two = (worked(tmp_path / name, scorer, bank, *both) for name in ("one", "two"))
    assert one.files == two.files
    for name, file in one.files.items():
        assert file_digest(tmp_path / "one" / name) == file.sha256
    assert one.rows == 250


def test_it_stops_where_it_is_told_to(bank: Bank, scorer: Fragile, tmp_path: Path) -> None:
    def pause() -> None:
        raise DeadlineError("the deadline has come")

    worker = PartWorker(tmp_path, scorer, scorer.model.dictionary, [], "night.csv", pause)
    with pytest.raises(DeadlineError):
        worker(PartTask(0, [batch(bank)]))
