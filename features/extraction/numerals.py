"""Numbers as people write them: digits, Chinese numerals plain and formal, English words.

Reads exact numbers only: 十几万, 三五万 and 3万多 name no one number and are left out. What a
number counts is for others to say.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.extraction.folding import fold

_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟两", "一二三四五六七八九十百千二", " ")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_LARGE = (("亿", 1e8), ("万", 1e4))
_SCALES = (*_LARGE, ("千", 1e3), ("仟", 1e3), ("百", 1e2), ("佰", 1e2))
_PLAIN = re.compile(r"(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.[0-9]{1,6})?")
_COUNT = r"([一二三四五六七八九]|[0-9](?:\.[0-9]{1,4})?)"
_SECTION = re.compile(
    rf"(?:{_COUNT}千)?(?:零?{_COUNT}百)?(?:零?{_COUNT}?(十))?(零?)([一二三四五六七八九]|[0-9]{{1,3}})?"
)
_LONGEST = 32  # longer than any number a person writes, and a bound on the work for each run

# One run is one match, so that no character is looked at twice, however long the run.
_BEGIN = "0-9一二三四五六七八九十两壹贰叁肆伍陆柒捌玖拾"
_INSIDE = f"[{_BEGIN}零百千万亿佰仟,.点]*"
_RUN = re.compile(
    rf"[零{_BEGIN}](?:(?<!零)|(?=点)){_INSIDE}(?:(?<=[0-9]) [百千万亿](?!分之){_INSIDE})*"
)
_ONE_MORE = ("千一", "万一", "亿一", "仟一")
_SEAM = re.compile("(?<=[0-9])(?=[零一二两三四五六七八九壹贰叁肆伍陆柒捌玖])")
_INEXACT = re.compile(r" ?(?:几|多|余(?![额款下])|来(?![自源]))")

_TIED = re.compile(r"(?:[0-9A-Za-z]|[0-9A-Za-z][-/.:]|[_#@*第])\Z")
_PADDED = re.compile(r"0[0-9]")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: value for value, word in enumerate(_UNITS.split())} | {
    word: 10 * value for value, word in enumerate(_TENS.split(), start=2)
}
_WORD_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_ANY_SCALE = "|".join(_WORD_SCALES)
_ANY_WORD = "|".join([*_WORDS, _ANY_SCALE])
_WORD_RUN = re.compile(
    rf"(?<![A-Za-z-])(?:(?:an?|half an?) (?=(?:{_ANY_SCALE})\b))?(?:{_ANY_WORD})"
    rf"(?:[ -](?:and )?(?:{_ANY_WORD}|a half)){{0,14}}(?![A-Za-z])",
    re.I | re.A,
)
_LETTERS = re.compile(
    r"[A-Za-z][A-Za-z -]+"
)  # found fast, so that words cost nothing where none are
_AFTER_DIGITS = re.compile(rf" ?(k|{_ANY_SCALE})(?![A-Za-z0-9])", re.I)


class Numeral(NamedTuple):
    """A number in a text.

    Attributes:
        value: What it is worth, its own scale (万, thousand) included.
        scale: The largest scale written in it, 1 where there is none.
        start: Offset of its first character.
        end: Offset just past its last.
    """

    value: float
    scale: float
    start: int
    end: int


def number(words: str) -> float | None:
    """The one number that `words` are, or None where they are none, several, or not exact.

    Example:
        >>> [number(words) for words in ("3万5千", "二十万零五百", "两百", "十五", "一百二")]
        [35000.0, 200500.0, 200.0, 15.0, 120.0]
        >>> [number(words) for words in ("壹拾贰万叁仟", "１，２００", "三点五万", "三五万")]
        [123000.0, 1200.0, 35000.0, None]
        >>> [number(words) for words in ("a hundred and five thousand", "2.5 million")]
        [105000.0, 2500000.0]
    """
    folded = fold(words).strip()
    found = list(numerals(folded))
    whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(folded))
    return found[0].value if whole else None


def numerals(text: str) -> list[Numeral]:
    """The numbers of a folded text, in order of place, without overlap."""
    return sorted([*_signs(text), *_words(text)], key=lambda found: found.start)


def begins(text: str, found: Numeral) -> bool:
    """Whether the number begins by itself: not so the 5 of v5, 2.4.5, 第5, #5 and 138-5."""
    return _TIED.search(text, max(0, found.start - 2), found.start) is None


def padded(text: str, found: Numeral) -> bool:
    """Whether the number is filled up with zeros, as numbers of things are."""
    return _PADDED.match(text, found.start, found.end) is not None


def _signs(text: str) -> Iterator[Numeral]:
    for match in _RUN.finditer(text):
        run, at = _own(text, match), match.start()
        if len(run) > _LONGEST or _vague(text, at, at + len(run)):
            continue
        for offset, piece in _split(run):
            value = _value(piece)
            if value is not None:
                start = at + offset
                yield _scaled(text, Numeral(value, _largest(piece), start, start + len(piece)))


def _own(text: str, match: re.Match[str]) -> str:
    """The run without what belongs to the words after it: 3万一个月 is 3万, each 一个月."""
    run = match.group().rstrip(",.点")
    period = run[-2:] in _ONE_MORE and text[match.end() : match.end() + 1] in "个年天"
    return run[:-1] if period else run


def _vague(text: str, start: int, end: int) -> bool:
    """Whether the number is one of 几十万, 十几, 3万多."""
    some = start > 0 and text[start - 1] in "几数" and text[start] in "十拾"
    return some or _INEXACT.match(text, end) is not None


def _split(run: str) -> Iterator[tuple[int, str]]:
    """The numbers of a run with their offsets: 1500一个月 holds two, and so does 3000,5000."""
    at = 0
    for part in _SEAM.split(run):
        grouped = part.find(",") <= 3
        for piece in [part] if grouped else part.split(","):
            yield at, piece
            at += len(piece) + 1
        at -= 1


def _largest(words: str) -> float:
    if words.isascii():
        return 1.0
    return next((scale for sign, scale in _SCALES if sign in words), 1.0)


def _scaled(text: str, found: Numeral) -> Numeral:
    """With the English scale that stands after it, if any."""
    after = _AFTER_DIGITS.match(text, found.end) if found.scale == 1 else None
    if after is None:
        return found
    scale = _WORD_SCALES.get(after[1].lower(), 1e3)
    if scale == 100 <= found.value:  # 300 hundred is a slip, of which nobody knows what was meant
        return found
    return Numeral(round(found.value * scale, 6), scale, found.start, after.end())


def _value(words: str) -> float | None:
    """The value of digits and Chinese numerals."""
    if _PLAIN.fullmatch(words):
        return float(words.replace(",", ""))
    return _large(words.translate(_FORMAL), _LARGE)


def _large(words: str, scales: tuple[tuple[str, float], ...]) -> float | None:
    """A number cut at 亿, then at 万: so many of these, and the rest."""
    if not scales:
        return _section(words)
    (sign, scale), *smaller = scales
    high, found, low = words.rpartition(sign)
    if not found:
        return _large(words, tuple(smaller))
    count, rest = _large(high, tuple(smaller)), _rest(low, scale, tuple(smaller))
    if not count or rest is None or rest >= scale or (rest and not count.is_integer()):
        return None
    return round(count * scale + rest, 6)


def _rest(low: str, scale: float, smaller: tuple[tuple[str, float], ...]) -> float | None:
    if not low:
        return 0.0
    if len(low) == 1 and low in "一二三四五六七八九123456789":  # 三万五 is 35,000, not 30,005
        return _digit(low) * scale / 10
    return _large(low.removeprefix("零"), smaller)


def _section(words: str) -> float | None:
    """A number in digits, or a Chinese one below 10,000."""
    if _PLAIN.fullmatch(words):
        return float(words.replace(",", ""))
    whole, point, decimals = words.partition("点")
    if point:
        return _decimal(whole, decimals)
    match = _SECTION.fullmatch(words)
    if match is None or not words:
        return 0.0 if words == "零" else None
    thousands, hundreds, tens, ten, zero, units = match.groups()
    total = 1000 * _digit(thousands) + 100 * _digit(hundreds)
    total += 10 * (_digit(tens) or 1) if ten else 0
    short = units and len(units) == 1 and not ten and not zero
    last = 100 if hundreds else 1000 if thousands else 10
    return round(total + _digit(units) * (last / 10 if short else 1), 6)


def _decimal(whole: str, decimals: str) -> float | None:
    before = _section(whole)
    signs = [str(_DIGITS.get(sign, sign)) for sign in decimals]
    if before is None or not 0 < len(signs) <= 6 or not "".join(signs).isdecimal():
        return None
    return float(f"{before:.0f}.{''.join(signs)}")


def _digit(sign: str | None) -> float:
    return float(_DIGITS.get(sign, sign)) if sign else 0.0


def _words(text: str) -> Iterator[Numeral]:
    spans = (run.span() for run in _LETTERS.finditer(text))
    for match in (match for start, end in spans for match in _WORD_RUN.finditer(text, start, end)):
        words = match.group().lower()
        value = _spelled(words)
        if value is not None:
            scale = max([1.0, *(scale for word, scale in _WORD_SCALES.items() if word in words)])
            yield Numeral(value, scale, match.start(), match.end())


def _spelled(words: str) -> float | None:
    """The value of English number words.

    Example:
        >>> [_spelled(words) for words in ("two and a half", "half a million", "two three")]
        [2.5, 500000.0, None]
    """
    total, current, top = 0.0, 0.0, 1e12
    for word in re.split("[ -]", words.replace("a half", "half")):
        if word in ("a", "an"):
            current = current or 1.0
        elif word == "half":
            current += 0.5
        elif word in _WORDS:
            if not _may_follow(current, _WORDS[word]):
                return None
            current += _WORDS[word]
        elif word == "hundred":
            if not current:
                return None
            current *= 100
        elif word in _WORD_SCALES:
            if not 0 < current < 1000 or _WORD_SCALES[word] >= top:
                return None
            top = _WORD_SCALES[word]
            total, current = total + current * top, 0.0
    return total + current if current < min(top, 10_000) else None


def _may_follow(current: float, value: int) -> bool:
    """Whether a word of this value may follow in one number: "two hundred" takes any below 100."""
    if current % 100 == 0:
        return True
    return current % 100 >= 20 and current % 10 == 0 and 0 < value < 10
