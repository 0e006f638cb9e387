"""`kill -9` at random moments of `risk ties`: the same bytes; and two of them at once.

A tenth as many kills as nights bear, `MINGJIAN_KILLS`, but at least eight.
"""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from features.rendering import render
from features.synthetic import make_book
from pipelines.config import RunConfig
from pipelines.errors import Exit
from pipelines.job import Advance, Silent
from pipelines.manifest import verify
from pipelines.sources import open_source
from pipelines.ties.job import TiesOptions, run
from pipelines.ties.remembering import BatchOptions
from tests.pipelines.command import content
from tests.pipelines.forked import Forks

KILLS = max(8, int(os.environ.get("MINGJIAN_KILLS", "40")) // 10)
MOST = 4
"""Kills of one command."""
COMMANDS = (
    ("ties", "wrong.csv", "--output", "wrong.parquet"),
    ("ties", "right.csv", "--output", "right-ties.csv", "--replace"),
    ("ties", "last.csv", "--output", "last.parquet", "--outcomes", "news.csv"),
)


@pytest.fixture
def first(tmp_path: Path, forks: Forks) -> Path:
    """A folder whose first batch is remembered already."""
    folder = tmp_path / "first"
    folder.mkdir()
    book = make_book(900, seed=5)
    rows = book.applications
    (folder / "dictionary.toml").write_text(render(book.dictionary), "utf-8")
    (folder / "risk.toml").write_text("[policy]\napprove = 0.08\ndecline = 0.25\n", "utf-8")
    tables = {
        "first": rows.iloc[:300],
        "wrong": rows.iloc[300:600].assign(phone="15400000001"),
        "right": rows.iloc[300:600],
        "last": rows.iloc[600:],
    }
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    told = [f"{name},rejected,2025-01-01" for name in rows["application_id"].iloc[:50]]
    (folder / "news.csv").write_text("\n".join(["application_id,outcome,known_on", *told]), "utf-8")
    began = forks.run(folder, ("ties", "first.csv", "--output", "first.parquet"), here=True)
    assert began.code == Exit.DONE, began.said
    return folder


def test_killed_at_any_moment_ties_end_as_calm_ones(first: Path, forks: Forks) -> None:
    chance = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    calm = copied(first, "calm")
    longest = [forks.run(calm, words).seconds for words in COMMANDS]
    delivered = content(calm)
    assert {"ties/manifest.json", "ties-before/manifest.json", "right-ties.csv"} < set(delivered)
    killed = rounds = 0
    while killed < KILLS:
        folder = copied(first, f"killed{rounds}")
        rounds += 1
        for words, seconds in zip(COMMANDS, longest, strict=True):
            moments = [chance.uniform(0, seconds) for _ in range(MOST)]
            killed += until_ended(forks, folder, words, moments, delivered)
        assert content(folder) == delivered
    assert rounds > KILLS / (MOST * len(COMMANDS))


def until_ended(
    forks: Forks,
    folder: Path,
    words: tuple[str, ...],
    moments: list[float],
    whole: dict[str, bytes],
) -> int:
    """Start a command again and again until one start is through before its kill; kills it bore."""
    output = words[3]
    for killed, kill_after_s in enumerate((*moments, None)):
        ended = forks.run(folder, words, kill_after_s=kill_after_s)
        assert ended.code in (-9, Exit.DONE), ended.said
        if (folder / output).exists():
            assert (folder / output).read_bytes() == whole[output]
        assert verify(folder / "ties") == []
        if ended.code == Exit.DONE:
            return killed
    raise AssertionError("a command that nobody kills ends")


def copied(first: Path, name: str) -> Path:
    return Path(shutil.copytree(first, first.with_name(name)))


@dataclass(frozen=True)
class Meanwhile(Silent):
    """Runs the same command in another process at each step of this one."""

    forks: Forks
    folder: Path
    said: list[tuple[int, str]]

    @contextmanager
    def step(self, name: str, total: int = 0) -> Iterator[Advance]:
        other = self.forks.run(self.folder, ("ties", "wrong.csv", "--output", "other.parquet"))
        self.said.append((other.code, other.said))
        with super().step(name, total) as advance:
            yield advance


def test_of_two_at_once_the_other_is_refused(first: Path, forks: Forks) -> None:
    said: list[tuple[int, str]] = []
    options = TiesOptions(first / "wrong.parquet", BatchOptions(first / "ties"))
    settings = RunConfig.read(first / "risk.toml")
    source = open_source(str(first / "wrong.csv"))
    run(settings, source, options, Meanwhile(forks, first, said))
    assert len(said) == 3
    for code, text in said:
        assert code == Exit.LOCKED
        assert f"another job is working on {first / 'ties'} (process {os.getpid()} on " in text
        assert "wait until it has ended, or give another directory" in text
    assert not (first / "other.parquet").exists()
    calm = forks.run(first, ("ties", "wrong.csv", "--output", "other.parquet"))
    assert calm.code == Exit.DONE
    assert (first / "other.parquet").read_bytes() == (first / "wrong.parquet").read_bytes()
