"""Which nights lie in a folder, which of them can be read, and which days have none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from features.language import LANGUAGES, Text
from pipelines.errors import ConfigError
from pipelines.manifest import Problem, RunManifest
from pipelines.night import NIGHT, SCORES, Night, read_night
from pipelines.verifying import problems_of
from risk.report.monitoring import Unusable

_SHOWN = 3
_MISSING = 1000
"""Days without a night that a report lists; with more a date is mistyped."""


class Dated(NamedTuple):
    """A folder that has the name of a day."""

    day: date
    folder: Path


@dataclass(frozen=True)
class Whole:
    """A night that is as it was delivered.

    Attributes:
        folder: Where it lies.
        night: What it consists of.
        manifest: Of its scores.
    """

    folder: Path
    night: Night
    manifest: RunManifest

    @property
    def day(self) -> str:
        """Its business date."""
        return self.night.day.isoformat()


class Window(NamedTuple):
    """The nights that are asked about.

    Attributes:
        since: The first of them; None for all there are.
        until: The last; None likewise.
    """

    since: date | None = None
    until: date | None = None


ALL = Window()


def dated(root: Path, window: Window) -> tuple[Dated, ...]:
    """The nights in a folder up to the last that is asked about, the oldest first.

    Args:
        root: Folder of all nights, or that of one night.
        window: Which are asked about.

    Raises:
        ConfigError: There is no night that is asked about.
    """
    found = sorted(_dated(root))
    upto = tuple(each for each in found if window.until is None or each.day <= window.until)
    if not any(window.since is None or each.day >= window.since for each in upto):
        raise ConfigError(
            f"{root} holds no night of the dates asked about (folders such as 2026-11-27); give "
            "the folder that `risk nightly` writes to, or other dates"
        )
    return upto


def _dated(root: Path) -> Iterator[Dated]:
    if (root / NIGHT).is_file():
        yield Dated(read_night(root).day, root)
        return
    if not root.is_dir():
        return
    for folder in root.iterdir():
        try:
            day = date.fromisoformat(folder.name)
        except ValueError:
            continue
        if folder.is_dir() and folder.name == day.isoformat():
            yield Dated(day, folder)


def missing(found: Sequence[Dated], window: Window) -> tuple[Unusable, ...]:
    """Days without a folder, from the first to the last that are asked about.

    Those before the first night of all are none: the run was not live then.

    Raises:
        ConfigError: They are so many that a date must be wrong.
    """
    there = {each.day for each in found}
    first, last = max(window.since or date.min, min(there)), window.until or max(there)
    span = (last - first).days + 1
    if span - len(there) > _MISSING:
        raise ConfigError(
            f"from {first} to {last} more than {_MISSING} days have no night; give --since and "
            "--until days nearer to the nights, or move a folder with a wrong date away"
        )
    days = (first + timedelta(days=n) for n in range(span))
    return tuple(Unusable(day.isoformat(), "missing") for day in days if day not in there)


def opened(found: Dated, portfolio: str) -> Whole | Unusable:
    """A night that is whole, every file as it was delivered, or why it cannot be read.

    Args:
        found: Its folder.
        portfolio: Whose nights are asked about.

    Raises:
        ConfigError: It is another portfolio's.
    """
    day, folder = found.day.isoformat(), found.folder
    if not (folder / NIGHT).exists():
        return Unusable(day, "unfinished")
    try:
        night = read_night(folder)
    except ConfigError:
        return damaged(day, NIGHT)
    if night.portfolio != portfolio:
        raise ConfigError(
            f'{folder} is a night of "{night.portfolio}", and the config is that of "{portfolio}"; '
            "give the config of these nights"
        )
    if night.day != found.day or SCORES not in night.runs:
        return damaged(day, NIGHT)
    wrong = [each for run in night.runs.items() for each in problems_of(folder, *run)]
    if wrong:
        return Unusable(day, "damaged", _listed(wrong))
    return Whole(folder, night, RunManifest.read(folder / SCORES))


def damaged(day: str, what: str) -> Unusable:
    """A night of which something cannot be read."""
    return Unusable(day, "damaged", Text(zh=what, en=what))


def _listed(wrong: Sequence[Problem]) -> Text:
    """The first problems in both languages."""
    more = " ..." if len(wrong) > _SHOWN else ""
    told = {
        language: "; ".join(problem.text(language) for problem in wrong[:_SHOWN]) + more
        for language in LANGUAGES
    }
    return Text(**told)
