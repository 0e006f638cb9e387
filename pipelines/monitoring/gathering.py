"""Folders, store and labels brought together as what a monitoring report rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from features.dictionary import DataDictionary
from features.errors import ScorerError
from features.language import LANGUAGES, Text, catalogue
from pipelines.config import RunConfig
from pipelines.job import Reporter
from pipelines.monitoring import outcomes, reasoned, scored
from pipelines.monitoring.folders import (
    ALL,
    Dated,
    Whole,
    Window,
    dated,
    missing,
    opened,
)
from pipelines.monitoring.reasoned import Answers
from pipelines.sources import Source
from risk.report.monitoring import BEFORE, NightFigures, Nights, Outcomes, Unusable

# What a file raises that is whole and not as this version writes it.
_UNREADABLE = (ScorerError, OSError, ValueError, KeyError)


@dataclass(frozen=True)
class Asked:
    """What is to be read.

    Attributes:
        root: Folder of all nights, or that of one.
        window: Which nights are judged.
        labels: Outcomes of applications; None for none.
    """

    root: Path
    window: Window = ALL
    labels: Source | None = None


class Gathered(NamedTuple):
    """What was read.

    Attributes:
        nights: In figures.
        keys: Digest of each night that was read, by its date.
    """

    nights: Nights
    keys: dict[str, str]


class _Night(NamedTuple):
    figures: NightFigures
    answers: Answers
    rejects: pd.DataFrame


def gather(
    config: RunConfig, dictionary: DataDictionary, asked: Asked, reporter: Reporter
) -> Gathered:
    """Read the nights that are asked about, those they are held against, and the labels.

    Raises:
        ConfigError: There is no such night, or one is another portfolio's.
        DataError: The labels cannot be read.
        StoreError: The store cannot be read.
    """
    found = dated(asked.root, asked.window)
    wholes, unusable = _opened(found, config.name, asked, reporter)
    told, broken = _told(wholes, asked.window.since, dictionary, reporter)
    figures = _with_people(told, config.store)
    spoilt = {each.day for each in broken}
    sound = [each for each in wholes if each.day not in spoilt]
    nights = Nights(
        portfolio=config.name,
        limits=config.validation,
        nights=tuple(figures),
        rejects=pd.concat(
            [pd.DataFrame(columns=scored.REJECT_COLUMNS), *(t.rejects for t in told)]
        ),
        labels={field.name: field.label for field in dictionary.features},
        unusable=(*missing(found, asked.window), *unusable, *broken),
        outcomes=_outcomes(config, dictionary, asked.labels, sound, reporter),
    )
    return Gathered(nights, {each.day: each.night.key for each in wholes})


def _opened(
    found: Sequence[Dated], portfolio: str, asked: Asked, reporter: Reporter
) -> tuple[list[Whole], list[Unusable]]:
    """The nights that are whole, the oldest first, and what is wrong with others asked about.

    Labels may belong to any night; without them no more are opened than are needed.
    """
    since = asked.window.since
    wholes: list[Whole] = []
    unusable: list[Unusable] = []
    with reporter.step("step.verify", len(found)) as advance:
        for done, each in enumerate(reversed(found), 1):
            judged = since is None or each.day >= since
            context = sum(since is not None and w.night.day < since for w in wholes)
            if judged or asked.labels is not None or context < BEFORE:
                night = opened(each, portfolio)
                if isinstance(night, Whole):
                    wholes.append(night)
                elif judged:
                    unusable.append(night)
            advance(done, len(found))
    return wholes[::-1], unusable[::-1]


def _told(
    wholes: Sequence[Whole], since: date | None, dictionary: DataDictionary, reporter: Reporter
) -> tuple[list[_Night], list[Unusable]]:
    """The nights in figures: those that are judged, and those before that they are held against."""
    before = [each for each in wholes if since is not None and each.night.day < since]
    wanted = [*before[-BEFORE:], *wholes[len(before) :]]
    told: list[_Night] = []
    broken: list[Unusable] = []
    with reporter.step("step.nights", len(wanted)) as advance:
        for done, whole in enumerate(wanted, 1):
            judged = since is None or whole.night.day >= since
            try:
                figures = scored.figures(whole, judged=judged)
                answers = reasoned.read_answers(whole)
                told.append(_Night(figures, answers, scored.rejects(whole, dictionary)))
            except _UNREADABLE as error:
                # One night that cannot be read must not hide the others.
                broken.append(Unusable(whole.day, "damaged", _why(error)))
            advance(done, len(wanted))
    return told, broken


def _why(error: Exception) -> Text:
    """Our own words; those of others may quote an application."""
    said = str(error) if isinstance(error, ScorerError) else type(error).__name__
    words = catalogue("pipelines")
    return Text(**{each: words.text(each, "night.unreadable", why=said) for each in LANGUAGES})


def _with_people(told: Sequence[_Night], store: str) -> list[NightFigures]:
    """The figures with what became of the cases."""
    answers = [each.answers for each in told]
    said = reasoned.reviewed(store, [each.run_key for each in answers])
    rest = zip(told, reasoned.rationales(answers), said, strict=True)
    return [
        replace(each.figures, rationales=rationales, reviewed=reviewed)
        for each, rationales, reviewed in rest
    ]


def _outcomes(
    config: RunConfig,
    dictionary: DataDictionary,
    labels: Source | None,
    wholes: Sequence[Whole],
    reporter: Reporter,
) -> Outcomes | None:
    if labels is None:
        return None
    with reporter.step("step.read", labels.rows or 0) as advance:
        known = outcomes.read_labels(labels, dictionary, advance)
    with reporter.step("step.join", len(wholes)) as advance:
        return outcomes.joined(known, wholes, config.samples, advance)
