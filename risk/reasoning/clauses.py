"""The controlled language of claims: which clauses a sentence may be made of, and reading them.

A sentence whose every clause is of a known form means one thing, which code can compare with the
case file; a word outside the forms cannot slip in. The forms stand in `clauses.toml`.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from features.language import Language
from risk.reasoning.claims import ClaimKind

_GROUPS = {
    ClaimKind.SCORE_DRIVER: "score",
    ClaimKind.COUNTER: "score",
    ClaimKind.DOCUMENT: "document",
    ClaimKind.CONTRADICTION: "contradiction",
    ClaimKind.ASSOCIATION: "association",
    ClaimKind.MISSING_INFORMATION: "missing",
}


class Clause(NamedTuple):
    """One clause as it reads.

    Attributes:
        text: The clause.
        slots: What stands in its slots, by the letter of the form: `{"V": "F7", "Q": "Q1"}`.
        shown: The letters whose value stands in it, and not their label, standing or rank alone.
        words: What its controlled words mean: `{"moves": "raises", "level": "high"}`.
    """

    text: str
    slots: dict[str, str]
    shown: frozenset[str]
    words: dict[str, str]


def read(sentence: str, kind: ClaimKind, language: Language) -> tuple[list[Clause], str]:
    """The clauses of a sentence, and the first that is of no form; empty where all are.

    Example:
        >>> clauses, strange = read("{F21.label}推高风险。", ClaimKind.SCORE_DRIVER, "zh")
        >>> clauses[0].words, clauses[0].slots, strange
        ({'moves': 'raises'}, {'X': 'F21'}, '')
        >>> read("{F21.label}并未推高风险。", ClaimKind.SCORE_DRIVER, "zh")[1]
        '{F21.label}并未推高风险'
    """
    grammar = _grammar(language)
    found: list[Clause] = []
    text = sentence.strip()
    if language == "zh":
        text = _BLANKS.sub("", text).translate(_WIDE)
    for piece in grammar.split.split(text.removesuffix(grammar.end)):
        bare = grammar.leads.sub("", piece.strip())
        if not bare:
            continue
        clause = _clause(bare, grammar.forms[_GROUPS[kind]], grammar.meanings)
        if clause is None:
            return found, bare
        found.append(clause)
    return found, "" if found else text


def listed(language: Language) -> str:
    """The forms and words as the prompt tells them."""
    file = _file()[language]
    lines = [f"{name}: {' | '.join(_all(words))}" for name, words in file["words"].items()]
    lines.append(f"lead: {' | '.join(file['leads'])}")
    for name, forms in file["clauses"].items():
        lines += ["", f"[{name}]", *(f"- {form}" for form in forms)]
    return "\n".join(lines)


def _clause(
    text: str, forms: tuple[re.Pattern[str], ...], meanings: dict[tuple[str, str], str]
) -> Clause | None:
    for form in forms:
        if match := form.fullmatch(text):
            said = {name: part for name, part in match.groupdict().items() if part is not None}
            held = dict.fromkeys((n[0], part) for n, part in said.items() if n[0].isupper())
            slots = dict(held.keys())
            if len(slots) < len(held):
                continue  # one letter, two facts
            words = [(name.split("_")[0], part.lower()) for name, part in said.items()]
            return Clause(
                text,
                slots,
                frozenset(name[0] for name in said if name.startswith(_VALUES)),
                {name: meanings[name, part] for name, part in words if name[0].islower()},
            )
    return None


_BLANKS = re.compile(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])")  # models like them around slots
_WIDE = str.maketrans("()", "（）")


class _Grammar(NamedTuple):
    split: re.Pattern[str]
    end: str
    leads: re.Pattern[str]
    forms: dict[str, tuple[re.Pattern[str], ...]]
    meanings: dict[tuple[str, str], str]


@cache
def _grammar(language: Language) -> _Grammar:
    file = _file()[language]
    words: dict[str, dict[str, list[str]]] = file["words"]
    leads = "|".join(_longest_first(file["leads"]))
    edge = r"(?![a-z])" if language == "en" else ""
    return _Grammar(
        split=re.compile(file["split"], re.I),
        end=file["end"],
        leads=re.compile(rf"^(?:(?:{leads}){edge}\s*)+", re.I),
        forms={
            name: tuple(_compiled(form, words, language) for form in forms)
            for name, forms in file["clauses"].items()
        },
        meanings={
            (name, word.lower()): meaning
            for name, meant in words.items()
            for meaning, said in meant.items()
            for word in said
        },
    )


_PIECE = re.compile(r"\{([A-Z])(?:\.([a-z]+))?\}|<([a-z]+)>|([()|\[\]])|([^{}<>()|\[\]]+)")
_MARKS = {"(": "(?:", ")": ")", "|": "|", "[": "(?:", "]": ")?"}
_VALUES = tuple(f"{letter}_value" for letter in "VADQK")


def _compiled(
    form: str, words: dict[str, dict[str, list[str]]], language: Language
) -> re.Pattern[str]:
    """A form as a pattern; every slot and word is a group of its own, told apart by its number."""
    parts = []
    for number, match in enumerate(_PIECE.finditer(form)):
        letter, part, word, mark, text = match.groups()
        if letter:
            head = r"Q[1-9]" if letter == "Q" else r"F[1-9][0-9]{0,5}"
            tail = rf"\.{part}" if part else ""
            article = "(?:the )?" if language == "en" else ""
            parts.append(rf"{article}\{{(?P<{letter}_{part or 'value'}_{number}>{head}){tail}\}}")
        elif word:
            options = "|".join(_longest_first(_all(words[word])))
            parts.append(f"(?P<{word}_{number}>{options})")
        else:
            parts.append(_MARKS[mark] if mark else re.escape(text))
    # ASCII, or "ſ" and "ı" would pass for letters that they are not.
    return re.compile("".join(parts), re.I | re.A)


def _all(meant: dict[str, list[str]]) -> list[str]:
    return [word for said in meant.values() for word in said]


def _longest_first(words: list[str]) -> list[str]:
    return sorted(map(re.escape, words), key=len, reverse=True)


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "clauses.toml").read_text("utf-8"))
