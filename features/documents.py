"""Documents as numbered sentences with exact character offsets, Chinese and English alike.

Texts come from applicants and may be hostile: nothing here interprets them, the time is linear in
their length, and every character that is not white space belongs to exactly one sentence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Line breaks and the first four kinds of mark always end a sentence; runs of `.`, `!` and `?` only
# in the right company. A run is one match, so that no run is looked at twice.
_CANDIDATE = re.compile(r"[\n\r\v\f\x85\u2028\u2029]|[。！？；…!?.]+")
_SOFT = frozenset(".!?")
_SPACE = re.compile(r"\s*")
_CLOSERS = "”’」』）》】)]}"
_STRAIGHT_QUOTES = "\"'"
_ENDS_AFTER = _CLOSERS + _STRAIGHT_QUOTES
_WORD_BEFORE = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)*\Z")
_LIST_NUMBER = re.compile(r"[(（]?\d{1,3}")
_REACH = 16  # longer than any abbreviation, and a bound on the work for each full stop

_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "messrs", "e.g", "i.e", "cf", "vs", "viz"})
_BEFORE_A_NUMBER = frozenset(
    {"no", "nos", "fig", "art", "sec", "ch", "p", "pp", "vol", "ext", "tel", "approx", "ca", "rm"}
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
)
_MAY_END = frozenset(
    {"co", "ltd", "inc", "corp", "bros", "dept", "est", "etc", "st", "rd", "ave"}
    | {"a.m", "p.m", "p.a", "u.s", "u.k"}
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a document.

    Attributes:
        document: The document's field name.
        number: Its place in the document, from 1.
        start: Offset of its first character in the document's text, in code points.
        end: Offset just past its last character.
        text: Exactly `document_text[start:end]`; begins and ends with a visible character.
    """

    document: str
    number: int
    start: int
    end: int
    text: str


def sentences(document: str, text: str) -> tuple[Sentence, ...]:
    """Split a document into sentences.

    A sentence ends at 。！？；… and at a line break, and at `.`, `!`, `?` where they end one:
    not inside numbers and addresses, after list numbers, or after abbreviations such as `No. 5`
    and `Mr. Li`. Closing quotes and brackets stay with the sentence they close.

    Args:
        document: Field name of the document.
        text: Its text, unchanged; offsets count its code points.

    Returns:
        The sentences in order, without overlap; together they hold every character that is not
        white space. An empty text has none.

    Example:
        >>> [s.text for s in sentences("notes", "月入1.2万元。 Paid by No. 5 Mill Co. He rents.")]
        ['月入1.2万元。', 'Paid by No. 5 Mill Co.', 'He rents.']
    """
    found: list[Sentence] = []
    for start, end in _pieces(text):
        piece = text[start:end].rstrip()
        if piece:
            found.append(Sentence(document, len(found) + 1, start, start + len(piece), piece))
    return tuple(found)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Cut the text into pieces that begin with a visible character."""
    start = _skip_space(text, 0)
    for match in _CANDIDATE.finditer(text):
        if match.start() < start or not _ends_here(text, start, match):
            continue
        end = _with_closers(text, start, match.end())
        yield start, end
        start = _skip_space(text, end)
    if start < len(text):
        yield start, len(text)


def _skip_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _with_closers(text: str, start: int, end: int) -> int:
    """Take closing quotes and brackets along; a straight quote only where one is still open."""
    if text[end - 1].isspace():
        return end
    while end < len(text):
        mark = text[end]
        closes = mark in _CLOSERS or (
            mark in _STRAIGHT_QUOTES and text.count(mark, start, end) % 2 == 1
        )
        if not closes:
            break
        end += 1
    return end


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a run of marks, or a line break, ends the sentence begun at `start`."""
    run, at = match.group(), match.start()
    if not _SOFT.issuperset(run):
        return True
    following = text[match.end() : match.end() + 1]
    apart = not following.isascii() or not following.strip(" \t\r\n\v\f" + _ENDS_AFTER)
    if not apart or run != ".":
        return apart
    if text[max(0, at - 1) : at].isdigit() and following.isdigit():
        return False
    return not _LIST_NUMBER.fullmatch(text, start, at) and not _abbreviates(text, at)


def _abbreviates(text: str, at: int) -> bool:
    """Whether the full stop at `at` belongs to an abbreviation that goes on."""
    word = _WORD_BEFORE.search(text, max(0, at - _REACH), at)
    following = text[at + 1 : at + 1 + _REACH].lstrip()[:1]
    if word is None or not following:
        return False
    name = word.group().lower()
    if name in _TITLES:
        return True
    if name in _BEFORE_A_NUMBER:
        return following.isdigit()
    if name in _MAY_END:
        return following.isascii() and not following.isupper()
    return len(name) == 1 and word.group().isupper() and following.isupper()
