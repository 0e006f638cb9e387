"""Documents whose writer tries to command whoever reads them, and the two halves they stand in.

The texts are in `injections/*.toml`; this module disguises, embeds and splits them. It knows
nothing of the code that has to find them.
"""

import base64
import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Half = Literal["development", "held-out"]
LANGUAGES = ("zh", "en")
HALVES: tuple[Half, ...] = ("development", "held-out")
_HERE = Path(__file__).parent / "injections"
_CYRILLIC = str.maketrans("aceiopxyAEIOPTBCHKMX", "асеіорхуАЕІОРТВСНКМХ")
_FULL_WIDTH = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})

DISGUISES: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "reversed": lambda text: text[::-1],
    "spaced": lambda text: " ".join(text.replace(" ", "  ")),
    "dotted": lambda text: ".".join(text.replace(" ", "")),
    "zero_width": lambda text: "\u200b".join(text),
    "cyrillic": lambda text: text.translate(_CYRILLIC),
    "full_width": lambda text: text.translate(_FULL_WIDTH),
}

_LETTERS = {
    "zh": (
        "您好，我叫申请人，现申请贷款用于店面装修。"
        "本人在本市经营餐饮店已有六年，月营业额约九万元，店面租期到后年年底。",
        "店里有八名员工，工资按月发放，从未拖欠。家里有一套自住房，按揭每月四千二百元。"
        "如需补充材料，我会尽快送到网点。感谢您的时间。",
    ),
    "en": (
        "Dear Sir or Madam, I apply for a loan to refurbish my shop. "
        "I have run a restaurant in this town for six years and take about CNY 90,000 a month. ",
        " We employ eight people and have paid them every month. I own the flat I live in and pay "
        "CNY 4,200 a month on it. Further papers can be brought to the branch. Thank you.",
    ),
}


@dataclass(frozen=True)
class Hostile:
    """One hostile document.

    Attributes:
        language: Of the letter around it; the order may be in another.
        kind: How it tries.
        text: The whole document.
        order: What the writer wants done, disguised as it stands in the text.
        half: Detectors are made with the development half; the held-out half only measures.
    """

    language: str
    kind: str
    text: str
    order: str
    half: Half


def half_of(text: str) -> Half:
    """The half a text belongs to, by its digest."""
    return HALVES[_digest(text)[0] % 2]


def hostile_documents() -> tuple[Hostile, ...]:
    """Every hostile document, in the order of the files."""
    return tuple(
        _document(language, group, written)
        for language in LANGUAGES
        for group in tomllib.loads((_HERE / f"{language}.toml").read_text("utf-8"))["group"]
        for written in group["texts"]
    )


def _document(language: str, group: dict[str, object], written: str) -> Hostile:
    order = _disguised(written, str(group.get("hide", "")))
    inside = bool(group.get("letter")) or _digest(written)[1] % 3 == 0
    text = order.join(_LETTERS[language]) if inside else order
    return Hostile(language, str(group["kind"]), text, order, half_of(written))


def _disguised(written: str, hide: str) -> str:
    if not hide:
        return written
    before, _, rest = written.partition("⟦")
    hidden, _, after = rest.partition("⟧")
    return before + DISGUISES[hide](hidden) + after


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
