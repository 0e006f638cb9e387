"""Fonts of this machine: whether Chinese can be drawn on it at all."""

from functools import cache
from pathlib import Path

# How files of fonts that cover Chinese begin, the fittest first: Linux, Windows, macOS.
_CHINESE = (
    *("notosanscjk-regular", "notosanssc", "sourcehansanssc-regular", "sourcehansanscn-regular"),
    *("wqy-", "msyh.", "simhei", "simsun", "pingfang", "stheiti", "notoserifcjk-regular"),
)


@cache
def chinese_font() -> Path | None:
    """A font file that covers Chinese, which few fonts do; None where there is none."""
    from matplotlib import font_manager

    installed = sorted(font_manager.findSystemFonts())
    for name in _CHINESE:
        for path in installed:
            if Path(path).name.lower().startswith(name):
                return Path(path)
    return None
