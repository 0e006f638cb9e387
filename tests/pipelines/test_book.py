from pathlib import Path

import pandas as pd

from pipelines import book
from pipelines.config import RunConfig
from pipelines.job import Silent
from pipelines.sources import open_source
from tests.pipelines.conftest import write_bank


def test_young_labels_are_refused_and_listed(tmp_path: Path) -> None:
    write_bank(tmp_path)
    config = RunConfig.of(
        {
            "policy": {"approve": 0.08, "decline": 0.25},
            "samples": {"maturity_months": 12, "observed_until": "2026-03-31"},
        },
        tmp_path / "risk.toml",
    )
    source = open_source(str(tmp_path / "book.parquet"))
    labelled = book.load_book(config, config.read_dictionary(), source, Silent())
    young = labelled.intake.rejected[labelled.intake.rejected["rule"] == book.IMMATURE]
    assert len(young) > 0
    assert len(young) + len(labelled.x) == 3000
    assert labelled.intake.accepted["application_date"].max() <= pd.Timestamp("2025-03-31")
