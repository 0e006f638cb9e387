"""A first data dictionary from a sample of applications, for a person to correct.

Every guess is marked with a review note; none is more than a guess. What a column holds is found
in `profile` beside this file, what the outcome says of it in `evidence`, what its name suggests in
`naming`; `guessing` weighs the three for one column.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from pydantic import ValidationError

from features.dictionary import DataDictionary, Field, Group, Role, explain
from features.drafting.grouping import LEAST_CORRELATION, correlated
from features.drafting.guessing import Survey, fractional, guess_field, in_both, moments, quoted
from features.drafting.naming import spaced, suggests
from features.drafting.outcome import Outcome, guess
from features.drafting.profile import Profile, profile
from features.errors import DataError
from features.language import Language, Text
from features.rendering import render

__all__ = ["MOST_ROWS", "Draft", "Note", "draft", "render"]

MOST_ROWS = 100_000
"""Rows looked at; of a longer sample, this many are drawn, always the same ones."""

MISSING: tuple[str, ...] = DataDictionary.model_fields["missing"].default


class Note(NamedTuple):
    """Something to check about one field, in the language asked for."""

    field: str
    text: str


class Draft(NamedTuple):
    """A drafted dictionary, and all review notes in the order of its fields."""

    dictionary: DataDictionary
    notes: tuple[Note, ...]


def draft(
    frame: pd.DataFrame,
    *,
    target: str,
    id: str | None = None,  # noqa: A002 - the role's name, as in the dictionary and the CLI
    date: str | None = None,
    name: str = "portfolio",
    language: Language = "en",
) -> Draft:
    """Guess role, type, range, levels, special codes, direction and group of every column.

    Args:
        frame: The sample as read, strings or typed; of more than 100,000 rows a part is used.
        target: Column of the outcome.
        id: Column of the application id; guessed where None, and there may be none.
        date: Column of the application date; guessed where None, and there may be none.
        name: Name of the portfolio.
        language: Language of the review notes.

    Returns:
        The dictionary, its fields in the order of the columns.

    Raises:
        DataError: A named column does not exist, a column stands twice, the target does not have
            two outcomes, the date column cannot be read, or no column is left as a feature.
    """
    frame = _usable(frame.rename(columns=str), (target, id, date))
    profiles = {str(c): profile(frame[c], str(c), MISSING) for c in frame.columns}
    outcome = guess(profiles[target])
    day = date or _likely_date(profiles)
    survey = Survey(
        language=language,
        outcome=outcome.values,
        id=id or _likely_id(profiles, target),
        date=day,
        typed=any(p.number is not None and not p.stored_as_text for p in profiles.values()),
        applied=None if day is None else moments(profiles[day]),
    )
    _note_guesses(survey, id, date, outcome, target)
    fields = [
        _target(target, outcome) if column == target else guess_field(found, survey)
        for column, found in profiles.items()
    ]
    grouped, groups = _grouped(fields, profiles, survey)
    stray = dict.fromkeys(token for p in profiles.values() for token in p.stray)
    reviewed = [f.model_copy(update={"review": _review(f, survey)}) for f in grouped]
    dictionary = _dictionary(name, (*MISSING, *stray), groups, reviewed)
    notes = tuple(Note(f.name, text) for f in dictionary.fields for text in f.review)
    return Draft(dictionary, notes)


def _usable(frame: pd.DataFrame, named: Sequence[str | None]) -> pd.DataFrame:
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].unique()
        raise DataError(f"column(s) {', '.join(twice)} stand twice; give each its own name")
    absent = [column for column in named if column is not None and column not in frame.columns]
    if absent:
        raise DataError(
            f"the sample has no column {', '.join(absent)}; it has: {', '.join(frame.columns)}"
        )
    given = [column for column in named if column is not None]
    if len(set(given)) < len(given):
        raise DataError("target, id and date must be different columns; name each once")
    if len(frame) > MOST_ROWS:
        # In their old order, so that row numbers still rise.
        chosen = np.random.default_rng(0).choice(len(frame), MOST_ROWS, replace=False)
        frame = frame.iloc[np.sort(chosen)]
    return frame.reset_index(drop=True)


def _likely_id(profiles: Mapping[str, Profile], target: str) -> str | None:
    """The first column with a value of its own in every row and the name of an identifier."""
    for name, found in profiles.items():
        named = suggests(name, "identifier") and not suggests(name, "name")
        if name != target and found.unique and named and not fractional(found):
            return name
    return None


def _likely_date(profiles: Mapping[str, Profile]) -> str | None:
    for name, found in profiles.items():
        full = found.kind == "date" and found.filled == found.rows and len(found.counts) > 1
        if full and suggests(name, "application_date"):
            return name
    return None


def _note_guesses(
    survey: Survey, id_: str | None, date: str | None, outcome: Outcome, target: str
) -> None:
    if survey.id is not None and id_ is None:
        survey.note(survey.id, "id_guessed")
    if survey.date is not None and date is None:
        survey.note(survey.date, "date_guessed")
    rate = float(np.nanmean(outcome.values))
    bad, good = quoted(outcome.bad), quoted(outcome.good)
    survey.note(target, "target", bad=bad, good=good, rate=rate)
    if outcome.rest:
        survey.note(target, "target_rest", rest=quoted(outcome.rest))


def _target(name: str, outcome: Outcome) -> Field:
    return Field(
        name=name,
        role=Role.TARGET,
        type="category",
        label=Text(zh=spaced(name), en=spaced(name)),
        bad=outcome.bad,
        good=outcome.good,
    )


def _grouped(
    fields: list[Field], profiles: Mapping[str, Profile], survey: Survey
) -> tuple[list[Field], dict[str, Group]]:
    """Fields with the group they belong to, and the groups."""
    columns = {
        f.name: measured
        for f in fields
        if f.role == Role.FEATURE and (measured := profiles[f.name].measured) is not None
    }
    groups: dict[str, Group] = {}
    member: dict[str, str] = {}
    for key, names in correlated(columns).items():
        groups[key] = Group(label=in_both("group_label", shared=spaced(key), count=len(names)))
        for name in names:
            others = ", ".join(other for other in names if other != name)
            survey.note(name, "group", others=others, least=LEAST_CORRELATION)
            member[name] = key
    update = [f.model_copy(update={"group": member.get(f.name, "")}) for f in fields]
    return update, groups


def _review(field: Field, survey: Survey) -> tuple[str, ...]:
    return tuple(survey.notes.get(field.name, ()))


def _dictionary(
    name: str, missing: tuple[str, ...], groups: Mapping[str, Group], fields: Sequence[Field]
) -> DataDictionary:
    try:
        return DataDictionary(name=name, missing=missing, groups=dict(groups), fields=tuple(fields))
    except ValidationError as error:
        names = [f.name for f in fields]
        raise DataError(explain(error, "the drafted dictionary", names)) from error
