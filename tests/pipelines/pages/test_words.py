import pytest

from features.errors import DataError
from features.language import LANGUAGES, Language, Text
from pipelines.pages.words import Words
from risk.report.document import Cell, Figure, Kind, Limits, Remark
from tests.pipelines.pages.made import HOSTILE, INCOME, figures, table


@pytest.mark.parametrize(
    ("cell", "kind", "zh", "en"),
    [
        (INCOME, "text", "月收入", "monthly income"),
        ("as it stands", "text", "as it stands", "as it stands"),
        (3.5, "text", "3.5", "3.5"),
        ("role.owner", "word", "模型所有者", "model owner"),
        ("sample.out_of_time", "word", "跨期样本", "out of time"),
        (Text(zh="甲", en="A"), "word", "甲", "A"),
        (1234, "count", "1,234", "1,234"),
        (0.0831, "share", "8.31%", "8.31%"),
        (0.5, "number", "0.5000", "0.5000"),
        (0.5, "index", "0.500", "0.500"),
        (612, "points", "612", "612"),
        (0.00001, "p", "< 0.0001", "< 0.0001"),
        ("2026-11-28", "date", "2026年11月28日", "28 November 2026"),
        ("2026-11", "date", "2026-11", "2026-11"),
        ("red", "light", "红灯", "red"),
        (None, "share", "—", "—"),
    ],
)
def test_a_cell_is_written_by_its_kind_and_language(
    cell: Cell, kind: Kind, zh: str, en: str
) -> None:
    assert (Words("zh").cell(cell, kind), Words("en").cell(cell, kind)) == (zh, en)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_is_not_there_is_named(language: Language) -> None:
    with pytest.raises(DataError, match=r'"figure\.no_such"'):
        Words(language).figure(Figure(key="no_such"))
    with pytest.raises(DataError, match='"no_such"'):
        Words(language).cell("no_such", "word")
    with pytest.raises(DataError, match=r'"remark\.immature".*first'):
        Words(language).remark(Remark(key="immature", values={"rows": 3}))


def test_a_figure_tells_what_it_rests_on() -> None:
    figure = figures()[0]
    assert Words("zh").basis(figure) == "跨期样本，1,002 行，违约 105"
    assert Words("en").basis(figure) == "out of time, 1,002 rows, 105 bads"
    assert Words("en").interval(figure) == "[0.0100, 0.0520]"
    assert Words("en").interval(Figure(key="auc", low=0.5)) == ""


def test_a_light_tells_its_limits_and_what_was_held_against_them() -> None:
    words = Words("en")
    assert [words.limits(each) for each in figures()] == [
        ("▲ ≥ 0.02 ■ ≥ 0.05",),
        ("▲ ≥ 0.01 ■ ≥ 0.05", "judged: 0.052"),
        (),
        (),
    ]
    falling = Figure(key="auc", value=1, p_value=0.3).against(Limits(amber=0.05, red=0.01), 0.3)
    assert words.limits(falling) == ("▲ ≤ 0.05 ■ ≤ 0.01",)


def test_a_title_names_its_subject_and_sample() -> None:
    about = table().model_copy(update={"subject": INCOME})
    assert Words("en").table(about) == "Rejected rows by rule: monthly income, out of time"
    assert Words("zh").table(about) == "按规则统计的剔除行：月收入，跨期样本"


def test_values_of_a_remark_are_filled_in_as_they_are() -> None:
    remark = Remark(key="immature", values={"rows": 1200, "first": "{last}", "last": "{rows}"})
    told = Words("en").remark(remark)
    assert "not final: 1,200; the first" in told
    assert "{last}" in told
    assert "{rows}" in told


def test_what_is_no_text_is_taken_out() -> None:
    told = Words("en").cell(HOSTILE, "text")
    assert told.startswith("<script>alert('x')</script>")
    assert not {"\x00", "\x1b", "\u202e"} & set(told)
