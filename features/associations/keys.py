"""What the values of association keys come down to, so that one phone is one phone.

A value is normalised by the kind of its key, then digested with the bank's own secret: nothing
that is kept can be read back, and two keys of one kind (a phone and a contact's phone) meet.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Kind = Literal["phone", "address", "employer", "person", "account", "device", "other"]
PREFIX = "tie_"
"""What the names of columns begin with that tell ties."""
NOBODY = np.uint64(0)
"""Digest of what is missing, or says nothing."""

_SHORTEST = {"phone": 7, "address": 4, "employer": 2, "person": 4, "account": 6, "device": 4}
# Words that mean the same, in the order in which they are replaced (RE2).
_ADDRESS = (
    (r"(号楼|幢|座)", "栋"),
    (r"\b(room|apartment|apt|unit|flat)\b", "rm"),
    (r"\b(building|block|bldg)\b", "bd"),
    (r"\b(road|rd)\b", "rd"),
    (r"\b(street|str|st)\b", "st"),
    (r"\b(avenue|ave)\b", "av"),
    (r"\b(district|dist|city|province|no|number)\b", ""),
    (r"(特别行政区|自治区|自治州|省|市|区|县)", ""),
)
_EMPLOYER = (
    (r"(股份有限公司|有限责任公司|有限公司|责任公司|总公司|分公司|公司|集团)", ""),
    (r"\b(limited|ltd|incorporated|inc|corporation|corp|company|co|llc|plc|gmbh|group)\b", ""),
    (r"\b(the|and)\b", ""),
)


def digests(texts: pa.Array, space: str, secret: bytes) -> NDArray[np.uint64]:
    """Texts as numbers that tell nothing but which are the same.

    64 bits of SipHash: that any two of ten million texts meet by chance is 3 in a million.

    Args:
        texts: n of them, as they are compared; null where there is none.
        space: What they are; texts of two spaces never meet.
        secret: The bank's own, any length.

    Returns:
        Shape (n,); `NOBODY` where there is no text.
    """
    key = hashlib.blake2b(space.encode(), key=secret[:64], digest_size=8).hexdigest()
    plain = texts.to_numpy(zero_copy_only=False)
    gone = pd.isna(plain)
    plain[gone] = ""
    found = pd.util.hash_array(plain, hash_key=key, categorize=False)
    found[found == NOBODY] = 1
    found[gone] = NOBODY
    return found


def normalised(values: pa.Array, kind: Kind) -> pa.Array:
    """The values as they are compared; null where nothing is left that could tell anybody apart.

    Example:
        >>> phones = pa.array(["+86 139-0000-1234", "１３９００００１２３４", "0000000", None])
        >>> normalised(phones, "phone").to_pylist()
        ['13900001234', '13900001234', None, None]
        >>> normalised(pa.array(["明鉴科技（上海）有限公司"]), "employer").to_pylist()
        ['明鉴科技上海']
    """
    plain = pc.utf8_lower(pc.utf8_normalize(pc.cast(values, pa.large_string()), form="NFKC"))
    plain = _RULES[kind](plain)
    short = pc.less(pc.utf8_length(plain), _SHORTEST.get(kind, 1))
    # One character over and over fills a field and names nobody.
    told = pc.replace_substring_regex(plain, r"^(" + _SAME + r")$", "")
    return pc.if_else(pc.or_(short, pc.equal(told, "")), pa.scalar(None, plain.type), plain)


_SAME = "|".join(f"{each}+" for each in "0123456789xn")


def _compact(plain: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(plain, r"[^\p{L}\p{N}]+", "")


def _phone(plain: pa.Array) -> pa.Array:
    """Digits, without the country code of China before a mobile number or an area code."""
    digits = pc.replace_substring_regex(plain, r"(ext|转|分机).*$", "")
    digits = pc.replace_substring_regex(digits, r"[^0-9]+", "")
    return pc.replace_substring_regex(digits, r"^(?:00?)?86(1[0-9]{10}|0[0-9]{9,11})$", r"\1")


def _worded(words: tuple[tuple[str, str], ...]) -> Callable[[pa.Array], pa.Array]:
    def plain_of(plain: pa.Array) -> pa.Array:
        plain = pc.replace_substring_regex(plain, r"[^\p{L}\p{N}]+", " ")
        for pattern, meant in words:
            plain = pc.replace_substring_regex(plain, pattern, meant)
        return _compact(plain)

    return plain_of


_RULES: Mapping[Kind, Callable[[pa.Array], pa.Array]] = {
    "phone": _phone,
    "address": _worded(_ADDRESS),
    "employer": _worded(_EMPLOYER),
    "person": _compact,
    "account": _compact,
    "device": _compact,
    "other": _compact,
}
