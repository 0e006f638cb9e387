"""Three nights of the small bank: one without its model, one in order, one with another crowd."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from features.synthetic import make_book
from pipelines.config import RunConfig
from pipelines.job import JobResult, Silent
from pipelines.monitoring import job
from pipelines.monitoring.folders import Window
from pipelines.monitoring.gathering import Asked
from pipelines.sources import open_source
from pipelines.validation.delivering import Wanted
from tests.fake_r1.replies import faithful
from tests.fake_r1.server import Behaviour, FakeServer
from tests.pipelines.conftest import Bank
from tests.pipelines.test_nightly import config_of, made

WAITING, QUIET, SHIFTED = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)
NOWHERE = "http://127.0.0.1:9/v1"
PREFIXES = {WAITING: "", QUIET: "Q", SHIFTED: "S"}


@dataclass(frozen=True)
class Lived:
    """What a bank has after some nights.

    Attributes:
        config: Its config.
        folder: Of all nights.
        bank: The bank.
    """

    config: RunConfig
    folder: Path
    bank: Bank


@pytest.fixture(scope="session")
def lived(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("lived")
    with FakeServer(Behaviour(reply=faithful)) as server:
        for day, url in ((WAITING, NOWHERE), (QUIET, server.url), (SHIFTED, server.url)):
            made(bank, folder, url, day, _applications(bank, folder, day))
        config = config_of(bank, folder, server.url)
    return Lived(config, folder / "nights", bank)


def _applications(bank: Bank, folder: Path, day: date) -> Path:
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    frame["application_id"] = PREFIXES[day] + frame["application_id"]
    if day == SHIFTED:
        income = pd.to_numeric(frame["monthly_income"], errors="coerce") * 0.3
        frame["monthly_income"] = income.round().astype("Int64").astype("str")
        frame.loc[frame["monthly_income"] == "<NA>", "monthly_income"] = ""
        frame.loc[3, "loan_amount"] = "plenty"
    path = folder / f"{day}.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """How the applications of the first two nights ended."""
    applications = make_book(3200, seed=7).applications
    applications = applications.sort_values(["application_date", "application_id"]).iloc[-200:]
    quiet = applications.assign(application_id=PREFIXES[QUIET] + applications["application_id"])
    path = tmp_path_factory.mktemp("ended") / "ended.parquet"
    pd.concat([applications, quiet]).to_parquet(path)
    return path


@pytest.fixture
def watch(lived: Lived, tmp_path: Path) -> Callable[..., JobResult]:
    """Runs the monitor: `watch(since, until, labels=..., folder=..., config=..., output=...)`."""

    def monitor(
        since: date | None = None,
        until: date | None = None,
        *,
        labels: Path | None = None,
        folder: Path | None = None,
        config: RunConfig | None = None,
        output: str = "report",
    ) -> JobResult:
        source = open_source(str(labels)) if labels else None
        asked = Asked(folder or lived.folder, Window(since, until), source)
        options = job.MonitorOptions(asked, Wanted(tmp_path / output, "en"))
        return job.run(config or lived.config, options, Silent())

    return monitor
