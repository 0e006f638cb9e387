"""What ties two numbers into a range: 3-5万元, 5,000 to 8,000 yuan."""

import re

_LONGEST = 5
_TIE = re.compile(r"-| - | ?[~—至到] ?| to ", re.I)


def tied(text: str, start: int, end: int) -> bool:
    """Whether all that stands from `start` to `end` of a folded text ties what is around it.

    Example:
        >>> tied("3-5万元", 1, 2), tied("3期、5万元", 1, 3)
        (True, False)
    """
    return end - start <= _LONGEST and _TIE.fullmatch(text, start, end) is not None
