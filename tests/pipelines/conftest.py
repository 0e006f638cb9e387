"""One small bank for all tests of the jobs: a labelled book, a night's applications, a champion.

And one real PostgreSQL, started by the first test that asks for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from features.rendering import render
from features.synthetic import make_book
from pipelines import train
from pipelines.config import RunConfig
from pipelines.job import JobResult, Silent
from pipelines.sources import open_source
from pipelines.tracking import StoredModel, Tracking
from tests.pipelines.forked import Forks, started
from tests.pipelines.migrated import migrated_once as migrated_once
from tests.pipelines.postgresql import running

CONFIG = """\
name = "small"
tracking = "mlruns"
language = "en"

[samples]
out_of_time_share = 0.25
maturity_months = 12
observed_until = 2026-12-31

[training]
max_rounds = 60
references = 40
threads = 2

[policy]
approve = 0.08
decline = 0.25

[[policy.rules]]
name = "over-90-days"
field = "max_overdue_days_24m"
op = ">"
value = 90
decision = "decline"
label = {zh = "逾期超过90天", en = "More than 90 days past due"}
"""


@dataclass(frozen=True)
class Bank:
    """A folder as a bank would have it after its first training."""

    folder: Path
    trained: JobResult

    @property
    def config(self) -> RunConfig:
        return RunConfig.read(self.folder / "risk.toml")

    @property
    def tonight(self) -> Path:
        return self.folder / "tonight.csv"

    def champion(self) -> StoredModel:
        return Tracking(self.config.tracking, "small").fetch("small", "champion")


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    folder = tmp_path_factory.mktemp("bank")
    write_bank(folder)
    config = RunConfig.read(folder / "risk.toml")
    options = train.TrainOptions(rejects=folder / "train-rejects.csv")
    source = open_source(str(folder / "book.parquet"))
    return Bank(folder, train.run(config, source, options, Silent()))


@pytest.fixture(scope="session")
def larger_bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A bank with rows enough for a validator."""
    folder = tmp_path_factory.mktemp("larger-bank")
    write_bank(folder, 8200)
    config = RunConfig.read(folder / "risk.toml")
    options = train.TrainOptions(rejects=folder / "train-rejects.csv")
    source = open_source(str(folder / "book.parquet"))
    return Bank(folder, train.run(config, source, options, Silent()))


def write_bank(folder: Path, rows: int = 3200) -> None:
    book = make_book(rows, seed=7)
    applications = book.applications.sort_values(["application_date", "application_id"])
    applications.iloc[:-200].to_parquet(folder / "book.parquet")
    tonight = applications.iloc[-200:].drop(columns="default_flag")
    tonight.to_csv(folder / "tonight.csv", index=False)
    (folder / "dictionary.toml").write_text(render(book.dictionary), "utf-8")
    (folder / "risk.toml").write_text(CONFIG, "utf-8")


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Makes a database at each call, empty or as the one at a given address; returns its address.

    Nobody else may be connected to the one that is copied.
    """
    with running(tmp_path_factory.mktemp("pg")) as (_, make):
        yield make


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """What runs commands in forks of one process, which takes seconds to start."""
    with started() as running_forks:
        yield running_forks


@pytest.fixture
def changed_night(bank: Bank, tmp_path: Path) -> Callable[..., Path]:
    """Tonight's file with some cells changed: `changed_night(row, column=value)`."""

    def write(row: int, **cells: object) -> Path:
        frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
        for column, value in cells.items():
            frame.loc[row, column] = value
        path = tmp_path / "changed.csv"
        frame.to_csv(path, index=False)
        return path

    return write
