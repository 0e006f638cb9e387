"""Labels joined to what the nights said, on scores that lie as a night delivers them."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.samples import SampleSpec
from pipelines.manifest import RunManifest
from pipelines.monitoring.folders import Whole
from pipelines.monitoring.outcomes import Labels, joined
from pipelines.night import Night
from risk.report.monitoring import Outcomes

NOT_DATED = "NaT"


def night(root: Path, day: date, **pds: float) -> Whole:
    folder = root / day.isoformat()
    place = folder / "scores" / "scores.parquet"
    place.mkdir(parents=True)
    for n, (name, value) in enumerate(pds.items()):
        frame = pd.DataFrame({"application_id": [name], "pd": [value], "points": [500.0]})
        frame.to_parquet(place / f"part-{n:05}.parquet")
    manifest = RunManifest.of("score", data={}, config={})
    return Whole(folder, Night(day=day, portfolio="small", runs={}, counts={}), manifest)


def labels(days: list[str], y: list[float], ids: str = "abc") -> Labels:
    known = np.array(days, "datetime64[D]")
    return Labels(pd.Index(list(ids[: len(y)])), np.array(y), known, rejected=1)


def found(known: Labels, nights: list[Whole], until: date | None) -> Outcomes:
    spec = SampleSpec(maturity_months=12, observed_until=until)
    return joined(known, nights, spec, lambda done, total: None)


def test_of_several_nights_that_scored_an_application_the_last_one_counts(tmp_path: Path) -> None:
    nights = [
        night(tmp_path, date(2025, 3, 1), a=0.1, b=0.2),
        night(tmp_path, date(2025, 3, 2), b=0.3, other=0.9),
    ]
    told = found(labels(["2025-03-01"] * 3, [0, 1, 1]), nights, None)
    assert told.pd_.tolist() == [0.1, 0.3]
    assert told.y.tolist() == [0, 1]
    assert (told.read, told.rejected, told.unknown, told.immature) == (4, 1, 1, 0)


def test_an_outcome_counts_from_the_day_it_is_final(tmp_path: Path) -> None:
    nights = [night(tmp_path, date(2025, 3, 5), a=0.1, b=0.2, c=0.3)]
    known = labels(["2025-03-01", "2025-03-02", "2025-03-03"], [0, 1, 1])
    told = found(known, nights, date(2026, 3, 2))
    assert told.pd_.tolist() == [0.1, 0.2]
    assert told.days.astype(str).tolist() == ["2025-03-01", "2025-03-02"]
    assert (told.immature, told.first_final, told.last_final) == (1, "2026-03-03", "2026-03-03")


def test_without_an_application_date_an_application_is_of_the_night_that_scored_it(
    tmp_path: Path,
) -> None:
    nights = [
        night(tmp_path, date(2025, 3, 1), a=0.1),
        night(tmp_path, date(2025, 3, 4), b=0.2),
    ]
    told = found(labels([NOT_DATED] * 2, [0, 1]), nights, date(2026, 3, 2))
    assert told.days.astype(str).tolist() == ["2025-03-01"]
    assert told.first_final == "2026-03-04"


def test_nights_without_applications_and_labels_without_a_night_tell_nothing(
    tmp_path: Path,
) -> None:
    told = found(labels(["2025-03-01"], [1]), [], date(2027, 1, 1))
    assert len(told.y) == 0
    assert (told.unknown, told.immature, told.first_final) == (1, 0, "")


def test_scores_of_another_version_are_named_and_not_quoted(tmp_path: Path) -> None:
    strange = night(tmp_path, date(2025, 3, 1))
    frame = pd.DataFrame({"application_id": ["a"], "pd": ["Wang Xiaoming"]})
    frame.to_parquet(strange.folder / "scores" / "scores.parquet" / "part-00000.parquet")
    with pytest.raises(DataError, match="2025-03-01/scores is not as this version") as said:
        found(labels(["2025-03-01"], [0]), [strange], None)
    assert "Xiaoming" not in str(said.value)
