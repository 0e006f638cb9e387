"""In which language a text is written, and how long it is."""

import re
import unicodedata

from features.language import Language

_HAN = re.compile("[㐀-鿿]")
_PARTED = re.compile(r"(?<=[㐀-鿿])\s+(?=[㐀-鿿])")
# What nearly all Chinese is made of, and all of which is plain: ASCII, 一 to 鿿, punctuation marks.
_USUAL = re.compile(r"[\x00-\x7f一-鿿、。《》「」【】，；：（）！？“”‘’…—％⟦⟧]*")
_LETTER = re.compile("[A-Za-zÀ-ɏ]")
_FOREIGN = re.compile("[Ͱ-῿぀-ヿ가-힣]")


def plain(text: str) -> str:
    """The text as it is read: plain letters, nothing invisible, no blanks inside Chinese.

    Example:
        >>> plain("ｇen\\u00adder、民 族")
        'gender、民族'
    """
    if text.isascii():
        return text
    if _USUAL.fullmatch(text):
        return _PARTED.sub("", text)
    letters = (
        unicodedata.normalize("NFKC", c) if unicodedata.category(c)[0] in "LS" else c
        for c in text
        if unicodedata.category(c) not in ("Cf", "Mn", "Me")
    )
    return _PARTED.sub("", "".join(letters))


def in_language(text: str, language: Language) -> bool:
    """Whether a text is written in the language; one without letters is in either."""
    han, letters = len(_HAN.findall(text)), len(_LETTER.findall(text))
    if _FOREIGN.search(text):
        return False
    # Short foreign names are usual in Chinese; Chinese in English stands in quotes only.
    return letters <= 3 * han if language == "zh" else han == 0


def length(text: str, language: Language) -> int:
    """Characters of Chinese, words of English; Chinese inside English counts by character."""
    if language == "zh":
        return len(text)
    return len(_HAN.findall(text)) + len(_HAN.sub(" ", text).split())
