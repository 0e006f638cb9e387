"""How many tokens a text may take, estimated from above without any model's tokenizer.

The weights are those of characters in ordinary files, set against the tokenizers of DeepSeek and
Qwen (`DECISIONS.md`). Letters in no language's order can take more than is said here; then the
server turns the request away and the case is told to be too long.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

_UNIT = 20  # a weight of 20 is one token

_LETTER, _CAPITAL, _WORD, _SPACE = 5, 12, 8, 2
_ONE = 22  # digits (Qwen takes each for itself), marks, line ends
_FREQUENT_HAN, _COMMON_HAN, _RARE_HAN = 18, 30, 50
_LETTER_ELSEWHERE, _OTHER = 30, 60


def tokens(text: str) -> int:
    """Tokens that a text takes at most, as far as ordinary text goes.

    It adds up: a text ending in a line break and the one after it take what both take together,
    up to one token of rounding.

    Example:
        >>> tokens("月收入8,000元。"), tokens("Monthly income CNY 8,000.")
        (11, 14)
    """
    return -(-weight(text) // _UNIT)


def weight(text: str) -> int:
    """The same in twentieths of a token, so that sums have no rounding."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    table = _weights()
    letters = _letters()[np.minimum(codes, 0x80)]
    begun = int(letters[:1].sum()) + int((letters[1:] & ~letters[:-1]).sum())
    return int(table[np.minimum(codes, 0xFFFF)].sum(dtype=np.int64)) + begun * _WORD


def weight_of(room_tokens: int) -> int:
    """Twentieths in so many tokens."""
    return room_tokens * _UNIT


@cache
def _letters() -> NDArray[np.bool_]:
    return np.array([chr(code).isascii() and chr(code).isalpha() for code in range(0x81)])


@cache
def _weights() -> NDArray[np.uint8]:
    """The weight of each character of the first plane; the rest weigh as its last one."""
    table = np.full(0x10000, _OTHER, dtype=np.uint8)
    table[:0x80] = _ONE
    table[ord(" ")] = _SPACE
    table[ord("a") : ord("z") + 1] = _LETTER
    table[ord("A") : ord("Z") + 1] = _CAPITAL
    table[0x80:0x800] = _LETTER_ELSEWHERE
    for first, last in ((0x2010, 0x2030), (0x3000, 0x3020), (0xFF00, 0xFF60)):
        table[first:last] = _ONE
    table[0x4E00:0xA000] = _RARE_HAN
    # GB 2312 lists frequent characters in its rows 16 to 55 and common ones in rows 56 to 87.
    for row in range(16, 88):
        cells = bytes(b for cell in range(1, 95) for b in (row + 0xA0, cell + 0xA0))
        for character in cells.decode("gb2312", "ignore"):
            table[ord(character)] = _FREQUENT_HAN if row < 56 else _COMMON_HAN
    return table
