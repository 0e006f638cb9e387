"""The labels of a portfolio's forms: whose each is, and whether a text is one and no value."""

import re
from collections.abc import Iterable, Mapping

from features.dictionary import DataDictionary, Field
from features.extraction.folding import fold
from pipelines.intake.rules import FieldRule

# What stands loosely around a label or a value.
LOOSE = " \u3000，,；;、。*_`"
LEADING = re.compile(r"[ \u3000*#>·•_`]*(?:[(（]?[0-9一二三四五六七八九十]{1,3}[)）.、] ?)?[ *_`]*")
NOTE = r"[ *_`]{0,4}(?:[(（]([^()（）:：]{1,12})[)）])?[ *_`]{0,4}"
_LEAST = 2
_NOTED = re.compile(NOTE + r"\Z")


class Known:
    """Every label that is known, whether or not its field is read from papers.

    Args:
        words: The labels.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._keys = frozenset(map(_tight, words))

    def is_label(self, text: str) -> bool:
        """Whether a text is a label and nothing beside it: a known one, or any with a colon.

        Example:
            >>> known = Known(["住址", "Mobile number"])
            >>> [known.is_label(text) for text in ("2. 住  址（现）", "MOBILE number", "职务：")]
            [True, True, True]
            >>> known.is_label("住址不详")
            False
        """
        bare = text.strip(LOOSE)
        if bare.endswith((":", "：")):
            return True
        leading, noted = LEADING.match(bare), _NOTED.search(bare)
        begin = leading.end() if leading else 0
        end = noted.start() if noted else len(bare)
        return _tight(bare) in self._keys or _tight(bare[begin:end]) in self._keys


def known_labels(dictionary: DataDictionary, rules: Mapping[str, FieldRule]) -> Known:
    """The labels of all fields, of those too that papers cannot give."""
    return Known(
        word for field in dictionary.fields for word in _words(field, rules.get(field.name))
    )


def owners(fields: Iterable[Field], rules: Mapping[str, FieldRule]) -> dict[str, str]:
    """The label words of every field that is read; words that two fields share say neither."""
    called: dict[str, dict[str, str]] = {}
    for field in fields:
        if rules[field.name].skip:
            continue
        for word in _words(field, rules[field.name]):
            key = " ".join(word.casefold().split())
            if len(key) >= _LEAST:
                called.setdefault(key, {})[field.name] = word
    return {word: name for mine in called.values() if len(mine) == 1 for name, word in mine.items()}


def _words(field: Field, rule: FieldRule | None) -> tuple[str, ...]:
    return (field.label.zh, field.label.en, field.name, *(rule.labels if rule else ()))


def _tight(word: str) -> str:
    return "".join(fold(word).casefold().split())
