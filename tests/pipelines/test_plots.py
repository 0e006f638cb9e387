import numpy as np
import pytest

from features.dictionary import DataDictionary
from pipelines import plots

DICTIONARY = DataDictionary.parse("""
[fields."月收入"]
role = "feature"
type = "number"
[fields."总负债"]
role = "feature"
type = "number"
[fields.age_of_account]
role = "feature"
type = "integer"
[fields.default]
role = "target"
type = "category"
bad = ["1"]
good = ["0"]
""")


def test_fields_whose_names_cannot_be_drawn_keep_a_bar_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plots, "_chinese_font", lambda: None)
    figure = plots.importance(DICTIONARY, np.array([[0.3, -0.1, 0.2]]))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "feature 2",
        "age_of_account",
        "feature 1",
    ]
    assert sorted(bar.get_y() for bar in axes.patches) == pytest.approx([-0.4, 0.6, 1.6])


def test_chinese_names_are_drawn_where_a_font_has_them() -> None:
    if plots._chinese_font() is None:
        pytest.skip("no Chinese font on this machine")
    x = np.array([[1.0, np.nan, 3.0], [2.0, 5.0, 1.0]])
    figure = plots.direction(DICTIONARY, x, np.array([[0.3, -0.1, 0.2], [0.1, 0.1, 0.2]]))
    names = {label.get_text() for label in figure.axes[0].get_yticklabels()}
    assert names == {"月收入", "总负债", "age_of_account"}
    with np.errstate(all="raise"):
        figure.canvas.draw()
