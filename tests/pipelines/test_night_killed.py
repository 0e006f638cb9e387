"""`kill -9` at random moments of whole nights: the same bytes, no case lost, no answer asked again.

Half of the kills meet a SQLite store and half a real PostgreSQL. `MINGJIAN_KILLS` sets how many
there are in all.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from pipelines import score
from pipelines.cases import SELECTION, read_cases
from pipelines.night import CASE_RUN, LATE, SCORES
from tests.pipelines.conftest import Bank
from tests.pipelines.forked import Forks
from tests.pipelines.whole_nights import EARLIER, ROWS, TONIGHT, Laid, Nights, nights

KILLS = int(os.environ.get("MINGJIAN_KILLS", "40"))
MOST = 6
"""Kills of one night."""


def test_killed_at_any_moment_every_night_ends_as_a_calm_one(
    bank: Bank, forks: Forks, tmp_path: Path, postgresql: Callable[..., str]
) -> None:
    def on(kind: str, database: Callable[..., str] | None) -> dict[str, str]:
        with nights(bank, tmp_path / kind, forks, database) as made:
            return survived(made, KILLS // 2)

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(on, ("sqlite", "postgresql"), (None, postgresql)))
    assert ends[0] == ends[1]


def survived(made: Nights, kills: int) -> dict[str, str]:
    """Kill nights until there were so many; what a calm one delivers."""
    chance = random.Random(kills)  # noqa: S311 - moments, not secrets
    calm = made.lay()
    longest = made.run(calm).seconds
    delivered = calm.content()
    whole(calm)
    killed = nights_ended = 0
    while killed < kills:
        night = made.lay()
        killed += until_ended(made, night, lambda: chance.uniform(0, longest))
        nights_ended += 1
        assert night.content() == delivered
        assert night.rows(CASES) == calm.rows(CASES)
        made.clear(night)
    assert nights_ended > kills / 20
    return delivered


def until_ended(made: Nights, night: Laid, moment: Callable[[], float]) -> int:
    """Start a night again and again until one start is through before its kill; kills it bore."""
    killed = 0
    for kill_after_s in (*(moment() for _ in range(MOST)), None):
        before, asked = night.answered(), made.server.counts.asked.copy()
        ended = made.run(night, kill_after_s=kill_after_s)
        assert ended.code in (-9, 10), ended.said
        assert not before & (made.server.counts.asked - asked).keys()
        assert night.half_visible() == []
        if ended.code == 10:
            break
        killed += 1
    return killed


CASES = "SELECT run_key, application_id, business_date, place, status FROM cases ORDER BY 1, 2"


def whole(night: Laid) -> None:
    """See that every application has one result, and every case one answer."""
    scores = score.read_scores(night.tonight / SCORES)
    rejects = pd.read_csv(night.tonight / SCORES / score.REJECTS, encoding="utf-8-sig")
    assert scores["application_id"].is_unique
    assert sorted([*scores["row"], *rejects["row"].unique()]) == list(range(1, ROWS + 1))
    assert rejects["rule"].eq("duplicate-id").sum() == 2
    selection = pd.read_parquet(night.tonight / CASE_RUN / SELECTION)
    selected = selection.loc[selection["selected"], "application_id"].tolist()
    told = list(read_cases(night.tonight / CASE_RUN))
    late = list(read_cases(night.tonight / LATE))
    assert [record.score.application_id for record in told] == selected
    assert {record.rationale.status for record in (*told, *late)} == {"answered"}
    days = Counter(str(day) for _, _, day, _, status in night.rows(CASES) if status == "answered")
    assert days == {EARLIER: len(late), TONIGHT: len(selected)}
    assert len(late) > 2
    assert len(selected) > 9
