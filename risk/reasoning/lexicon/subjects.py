"""What a text speaks of: subjects, sources named, people; the words stand in `words.toml`.

`named` is what a claim's own words speak of, `borne` what a fact is a basis for speaking of.
"""

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, NamedTuple

Family = Literal["subject", "source", "party"]

# Phrases in which a subject's word names no subject: they speak of default at large.
_AT_LARGE = re.compile(
    r"(?:偿债|偿付|还款|偿还|支付)(?:能力|意愿|来源|压力|风险|负担)"
    r"|(?:逾期|拖欠)(?:的?(?:风险|可能|概率|可能性))|征信授权"
    r"|\b(?:ability|capacity|willingness|will) to (?:re)?pay\b|\brepayment (?:capacity|ability|risk)\b"
    r"|\brisk of (?:arrears|late payment|delinquency|falling behind)\b"
    r"|\b(?:default|delinquency) (?:risk|probability)\b|\bdebt[- ]servic\w+(?: capacity)?\b"
    r"|\bsource of repayment\b|\bloan application\b",
    re.I,
)


class _Words(NamedTuple):
    says: re.Pattern[str]
    bears: re.Pattern[str]


@cache
def _words(family: Family) -> dict[str, _Words]:
    text = (resources.files(__package__) / "words.toml").read_text("utf-8")
    return {
        name: _Words(_any_of(words["says"]), _any_of([*words["says"], *words["bears"]]))
        for name, words in tomllib.loads(text)[family].items()
    }


def _any_of(words: list[str]) -> re.Pattern[str]:
    """A pattern for any of the words; one that never matches where there are none."""
    return re.compile("|".join(map(_written, words)) or r"(?!)", re.I)


def _written(word: str) -> str:
    if not word.isascii():
        return re.escape(word)
    # ASCII look-arounds, and not \b: a Chinese character is a letter to \b.
    end = "[a-z]*" if word.endswith("*") else ""
    return rf"(?<![A-Za-z]){re.escape(word.rstrip('*'))}{end}(?![A-Za-z])"


@lru_cache(maxsize=4096)
def named(text: str, family: Family) -> dict[str, str]:
    """What a text names, each with the first word that names it.

    Example:
        >>> named("流水显示收入下降", "subject"), named("流水显示收入下降", "source")
        ({'income': '收入'}, {'statement': '流水'})
    """
    plain = _AT_LARGE.sub(" ", text) if family == "subject" else text
    found = ((name, words.says.search(plain)) for name, words in _words(family).items())
    return {name: match[0] for name, match in found if match}


@lru_cache(maxsize=4096)
def borne(text: str, family: Family) -> frozenset[str]:
    """What a fact with this text is a basis for speaking of.

    Example:
        >>> sorted(borne("Average monthly salary credit CNY 8,000.", "subject"))
        ['employment', 'income']
    """
    return frozenset(name for name, words in _words(family).items() if words.bears.search(text))
