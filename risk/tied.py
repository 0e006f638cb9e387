"""The ties of an application in words: what it shares with earlier ones, and who guarantees whom.

They are told from the columns that `risk ties` made; where a dictionary has none of them, nothing
is told.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from features.associations.columns import FOR_RULES, GROUP, LAST, keys_of, names_of
from features.associations.keys import PREFIX
from features.associations.walking import WINDOWS
from features.dictionary import DataDictionary, Field
from features.language import LANGUAGES, Text, catalogue

_MONTH, _YEAR = f"{WINDOWS[0]}d", f"{WINDOWS[-1]}d"


class Association(NamedTuple):
    """A tie to other applications, ready to become a fact.

    Attributes:
        field: The column the tie runs through.
        label: What the tie is called.
        value: How strong it is, as a number or text.
        display: The same as people read it; redacted where it is filed.
    """

    field: str
    label: Text
    value: float | str
    display: Text


def is_tie(field: Field) -> bool:
    """Whether a field is a column of ties, which facts of their own tell."""
    if not field.name.startswith(PREFIX):
        return False
    untaught = field.name.removeprefix(PREFIX) in FOR_RULES or names_another(field.name)
    return field.group == GROUP or untaught


def names_another(field: str) -> bool:
    """Whether a tie's field holds the id of the application at its other end."""
    return field.startswith(LAST)


def tied(
    encoded: Mapping[str, float], values: Mapping[str, object], dictionary: DataDictionary
) -> Iterator[Association]:
    """What the columns of ties say of one application; nothing of what is zero or missing.

    Args:
        encoded: Its encoded features by name.
        values: Its values as given, by name; those that name other applications are looked at.
        dictionary: Their dictionary.
    """
    found = {
        field.name.removeprefix(PREFIX): encoded[field.name]
        for field in dictionary.features
        if is_tie(field) and encoded[field.name] > 0
    }
    if "group" in found:
        recent = found.get(f"applications_{_MONTH}", 0)
        yield _said("group", f"{PREFIX}group", found["group"], recent=recent)
    for outcome in ("rejections", "defaults"):
        if number := found.get(f"{outcome}_{_YEAR}"):
            yield _said(outcome, f"{PREFIX}{outcome}_{_YEAR}", number)
    names = names_of(dictionary)
    for key in keys_of(dictionary):
        if count := found.get(f"same_{key.name}"):
            said = "guarantor" if key.guarantor else "same"
            yield _said(said, key.name, count, names[key.name])
        other = values.get(LAST + key.name)
        if isinstance(other, str) and other:
            label = dictionary[LAST + key.name].label
            yield Association(LAST + key.name, label, other, Text(zh=other, en=other))
    if loans := found.get("guarantor_open"):
        late, days = found.get("guarantor_late", 0), found.get("guarantor_worst", 0)
        how = "open.late" if late and days else "open"
        yield _said(how, f"{PREFIX}guarantor_open", loans, late=late, days=days)
    for name in ("chain", "circle", "guarantees"):
        # A chain of one is the guarantor alone, whom the form names.
        if (links := found.get(name, 0)) > (name == "chain"):
            yield _said(name, f"{PREFIX}{name}", links)


def _said(
    name: str, field: str, value: float, label: Text | None = None, **counts: float
) -> Association:
    words = catalogue("risk")
    form = f"case.tie.{name}" if f"case.tie.{name}" in words else "case.tie.count"
    named, display = (
        Text(
            **{
                language: words.text(
                    language,
                    key,
                    label=label.in_(language) if label else "",
                    **{
                        each: f"{number:.0f}"
                        for each, number in ({"count": value} | counts).items()
                    },
                )
                for language in LANGUAGES
            }
        )
        for key in (f"case.tie.{name}.label", form)
    )
    return Association(field, named, float(value), display)
