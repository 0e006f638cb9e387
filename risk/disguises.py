"""What is written so that a machine can read it and a filter cannot, brought back to plain text.

Each disguise is undone by itself, and the plain reading is handed out with the place where it
stood. Whether it says anything wrong is decided elsewhere; the text itself is not changed.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple


class Reading(NamedTuple):
    """What a stretch of text says once its disguise is undone."""

    start: int
    end: int
    text: str


_MOST_DECODED = 20_000
_MARKS = r"[ \t.·•*_\-~/|,，、]"
_SPELT_HAN = re.compile(rf"[㐀-鿿](?:(?:{_MARKS}|\n){{1,3}}[㐀-鿿，、]){{3,}}")
# A wide blank between characters is how print is set, not how a sentence is written.
_PARTED_HAN = re.compile(r"[㐀-鿿]{1,12}(?:\u3000{1,2}[㐀-鿿]{1,12}){1,12}")
_SPELT_LATIN = re.compile(rf"(?<![a-z0-9])[a-z0-9](?:{_MARKS}{{1,6}}[a-z0-9](?![a-z0-9])){{4,}}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={0,2}")
_HEX = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}[ :]?){8,}(?![0-9a-fA-F])")
_ESCAPED = re.compile(
    r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|&#x[0-9a-fA-F]{1,6};|&#\d{1,7};){3,}"
)
_ONE_ESCAPED = re.compile(
    r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|&#x([0-9a-fA-F]{1,6});|&#(\d{1,7});"
)
_BACKWARDS = re.compile(
    r"erongi|dragersid|tegrof|eerga|evorppa|snoitcurtsni|tpmorp|略忽|视无|记忘|令指|则规|意同|准批|出输"
)
_SENTENCE = re.compile(r"[^。！？!?\n]+")
_LINKED = re.compile(r"(?<=[a-z])[-_*~](?=[a-z])")
_ODD_WORD = re.compile(
    r"(?<![a-z0-9])(?=[a-z]{0,20}[0-9@$])(?=[0-9@$]{0,20}[a-z])[a-z0-9@$]{3,20}(?![a-z0-9])"
)
_LEET = str.maketrans("013457@$", "oieastas")
_LATIN_WORD = re.compile(r"[a-z]{5,14}")
_CYRILLIC = re.compile("[а-яёіїјѕһ]")
_TWO_SCRIPTS = re.compile("[a-z][а-яёіїјѕһ]|[а-яёіїјѕһ][a-z]")
_LOOKALIKES = str.maketrans("асеіорхуѕјһткмнвαειουρτκ", "aceiopxysjhtkmhbaeioyptk")
# Words that misspelling hides most often, found again by their first, last and inner letters.
_OFTEN = (
    "ignore", "disregard", "forget", "previous", "instructions", "instruction", "approve",
    "prompt", "output", "override", "system", "everything", "guidelines",
)  # fmt: skip


def _letters(word: str) -> tuple[str, str]:
    return word[0] + word[-1], "".join(sorted(set(word)))


_MISSPELT = {_letters(word): word for word in _OFTEN}


def readings(text: str, as_written: str) -> Iterator[Reading]:
    """Every disguised stretch of a text with its plain reading.

    Args:
        text: The text in plain form (`risk.orders.plain`).
        as_written: The same text as written, character by character; codes need its capitals.
    """
    yield from _spelt(text)
    for match in _PARTED_HAN.finditer(as_written):
        yield Reading(*match.span(), match.group().replace("\u3000", ""))
    yield from _coded(as_written)
    for match in _SENTENCE.finditer(text):
        yield from _sentence(match.start(), match.group())


def mixes_scripts(text: str) -> bool:
    """Whether Latin and Cyrillic letters stand in one word, as only deception writes them."""
    return bool(_TWO_SCRIPTS.search(text))


def _spelt(text: str) -> Iterator[Reading]:
    """Letters and characters one by one, put together."""
    for match in _SPELT_HAN.finditer(text):
        yield Reading(*match.span(), re.sub(rf"{_MARKS}|\n", "", match.group()))
    for match in _SPELT_LATIN.finditer(text):
        # Where blanks part letters, more of them part words.
        wide = re.split(r"\s{2,}", match.group())
        yield Reading(*match.span(), " ".join(re.sub(_MARKS, "", word) for word in wide))


def _coded(text: str) -> Iterator[Reading]:
    for match in _BASE64.finditer(text):
        yield from _decoded(match, _from_base64(match.group()))
    for match in _HEX.finditer(text):
        yield from _decoded(match, bytes.fromhex(re.sub("[ :]", "", match.group())))
    for match in _ESCAPED.finditer(text):
        said = _ONE_ESCAPED.sub(_character, match.group()[:_MOST_DECODED])
        yield Reading(*match.span(), said)


def _from_base64(run: str) -> bytes:
    bare = run.rstrip("=")[:_MOST_DECODED]
    try:
        return base64.b64decode(bare[: len(bare) // 4 * 4] + _last(bare), validate=True)
    except binascii.Error:
        return b""


def _last(bare: str) -> str:
    """The last, shorter group of a base64 run with its filling."""
    rest = bare[len(bare) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _decoded(match: re.Match[str], raw: bytes) -> Iterator[Reading]:
    try:
        said = raw[:_MOST_DECODED].decode()
    except UnicodeDecodeError:
        return
    if said and sum(map(str.isprintable, said)) >= 0.9 * len(said):
        yield Reading(*match.span(), said)


def _character(match: re.Match[str]) -> str:
    digits = next(group for group in match.groups() if group)
    code = int(digits, 10 if match[4] else 16)
    return chr(code) if code < 0xD800 or 0xE000 <= code <= 0x10FFFF else "?"


def _sentence(start: int, sentence: str) -> Iterator[Reading]:
    """Sentences read backwards, with linked syllables, figures for letters, or misspelt words."""
    end = start + len(sentence)
    if _BACKWARDS.search(sentence):
        yield Reading(start, end, sentence[::-1])
    mended = _LINKED.sub("", sentence)
    if _CYRILLIC.search(mended):
        mended = mended.translate(_LOOKALIKES)
    mended = _ODD_WORD.sub(lambda word: word.group().translate(_LEET), mended)
    mended = _LATIN_WORD.sub(lambda word: _MISSPELT.get(_letters(word[0]), word[0]), mended)
    if mended != sentence:
        yield Reading(start, end, mended)
