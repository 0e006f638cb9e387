from pathlib import Path

import pytest
from matplotlib import font_manager

from pipelines.fonts import chinese_font


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        ([], None),
        (["/f/DejaVuSans.ttf"], None),
        (["/f/simhei.ttf", "/f/NotoSansCJK-Regular.ttc"], "/f/NotoSansCJK-Regular.ttc"),
        (["/f/NotoSerifCJK-Regular.ttc", "/f/PingFang.ttc"], "/f/PingFang.ttc"),
    ],
)
def test_the_fittest_font_that_covers_chinese_is_taken(
    monkeypatch: pytest.MonkeyPatch, installed: list[str], found: str | None
) -> None:
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: installed)
    assert chinese_font.__wrapped__() == (Path(found) if found else None)
