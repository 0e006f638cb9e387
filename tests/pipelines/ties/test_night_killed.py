"""`kill -9` at random moments of nights that tie their applications first: the same bytes.

A night from a wrong table, the same night from the right one with `--replace`, and the next night:
each is killed some times, half of them within its ties, and the wrong one need not come to its end.
What stands at last is what nights leave that nobody killed and that knew no wrong table. A fifth as
many kills as other nights bear, `MINGJIAN_KILLS`, but at least eight.
"""

import json
import os
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from pipelines.errors import Exit
from pipelines.manifest import RunManifest, file_digest, verify
from pipelines.night import CASE_RUN, SCORES, TIES
from tests.pipelines.conftest import CONFIG, Bank
from tests.pipelines.forked import Ended, Forks
from tests.pipelines.whole_nights import own_artifacts

KILLS = max(8, int(os.environ.get("MINGJIAN_KILLS", "40")) // 5)
MOST = 3
"""Kills of one command."""
ROWS = 40
EARLIER, FIRST, SECOND = "2026-11-26", "2026-11-27", "2026-11-28"
WRONG = ("nightly", "--date", FIRST, "--input", "wrong.csv", "--output", "nights")
RIGHT = ("nightly", "--date", FIRST, "--input", "right.csv", "--output", "nights")
LAST = ("nightly", "--date", SECOND, "--input", "last.csv", "--output", "nights")


class Calm(NamedTuple):
    """What nights leave that nobody kills.

    Attributes:
        delivered: Everything below their folder by digest, but for stores.
        longest: Seconds that a night takes.
        tying: From which second to which one it ties.
    """

    delivered: dict[str, str]
    longest: float
    tying: tuple[float, float]


@pytest.fixture
def earlier(bank: Bank, tmp_path: Path, forks: Forks) -> Path:
    """A folder whose earlier night is tied already, so that the bank's secret stands."""
    folder = tmp_path / "earlier"
    folder.mkdir()
    shutil.copytree(bank.folder / "mlruns", folder / "mlruns")
    shutil.copy(bank.folder / "dictionary.toml", folder)
    text = f'store = "store.db"\n{CONFIG}\n[ties]\nstate = "ties"\n'
    (folder / "risk.toml").write_text(text, "utf-8")
    rows = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    before, first, last = (
        rows.iloc[place * ROWS : (place + 1) * ROWS].assign(application_date=day)
        for place, day in enumerate((EARLIER, FIRST, SECOND))
    )
    last.iloc[0, last.columns.get_loc("phone")] = first["phone"].iloc[0]
    tables = {
        "before": before,
        "wrong": first.assign(phone="15400000001").iloc[1:],
        "right": first,
        "last": last,
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    own_artifacts(folder)
    began = forks.run(folder, (*WRONG[:2], EARLIER, "--input", "before.csv", *WRONG[5:]), here=True)
    assert began.code == Exit.DONE
    return folder


def test_killed_at_any_moment_tied_nights_end_as_calm_ones(earlier: Path, forks: Forks) -> None:
    chance = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    calm = calmly(copied(earlier, "calm"), forks)
    killed = rounds = tying = 0
    while killed < KILLS or not tying:
        folder = copied(earlier, f"killed{rounds}")
        rounds += 1
        for words in (WRONG, (*RIGHT, "--replace"), LAST):
            until = chance.choice((True, False)) or words is not WRONG
            moments = [
                chance.uniform(*(calm.tying if within else (0, calm.longest)))
                for within in chance.choices((True, False), k=MOST)
            ]
            for moment in (*moments, *([None] if until else [])):
                ended = forks.run(folder, words, kill_after_s=moment)
                assert ended.code in (-9, Exit.DONE), ended.said
                assert half_visible(folder) == []
                if ended.code == Exit.DONE:
                    break
                killed += 1
                tying += within_ties(ended)
        assert content(folder) == calm.delivered
        shutil.rmtree(folder)


def calmly(folder: Path, forks: Forks) -> Calm:
    """Make the right nights; see that the first night's phone is told to the last one once."""
    began = datetime.now(UTC)
    first, last = forks.run(folder, RIGHT), forks.run(folder, LAST)
    assert (first.code, last.code) == (Exit.DONE, Exit.DONE), first.said + last.said
    told = pd.read_parquet(folder / "nights" / SECOND / TIES / "told.parquet")
    assert told["tie_same_phone"].iloc[0] == 1
    assert RunManifest.read(folder / "ties").counts["repeated"] == 0
    begun: dict[str, float] = {}
    for each in events(first):
        at = datetime.fromisoformat(each["time"]) - began
        begun.setdefault(each.get("step", ""), at.total_seconds())
    return Calm(content(folder), first.seconds, (begun["read"], begun["load"]))


def within_ties(ended: Ended) -> bool:
    """Whether a night was killed after it began to tie, and before it began to score."""
    steps = [each["step"] for each in events(ended) if each["event"] == "step-started"]
    return "read" in steps and "load" not in steps


def events(ended: Ended) -> list[dict[str, str]]:
    """What a night told; the last line may be cut by its kill."""
    lines = ended.said.splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}\n")]


def content(folder: Path) -> dict[str, str]:
    """Everything that nights left, folders and hidden files too, by digest."""
    stores = ("mlruns", "store.db")
    return {
        place.relative_to(folder).as_posix(): "" if place.is_dir() else file_digest(place)
        for place in sorted(folder.rglob("*"))
        if not place.relative_to(folder).parts[0].startswith(stores)
    }


def half_visible(folder: Path) -> list[str]:
    """What stands under a name and is not whole."""
    nights = (folder / "nights").iterdir()
    runs = [night / run for night in nights for run in (TIES, SCORES, CASE_RUN)]
    return [
        f"{run}: {each}"
        for run in (*runs, folder / "ties", folder / "ties-before")
        if run.exists()
        for each in verify(run)
    ]


def copied(earlier: Path, name: str) -> Path:
    folder = Path(shutil.copytree(earlier, earlier.with_name(name)))
    own_artifacts(folder)
    return folder
