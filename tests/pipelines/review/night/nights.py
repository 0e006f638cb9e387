"""Nights as `risk nightly` leaves them behind, as far as their page reads them."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from pipelines.manifest import MANIFEST, RunManifest, described
from pipelines.night import SCORES, TIES, Night, close
from pipelines.review.workbench import Workbench
from pipelines.settling import REJECTS
from pipelines.sinks import CsvSink
from pipelines.sources import REJECT_COLUMNS
from pipelines.stability import STABILITY, FieldStability, Stability

DAY = date(2026, 11, 27)
MODEL = "d" * 64
COUNTS = {"scored": 1_000, "rejected": 10, "approve": 600, "refer": 250, "decline": 150}
_DEVELOPMENT = (500, 500, 0)


def deliver(
    bench: Workbench,
    root: Path,
    day: date = DAY,
    *,
    rejects: Sequence[tuple[object, ...]] = (),
    scored: tuple[int, int, int] = (500, 500, 0),
    ties: bool = False,
    **counts: int,
) -> Night:
    """A night in its folder and in the store.

    Args:
        bench: Whose store.
        root: Folder of all nights.
        day: Its date.
        rejects: Lines of its rejected rows.
        scored: Rows in each bin of the score and of its one field.
        ties: Whether its applications were tied.
        counts: What differs from `COUNTS`.
    """
    folder, told = root / day.isoformat(), {**COUNTS, **counts}
    scores = folder / SCORES
    scores.mkdir(parents=True)
    (scores / STABILITY).write_text(_stability(scored).to_json(), "utf-8")
    with CsvSink(scores / REJECTS) as sink:
        sink.write(pd.DataFrame(rejects, columns=list(REJECT_COLUMNS)).astype({"row": "int64"}))
    manifest = RunManifest.of("score", data={"applications": str(day)}, config={}, model=MODEL)
    done = manifest.with_outputs(described(scores, {}), told)
    (scores / MANIFEST).write_text(done.to_json(), "utf-8")
    if ties:
        (folder / TIES).mkdir()
        (folder / TIES / MANIFEST).write_text("{}", "utf-8")
    night = close(folder, day, bench.config.name, told)
    bench.runs.begin(night.key, "nightly", str(folder), day)
    bench.runs.finish(night.key, "partial" if told.get("pending") else "done", told)
    return night


def several(bench: Workbench, root: Path, count: int, **counts: int) -> list[date]:
    """So many nights before `DAY`, the last first."""
    days = [DAY - timedelta(days=n + 1) for n in range(count)]
    for day in days:
        deliver(bench, root, day, **counts)
    return days


def _stability(scored: tuple[int, int, int]) -> Stability:
    psi = 0.0 if scored[:2] == (500, 500) else 0.3
    field = FieldStability(
        field="monthly_income", edges=(0.0,), development=_DEVELOPMENT, scored=scored, csi=psi
    )
    return Stability(
        edges=(0.0,), development=_DEVELOPMENT, scored=scored, psi=psi, fields=(field,)
    )
