"""Reason codes in words."""

from features.dictionary import DataDictionary, Field, Group
from features.language import LANGUAGES, Language, Text, catalogue


def label(code: str, dictionary: DataDictionary) -> Text:
    """What people call a reason code: a group of fields, or a field."""
    return _entry(code, dictionary).label


def _entry(code: str, dictionary: DataDictionary) -> Field | Group:
    return dictionary.groups[code] if code in dictionary.groups else dictionary[code]


def wording(
    code: str, field: str, dictionary: DataDictionary, language: Language, *, missing: bool
) -> str:
    """An adverse reason in words: the dictionary's own, or one that names field and direction.

    A missing value is always said to be missing, since a wording such as "income too low" would
    be wrong about it.
    """
    if missing:
        named = dictionary[field].label.in_(language)
        return catalogue("risk").text(language, "reason.missing", label=named)
    entry = _entry(code, dictionary)
    if entry.reason is not None:
        return entry.reason.in_(language)
    return unworded(entry.label).in_(language)


def unworded(label: Text) -> Text:
    """An adverse reason for which the dictionary has no wording."""
    texts = catalogue("risk")
    return Text(
        **{each: texts.text(each, "reason.raises", label=label.in_(each)) for each in LANGUAGES}
    )
